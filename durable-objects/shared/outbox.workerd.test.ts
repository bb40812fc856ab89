import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { verifyChain } from "../../domain/journal/chain.ts";
import type { JournalEntry, StoredEntry } from "../../domain/journal/entry.ts";
import { hostOf } from "../host/sqlite-host.ts";
import { journalOf } from "../stubs.ts";
import { reset } from "../test-reset.ts";
import { JournalOutbox } from "./outbox.ts";

function entry(id: string): JournalEntry {
  return { kind: "denylist", id, atMs: 1, subject: "mint", value: id, action: "add", reason: "rug", author: "test" };
}

/** Runs `use` with an outbox in some object's storage. */
function withOutbox<R>(use: (outbox: JournalOutbox, state: DurableObjectState) => Promise<R> | R, bindings: Env = env): Promise<R> {
  const owner = env.BUDGET.get(env.BUDGET.idFromName("outbox-owner"));
  return runInDurableObject(owner as DurableObjectStub<undefined>, (_: unknown, state: DurableObjectState) =>
    use(new JournalOutbox(hostOf(state), bindings), state),
  );
}

/** Bindings whose Journal does the append and then loses the answer, the first `times` times. */
function lossyJournal(times: number): Env {
  const stub = {
    append: async (entries: readonly JournalEntry[]) => {
      const result = await journalOf(env).append(entries);
      if (times-- > 0) throw new Error("connection lost");
      return result;
    },
  };
  return { ...env, JOURNAL: { idFromName: () => "journal", get: () => stub } as unknown as Env["JOURNAL"] };
}

beforeEach(async () => {
  await reset();
});

describe("JournalOutbox", () => {
  test("drains in order, in several batches, and then is empty", async () => {
    const ids = Array.from({ length: 250 }, (_, i) => `e${i}`);
    await withOutbox(async (outbox) => {
      outbox.add(ids.map(entry));
      expect(outbox.pending()).toBe(250);
      expect(await outbox.drain()).toBe(true);
      expect(outbox.pending()).toBe(0);
    });
    const links = (await journalOf(env).read(0, 1_000)) as StoredEntry[];
    expect(links.map((link) => link.entry.id)).toEqual(ids);
    expect(verifyChain(links).ok).toBe(true);
  });

  test("an entry exists exactly if its owner's transaction does", async () => {
    await withOutbox((outbox, state) => {
      expect(() =>
        state.storage.transactionSync(() => {
          outbox.add([entry("rolled-back")]);
          throw new Error("owner failed");
        }),
      ).toThrow("owner failed");
      expect(outbox.pending()).toBe(0);
    });
  });

  test("a lost answer keeps the entries, and sending them again adds nothing twice", async () => {
    await withOutbox(async (outbox) => {
      outbox.add([entry("a"), entry("b")]);
      expect(await outbox.drain()).toBe(false);
      expect(outbox.pending()).toBe(2);
      outbox.add([entry("c")]);
      expect(await outbox.drain()).toBe(true);
      expect(outbox.pending()).toBe(0);
    }, lossyJournal(1));
    const links = (await journalOf(env).read(0, 1_000)) as StoredEntry[];
    expect(links.map((link) => link.entry.id)).toEqual(["a", "b", "c"]);
  });

  test("entries added during a drain are not lost", async () => {
    await withOutbox(async (outbox) => {
      outbox.add([entry("a")]);
      const draining = outbox.drain();
      outbox.add([entry("b")]);
      await draining;
      await outbox.drain();
      expect(outbox.pending()).toBe(0);
    });
    expect(await journalOf(env).head()).toMatchObject({ seq: 2 });
  });

  test("an entry that SQLite could not hold is refused before it is stored", async () => {
    await withOutbox((outbox) => {
      expect(() => outbox.add([{ ...entry("big"), reason: "x".repeat(2_000_000) } as JournalEntry])).toThrow(RangeError);
      expect(outbox.pending()).toBe(0);
    });
  });
});
