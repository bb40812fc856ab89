import { describe, expect, test } from "vitest";
import { costOf, entryMoney, exitMoney, proceedsOf, slippageOf } from "./position-money.ts";
import type { Fill, Order } from "./position-state.ts";

const FILL: Fill = {
  slot: 1,
  baseAmount: 1_000n,
  quoteLamports: 500_000n,
  venueFeeLamports: 6_000n,
  networkCostLamports: 305_000n + 2_039_280n,
  tipLamports: 200_000n,
  rentLamports: 2_074_080n,
  otherRentLamports: 2_039_280n,
  impactBps: 0,
};
const SELL: Order = {
  id: "p:sell:1",
  side: "sell",
  attempt: 1,
  amountIn: 1_000n,
  minOut: 1n,
  quotedOut: 500_000n,
  slippageBps: 0,
  isPart: false,
  closesAccount: true,
  decidedAtMs: 0,
  decidedSlot: 0,
  marketAtMs: 0,
};

describe("an entry's money", () => {
  test("adds up to what left the wallet, failed attempts included", () => {
    const money = entryMoney(FILL, 105_000n);
    expect(money).toEqual({
      grossLamports: 494_000n,
      venueFeeLamports: 6_000n,
      networkFeeLamports: 210_000n,
      tipLamports: 200_000n,
      rentLamports: 2_074_080n,
      otherRentLamports: 2_039_280n,
    });
    expect(costOf(money)).toBe(500_000n + FILL.networkCostLamports + FILL.rentLamports + 105_000n);
  });

  test("a fee above the whole price is no fee: what was paid stays the truth", () => {
    const money = entryMoney({ ...FILL, venueFeeLamports: 600_000n }, 0n);
    expect(money).toMatchObject({ grossLamports: 0n, venueFeeLamports: 500_000n });
    expect(costOf(money)).toBe(costOf(entryMoney(FILL, 0n)));
  });
});

test("a sale's money adds up to what came into the wallet", () => {
  const money = exitMoney(FILL, 105_000n);
  expect(money.grossLamports).toBe(506_000n);
  expect(proceedsOf(money)).toBe(500_000n - FILL.networkCostLamports + FILL.rentLamports - 105_000n);
  expect(proceedsOf(exitMoney(null, 7n))).toBe(-7n);
  expect(costOf(entryMoney(null, 7n))).toBe(7n);
});

describe("slippage", () => {
  test.each<[string, Partial<Order>, Partial<Fill>, number | null]>([
    ["none", {}, {}, 0],
    ["one per cent less", {}, { quoteLamports: 495_000n }, 100],
    ["more than quoted", {}, { quoteLamports: 505_000n }, -100],
    ["nothing came", {}, { quoteLamports: 0n }, 10_000],
    ["no quote", { quotedOut: null }, {}, null],
    ["a quote of nothing", { quotedOut: 0n }, {}, null],
    ["a little more was sold", {}, { baseAmount: 1_010n, quoteLamports: 505_000n }, 0],
    ["much less was sold", {}, { baseAmount: 500n }, null],
    ["a quote too small to share out", { quotedOut: 1n, amountIn: 1_000n }, { baseAmount: 999n }, null],
    ["fewer tokens bought", { side: "buy", quotedOut: 1_250n }, {}, 2_000],
  ])("%s", (_name, order, fill, expected) => {
    expect(slippageOf({ ...SELL, ...order }, { ...FILL, ...fill })).toBe(expected);
  });
});
