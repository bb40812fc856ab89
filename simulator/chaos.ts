import { parseExact } from "../domain/json.ts";
import type { Rng } from "../domain/random.ts";
import type { WorkerActor } from "./cloud/actor.ts";
import type { Cell } from "./cloud/cell.ts";
import type { StorageSnapshot } from "./storage/memory-storage.ts";
import type { World } from "./world.ts";

const HOUR_MS = 3_600_000;
/** A node's lag, or its silence about what landed, ends after about so many events. */
const NODE_EVENTS = 300;
/** A node that lags has a lag of up to so many slots; one that is silent is nearly up to date. */
const MAX_LAG_SLOTS = 200;
const MAX_SILENT_LAG_SLOTS = 2;

/** What a restore brings back. */
export type RestoreScope = "portfolios" | "portfolios and positions" | "everything but the chain";

/** Deaths, evictions, clocks that jump, nodes that lie and restores, drawn at every event. */
export class Chaos {
  readonly #world: World;
  readonly #rng: Rng;
  #snapshot: ReadonlyMap<string, StorageSnapshot> | null = null;
  /** When the world was restored, and to when; null while it was not. */
  restored: {
    readonly scope: RestoreScope;
    readonly atMs: number;
    readonly toMs: number;
    /** Ledgers whose books are older than what the journal has of them. */
    readonly outdated: readonly string[];
  } | null = null;
  #snapshotMs = 0;
  #liar: number | null = null;
  crashes = 0;
  readonly #snapshotStep: number;
  readonly #restoreStep: number;

  constructor(world: World) {
    this.#world = world;
    this.#rng = world.rng.fork("chaos");
    const { events } = world.options;
    this.#snapshotStep = this.#rng.int(Math.max(1, events >> 1));
    this.#restoreStep = this.#snapshotStep + 20 + this.#rng.int(Math.max(1, events >> 1));
  }

  /** Before an event. */
  step(): void {
    const { crash, evict, deploy, clockJump, staleNode } = this.#world.options.faults;
    const rng = this.#rng;
    if (crash > 0 && rng.next() < crash) this.#crashOne();
    if (evict > 0 && rng.next() < evict) this.#evictOne();
    if (deploy > 0 && rng.next() < deploy) this.crashAll();
    if (clockJump > 0 && rng.next() < clockJump) {
      this.#world.jumpClock(rng.int(2) === 0 ? 0 : rng.int(2 * HOUR_MS) - HOUR_MS);
    }
    if (staleNode > 0) this.#nodes(staleNode);
    if (this.#world.options.workload.restores) this.#timeTravel();
  }

  crashAll(): void {
    for (const worker of [...this.#world.workers]) this.#kill(worker);
    for (const cell of this.#world.cells.values()) this.#crash(cell);
  }

  #crashOne(): void {
    const workers = [...this.#world.workers];
    const cells = [...this.#world.cells.values()].filter(({ core }) => core !== null);
    const n = this.#rng.int(Math.max(1, workers.length + cells.length));
    const worker = workers[n];
    const cell = cells[n - workers.length];
    if (worker !== undefined) this.#kill(worker);
    else if (cell !== undefined) this.#crash(cell);
  }

  #kill(worker: WorkerActor): void {
    this.crashes++;
    worker.kill();
    this.#world.workers.delete(worker);
  }

  #crash(cell: Cell): void {
    if (cell.core === null) return;
    this.crashes++;
    cell.crash(this.#rng.int(cell.storage.unsynced + 1));
  }

  #evictOne(): void {
    const idle = [...this.#world.cells.values()].filter(({ isIdle }) => isIdle);
    idle[this.#rng.int(Math.max(1, idle.length))]?.evict();
  }

  /**
   * One node of the two lags, or hides what landed, in all of a run: with both of them wrong nobody can know, also
   * when the one is asked just before the other takes over.
   */
  #nodes(rate: number): void {
    const rng = this.#rng;
    const draw = rng.next();
    if (draw < rate) {
      this.#liar ??= rng.int(this.#world.nodes.length);
      const node = this.#world.nodes[this.#liar];
      if (node === undefined) return;
      node.hides = rng.int(4) > 0;
      node.lagSlots = rng.int(node.hides ? MAX_SILENT_LAG_SLOTS : MAX_LAG_SLOTS);
    } else if (draw < rate + 1 / NODE_EVENTS) {
      for (const node of this.#world.nodes) {
        node.lagSlots = 0;
        node.hides = false;
      }
    }
  }

  #timeTravel(): void {
    const { scheduler, cells } = this.#world;
    if (this.#snapshot === null && scheduler.steps >= this.#snapshotStep) {
      this.#snapshotMs = scheduler.nowMs;
      // What was not on disk is not in any backup either.
      for (const cell of cells.values()) if (cell.storage.unsynced > 0) cell.crash(0);
      this.#snapshot = new Map([...cells].map(([key, cell]) => [key, cell.snapshot()]));
    }
    if (this.#snapshot === null || this.restored !== null || scheduler.steps < this.#restoreStep) return;
    const scopes = ["portfolios", "portfolios and positions", "everything but the chain"] as const;
    const scope = scopes[this.#rng.int(scopes.length)] ?? "portfolios";
    this.crashAll();
    if (scope === "everything but the chain") this.#world.bucket.era++;
    for (const [key, cell] of cells) {
      if (scope === "portfolios" && !key.startsWith("PORTFOLIO/")) continue;
      if (scope === "portfolios and positions" && !key.startsWith("PORTFOLIO/") && !key.startsWith("POSITION/")) continue;
      cell.storage.restore(this.#snapshot.get(key) ?? { tables: [], logs: [], alarmMs: null });
    }
    const outdated =
      scope === "everything but the chain" ? [] : this.#world.options.workload.ledgers.filter((ledger) => this.#isOutdated(ledger));
    this.restored = { scope, atMs: scheduler.nowMs, toMs: this.#snapshotMs, outdated };
  }

  #isOutdated(ledger: string): boolean {
    const books = this.#world.cell("PORTFOLIO", ledger).storage.table("books").get("books");
    const newest = this.#world.cell("JOURNAL", "journal").storage.table("ledger_numbers").get(ledger);
    return books !== null && newest !== null && Number(newest) > (parseExact(books) as { readonly records: number }).records;
  }
}
