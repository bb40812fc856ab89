import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { appendEntries, verifyChain } from "../../domain/journal/chain.ts";
import type { StoredEntry } from "../../domain/journal/entry.ts";
import { sampleEquity } from "../../domain/journal/sample-entries.ts";
import { MemoryJournalStore } from "../../simulator/storage/journal-store.ts";
import { JournalCore, type JournalPorts, LEASE_MS } from "../core/journal-core.ts";
import { FailingStorage } from "./failing-storage.ts";
import { everyFault, FaultTally } from "./storage-faults.ts";

const WINDOW = 4;
const LEDGER = "paper-A";
const tally = new FaultTally();

beforeEach(() => {
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => {
  console.log(`storage of the journal failed: ${tally}`);
});

function entry(n: number) {
  return sampleEquity(`equity:${LEDGER}:${n}`);
}

/** A journal with its archive, which the test's Executor fills. */
class World {
  readonly disk = new FailingStorage();
  nowMs = 1_790_000_000_000;
  archived: StoredEntry[] = [];
  nudges = 0;
  core = this.#made();

  #made(): JournalCore {
    const ports: JournalPorts = {
      windowEntries: WINDOW,
      nudge: async () => void this.nudges++,
      archive: {
        newest: async () => {
          const last = this.archived.at(-1);
          return last === undefined ? null : { seq: last.seq, hash: last.hash };
        },
        after: async (seq) => this.archived.filter((link) => link.seq > seq).slice(0, WINDOW),
        missing: async (seq) => {
          const from = this.archived.length + 1;
          return from > seq ? [] : [{ from, to: seq }];
        },
      },
    };
    const host = { storage: this.disk, now: () => this.nowMs, background: (work: Promise<unknown>) => void work.catch(() => {}) };
    return new JournalCore(host, new MemoryJournalStore(this.disk), ports);
  }

  restart(): void {
    this.disk.sync();
    this.core = this.#made();
  }

  /** What an Executor does between its claim and its acknowledgement. */
  async execute(): Promise<void> {
    const claim = await this.core.claimExecutor(this.nowMs);
    if (claim === null) return;
    const links = await this.core.read(claim.droppedSeq, 1_000);
    this.archived = [...this.archived, ...links.filter(({ seq }) => seq > this.archived.length)];
    const seq = this.archived.length;
    await this.core.ackExecutor({ ...claim, archivedSeq: seq, publishedSeq: seq, executorSeq: seq, archivedAtMs: this.nowMs });
  }

  /** Another life's write lands: the newest entry on R2 is another one, and one more follows. */
  fork(): void {
    const common = this.archived.slice(0, -1);
    const head = common.at(-1);
    if (head === undefined) throw new Error("nothing is archived");
    this.archived = [...common, ...appendEntries(head, [entry(50), entry(51)])];
    this.restart();
  }

  /** What a person asks to have set aside. */
  request() {
    const first = this.archived.find(({ entry: { id } }) => id === entry(50).id);
    return { forkSeq: first?.seq ?? 0, forkHash: first?.hash ?? "", author: "ann", note: "why" };
  }

  /** An object that was restored to before its second entry. */
  async forget(): Promise<void> {
    const { archived } = this;
    const earlier = new World();
    await earlier.core.append([entry(1)]);
    this.disk.restore(earlier.disk.snapshot());
    this.restart();
    this.archived = archived;
  }
}

const SET_ASIDE = {
  key: "kept",
  sha256: "abc",
  entries: 2,
  ledgers: [{ ledger: LEDGER, newest: 51, positionIds: ["p1"] }],
} as const;

const STEPS: ReadonlyArray<readonly [string, (world: World) => Promise<unknown>]> = [
  ["the first entries", (world) => world.core.append([entry(1), entry(2), entry(3)])],
  ["some known, some new", (world) => world.core.append([entry(2), entry(4), entry(4), entry(5), entry(6)])],
  ["a run of the Executor", (world) => world.execute()],
  ["a hold", (world) => world.core.holdProjection({ upTo: 6, limit: 6, note: "compare" }, 600_000)],
  ["entries while it is held", (world) => world.core.append([entry(7), entry(8), entry(9)])],
  ["the end of the hold", (world) => world.core.holdProjection(null, 0)],
  ["another run", (world) => world.execute()],
  ["dropping what is archived", (world) => world.core.dropArchived()],
  [
    "recovery of an object that was restored",
    async (world) => {
      for (let imported = 1; imported > 0; ) {
        const step = await world.core.recover();
        imported = step.ok ? step.value.imported : 0;
      }
    },
  ],
  ["entries after it", (world) => world.core.append([entry(10)])],
  ["an alarm", (world) => world.core.alarm()],
  ["a mend that begins", (world) => world.core.beginMend(world.request())],
  ["what was set aside", (world) => world.core.noteSetAside(12, SET_ASIDE)],
  [
    "the end of a mend",
    async (world) => {
      world.archived = world.archived.filter(({ entry: { id } }) => id !== entry(50).id && id !== entry(51).id);
      await world.core.finishMend();
    },
  ],
  ["an append to a mended journal", (world) => world.core.append([entry(52)])],
];
const FORKED_BEFORE = STEPS.findIndex(([name]) => name.startsWith("a mend"));
const RESTORED_BEFORE = STEPS.findIndex(([name]) => name.startsWith("recovery"));

/** An Executor that is asked again waits for its lease to end. */
function isRun(name: string): boolean {
  return name.includes("run");
}

async function lived(count: number): Promise<World> {
  const world = new World();
  for (const [index, [, step]] of STEPS.slice(0, count).entries()) {
    if (index === RESTORED_BEFORE) await world.forget();
    if (index === FORKED_BEFORE) world.fork();
    await step(world);
    world.nowMs += LEASE_MS;
  }
  if (count === RESTORED_BEFORE) await world.forget();
  if (count === FORKED_BEFORE) world.fork();
  return world;
}

/** Everything that the journal knows, but who works for it. */
async function known(world: World) {
  const { state: _, ...head } = await world.core.head();
  const hashes = await world.core.hashes(1, 100);
  const links = await world.core.read(head.droppedSeq, 100);
  return { head, hashes, ids: links.map((link) => link.entry.id) };
}

describe("a journal on a storage that fails", () => {
  test.each(STEPS.map(([name, step], index) => ({ name, step, index })))("$name", async ({ name, step, index }) => {
    const honest = await lived(index);
    const between = [await known(honest)];
    honest.disk.onCommit = () => void committed.push(honest.disk.snapshot());
    const committed: Array<ReturnType<FailingStorage["snapshot"]>> = [];
    await step(honest);
    honest.disk.onCommit = null;
    for (const snapshot of committed) {
      const world = await lived(index);
      world.archived = honest.archived;
      world.disk.restore(snapshot);
      world.restart();
      between.push(await known(world));
    }
    const wanted = await known(honest);
    tally.add(
      await everyFault({
        prepare: () => lived(index),
        event: step,
        judge: async (world, where) => {
          const inMemory = await known(world);
          expect([...between, wanted], `${where}: neither unchanged nor done`).toContainEqual(inMemory);
          world.restart();
          expect(await known(world), `${where}: memory and disk differ`).toEqual(inMemory);
          if (isRun(name)) world.nowMs += LEASE_MS;
          await step(world);
          expect(await known(world), `${where}: asked again`).toEqual(wanted);
        },
      }),
    );
  });

  test.each(STEPS.map(([name, step], index) => ({ name, step, index })))(
    "$name: asked again in the same life, it is done, and an alarm is set while anybody is behind",
    async ({ name, step, index }) => {
      const honest = await lived(index);
      await step(honest);
      const wanted = await known(honest);
      // While a mend is under way nobody is told; after it a ledger's numbers are those of both branches.
      const newestOf = (world: World) => world.core.newestOf(LEDGER).catch(() => "closed");
      const newest = index < FORKED_BEFORE ? wanted.head.seq : await newestOf(honest);
      await everyFault({
        prepare: () => lived(index),
        event: step,
        judge: async (world, where) => {
          if (isRun(name)) world.nowMs += LEASE_MS;
          await step(world);
          const now = await known(world);
          expect(now, where).toEqual(wanted);
          expect(await newestOf(world), where).toBe(newest);
          const links = await world.core.read(now.head.droppedSeq, 100);
          const base = { seq: now.head.droppedSeq, hash: (await world.core.hashAt(now.head.droppedSeq)) ?? "" };
          expect(verifyChain(links, base), where).toMatchObject({ ok: true });
          const isBehind = now.head.seq > Math.min(now.head.executorSeq, now.head.archivedSeq);
          if (isBehind) expect(world.disk.alarmMs, `${where}: no alarm`).not.toBeNull();
        },
      });
    },
  );
});
