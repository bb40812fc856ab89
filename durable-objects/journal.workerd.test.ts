import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { verifyChain } from "../domain/journal/chain.ts";
import type { JournalEntry, StoredEntry } from "../domain/journal/entry.ts";
import type { Journal } from "./journal.ts";

let nextObject = 0;
/** A journal of its own for each test. */
function freshJournal(): DurableObjectStub<Journal> {
  return env.JOURNAL.get(env.JOURNAL.idFromName(`test-${nextObject++}`));
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

/** Counts nudges of one object from here on, and keeps them from the real queue. */
async function countNudges(journal: DurableObjectStub<Journal>): Promise<() => number> {
  let sent = 0;
  const queue = { send: async () => void sent++ } as unknown as Env["TRADE_EVENTS"];
  await runInDurableObject(journal, (instance: Journal) => {
    (instance as unknown as { env: Env }).env = { ...env, TRADE_EVENTS: queue };
  });
  return () => sent;
}

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
    await runInDurableObject(journal, async (instance: Journal, state) => {
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
    await journal.ackExecutor(1);
    expect(nudges()).toBe(3);
    await journal.ackExecutor(2);
    expect(await journal.head()).toMatchObject({ seq: 2, executorSeq: 2 });
    await runDurableObjectAlarm(journal);
    expect(nudges()).toBe(3);
    expect(await runDurableObjectAlarm(journal)).toBe(false);
    await journal.append([entry("c")]);
    expect(nudges()).toBe(4);
  });

  test("acknowledging never goes back or past the head", async () => {
    const journal = freshJournal();
    await journal.append([entry("a"), entry("b")]);
    await journal.ackExecutor(2);
    await journal.ackExecutor(1);
    await journal.ackExecutor(99);
    expect(await journal.head()).toMatchObject({ seq: 2, executorSeq: 2 });
  });
});
