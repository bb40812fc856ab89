import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { PathWatch } from "../domain/trading/path-recorder.ts";
import { MemoryStorage } from "../simulator/storage/memory-storage.ts";
import { DONE_KEPT_MS, type PositionWatch, TableWatchStore, type WatchStore } from "./core/watch-store.ts";
import { SqliteStorage } from "./host/sqlite-host.ts";
import { SqliteWatchStore } from "./market-watch-store.ts";
import { reset } from "./test-reset.ts";

const KEYS = { mint: "m", pool: "p", baseVault: "b", quoteVault: "q" };

function position(positionId: string, more: Partial<PositionWatch> = {}): PositionWatch {
  return { positionId, ledger: "paper-A", keys: KEYS, intervalMs: 1_000, ...more };
}

function path(mint: string): PathWatch {
  return { mint, pool: `pool of ${mint}`, vaults: null, startedAtMs: 5, horizonMs: 60_000, sampleMs: 10_000 };
}

function sample(slot: number, baseReserves = 2n ** 64n - 1n) {
  return { slot, atMs: slot * 400, baseReserves, quoteReservesLamports: 3n };
}

beforeEach(async () => {
  await reset();
});

/** Each kind of store, made anew over the same storage whenever `open` is called. */
const KINDS: ReadonlyArray<[string, (use: (open: () => WatchStore) => void) => Promise<void>]> = [
  ["SQLite", (use) => inObject((state) => use(() => new SqliteWatchStore(state.storage.sql)))],
  ["tables in SQLite", (use) => inObject((state) => use(() => new TableWatchStore(new SqliteStorage(state.storage))))],
  [
    "tables in memory",
    async (use) => {
      const storage = new MemoryStorage();
      use(() => new TableWatchStore(storage));
    },
  ],
];

function inObject(use: (state: DurableObjectState) => void): Promise<void> {
  const owner = env.BUDGET.get(env.BUDGET.idFromName("watch-store"));
  return runInDurableObject(owner as DurableObjectStub<undefined>, (_: unknown, state: DurableObjectState) => use(state));
}

describe.each(KINDS)("the watch store of %s", (_name, withStore) => {
  test("keeps positions in their order, replaced in place", async () => {
    await withStore((open) => {
      const store = open();
      for (const id of ["b", "a", "c"]) store.putPosition(position(id));
      store.putPosition(position("b", { creator: "x", creatorSellBps: 7 }));
      store.deletePosition("a");
      store.deletePosition("unknown");
      expect(open().positions()).toEqual([position("b", { creator: "x", creatorSellBps: 7 }), position("c")]);
    });
  });

  test("keeps paths and their samples by slot, the first of each slot", async () => {
    await withStore((open) => {
      const store = open();
      store.putPath(path("m1"));
      store.putPath({ ...path("m1"), vaults: { baseVault: "b", quoteVault: "q" } });
      store.putPath(path("m2"));
      for (const slot of [30, 10, 20]) store.addSample("m1", sample(slot));
      store.addSample("m1", sample(20, 1n));
      store.addSample("m2", sample(7));
      expect(open().paths()).toEqual([{ ...path("m1"), vaults: { baseVault: "b", quoteVault: "q" } }, path("m2")]);
      expect(open().samples("m1")).toEqual([10, 20, 30].map((slot) => sample(slot)));
      expect(open().samples("unknown")).toEqual([]);
    });
  });

  test("a finished path is gone with its samples, and remembered for 15 days", async () => {
    await withStore((open) => {
      const store = open();
      for (const mint of ["m1", "m2"]) {
        store.putPath(path(mint));
        store.addSample(mint, sample(1));
      }
      store.finishPath("m1", 1_000);
      expect([store.isDone("m1"), store.isDone("m2")]).toEqual([true, false]);
      expect(open().paths()).toEqual([path("m2")]);
      expect(open().samples("m1")).toEqual([]);
      store.finishPath("m2", 1_000 + DONE_KEPT_MS);
      expect(open().isDone("m1")).toBe(true);
      store.finishPath("m2", 1_001 + DONE_KEPT_MS);
      expect([open().isDone("m1"), open().isDone("m2")]).toEqual([false, true]);
    });
  });
});
