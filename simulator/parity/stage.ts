import type { StoredEntry } from "../../domain/journal/entry.ts";
import { parseExact } from "../../domain/json.ts";
import type { PositionPlan, PositionState } from "../../domain/trading/position-state.ts";
import { portfolioOf } from "../../durable-objects/stubs.ts";
import { COINS } from "../chain/coins.ts";
import { Chaos } from "../chaos.ts";
import type { Cell } from "../cloud/cell.ts";
import { atRest, journalOf, unsettled } from "../invariants/at-rest.ts";
import { Violation } from "../invariants/violation.ts";
import { EventLog } from "../log.ts";
import { takeGlobals } from "../runner/globals.ts";
import { Workload } from "../workload.ts";
import { World } from "../world.ts";
import { EPOCH_MS, epochStartMs } from "./epochs.ts";
import { type Action, EPOCHS, quietOptions, type Script } from "./script.ts";

/** Of an epoch: from then on nothing may be under way any more. */
const QUIET_AFTER_MS = EPOCH_MS - 4_000;
/** Slots from an order's decision to a price that moves before it lands: the least that a transaction takes, behind what its preparation reads. */
const SLIP_SLOTS = 3;
/** Numbers of graduations, all of as many digits: signatures are made of them. */
const FIRST_GRADUATION = 200;
/** After the last epoch: the projection catches up. */
const TAIL_MS = 3 * 60_000;
/** Steps between two looks at whether everything is at rest. */
const CHECK_STEPS = 25;

/** A portfolio or a position as it stands at the end of an epoch. */
export interface Snapshot {
  readonly epoch: number;
  readonly subject: string;
  readonly state: unknown;
}

/** What one ledger made of a script. */
export interface Performance {
  readonly ledger: "paper-A" | "live-A";
  readonly world: World;
  readonly entries: readonly StoredEntry[];
  readonly snapshots: readonly Snapshot[];
  readonly hash: string;
  readonly log: readonly string[];
}

/** Runs the engine over a script with one ledger, to rest. Throws a violation when it does not get there. */
export async function perform(script: Script, ledger: "paper-A" | "live-A"): Promise<Performance> {
  const world = new World(quietOptions(script.seed, ledger), script.setup);
  const stage = new Stage(world, script, ledger);
  const giveBack = takeGlobals(world);
  try {
    return await stage.run();
  } finally {
    giveBack();
  }
}

class Stage {
  readonly #world: World;
  readonly #script: Script;
  readonly #ledger: "paper-A" | "live-A";
  readonly #workload: Workload;
  readonly #log = new EventLog();
  readonly #snapshots: Snapshot[] = [];
  /** How far each position's storage was looked at. */
  readonly #writes = new Map<string, number>();
  readonly #slipped = new Set<string>();

  constructor(world: World, script: Script, ledger: "paper-A" | "live-A") {
    this.#world = world;
    this.#script = script;
    this.#ledger = ledger;
    this.#workload = new Workload(world);
    world.chain.isStill = true;
  }

  async run(): Promise<Performance> {
    const { scheduler } = this.#world;
    scheduler.onStep = (label) => {
      this.#log.add(scheduler.nowMs, label);
      this.#slip();
    };
    this.#workload.beginCron(EPOCH_MS / 2);
    const { epochs } = this.#script;
    for (const [epoch, action] of epochs.entries()) {
      if (epoch >= EPOCHS && this.#isOver()) break;
      const atMs = epochStartMs(epoch);
      scheduler.at(atMs, `epoch ${epoch}: ${action.type}`, () => this.#act(epoch, action));
      await scheduler.run(atMs + QUIET_AFTER_MS, () => false);
      await this.#look(epoch);
    }
    const chaos = new Chaos(this.#world);
    let checkAt = 0;
    await scheduler.run(scheduler.nowMs + TAIL_MS, () => {
      if (scheduler.steps < checkAt) return false;
      checkAt = scheduler.steps + CHECK_STEPS;
      return unsettled(this.#world, this.#workload, chaos) === null;
    });
    const open = unsettled(this.#world, this.#workload, chaos);
    if (open !== null) throw new Violation("C8", `${this.#ledger} is not at rest: ${open}`);
    await atRest(this.#world, this.#workload, chaos);
    return {
      ledger: this.#ledger,
      world: this.#world,
      entries: journalOf(this.#world),
      snapshots: this.#snapshots,
      hash: this.#log.hash,
      log: this.#log.tail(),
    };
  }

  #act(epoch: number, action: Action): void {
    const { chain } = this.#world;
    switch (action.type) {
      case "graduation": {
        const coin = COINS[action.coin];
        if (coin !== undefined) this.#workload.graduate(coin, FIRST_GRADUATION + epoch);
        return;
      }
      case "move":
        this.#move(action.coin, chain.slot, action.factor, action.isRug);
        return;
      case "state":
        this.#workload.operate(this.#ledger, action.state);
        return;
      case "lock": {
        const coin = COINS[action.coin];
        const value = action.scope === "all" ? null : action.scope === "mint" ? coin?.keys.mint : coin?.creator;
        const lock = {
          scope: action.scope,
          value: value ?? null,
          untilMs: this.#world.now() + action.ms,
          reason: "script",
          author: "operator",
        };
        this.#world.spawn("operator", async (env) => void (await portfolioOf(env, this.#ledger).setLock(lock)));
        return;
      }
      case "close": {
        const held = this.#positions().find(({ plan }) => plan.signal.mint === COINS[action.coin]?.keys.mint);
        if (held === undefined) return;
        const { positionId } = held.plan;
        this.#world.spawn("operator", async (env) => void (await portfolioOf(env, this.#ledger).closePosition(positionId)));
      }
    }
  }

  /** Prices are products and quotients of whole numbers: the same for whoever looks. */
  #move(index: number, slot: number, factor: number, isRug: boolean): void {
    const { chain } = this.#world;
    const coin = COINS[index];
    const before = coin === undefined ? null : chain.reserves(coin.keys.mint, slot);
    if (coin === undefined || before === null) return;
    const ratio = BigInt(Math.round(factor * 1_000));
    const quote = (before.quoteReservesLamports * ratio) / 1_000n + 1n;
    const base = isRug ? before.baseReserves : (before.baseReserves * before.quoteReservesLamports) / quote + 1n;
    if (base < 2n ** 63n && quote < 2n ** 62n) chain.move(coin.keys.mint, slot, base, quote);
  }

  /** Moves the price under orders that were just decided on, before they land. */
  #slip(): void {
    for (const [key, cell] of this.#world.cells) {
      if (!key.startsWith("POSITION/") || this.#writes.get(key) === cell.storage.writes) continue;
      this.#writes.set(key, cell.storage.writes);
      if (cell.storage.table("position_parts").get("state")?.includes('"order":null') !== false) continue;
      const position = stored(cell);
      const order = position?.order ?? null;
      if (position === null || order === null || order.isPart || this.#slipped.has(order.id)) continue;
      // An order that was given up at once is only a question to the signer.
      if (cell.storage.table("intent_bodies").get(order.id)?.includes('"withdrawal":null') === false) continue;
      this.#slipped.add(order.id);
      const index = COINS.findIndex(({ keys }) => keys.mint === position.plan.signal.mint);
      const slip = this.#script.slips.find(({ coin, side, attempt }) => coin === index && side === order.side && attempt === order.attempt);
      if (slip === undefined) continue;
      // Dearer for a buyer is cheaper for a seller.
      const factor = order.side === "buy" ? 1 / slip.factor : slip.factor;
      this.#move(index, order.decidedSlot + SLIP_SLOTS, factor, false);
    }
  }

  /** Everything as it stands, and nothing of it under way. */
  async #look(epoch: number): Promise<void> {
    for (const position of this.#positions()) {
      if (position.order !== null) throw new Violation("C8", `epoch ${epoch}: ${position.order.id} is still under way`);
    }
    for (const [key, cell] of this.#world.cells) {
      if (key.startsWith("POSITION/")) this.#snapshots.push({ epoch, subject: key, state: await told(cell, "view") });
      if (key !== `PORTFOLIO/${this.#ledger}`) continue;
      const tables = ["books", "holdings", "signals", "risk_entries", "risk_creators", "risk_locks"].map((name) => [
        name,
        cell.storage
          .table(name)
          .entries()
          .map(([row, body]) => [row, parseExact(body)]),
      ]);
      // Values and the equity that they make are in memory only.
      const state = { tables, status: await told(cell, "status"), positions: await told(cell, "positions") };
      this.#snapshots.push({ epoch, subject: key, state });
    }
  }

  #isOver(): boolean {
    return this.#positions().every(({ status }) => status === "closed" || status === "abandoned");
  }

  #positions(): PositionState[] {
    return [...this.#world.cells]
      .flatMap(([key, cell]) => (key.startsWith("POSITION/") ? [stored(cell)] : []))
      .filter((one) => one !== null);
  }
}

function stored({ storage }: Cell): PositionState | null {
  const parts = storage.table("position_parts");
  const plan = parts.get("plan");
  const rest = parts.get("state");
  if (plan === null || rest === null) return null;
  return { ...(parseExact(rest) as Omit<PositionState, "plan">), plan: parseExact(plan) as PositionPlan };
}

/** An answer of the object itself; null while it is not in memory. */
async function told(cell: Cell, method: "view" | "status" | "positions"): Promise<unknown> {
  const ask = cell.core?.[method];
  return typeof ask === "function" ? await Reflect.apply(ask, cell.core, []) : null;
}
