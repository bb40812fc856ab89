import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Page, PositionView } from "../../../domain/api/types.ts";
import { appendOlder, applyPosition, LIST_CAP, mergeNewest, mergePositions, upsertNewest } from "./lists.ts";

interface Item {
  readonly id: string;
  readonly atMs: number;
  readonly value?: string;
}
const idOf = (item: Item): string => item.id;
const timeOf = (item: Item): number => item.atMs;
const at = (...times: number[]): Item[] => times.map((atMs) => ({ id: `i${atMs}`, atMs }));
const times = (page: Page<Item>): number[] => page.items.map(timeOf);

describe("upsertNewest", () => {
  test("new entries go to the front, late ones where they belong, known ones are replaced", () => {
    const page: Page<Item> = { items: at(30, 20, 10), next: "c" };
    expect(times(upsertNewest(page, { id: "n", atMs: 40 }, idOf, timeOf))).toEqual([40, 30, 20, 10]);
    expect(times(upsertNewest(page, { id: "n", atMs: 15 }, idOf, timeOf))).toEqual([30, 20, 15, 10]);
    expect(times(upsertNewest(page, { id: "n", atMs: 5 }, idOf, timeOf))).toEqual([30, 20, 10, 5]);
    const replaced = upsertNewest(page, { id: "i20", atMs: 20, value: "new" }, idOf, timeOf);
    expect(replaced.items).toHaveLength(3);
    expect(replaced.items[1]?.value).toBe("new");
    expect(replaced.next).toBe("c");
  });

  test("keeps no more than the cap", () => {
    const full: Page<Item> = { items: at(...Array.from({ length: LIST_CAP }, (_, i) => LIST_CAP - i)), next: "c" };
    const page = upsertNewest(full, { id: "n", atMs: LIST_CAP + 1 }, idOf, timeOf);
    expect(page.items).toHaveLength(LIST_CAP);
    expect(page.items[0]?.id).toBe("n");
    expect(page.next).toBeNull();
  });
});

describe("mergeNewest", () => {
  test("keeps what arrived during the request and adjoining older pages with their cursor", () => {
    const merged = mergeNewest({ items: at(50, 40, 30, 20, 10), next: "old" }, { items: at(40, 30), next: "fresh" }, idOf, timeOf);
    expect(times(merged)).toEqual([50, 40, 30, 20, 10]);
    expect(merged.next).toBe("old");
  });
  test("starts anew when nothing overlaps", () => {
    const fresh = { items: at(90, 80), next: "fresh" };
    expect(mergeNewest({ items: at(20, 10), next: "old" }, fresh, idOf, timeOf)).toBe(fresh);
  });
  test("an emptied store empties the list", () => {
    expect(mergeNewest({ items: at(20), next: null }, { items: [], next: null }, idOf, timeOf).items).toEqual([]);
  });
  test("never loses a fresh entry, never shows one twice, stays in order", () => {
    const distinct = fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { maxLength: 40 }).map((list) => list.sort((a, b) => b - a));
    fc.assert(
      fc.property(distinct, distinct, (cached, fetched) => {
        const merged = times(mergeNewest({ items: at(...cached), next: null }, { items: at(...fetched), next: null }, idOf, timeOf));
        expect(new Set(merged).size).toBe(merged.length);
        for (const time of fetched) expect(merged).toContain(time);
        expect(merged).toEqual(merged.toSorted((a, b) => b - a));
      }),
    );
  });
});

test("appendOlder drops entries that the list already holds", () => {
  const page = appendOlder({ items: at(30, 20), next: "a" }, { items: at(20, 10), next: "b" }, idOf);
  expect(times(page)).toEqual([30, 20, 10]);
  expect(page.next).toBe("b");
});

describe("positions", () => {
  function position(positionId: string, updatedAtMs: number, status = "open"): PositionView {
    return {
      positionId,
      ledger: "paper-A",
      isDryRun: true,
      mint: "m",
      symbol: "s",
      status,
      score: 70,
      openedAtMs: 1,
      costLamports: "1",
      valueLamports: null,
      returnBps: null,
      stopLossBps: 1_000,
      takeProfitBps: 2_000,
      soldBps: 0,
      peakReturnBps: null,
      deadlineMs: 9,
      updatedAtMs,
      reason: null,
    };
  }
  test("a late state does not undo a newer one", () => {
    const page = { items: [position("a", 20)], next: null };
    expect(applyPosition(page, position("a", 10, "entering"))).toBe(page);
  });
  test("finished positions leave, new ones come first", () => {
    const page = { items: [position("a", 20), position("b", 20)], next: null };
    expect(applyPosition(page, position("a", 30, "closed")).items.map((p) => p.positionId)).toEqual(["b"]);
    expect(applyPosition(page, position("c", 30, "abandoned")).items).toHaveLength(2);
    expect(applyPosition(page, position("c", 30, "entering")).items.map((p) => p.positionId)).toEqual(["c", "a", "b"]);
    expect(applyPosition(page, position("b", 30, "exiting")).items.map((p) => p.status)).toEqual(["open", "exiting"]);
  });
  test("a fetched list decides which positions exist, the newer state wins", () => {
    const merged = mergePositions(
      { items: [position("a", 30, "exiting"), position("gone", 30)], next: null },
      { items: [position("a", 20), position("b", 20), position("z", 20, "closed")], next: null },
    );
    expect(merged.items.map((p) => [p.positionId, p.status])).toEqual([
      ["a", "exiting"],
      ["b", "open"],
    ]);
  });
});
