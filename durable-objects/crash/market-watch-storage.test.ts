import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { JournalEntry } from "../../domain/journal/entry.ts";
import type { UnixMs } from "../../domain/units.ts";
import { TableWatchStore } from "../core/watch-store.ts";
import { FakeWebhook, WatchRig } from "../test-watch.ts";
import { FailingStorage } from "./failing-storage.ts";
import { everyFault, FaultTally } from "./storage-faults.ts";

const CREATOR = "39azUYFWPz3VHgKCf3VChUwbpURdCHRxjWVowf5jUJjg";
const HORIZON_MS = 4_000;
const tally = new FaultTally();

beforeEach(() => {
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => {
  console.log(`storage of the market watch failed: ${tally}`);
});

class World extends WatchRig {
  readonly disk: FailingStorage;
  readonly pool = this.chain.addPool(1);
  readonly candidate = this.chain.addPool(2);

  constructor() {
    const disk = new FailingStorage();
    super(new FakeWebhook(), disk);
    this.disk = disk;
  }

  protected override setAlarm(atMs: UnixMs | null): void {
    this.disk.ringAlarm(atMs);
  }

  async watch(): Promise<void> {
    const terms = { intervalMs: 1_000, creator: CREATOR, creatorSellBps: 5_000 };
    await this.core.watchPosition({ positionId: "p1", ledger: "paper-A", keys: this.pool, ...terms });
  }

  async sample(): Promise<void> {
    const { mint, pool } = this.candidate;
    await this.core.watchCandidate({ mint, pool, startedAtMs: START_MS, horizonMs: HORIZON_MS, sampleMs: 1_000 });
  }

  /** What is kept, over a restart too. */
  kept() {
    const store = new TableWatchStore(this.disk);
    const { mint } = this.candidate;
    const rug = new Map(this.disk.snapshot().tables).get("rug_files") ?? [];
    return {
      positions: store.positions().map(({ positionId }) => positionId),
      paths: store.paths().map((path) => path.mint),
      isDone: store.isDone(mint),
      rug: rug.map(([positionId]) => positionId),
    };
  }

  /** Price paths that were journalled or wait for it. */
  journalled(): string[] {
    const log = new Map(this.disk.snapshot().logs).get("journal_outbox");
    return (log?.rows ?? []).map(([, body]) => (JSON.parse(body) as JournalEntry).id);
  }
}

const START_MS = new WatchRig().nowMs;

/** A call is asked again by whoever made it; time passes once. */
const STEPS: ReadonlyArray<{ readonly name: string; readonly isCall: boolean; readonly run: (world: World) => Promise<unknown> }> = [
  { name: "a position to watch", isCall: true, run: (world) => world.watch() },
  { name: "a candidate to sample", isCall: true, run: (world) => world.sample() },
  {
    name: "the first looks",
    isCall: false,
    run: (world) => {
      world.chain.setHolding(world.pool, CREATOR, 1_000n);
      return world.pass(1_100);
    },
  },
  {
    name: "a creator's sale",
    isCall: false,
    run: (world) => {
      world.chain.setHolding(world.pool, CREATOR, 100n);
      return world.pass(1_500);
    },
  },
  { name: "the end of a path", isCall: false, run: (world) => world.pass(1_500) },
  {
    name: "a node that fails",
    isCall: false,
    run: (world) => {
      world.chain.isDown = true;
      return world.pass(2_000);
    },
  },
  {
    name: "its return",
    isCall: false,
    run: (world) => {
      world.chain.isDown = false;
      return world.pass(4_000);
    },
  },
  { name: "a position to forget", isCall: true, run: (world) => world.core.unwatchPosition("p1") },
];

async function lived(count: number): Promise<World> {
  const world = new World();
  for (const { run } of STEPS.slice(0, count)) await run(world);
  return world;
}

describe("a market watch on a storage that fails", () => {
  test.each(STEPS.map((step, index) => ({ ...step, index })))("$name", async ({ run, isCall, index }) => {
    const before = (await lived(index)).kept();
    const wanted = (await lived(index + 1)).kept();
    let faults = 0;
    tally.add(
      await everyFault({
        prepare: () => lived(index),
        event: run,
        judge: async (world, where) => {
          // Every other object dies after the fault, the others live on with it.
          const isRestarted = faults++ % 2 === 0;
          const kept = world.kept();
          if (isCall) expect([before, wanted], `${where}: neither unchanged nor done`).toContainEqual(kept);
          if (isCall && !isRestarted) {
            const { positions } = await world.core.counts();
            expect(positions, `${where}: memory and disk differ`).toBe(kept.positions.length);
          }
          if (isRestarted) world.restart();
          if (isCall) await run(world);
          if (isCall) expect(world.kept(), `${where}: asked again`).toEqual(wanted);
          await world.core.watchdog();
          if (!isCall && !world.chain.isDown) {
            // The leases of alarms that failed end first.
            await world.pass(2_000);
            const marks = world.position("p1").marks.length;
            await world.pass(1_000);
            expect(world.position("p1").marks.length, `${where}: no marks`).toBeGreaterThan(marks);
          }
          for (const { run: later } of STEPS.slice(index + 1)) await later(world);
          await world.core.watchdog();
          await world.pass(2_000);
          expect(world.kept(), `${where}: in the end`).toMatchObject({ positions: [], paths: [], rug: [] });
          expect(world.kept().isDone, where).toBe(true);
          expect(world.journalled(), `${where}: price path`).toHaveLength(1);
          expect(world.position("p1").alerts.length, `${where}: alert`).toBeGreaterThan(0);
          expect(world.booksOf("paper-A").failedPolls.at(-1) ?? 0, `${where}: books left in trouble`).toBe(0);
          expect(await world.core.counts(), where).toMatchObject({ positions: 0, paths: 0, failedPolls: 0 });
        },
      }),
    );
  });
});
