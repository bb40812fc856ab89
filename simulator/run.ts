import { createRng } from "../domain/random.ts";
import { Chaos } from "./chaos.ts";
import { DEFAULT_EVENTS } from "./defaults.ts";
import { atRest, unsettled } from "./invariants/at-rest.ts";
import { Violation } from "./invariants/violation.ts";
import { Watch } from "./invariants/watch.ts";
import { EventLog } from "./log.ts";
import { drawOptions, type SimulationOptions } from "./options.ts";
import { takeGlobals } from "./runner/globals.ts";
import { Workload } from "./workload.ts";
import { World } from "./world.ts";

/** Everything settles within this long once nothing goes wrong any more. */
const LIVENESS_MS = 5 * 60_000;
/** Virtual time at which a safety phase with few events ends. */
const SAFETY_MS = 3 * 3_600_000;
const MAX_LIVENESS_EVENTS = 20_000;

export interface RunResult {
  readonly seed: number;
  readonly options: SimulationOptions;
  readonly hash: string;
  readonly events: number;
  readonly crashes: number;
  readonly landedBuys: number;
  readonly landedSells: number;
  readonly trades: number;
  /** Null when every rule held. */
  readonly violation: { readonly rule: string; readonly message: string; readonly stack: string } | null;
  /** The newest events, when a rule was broken or the caller asks for them. */
  readonly log: readonly string[];
  /** How often what happened, where that is told. */
  readonly seen?: Readonly<Record<string, number>>;
}

export interface RunSettings {
  readonly events?: number;
  readonly canary?: boolean;
  readonly keepLog?: boolean;
  /** Compares paper with live instead, see `parity/parity.ts`. */
  readonly parity?: boolean;
  /** Sees the world at its end. */
  readonly onEnd?: (world: World) => void;
}

/** One seed from its first event to rest. Never throws for what the engine does: that is a violation. */
export async function runSeed(seed: number, settings: RunSettings = {}): Promise<RunResult> {
  const options = drawOptions(seed, settings.events ?? DEFAULT_EVENTS, createRng(`options ${seed}`), settings.canary ?? false);
  const world = new World(options);
  const log = new EventLog();
  const workload = new Workload(world);
  const chaos = new Chaos(world);
  const watch = new Watch(world, workload, chaos);
  const giveBack = takeGlobals(world);
  let violation: RunResult["violation"] = null;
  world.scheduler.onStep = (label) => {
    log.add(world.scheduler.nowMs, label);
    watch.check();
    if (world.isCalm) return;
    chaos.step();
    workload.maybeOperate();
  };
  try {
    workload.begin();
    await world.scheduler.run(world.scheduler.nowMs + SAFETY_MS, () => world.scheduler.steps >= options.events);
    watch.check();
    world.calm();
    // Deadlines that were set by a wrong clock stand by it: a person ends what is open.
    if (world.hasJumped) for (const ledger of options.workload.ledgers) workload.operate(ledger, "close");
    if (chaos.restored !== null) {
      if (chaos.restored.scope === "everything but the chain") workload.recover();
      for (const cell of world.cells.values()) cell.rearm();
    }
    log.add(world.scheduler.nowMs, "calm");
    const untilMs = world.scheduler.nowMs + LIVENESS_MS;
    const lastStep = world.scheduler.steps + MAX_LIVENESS_EVENTS;
    let checkAt = 0;
    await world.scheduler.run(untilMs, () => {
      if (world.scheduler.steps >= lastStep) return true;
      if (world.scheduler.steps < checkAt) return false;
      checkAt = world.scheduler.steps + 15;
      return unsettled(world, workload, chaos) === null;
    });
    watch.check();
    const open = unsettled(world, workload, chaos);
    if (open !== null) throw new Violation("C19", `not settled within five minutes: ${open}`);
    await atRest(world, workload, chaos);
  } catch (error) {
    const rule = error instanceof Violation ? error.rule : "engine";
    const message = error instanceof Error ? error.message : String(error);
    violation = { rule, message, stack: error instanceof Error ? (error.stack ?? "") : "" };
  } finally {
    giveBack();
  }
  settings.onEnd?.(world);
  const successes = world.chain.landed.filter(({ error }) => error === null);
  return {
    seed,
    options,
    hash: log.hash,
    events: world.scheduler.steps,
    crashes: chaos.crashes,
    landedBuys: successes.filter(({ instruction }) => instruction.side === "buy").length,
    landedSells: successes.filter(({ instruction }) => instruction.side === "sell").length,
    trades: watch.trades,
    violation,
    log: violation === null && settings.keepLog !== true ? [] : log.tail(),
  };
}
