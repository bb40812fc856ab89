import { describe, expect, test } from "vitest";
import type { TradeCosts } from "../../../domain/journal/entry.ts";
import { costRows, countMisses, usedShare } from "./costs.ts";

const COSTS: TradeCosts = {
  baseAmount: "18446744073709551615",
  quoteLamports: "50000000",
  venueFeeLamports: "612500",
  networkFeeLamports: "105000",
  tipLamports: "200000",
  rentLamports: "2074080",
  otherRentLamports: "0",
};

describe("predicted against actual", () => {
  test("every cost of an order has a row, exact beyond what a float holds", () => {
    const rows = costRows(COSTS, { ...COSTS, baseAmount: "18446744073709551614" });
    expect(rows).toHaveLength(Object.keys(COSTS).length);
    expect(rows[0]).toMatchObject({ unit: "base units", predicted: 18446744073709551615n, difference: -1n });
    expect(rows.slice(1).every(({ difference }) => difference === 0n)).toBe(true);
  });

  test("one lamport is a miss, and what is not known is no match", () => {
    expect(countMisses(COSTS, COSTS)).toBe(0);
    expect(countMisses(COSTS, { ...COSTS, rentLamports: "2074081" })).toBe(1);
    expect(countMisses(COSTS, null)).toBeNull();
    expect(countMisses(COSTS, { ...COSTS, tipLamports: "0x1" })).toBeNull();
  });
});

test.each([
  [0n, 100n, 0],
  [50n, 100n, 0.5],
  [150n, 100n, 1],
  [1n, 0n, null],
  [null, 100n, null],
])("a budget of which %s of %s is used", (used, limit, share) => {
  expect(usedShare(used, limit)).toBe(share);
});
