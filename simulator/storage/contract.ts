import type { ObjectStorage } from "../../durable-objects/host/host.ts";

/** One rule that every `ObjectStorage` keeps: throws when it does not. */
export interface ContractCase {
  readonly name: string;
  readonly run: (storage: ObjectStorage) => void | Promise<void>;
}

/** What engine code may rely on, whether a Durable Object's SQLite or plain JavaScript is below it. */
export const STORAGE_CONTRACT: readonly ContractCase[] = [
  {
    name: "a key that was never put is null",
    run: (storage) => equal(storage.table("t").get("a"), null),
  },
  {
    name: "put inserts, and replaces in place",
    run: (storage) => {
      const table = storage.table("t");
      for (const key of ["b", "a", "c"]) table.put(key, `${key}1`);
      table.put("b", "b2");
      equal(table.entries(), [
        ["b", "b2"],
        ["a", "a1"],
        ["c", "c1"],
      ]);
    },
  },
  {
    name: "a key that was deleted comes back at the end",
    run: (storage) => {
      const table = storage.table("t");
      for (const key of ["a", "b"]) table.put(key, key);
      table.delete("a");
      table.delete("none");
      table.put("a", "again");
      equal(table.entries(), [
        ["b", "b"],
        ["a", "again"],
      ]);
    },
  },
  {
    name: "the same name is the same table, and another one is not",
    run: (storage) => {
      storage.table("t").put("k", "v");
      equal(storage.table("t").get("k"), "v");
      equal(storage.table("u").get("k"), null);
    },
  },
  {
    name: "text survives as it is",
    run: (storage) => {
      const table = storage.table("t");
      for (const body of ["", "0", "18446744073709551615", '{"$bigint":"1"}', "\u0000\n'\"%", "🜚 ß", "x".repeat(100_000)]) {
        table.put("k", body);
        equal(table.get("k"), body);
      }
    },
  },
  {
    name: "log numbers grow from 1 and are never used again",
    run: (storage) => {
      const log = storage.log("l");
      equal([log.append("a"), log.append("b"), log.append("c")], [1, 2, 3]);
      log.delete(3);
      equal(log.append("d"), 4);
      log.deleteThrough(10);
      equal(log.count(), 0);
      equal(log.append("e"), 5);
    },
  },
  {
    name: "a log is read in order, from a number on, within a limit",
    run: (storage) => {
      const log = storage.log("l");
      for (const body of ["a", "b", "c", "d"]) log.append(body);
      log.delete(2);
      equal(log.after(0, 10), [
        { n: 1, body: "a" },
        { n: 3, body: "c" },
        { n: 4, body: "d" },
      ]);
      equal(log.after(1, 1), [{ n: 3, body: "c" }]);
      equal(log.after(4, 10), []);
      equal(log.after(0, 0), []);
    },
  },
  {
    name: "deleting what is not there changes nothing",
    run: (storage) => {
      const log = storage.log("l");
      log.append("a");
      log.delete(7);
      log.deleteThrough(0);
      equal(log.count(), 1);
    },
  },
  {
    name: "a transaction returns its value and keeps its writes",
    run: (storage) => {
      equal(
        storage.transaction(() => {
          storage.table("t").put("a", "1");
          return storage.log("l").append("x");
        }),
        1,
      );
      equal(storage.table("t").get("a"), "1");
      equal(storage.log("l").count(), 1);
    },
  },
  {
    name: "a transaction that throws leaves no trace, in order and numbers too",
    run: (storage) => {
      const table = storage.table("t");
      const log = storage.log("l");
      for (const key of ["a", "b", "c"]) table.put(key, key);
      log.append("kept");
      let thrown: unknown = null;
      try {
        storage.transaction(() => {
          table.put("b", "changed");
          table.delete("a");
          table.put("d", "new");
          log.append("gone");
          log.deleteThrough(1);
          throw new Error("stop");
        });
      } catch (error) {
        thrown = error;
      }
      equal(String(thrown), "Error: stop");
      equal(table.entries(), [
        ["a", "a"],
        ["b", "b"],
        ["c", "c"],
      ]);
      equal(log.after(0, 10), [{ n: 1, body: "kept" }]);
      equal(log.append("next"), 2);
    },
  },
  {
    name: "a transaction inside another joins it",
    run: (storage) => {
      const table = storage.table("t");
      try {
        storage.transaction(() => {
          storage.transaction(() => table.put("inner", "1"));
          throw new Error("stop");
        });
      } catch {
        // Expected.
      }
      equal(table.get("inner"), null);
    },
  },
  {
    name: "an inner transaction that throws and is caught takes only its own writes back",
    run: (storage) => {
      const table = storage.table("t");
      storage.transaction(() => {
        table.put("outer", "1");
        try {
          storage.transaction(() => {
            table.put("inner", "1");
            throw new Error("stop");
          });
        } catch {
          // Expected.
        }
      });
      equal(table.entries(), [["outer", "1"]]);
    },
  },
  {
    name: "flush ends",
    run: async (storage) => {
      storage.table("t").put("a", "1");
      await storage.flush();
      await storage.flush();
      equal(storage.table("t").get("a"), "1");
    },
  },
  {
    name: "an alarm can be set, moved and taken back",
    run: (storage) => {
      for (const atMs of [4_000_000_000_000, 4_000_000_000_001, null, null]) storage.setAlarm(atMs);
    },
  },
];

/** Throws unless both are the same JSON. */
export function equal(found: unknown, wanted: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (left !== right) throw new Error(`found ${left?.slice(0, 500)}, wanted ${right?.slice(0, 500)}`);
}
