import { GENESIS } from "../../domain/journal/chain.ts";
import type { InboxEntry, InboxStore } from "./inbox-store.ts";
import type { JournalRow, JournalStore } from "./journal-store.ts";

/** One rule that every implementation keeps: throws when it does not. */
export interface StoreCase<Store> {
  readonly name: string;
  readonly run: (store: Store) => void;
}

function row(seq: number, id = `id${seq}`): JournalRow {
  return { seq, id, hash: `hash${seq}`, atMs: seq * 10, body: `{"n":${seq}}` };
}

function filled(store: JournalStore, count: number): JournalStore {
  for (let seq = 1; seq <= count; seq++) store.add(row(seq));
  return store;
}

/** What the Journal relies on. */
export const JOURNAL_STORE_CONTRACT: ReadonlyArray<StoreCase<JournalStore>> = [
  {
    name: "an empty chain begins with GENESIS",
    run: (store) => {
      equal(store.head(), GENESIS);
      equal(store.at(1), null);
      equal([...store.after(0, 10)], []);
      equal(store.isKnown("id1"), false);
    },
  },
  {
    name: "the head is the greatest number",
    run: (store) => {
      filled(store, 12);
      equal(store.head(), { seq: 12, hash: "hash12" });
      equal(store.at(12), { hash: "hash12", atMs: 120 });
      equal(store.at(13), null);
      equal(store.isKnown("id12"), true);
    },
  },
  {
    name: "entries come in order after a number, as many as asked for",
    run: (store) => {
      filled(store, 12);
      equal(
        [...store.after(8, 3)],
        [9, 10, 11].map((seq) => ({ seq, hash: `hash${seq}`, body: `{"n":${seq}}` })),
      );
      equal([...store.after(11, 3)].length, 1);
      equal([...store.after(12, 3)], []);
    },
  },
  {
    name: "a number or an id that is taken is refused, and nothing changes",
    run: (store) => {
      filled(store, 2);
      throws(() => store.add(row(2, "other")));
      throws(() => store.add(row(3, "id1")));
      equal(store.head(), { seq: 2, hash: "hash2" });
      equal(store.isKnown("other"), false);
    },
  },
  {
    name: "bodies are dropped up to a number, what names them stays",
    run: (store) => {
      filled(store, 4);
      store.dropBodies(2);
      equal(
        [...store.after(0, 10)].map(({ body }) => body),
        [null, null, '{"n":3}', '{"n":4}'],
      );
      equal(store.at(1), { hash: "hash1", atMs: 10 });
      equal(store.isKnown("id1"), true);
      throws(() => store.add(row(5, "id1")));
    },
  },
  {
    name: "its size grows with what it holds",
    run: (store) => {
      const before = store.bytes();
      store.add({ ...row(1), body: "x".repeat(200_000) });
      if (!(store.bytes() >= before + 100_000)) throw new Error(`${before} -> ${store.bytes()}`);
    },
  },
];

function entry(key: string, overrides: Partial<InboxEntry> = {}): InboxEntry {
  const times = { leaseUntilMs: 0, receivedAtMs: 1_000, updatedAtMs: 1_000 };
  return { key, state: "discover", attempts: 0, source: "webhook", payload: '{"u64":"18446744073709551615"}', ...times, ...overrides };
}

/** What an Inbox relies on. */
export const INBOX_STORE_CONTRACT: ReadonlyArray<StoreCase<InboxStore>> = [
  {
    name: "a signature counts once",
    run: (store) => {
      equal(store.isDelivered("s"), false);
      equal(store.addDelivery("s", 1), true);
      equal(store.addDelivery("s", 2), false);
      equal(store.isDelivered("s"), true);
    },
  },
  {
    name: "a graduation comes back as it was put, and is replaced as a whole",
    run: (store) => {
      equal(store.get("a"), null);
      store.put(entry("a"));
      equal(store.get("a"), entry("a"));
      const later = entry("a", { state: "trade", leaseUntilMs: 5, attempts: 2, payload: "é\u0000🚀", updatedAtMs: 9 });
      store.put(later);
      equal(store.get("a"), later);
    },
  },
  {
    name: "those that wait come longest ago first, equal times by key",
    run: (store) => {
      store.put(entry("late", { updatedAtMs: 30 }));
      store.put(entry("b", { updatedAtMs: 20 }));
      store.put(entry("a", { updatedAtMs: 20 }));
      store.put(entry("early", { updatedAtMs: 10, state: "analyze" }));
      store.put(entry("done", { updatedAtMs: 5, state: "done" }));
      const keys = (updatedAtMs: number, limit: number) => store.waiting(updatedAtMs, limit).map(({ key }) => key);
      equal(keys(20, 10), ["early", "a", "b"]);
      equal(keys(Number.MAX_SAFE_INTEGER, 2), ["early", "a"]);
      equal(keys(9, 10), []);
    },
  },
  {
    name: "open until all are done",
    run: (store) => {
      equal(store.hasOpen(), false);
      store.put(entry("a"));
      equal(store.hasOpen(), true);
      store.put(entry("a", { state: "done" }));
      equal(store.hasOpen(), false);
    },
  },
  {
    name: "forgets what is done and old, and old signatures, and nothing that is open",
    run: (store) => {
      store.put(entry("old", { state: "done", updatedAtMs: 9 }));
      store.put(entry("new", { state: "done", updatedAtMs: 10 }));
      store.put(entry("open", { updatedAtMs: 1 }));
      store.addDelivery("old", 9);
      store.addDelivery("new", 10);
      store.forget(10);
      equal(
        ["old", "new", "open"].map((key) => store.get(key) !== null),
        [false, true, true],
      );
      equal([store.isDelivered("old"), store.isDelivered("new")], [false, true]);
    },
  },
];

function equal(actual: unknown, expected: unknown): void {
  const [a, b] = [actual, expected].map((value) => JSON.stringify(value, sortedKeys));
  if (a !== b) throw new Error(`expected ${b}, was ${a}`);
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function throws(run: () => void): void {
  try {
    run();
  } catch {
    return;
  }
  throw new Error("expected a refusal");
}
