import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { stringifyExact } from "../../domain/json.ts";
import type { Parameters } from "../../domain/trading/parameters.ts";
import type { PositionPlan, PositionState } from "../../domain/trading/position-state.ts";
import { PARAMETERS, planFor, signalFor } from "../../domain/trading/test-fixtures.ts";
import type { UnixMs } from "../../domain/units.ts";
import { PositionWorld } from "../test-position.ts";
import { FailingStorage } from "./failing-storage.ts";
import { everyFault, FaultTally } from "./storage-faults.ts";

const TICK_MS = 800;
/** Of time in which nothing new happens. */
const IDLE_MS = 4_000;
/** Ticks after which a life that went on is over. */
const MAX_TICKS = 100;
const LADDER: Parameters = { ...PARAMETERS, ladderRungs: 2 };
const tally = new FaultTally();

beforeEach(() => {
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => {
  console.log(`storage of a position failed: ${tally}`);
});

class World extends PositionWorld {
  readonly plan: PositionPlan;
  readonly disk: FailingStorage;

  constructor(plan: PositionPlan) {
    const disk = new FailingStorage();
    super(disk);
    this.disk = disk;
    this.plan = plan;
  }

  protected override setAlarm(atMs: UnixMs | null): void {
    this.disk.ringAlarm(atMs);
  }
}

/** Something that happens to a position. A call is asked again by whoever made it; time passes once. */
interface Step {
  readonly name: string;
  readonly isCall: boolean;
  run(world: World): Promise<unknown>;
}

const START = call("start", (world) => world.start(world.plan));

function call(name: string, run: (world: World) => Promise<unknown>): Step {
  const settled = async (world: World) => {
    try {
      await run(world);
    } finally {
      await world.settle();
    }
  };
  return { name, isCall: true, run: settled };
}

/** A mark and an alarm. */
function tick(moveBps: number): Step {
  return { name: `at ${moveBps} bps`, isCall: false, run: (world) => passed(world, moveBps) };
}

async function passed(world: World, moveBps: number, ms = TICK_MS): Promise<void> {
  world.pass(ms);
  await world.mark(moveBps).catch(() => {});
  await world.settle();
  await world.ring();
}

function ticks(count: number, moveBps: number): Step[] {
  return Array.from({ length: count }, () => tick(moveBps));
}

interface Life {
  readonly parameters: Parameters;
  readonly steps: readonly Step[];
  /** The storage fails from this step on; those before are another life's. */
  readonly from: number;
  readonly end: PositionState["status"];
}

const BOUGHT = [START, ...ticks(4, 0)];

const LIVES: Readonly<Record<string, Life>> = {
  "bought, sold in part, then whole": { parameters: LADDER, steps: [...BOUGHT, ...ticks(11, 4_000)], from: 0, end: "closed" },
  "bought, and sold at an alert": {
    parameters: PARAMETERS,
    steps: [...BOUGHT, call("alert", (world) => world.alert()), ...ticks(4, 0)],
    from: BOUGHT.length,
    end: "closed",
  },
  "bought, and closed by an operator": {
    parameters: PARAMETERS,
    steps: [...BOUGHT, call("close", (world) => world.core.close()), ...ticks(4, 0)],
    from: BOUGHT.length,
    end: "closed",
  },
  "given up before it bought": {
    parameters: PARAMETERS,
    // What a chain that takes nothing in was sent expires.
    steps: [
      call("nothing lands", async (world) => {
        world.isDropping = true;
      }),
      START,
      call("cancel", (world) => world.core.cancelEntry()),
      ...ticks(4, 0),
    ],
    from: 1,
    end: "abandoned",
  },
};

const KINDS = ["paper", "live"] as const;

async function lived(plan: PositionPlan, steps: readonly Step[]): Promise<World> {
  const world = new World(plan);
  for (const step of steps) await step.run(world);
  return world;
}

/** State and intents as they are on disk. */
function onDisk(world: World): string {
  const tables = new Map(world.disk.snapshot().tables);
  return JSON.stringify([tables.get("position_parts") ?? [], tables.get("intent_bodies") ?? []]);
}

/** What a position must not forget; its last mark may be. */
async function remembered(world: World): Promise<string> {
  const state = await world.core.view();
  if (state === null) return "none";
  const { mark: _, ...rest } = state;
  return stringifyExact(rest);
}

/** What everybody else has of it: each settlement by its number, what the journal tells, who watches. */
function told(world: World) {
  const exits = new Map(
    world.exits.map(({ n, isFinal, soldBase, proceedsLamports, reason }) => [n, { isFinal, soldBase, proceedsLamports, reason }]),
  );
  const entries = new Map(
    world.entries.map(({ positionId, costLamports, opened }) => [positionId, { costLamports, baseAmount: opened?.baseAmount }]),
  );
  const kinds = new Set(["fill", "trade", "position"]);
  const journal = new Set(world.journal.filter(({ kind }) => kinds.has(kind)).map(({ id }) => id));
  return { exits, entries, journal: [...journal].sort(), isWatched: world.watched.at(-1) ?? false };
}

/** Each order has one signature, each number one settlement; what was sent is on disk. */
function expectOnce(world: World, where: string): void {
  const signatures = new Map<string, Set<string | null>>();
  for (const { intentId, signature } of world.intents()) {
    if (signature !== null) signatures.set(intentId, (signatures.get(intentId) ?? new Set()).add(signature));
  }
  for (const [id, known] of signatures) expect(known.size, `${where}: signatures of ${id}`).toBe(1);
  for (const { id } of world.sent) expect(onDisk(world), `${where}: ${id} was sent`).toContain(id);
  const settlements = new Map<string, string>();
  for (const one of [
    ...world.exits.map((exit) => [`exit ${exit.n}`, exit] as const),
    ...world.entries.map((entry) => ["entry", entry] as const),
  ]) {
    const body = stringifyExact(one[1]);
    expect(settlements.get(one[0]) ?? body, `${where}: ${one[0]} settled twice`).toBe(body);
    settlements.set(one[0], body);
  }
}

async function finish(world: World): Promise<void> {
  for (let i = 0; i < MAX_TICKS && world.storage.alarmMs !== null; i++) {
    await passed(world, world.moveBps, IDLE_MS);
  }
}

describe.each(KINDS)("a %s position on a storage that fails", (kind) => {
  test.each(Object.entries(LIVES))("%s", { timeout: 240_000 }, async (_name, { parameters, steps, from, end }) => {
    const plan = planFor(parameters, undefined, signalFor(undefined, { ledger: kind === "paper" ? "paper-A" : "live-A" }));
    const honest = await lived(plan, steps);
    await finish(honest);
    expect(await honest.state()).toMatchObject({ status: end });
    const wanted = told(honest);
    for (const [index, step] of steps.entries()) {
      if (index < from) continue;
      const reached = await lived(plan, steps.slice(0, index));
      const between = new Set([onDisk(reached)]);
      reached.disk.onCommit = () => between.add(onDisk(reached));
      await step.run(reached);
      const counts = await everyFault({
        prepare: () => lived(plan, steps.slice(0, index)),
        event: (world) => step.run(world),
        judge: async (world, fault) => {
          const where = `${step.name} (${index}), ${fault}`;
          expect(between.has(onDisk(world)), `${where}: half of a change is on disk`).toBe(true);
          const before = await remembered(world);
          if (before !== "none") expect(await remembered(world.restart(99)), `${where}: memory and disk differ`).toBe(before);
          if (step.isCall) await step.run(world);
          await world.core.watchdog();
          for (const later of steps.slice(index + 1)) await later.run(world);
          await finish(world);
          expectOnce(world, where);
          expect(told(world), where).toEqual(wanted);
        },
      });
      tally.add(counts);
    }
  });
});
