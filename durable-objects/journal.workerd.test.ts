import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { verifyChain } from "../domain/journal/chain.ts";
import type { JournalEntry, StoredEntry } from "../domain/journal/entry.ts";
import type { Journal } from "./journal.ts";
import { reset } from "./test-reset.ts";

let nextObject = 0;
/** A journal of its own for each test. */
function freshJournal(): DurableObjectStub<Journal> {
  return env.JOURNAL.get(env.JOURNAL.idFromName(`test-${nextObject++}`)) as DurableObjectStub<Journal>;
}

function entry(id: string, reason = "rug"): JournalEntry {
  return { kind: "denylist", id, atMs: 1, subject: "mint", value: id, action: "add", reason, author: "test" };
}

async function readAll(journal: DurableObjectStub<Journal>): Promise<StoredEntry[]> {
  return (await journal.read(0, 1_000)) as StoredEntry[];
}

async function readSeqs(journal: DurableObjectStub<Journal>, afterSeq: number, limit: number): Promise<number[]> {
  return ((await journal.read(afterSeq, limit)) as StoredEntry[]).map((link) => link.seq);
}

async function work(journal: DurableObjectStub<Journal>, done: { executorSeq: number; archivedSeq: number }): Promise<void> {
  const claim = await journal.claimExecutor(1);
  await journal.ackExecutor({ lease: claim?.lease ?? 0, publishedSeq: done.executorSeq, ...done, archivedAtMs: 1 });
}

/** Counts nudges of one object from here on, and keeps them from the real queue. */
async function countNudges(journal: DurableObjectStub<Journal>): Promise<() => number> {
  let sent = 0;
  const queue = { send: async () => void sent++ } as unknown as Env["TRADE_EVENTS"];
  await runInDurableObject(journal, (instance: Journal) => {
    (instance as unknown as { env: Env }).env = { ...env, TRADE_EVENTS: queue };
  });
  return () => sent;
}

beforeEach(async () => {
  await reset();
});

describe("Journal", () => {
  test("numbers from 1 without gaps and keeps the first of equal ids, also over an eviction", async () => {
    const journal = freshJournal();
    expect(await journal.append([entry("a"), entry("b"), entry("a", "again")])).toEqual({ head: 2 });
    await evictDurableObject(journal);
    expect(await journal.append([entry("b", "again"), entry("c")])).toEqual({ head: 3 });
    const links = await readAll(journal);
    expect(links.map((link) => [link.seq, link.entry])).toEqual([
      [1, entry("a")],
      [2, entry("b")],
      [3, entry("c")],
    ]);
    expect(verifyChain(links)).toEqual({ ok: true, value: { seq: 3, hash: (await journal.head()).hash } });
  });

  test("concurrent appends give one chain", async () => {
    const journal = freshJournal();
    await Promise.all(
      Array.from({ length: 20 }, (_, call) =>
        journal.append(Array.from({ length: 10 }, (_, i) => entry(`${call}-${i}`)).concat(entry("shared"))),
      ),
    );
    const links = await readAll(journal);
    expect(links).toHaveLength(201);
    expect(verifyChain(links).ok).toBe(true);
  });

  test("a call that dies in the middle leaves all or nothing, and its repeat repairs it", async () => {
    const journal = freshJournal();
    await journal.append([entry("a")]);
    await runInDurableObject(journal, async (instance: Journal, state: DurableObjectState) => {
      const exec = state.storage.sql.exec.bind(state.storage.sql);
      let inserts = 0;
      const failing = vi.spyOn(state.storage.sql, "exec").mockImplementation(((query: string, ...bindings: unknown[]) => {
        if (query.startsWith("INSERT INTO entries") && ++inserts === 2) throw new Error("disk I/O error");
        return exec(query, ...(bindings as SqlStorageValue[]));
      }) as typeof state.storage.sql.exec);
      await expect(instance.append([entry("b"), entry("c")])).rejects.toThrow("disk I/O error");
      failing.mockRestore();
    });
    expect(await journal.head()).toMatchObject({ seq: 1 });
    await journal.append([entry("b"), entry("c")]);
    expect(verifyChain(await readAll(journal))).toMatchObject({ ok: true, value: { seq: 3 } });
  });

  test("reads ranges that chain on, bounded by count and bytes", async () => {
    const journal = freshJournal();
    const wide = "x".repeat(1_500_000);
    for (let i = 0; i < 3; i++) await journal.append([entry(`wide-${i}`, wide)]);
    expect(await readSeqs(journal, 0, 1)).toEqual([1]);
    expect(await readSeqs(journal, 0, 1_000)).toEqual([1, 2]);
    expect(await readSeqs(journal, 2, 1_000)).toEqual([3]);
    expect(await readSeqs(journal, 3, 1_000)).toEqual([]);
    const [second] = (await journal.read(1, 1)) as StoredEntry[];
    const [third] = (await journal.read(2, 1)) as StoredEntry[];
    expect(third?.prevHash).toBe(second?.hash);
  });

  test("nudges once until the Executor has caught up, and again by alarm while it is behind", async () => {
    const journal = freshJournal();
    const nudges = await countNudges(journal);
    await journal.append([entry("a")]);
    await journal.append([entry("b")]);
    await journal.append([entry("b")]);
    expect(nudges()).toBe(1);
    await runDurableObjectAlarm(journal);
    expect(nudges()).toBe(2);
    await work(journal, { executorSeq: 1, archivedSeq: 0 });
    expect(nudges()).toBe(3);
    await work(journal, { executorSeq: 2, archivedSeq: 0 });
    expect(nudges()).toBe(3);
    await runDurableObjectAlarm(journal);
    expect(nudges()).toBe(4);
    await work(journal, { executorSeq: 2, archivedSeq: 2 });
    await runDurableObjectAlarm(journal);
    expect(nudges()).toBe(4);
    expect(await runDurableObjectAlarm(journal)).toBe(false);
    await journal.append([entry("c")]);
    expect(nudges()).toBe(5);
  });

  test("one Executor at a time: the next waits for the answer or the end of the lease", async () => {
    const journal = freshJournal();
    await journal.append([entry("a"), entry("b")]);
    const first = await journal.claimExecutor(1_000);
    expect(first).toMatchObject({ head: 2, executorSeq: 0, archivedSeq: 0 });
    expect(await journal.claimExecutor(2_000)).toBeNull();
    const second = await journal.claimExecutor(21_001);
    expect(second).not.toBeNull();
    await journal.ackExecutor({ lease: first?.lease ?? 0, executorSeq: 1, publishedSeq: 1, archivedSeq: 1, archivedAtMs: 1 });
    expect(await journal.head()).toMatchObject({ executorSeq: 0, archivedSeq: 0 });
    await journal.ackExecutor({ lease: second?.lease ?? 0, executorSeq: 99, publishedSeq: 99, archivedSeq: 99, archivedAtMs: 1 });
    expect(await journal.head()).toMatchObject({ seq: 2, executorSeq: 2, archivedSeq: 2 });
  });
});
