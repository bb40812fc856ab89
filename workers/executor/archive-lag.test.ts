import { describe, expect, test } from "vitest";
import { sampleDecision } from "../../domain/journal/sample-entries.ts";
import { createRng } from "../../domain/random.ts";
import { JournalCore, LEASE_MS } from "../../durable-objects/core/journal-core.ts";
import { MemoryJournalStore } from "../../simulator/storage/journal-store.ts";
import { MemoryStorage } from "../../simulator/storage/memory-storage.ts";
import { archiveUpTo, FLUSH_MS } from "./archive.ts";
import type { ExecutorPorts } from "./ports.ts";
import { runWith } from "./run.ts";

const SEEDS = 10;
const RUN_MS = 20 * 60_000;
/** A nudge is delivered after the queue's longest batch wait and its own delay. */
const QUEUE_MS = 2_000;
/** The longest that an Executor takes to write a window. */
const WRITE_MS = 3_000;

/** Objects of the archive. */
function fakeBucket() {
  const objects = new Map<string, { etag: string; text: string; customMetadata: Record<string, string> }>();
  let puts = 0;
  return {
    head: async (key: string) => objects.get(key) ?? null,
    put: async (key: string, text: string, options: { customMetadata: Record<string, string> }) => {
      const object = { etag: String(++puts), text, customMetadata: options.customMetadata };
      objects.set(key, object);
      return object;
    },
  } as unknown as R2Bucket;
}

/**
 * Trading in virtual time: entries at random, and nudges that are lost, Executors that are killed or
 * whose write fails, at most `inARow` of them between two writes.
 * @returns the longest that an entry was not on R2.
 */
async function worstLagMs(seed: string, inARow: number): Promise<number> {
  const rng = createRng(seed);
  let nowMs = 1_790_000_000_000;
  const endMs = nowMs + RUN_MS;
  const deliveries: number[] = [];
  const storage = new MemoryStorage();
  let faults = 0;
  const isFaulty = (rate: number) => {
    if (faults >= inARow || rng.next() > rate) return false;
    faults += 1;
    return true;
  };
  const host = { storage, now: () => nowMs, background: () => {} };
  const core = new JournalCore(host, new MemoryJournalStore(storage), {
    archive: { newest: async () => null, after: async () => [], missing: async () => [] },
    nudge: async () => {
      if (isFaulty(0.02)) return;
      deliveries.push(nowMs + rng.int(QUEUE_MS));
    },
    windowEntries: 200,
  });
  const bucket = fakeBucket();
  const ports: ExecutorPorts = {
    clock: () => nowMs,
    projection: { projectedSeq: async () => (await core.head()).executorSeq, project: async () => {} },
    archive: async (archive, head, atMs, read) => {
      const isDue = atMs - archive.atMs >= FLUSH_MS;
      if (isDue && isFaulty(0.5)) throw new Error(rng.next() < 0.5 ? "R2 is away" : KILLED);
      const after = await archiveUpTo(bucket, archive, head, atMs, read, []);
      if (after.seq > archive.seq) {
        faults = 0;
        nowMs += rng.int(WRITE_MS);
      }
      return after;
    },
    archived: async () => [],
    publish: async () => {},
    onArchived: async () => {},
  };
  // Killed: the lease stays taken.
  const ack = core.ackExecutor.bind(core);
  let isKilled = false;
  const stub = Object.create(core, {
    ackExecutor: { value: async (progress: Parameters<typeof ack>[0]) => (isKilled ? undefined : ack(progress)) },
    claimExecutor: { value: core.claimExecutor.bind(core) },
    read: { value: core.read.bind(core) },
    hashAt: { value: core.hashAt.bind(core) },
  }) as JournalCore;
  const env = { JOURNAL: { idFromName: () => "journal", get: () => stub } } as unknown as Env;

  let worstMs = 0;
  let nextEntryMs = nowMs;
  let count = 0;
  while (nowMs < endMs) {
    const alarmMs = storage.alarmMs ?? Number.POSITIVE_INFINITY;
    const deliveryMs = Math.min(...deliveries, Number.POSITIVE_INFINITY);
    nowMs = Math.max(nowMs, Math.min(alarmMs, deliveryMs, nextEntryMs));
    const { unarchivedSinceMs } = await core.head();
    if (unarchivedSinceMs !== null) worstMs = Math.max(worstMs, nowMs - unarchivedSinceMs);
    if (nowMs >= deliveryMs) {
      deliveries.splice(deliveries.indexOf(deliveryMs), 1);
      isKilled = false;
      const guarded = { ...ports, archive: killing(ports.archive, () => (isKilled = true)) };
      await runWith(env, guarded).catch(() => 0);
    } else if (nowMs >= alarmMs) {
      storage.setAlarm(null);
      await core.alarm();
    } else {
      await core.append(Array.from({ length: 1 + rng.int(8) }, () => sampleDecision(`d${++count}`)));
      // Bursts, and quiet times in which only the alarm moves anything.
      nextEntryMs = nowMs + rng.int(rng.next() < 0.5 ? 2_000 : 90_000);
    }
  }
  return worstMs;
}

const KILLED = "killed";

function killing(archive: ExecutorPorts["archive"], onKill: () => void): ExecutorPorts["archive"] {
  return async (...args) => {
    try {
      return await archive(...args);
    } catch (error) {
      if (error instanceof Error && error.message === KILLED) onKill();
      throw error;
    }
  };
}

async function worstOf(inARow: number, seeds: number): Promise<number> {
  let worst = 0;
  for (let seed = 0; seed < seeds; seed++) worst = Math.max(worst, await worstLagMs(`archive-lag-${inARow}-${seed}`, inARow));
  return worst;
}

describe("the journal is on R2 at most 60 s behind", () => {
  test.each([
    ["while nothing fails", 0, 25_000],
    ["when a nudge is lost, an Executor dies or a write fails", 1, 60_000],
  ])("%s", async (name, inARow, limitMs) => {
    const worst = await worstOf(inARow, SEEDS);
    console.log(`archive lag ${name}: at most ${(worst / 1_000).toFixed(1)} s in ${SEEDS} x 20 min`);
    expect(worst).toBeGreaterThan(1_000);
    expect(worst).toBeLessThanOrEqual(limitMs);
  });

  test("the lease of a dead Executor leaves room in it", () => expect(LEASE_MS).toBeLessThanOrEqual(20_000));
});
