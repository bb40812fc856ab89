import type { UnixMs } from "../../domain/units.ts";
import type { AlarmRun, Host } from "../../durable-objects/host/host.ts";
import type { Scheduler } from "../scheduler.ts";
import { FencedStorage } from "../storage/fenced-storage.ts";
import { MemoryStorage, type StorageSnapshot } from "../storage/memory-storage.ts";
import type { Actor } from "./actor.ts";
import { cloned } from "./clone.ts";
import type { Network } from "./network.ts";

/** Retries of an alarm that throws before the runtime abandons it, and the first pause (Cloudflare, Durable Objects alarms). */
const ALARM_RETRIES = 6;
const ALARM_RETRY_MS = 2_000;

/** The methods of an object, as calls from elsewhere see them. */
export type Core = Record<string, unknown>;

/** Makes an object's core anew: at its first call, and after each death. */
export type CreateCore = (host: Host, env: Env, life: Life) => Core;

export interface CellParts {
  readonly scheduler: Scheduler;
  readonly network: Network;
  /** The time that the machines show. */
  readonly now: () => UnixMs;
  readonly envFor: (actor: Actor) => Env;
  /** Told of what should not happen: a core that cannot be made, a background task that fails. */
  readonly onTrouble: (what: string) => void;
}

/** One life of an object: from its making to its death. */
export class Life implements Actor {
  readonly name: string;
  readonly storage: MemoryStorage;
  /** Calls that wait for this life's answer. */
  readonly callers = new Set<(error: Error) => void>();
  core: Core = {};
  #isAlive = true;

  constructor(name: string, storage: MemoryStorage) {
    this.name = name;
    this.storage = storage;
  }

  isAlive(): boolean {
    return this.#isAlive;
  }

  whenDurable(run: () => void): void {
    this.storage.whenDurable(run);
  }

  die(): void {
    this.#isAlive = false;
  }
}

/** An object with its storage, which outlives it. */
export class Cell {
  readonly name: string;
  readonly storage: MemoryStorage;
  readonly #parts: CellParts;
  readonly #create: CreateCore;
  #life: Life | null = null;
  #isSyncPlanned = false;
  #armedMs: UnixMs | null = null;
  #hasRetry = false;
  /** Retries of the alarm handler that runs; null while none does. */
  #ringing: number | null = null;

  constructor(name: string, create: CreateCore, parts: CellParts) {
    this.name = name;
    this.#create = create;
    this.#parts = parts;
    this.storage = new MemoryStorage({ onDirty: () => this.#planSync(), onAlarm: (atMs) => this.#plan(atMs) });
  }

  get core(): Core | null {
    return this.#life?.core ?? null;
  }

  /** In memory, and nobody waits for it. */
  get isIdle(): boolean {
    return this.#life !== null && this.#life.callers.size === 0 && this.#ringing === null && this.storage.unsynced === 0;
  }

  /** Runs nothing that it was asked to run. */
  get isQuiet(): boolean {
    return (this.#life === null || this.#life.callers.size === 0) && this.#ringing === null;
  }

  /** The runtime will run the alarm's handler again. */
  get hasRetry(): boolean {
    return this.#hasRetry;
  }

  /** The object as it is, made anew if it is not in memory. */
  life(): Life {
    if (this.#life !== null) return this.#life;
    const life = new Life(this.name, this.storage);
    this.#life = life;
    const { now, envFor, onTrouble } = this.#parts;
    const host: Host = {
      storage: new FencedStorage(this.storage, () => life.isAlive()),
      now,
      background: (work) => void work.catch((error: unknown) => onTrouble(`${this.name}: background work failed: ${String(error)}`)),
    };
    life.core = this.#create(host, envFor(life), life);
    return life;
  }

  /** Runs a method for a caller. */
  serve(method: string, args: readonly unknown[], reply: (value: unknown) => void, fail: (error: Error) => void): void {
    const life = this.life();
    life.callers.add(fail);
    void invoke(life.core, method, args).then(
      (value) => {
        if (!life.isAlive()) return;
        // An answer leaves through the output gate, as every message does.
        life.whenDurable(() => {
          if (!life.callers.delete(fail)) return;
          reply(cloned(value));
        });
      },
      (error: unknown) => {
        if (!life.isAlive()) return;
        life.whenDurable(() => {
          if (life.callers.delete(fail)) fail(new Error(error instanceof Error ? error.message : String(error)));
        });
      },
    );
  }

  /** Dies at once; `survivors` batches of what was not on disk made it there. */
  crash(survivors: number): void {
    const life = this.#life;
    if (life === null) return;
    life.die();
    this.#life = null;
    this.storage.crash(survivors);
    for (const fail of life.callers) fail(new Error("The Durable Object was reset."));
    life.callers.clear();
    const ringing = this.#ringing;
    this.#ringing = null;
    this.#armedMs = null;
    if (ringing !== null && this.storage.alarmMs === null) this.#retry(ringing);
    else this.#plan(this.storage.alarmMs);
  }

  evict(): void {
    this.#life?.die();
    this.#life = null;
  }

  /** What a backup of the object holds; an alarm whose handler runs is not done with. */
  snapshot(): StorageSnapshot {
    const stored = this.storage.snapshot();
    const isRinging = this.#ringing !== null || this.#hasRetry;
    return { ...stored, alarmMs: stored.alarmMs ?? (isRinging ? this.#parts.now() : null) };
  }

  /** The clock jumped: alarms ring by it. */
  rearm(): void {
    this.#armedMs = null;
    this.#plan(this.storage.alarmMs);
  }

  #planSync(): void {
    if (this.#isSyncPlanned) return;
    this.#isSyncPlanned = true;
    const { scheduler, network } = this.#parts;
    scheduler.after(1 + network.int(network.rates.maxDiskMs), `disk ${this.name}`, () => {
      this.#isSyncPlanned = false;
      this.storage.sync();
    });
  }

  #plan(atMs: UnixMs | null): void {
    if (atMs === null) {
      this.#armedMs = null;
      return;
    }
    const { scheduler, network, now } = this.#parts;
    // Overdue and set again: the runtime looks once more.
    if (this.#armedMs === atMs && now() < atMs) return;
    const { alarmLost, alarmDuplicated, alarmMaxLateMs } = network.rates;
    if (network.chance(alarmLost)) return;
    this.#armedMs = atMs;
    const isLate = alarmMaxLateMs > 0 && network.chance(0.1);
    const inMs = Math.max(0, atMs - now()) + (isLate ? network.int(alarmMaxLateMs) : network.int(3));
    const isStale = () => this.storage.alarmMs !== atMs;
    scheduler.after(inMs, `alarm ${this.name}`, () => this.#due(atMs), isStale);
    if (network.chance(alarmDuplicated)) scheduler.after(inMs + network.int(5_000), `alarm again ${this.name}`, () => this.#ring(0, true));
  }

  #due(atMs: UnixMs): void {
    this.#armedMs = null;
    if (this.#parts.now() < atMs) this.#plan(atMs);
    else this.#ring(0, false);
  }

  /** Runs the handler, as the runtime does: the alarm is gone before, and comes back when it throws. */
  #ring(retryCount: number, isDuplicate: boolean): void {
    const { network } = this.#parts;
    if (!isDuplicate) {
      const before = this.storage.alarmMs;
      if (before !== null) this.storage.setAlarm(null);
      this.#ringing = retryCount;
    }
    const life = this.life();
    const run: AlarmRun = { retryCount };
    const failed = (): void => {
      if (isDuplicate || !life.isAlive()) return;
      this.#ringing = null;
      if (this.storage.alarmMs === null) this.#retry(retryCount);
    };
    if (network.chance(network.rates.alarmThrows)) {
      failed();
      return;
    }
    void invoke(life.core, "alarm", [run]).then(() => {
      // The runtime takes a run for done when what it wrote is on disk.
      if (isDuplicate || !life.isAlive()) return;
      life.whenDurable(() => {
        this.#ringing = null;
      });
    }, failed);
  }

  #retry(retryCount: number): void {
    const { scheduler, onTrouble } = this.#parts;
    if (retryCount >= ALARM_RETRIES) {
      onTrouble(`${this.name}: alarm abandoned`);
      return;
    }
    this.#hasRetry = true;
    const isStale = () => {
      const isOver = this.storage.alarmMs !== null || this.#ringing !== null;
      if (isOver) this.#hasRetry = false;
      return isOver;
    };
    const ring = () => {
      this.#hasRetry = false;
      this.#ring(retryCount + 1, false);
    };
    scheduler.after(ALARM_RETRY_MS * 2 ** retryCount, `alarm retry ${this.name}`, ring, isStale);
  }
}

/** Calls a method; a throw before its first await is a rejection too. */
async function invoke(core: Core, method: string, args: readonly unknown[]): Promise<unknown> {
  const run = core[method];
  if (typeof run !== "function") throw new TypeError(`no method ${method}`);
  return Reflect.apply(run, core, args);
}
