import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quoteBuyExactQuoteIn, quoteSell } from "../venues/pump-swap.ts";
import {
  exitBudgetLamports,
  exitValueLamports,
  failedCostLamports,
  landedCostLamports,
  lessSlippage,
  quoteEntry,
  reservationLamports,
} from "./costs.ts";
import { marketMoved, PARAMETERS } from "./test-fixtures.ts";

describe("fixed costs", () => {
  test("a landed transaction pays base fee, priority fee and tip; one that fails on chain pays no tip", () => {
    expect(landedCostLamports(PARAMETERS)).toBe(305_000n);
    expect(failedCostLamports(PARAMETERS)).toBe(105_000n);
  });

  test("a reservation covers size, costs, rent and the failures before the last attempt", () => {
    expect(reservationLamports(500_000_000n, PARAMETERS)).toBe(500_000_000n + 305_000n + 2_074_080n + 105_000n);
    expect(reservationLamports(500_000_000n, PARAMETERS, 2_039_280n)).toBe(504_523_360n);
    expect(exitBudgetLamports(PARAMETERS)).toBe(305_000n + 1_050_000n);
  });
});

describe("quoteEntry", () => {
  test("the round trip holds both venue fees, both own impacts and both network costs", () => {
    const market = marketMoved(0);
    const size = 500_000_000n;
    const quote = quoteEntry(market, size, 2_000, PARAMETERS);
    if (!quote.ok) throw new Error(quote.reason);
    const buy = quoteBuyExactQuoteIn(market, size, market.fees);
    if (!buy.ok) throw new Error(buy.reason);
    const sell = quoteSell(market, buy.value.baseAmount, market.fees);
    if (!sell.ok) throw new Error(sell.reason);
    const lost = buy.value.userQuoteAmountLamports - sell.value.userQuoteAmountLamports + 610_000n;
    const spent = buy.value.userQuoteAmountLamports + 305_000n;
    expect(quote.value.costBps).toBe(Math.ceil(Number((lost * 1_000_000n) / spent) / 100));
    // Fees alone are about 2 x 1.25 %, impact about 2 x 0.6 %.
    expect(quote.value.costBps).toBeGreaterThan(250);
    expect(quote.value.costBps).toBeLessThan(450);
    expect(quote.value.minBaseOut).toBe((buy.value.baseAmount * 9_500n) / 10_000n);
  });

  test("declines a cost above its share of the take-profit: small sizes by fixed costs, large ones by impact", () => {
    expect(quoteEntry(marketMoved(0), 6_000_000n, 2_000, PARAMETERS)).toMatchObject({ ok: false, reason: "COST_TOO_HIGH" });
    expect(quoteEntry(marketMoved(0), 50_000_000n, 2_000, PARAMETERS)).toMatchObject({ ok: true });
    expect(quoteEntry(marketMoved(0), 10_000_000_000n, 2_000, PARAMETERS)).toMatchObject({ ok: false, reason: "COST_TOO_HIGH" });
    expect(quoteEntry(marketMoved(0), 500_000_000n, 500, PARAMETERS)).toMatchObject({ ok: false, reason: "COST_TOO_HIGH" });
  });

  test("rent that never comes back is a cost of the round trip", () => {
    const plain = quoteEntry(marketMoved(0), 100_000_000n, 2_000, PARAMETERS);
    const first = quoteEntry(marketMoved(0), 100_000_000n, 2_000, PARAMETERS, 2_039_280n);
    if (!plain.ok || !first.ok) throw new Error("no quote");
    expect(first.value.costBps - plain.value.costBps).toBeGreaterThan(185);
    expect(quoteEntry(marketMoved(0), 50_000_000n, 2_000, PARAMETERS, 3_883_680n)).toMatchObject({ reason: "COST_TOO_HIGH" });
  });

  test("an empty pool and a size that fees eat up have no quote", () => {
    expect(quoteEntry({ ...marketMoved(0), quoteReservesLamports: 0n }, 1_000_000n, 2_000, PARAMETERS)).toMatchObject({
      ok: false,
      reason: "POOL_RESERVES_EMPTY",
    });
    expect(quoteEntry(marketMoved(0), 1n, 2_000, PARAMETERS)).toMatchObject({ ok: false, reason: "QUOTE_UNAVAILABLE" });
  });
});

test("an entry that takes any slippage still wants something for its money", () => {
  const quote = quoteEntry(marketMoved(0), 500_000_000n, 2_000, { ...PARAMETERS, entrySlippageBps: 10_000 });
  expect(quote).toMatchObject({ ok: true, value: { minBaseOut: 1n } });
});

describe("exitValueLamports", () => {
  test("a pool without quote is worth the rent less the exit's costs", () => {
    expect(exitValueLamports({ ...marketMoved(0), quoteReservesLamports: 0n }, 1_000n, 2_074_080n, 305_000n)).toBe(1_769_080n);
  });

  test("what was just bought is always worth less than it cost", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1_000_000n, max: 20_000_000_000n }), fc.integer({ min: -9_000, max: 50_000 }), (size, move) => {
        const market = marketMoved(move);
        const buy = quoteBuyExactQuoteIn(market, size, market.fees);
        if (!buy.ok) return;
        const cost = buy.value.userQuoteAmountLamports + 305_000n + 2_074_080n;
        expect(exitValueLamports(market, buy.value.baseAmount, 2_074_080n, 305_000n)).toBeLessThan(cost);
      }),
      { numRuns: 500 },
    );
  });
});

test("slippage rounds down and never goes below zero", () => {
  expect(lessSlippage(10_001n, 500)).toBe(9_500n);
  expect(lessSlippage(1n, 9_900)).toBe(0n);
});
