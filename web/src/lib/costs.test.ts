import { describe, expect, test } from "vitest";
import type { TradeCosts } from "../../../domain/journal/entry.ts";
import { costRows, judgeOrder, usedShare } from "./costs.ts";

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

  test("what the engine could not compute again is a miss, a price that moved is not", () => {
    const order = { status: "landed", detail: null, predicted: COSTS, actual: COSTS } as const;
    const moved = { ...COSTS, baseAmount: "18446744073709551614" };
    expect(judgeOrder(order)).toBe("equal");
    expect(judgeOrder({ ...order, actual: moved })).toBe("moved");
    expect(judgeOrder({ ...order, actual: moved, detail: "baseAmount 1 instead of 2" })).toBe("missed");
    expect(judgeOrder({ ...order, status: "sent", actual: null })).toBeNull();
    expect(judgeOrder({ ...order, actual: { ...COSTS, tipLamports: "0x1" } })).toBeNull();
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
