import { describe, expect, test } from "vitest";
import { STORAGE_CONTRACT } from "./contract.ts";
import { MemoryStorage } from "./memory-storage.ts";

/** The disk that a simulation runs, here by hand. */
function disk() {
  let isDirty = false;
  const storage = new MemoryStorage({ onDirty: () => (isDirty = true), onAlarm: () => {} });
  return { storage, isDirty: () => isDirty };
}

describe("the contract, in plain JavaScript", () => {
  test.each(STORAGE_CONTRACT)("$name", async ({ run }) => {
    const storage = new MemoryStorage();
    const ran = run(storage);
    for (let i = 0; i < 3; i++) {
      await Promise.resolve();
      storage.sync();
    }
    await ran;
  });
});

describe("durability", () => {
  test("writes without an await between them fall together, those after an await by themselves", async () => {
    const { storage } = disk();
    const table = storage.table("t");
    table.put("a", "1");
    table.put("b", "1");
    await null;
    table.put("a", "2");
    expect(storage.unsynced).toBe(2);
    storage.crash(1);
    expect(table.entries()).toEqual([
      ["a", "1"],
      ["b", "1"],
    ]);
  });

  test("a crash takes back everything that was not synced, deletes in their place", async () => {
    const { storage, isDirty } = disk();
    const table = storage.table("t");
    const log = storage.log("l");
    for (const key of ["a", "b", "c"]) table.put(key, key);
    log.append("x");
    storage.setAlarm(5);
    expect(isDirty()).toBe(true);
    storage.sync();
    table.delete("b");
    table.put("a", "changed");
    log.deleteThrough(1);
    log.append("y");
    storage.setAlarm(null);
    storage.crash();
    expect(table.entries().map(([key, body]) => key + body)).toEqual(["aa", "bb", "cc"]);
    expect(log.after(0, 9)).toEqual([{ n: 1, body: "x" }]);
    expect(storage.alarmMs).toBe(5);
  });

  test("the output gate opens when what was written before is on disk, and never after a crash", () => {
    const { storage } = disk();
    const passed: string[] = [];
    storage.whenDurable(() => passed.push("nothing written"));
    storage.table("t").put("a", "1");
    storage.whenDurable(() => passed.push("written"));
    expect(passed).toEqual(["nothing written"]);
    storage.sync();
    expect(passed).toEqual(["nothing written", "written"]);
    storage.table("t").put("a", "2");
    storage.whenDurable(() => passed.push("lost"));
    storage.crash();
    storage.sync();
    expect(passed).toHaveLength(2);
  });

  test("a snapshot comes back as it was", () => {
    const { storage } = disk();
    storage.table("t").put("a", "1");
    storage.log("l").append("x");
    storage.log("l").delete(1);
    storage.setAlarm(7);
    const snapshot = storage.snapshot();
    storage.table("t").put("a", "2");
    storage.table("u").put("later", "1");
    storage.restore(snapshot);
    expect(storage.table("t").entries()).toEqual([["a", "1"]]);
    expect(storage.table("u").entries()).toEqual([]);
    expect(storage.log("l").append("y")).toBe(2);
    expect(storage.alarmMs).toBe(7);
  });
});
