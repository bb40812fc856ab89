import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Graduation } from "../../domain/candidate.ts";
import type { JournalEntry } from "../../domain/journal/entry.ts";
import { LEASE_MS, RETENTION_MS, type Stage, SWEEP_AFTER_MS } from "../../domain/pipeline/inbox.ts";
import { MemoryInboxStore } from "../../simulator/storage/inbox-store.ts";
import { type Delivery, InboxCore } from "../core/inbox-core.ts";
import { FailingStorage } from "./failing-storage.ts";
import { everyFault, FaultTally } from "./storage-faults.ts";

const START_MS = 1_790_000_000_000;
const tally = new FaultTally();

beforeEach(() => {
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => {
  console.log(`storage of an inbox failed: ${tally}`);
});

function delivery(signature: string, kind: "graduation" | "rejected" | "damaged"): Delivery {
  const graduation: Graduation = {
    signature,
    slot: 1,
    blockTimeMs: 1_000,
    mint: "Mint1111111111111111111111111111111",
    pool: "Pool",
    bondingCurve: "Curve",
    user: "User",
    creator: null,
    quoteMint: "So11111111111111111111111111111111111111112",
    baseAmount: 206_900_000_000_000n,
    quoteAmountLamports: 18_446_744_073_709_551_615n,
    instruction: "migrate_v2",
  };
  const reasons = { graduation: null, rejected: "TX_NOT_GRADUATION", damaged: "TX_MALFORMED" } as const;
  const reason = reasons[kind];
  return {
    signature,
    slot: 1,
    source: "webhook",
    receivedAtMs: START_MS,
    graduation: reason === null ? graduation : null,
    rejection: reason === null ? null : { reason, detail: null },
  };
}

const KEY = "a:Mint1111111111111111111111111111111";

/** An inbox with its queues and the journal. */
class World {
  readonly disk = new FailingStorage();
  readonly store = new MemoryInboxStore(this.disk);
  nowMs = START_MS;
  readonly sent: string[] = [];
  readonly journal = new Set<string>();
  core = this.#made();

  #made(): InboxCore {
    const queue = (stage: Stage) => ({ send: async ({ key }: { key: string }) => void this.sent.push(`${stage} ${key}`) });
    const append = async (entries: readonly JournalEntry[]) => {
      for (const { id } of entries) this.journal.add(id);
    };
    const env = {
      DISCOVERIES: queue("discover"),
      ANALYSES: queue("analyze"),
      SIGNALS: queue("trade"),
      JOURNAL: { idFromName: () => "journal", get: () => ({ append }) },
    } as unknown as Env;
    const host = { storage: this.disk, now: () => this.nowMs, background: () => {} };
    return new InboxCore(host, env, this.store);
  }

  restart(): void {
    this.disk.sync();
    this.core = this.#made();
  }

  /** Rings the alarm whenever it is due within `ms`. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (let atMs = this.disk.alarmMs; atMs !== null && atMs <= untilMs; atMs = this.disk.alarmMs) {
      this.nowMs = Math.max(this.nowMs, atMs);
      this.disk.ringAlarm(null);
      await this.core.alarm();
    }
    this.nowMs = untilMs;
  }

  /** The stage as a consumer runs it. @returns whether it is done */
  async work(stage: Stage, next: Stage | "done"): Promise<boolean> {
    const work = this.core.lease(KEY, stage, this.nowMs);
    if (work?.answer === "further") return true;
    if (work?.answer !== "granted") return false;
    const entry = { kind: "model", id: `${stage} of ${KEY}`, atMs: 1, name: "n", version: "1", event: "loaded", reason: null } as const;
    await this.core.complete(KEY, stage, { next, resultJson: `"${stage}"`, entries: [entry] }, this.nowMs);
    return true;
  }

  /** Ids of entries that the journal has not acknowledged. */
  #outbox(): string[] {
    const log = new Map(this.disk.snapshot().logs).get("journal_outbox");
    return (log?.rows ?? []).map(([, body]) => (JSON.parse(body) as JournalEntry).id);
  }

  /** What is kept, but for who has a lease and when what was last changed. */
  known() {
    const row = this.store.get(KEY);
    return {
      row: row === null ? null : { state: row.state, payload: row.payload, source: row.source },
      delivered: ["a", "b", "c"].filter((signature) => this.store.isDelivered(signature)),
      journal: [...new Set([...this.#outbox(), ...this.journal])].sort(),
    };
  }
}

const STEPS: ReadonlyArray<readonly [string, (world: World) => Promise<unknown>]> = [
  ["a graduation and what is none", (world) => world.core.accept([delivery("a", "graduation"), delivery("b", "rejected")])],
  ["a damaged copy", (world) => world.core.accept([delivery("c", "damaged")])],
  ["its good copy", (world) => world.core.accept([delivery("c", "rejected")])],
  ["the first stage", (world) => world.work("discover", "analyze")],
  [
    "a stage that fails",
    async (world) => {
      world.core.lease(KEY, "analyze", world.nowMs);
      world.core.release(KEY, "analyze");
    },
  ],
  ["the second stage", (world) => world.work("analyze", "trade")],
  [
    "a sweep",
    async (world) => {
      world.nowMs += SWEEP_AFTER_MS;
      await world.core.alarm();
    },
  ],
  ["the last stage", (world) => world.work("trade", "done")],
];

async function lived(count: number): Promise<World> {
  const world = new World();
  for (const [, step] of STEPS.slice(0, count)) await step(world);
  return world;
}

/** The last look: what every row, message and entry has come to. */
async function end(world: World, from: number) {
  for (const [, step] of STEPS.slice(from)) {
    // A lease that a failed worker took ends first.
    world.nowMs += LEASE_MS + 1;
    await step(world);
  }
  await world.core.watchdog();
  await world.pass(2 * SWEEP_AFTER_MS);
  return { known: world.known(), journal: [...world.journal].sort(), sent: [...new Set(world.sent)].sort(), alarmMs: world.disk.alarmMs };
}

describe("an inbox on a storage that fails", () => {
  test.each(STEPS.map(([name, step], index) => ({ name, step, index })))("$name", async ({ step, index }) => {
    const wantedAtEnd = await end(await lived(index), index);
    const before = (await lived(index)).known();
    const wanted = (await lived(index + 1)).known();
    for (const isRestarted of [false, true]) {
      const counts = await everyFault({
        prepare: () => lived(index),
        event: async (world) => step(world),
        judge: async (world, where) => {
          expect([before, wanted], `${where}: neither unchanged nor done`).toContainEqual(world.known());
          if (isRestarted) world.restart();
          expect(await end(world, index), where).toEqual(wantedAtEnd);
        },
      });
      if (!isRestarted) tally.add(counts);
    }
  });

  test.each(STEPS.slice(0, -1).map(([name, step], index) => ({ name, step, index })))(
    "$name: asked again, an alarm is set while anything is open",
    async ({ step, index }) => {
      await everyFault({
        prepare: () => lived(index),
        event: async (world) => step(world),
        judge: async (world, where) => {
          await step(world);
          expect(world.disk.alarmMs, where).not.toBeNull();
        },
      });
    },
  );

  test("what is old is forgotten, or kept whole", async () => {
    const forgotten = async (world: World) => {
      world.nowMs += RETENTION_MS + SWEEP_AFTER_MS;
      await world.core.alarm();
    };
    await everyFault({
      prepare: () => lived(STEPS.length),
      event: forgotten,
      judge: async (world, where) => {
        const { row, delivered } = world.known();
        expect(delivered.length, where).toBe(row === null ? 0 : 3);
        await forgotten(world);
        expect(world.known(), where).toMatchObject({ row: null, delivered: [] });
      },
    });
  });
});
