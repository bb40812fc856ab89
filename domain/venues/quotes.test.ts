import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { U64_MAX } from "../units.ts";
import { DEFAULT_CURVE_FEES, DEFAULT_FEE_CONFIG, type Fees } from "./fee-config.ts";
import {
  MIGRATION_BASE_AMOUNT,
  newBondingCurve,
  POOL_MIGRATION_FEE_LAMPORTS,
  quoteCurveBuyExactQuoteIn,
  quoteCurveBuyExactTokens,
  quoteCurveSell,
} from "./pump-curve.ts";
import { type PoolReserves, quoteBuyExactBaseOut, quoteBuyExactQuoteIn, quoteSell } from "./pump-swap.ts";

const amount = fc.oneof(
  fc.bigInt({ min: 1n, max: 10n ** 6n }),
  fc.bigInt({ min: 1n, max: 10n ** 15n }),
  fc.bigInt({ min: 1n, max: U64_MAX }),
);
const reserves: fc.Arbitrary<PoolReserves> = fc.record({ baseReserves: amount, quoteReservesLamports: amount });
const fees: fc.Arbitrary<Fees> = fc.constantFrom(DEFAULT_FEE_CONFIG.flatFees, ...DEFAULT_FEE_CONFIG.feeTiers.map((tier) => tier.fees));
const quotes = [quoteBuyExactBaseOut, quoteBuyExactQuoteIn, quoteSell];

describe("PumpSwap quotes", () => {
  test("never throw; amounts are positive and fit 64 bits; the product never falls", () => {
    fc.assert(
      fc.property(fc.constantFrom(...quotes), reserves, amount, fees, (quote, pool, size, fee) => {
        const quoted = quote(pool, size, fee);
        if (!quoted.ok) return void expect(["QUOTE_UNAVAILABLE", "POOL_RESERVES_EMPTY"]).toContain(quoted.reason);
        const { value } = quoted;
        for (const lamports of [value.baseAmount, value.userQuoteAmountLamports, value.quoteAmountLamports]) {
          expect(lamports > 0n && lamports <= U64_MAX).toBe(true);
        }
        const before = pool.baseReserves * pool.quoteReservesLamports;
        expect(value.after.baseReserves * value.after.quoteReservesLamports >= before).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("selling more never brings less, buying more never costs less", () => {
    fc.assert(
      fc.property(reserves, amount, amount, fees, (pool, size, more, fee) => {
        const [sellSmall, sellLarge] = [quoteSell(pool, size, fee), quoteSell(pool, size + more, fee)];
        // Three fees are rounded up apart, so one more token may lose at most two lamports.
        if (sellSmall.ok && sellLarge.ok)
          expect(sellLarge.value.userQuoteAmountLamports + 2n >= sellSmall.value.userQuoteAmountLamports).toBe(true);
        const [buySmall, buyLarge] = [quoteBuyExactBaseOut(pool, size, fee), quoteBuyExactBaseOut(pool, size + more, fee)];
        if (buySmall.ok && buyLarge.ok) expect(buyLarge.value.userQuoteAmountLamports >= buySmall.value.userQuoteAmountLamports).toBe(true);
        const [inSmall, inLarge] = [quoteBuyExactQuoteIn(pool, size, fee), quoteBuyExactQuoteIn(pool, size + more + 3n, fee)];
        if (inSmall.ok && inLarge.ok) expect(inLarge.value.baseAmount >= inSmall.value.baseAmount).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a budget is never exceeded and a round trip never gains", () => {
    fc.assert(
      fc.property(reserves, amount, fees, (pool, budget, fee) => {
        const bought = quoteBuyExactQuoteIn(pool, budget, fee);
        if (!bought.ok) return;
        expect(bought.value.userQuoteAmountLamports <= budget).toBe(true);
        const sold = quoteSell(bought.value.after, bought.value.baseAmount, fee);
        if (sold.ok) expect(sold.value.userQuoteAmountLamports < budget).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  const pool: PoolReserves = {
    baseReserves: 206_900_000_000_000n,
    quoteReservesLamports: 84_990_359_084n,
    quoteVaultLamports: 67_405_853_790n,
  };
  const fee = DEFAULT_FEE_CONFIG.flatFees;
  test.each([
    ["empty base", () => quoteSell({ ...pool, baseReserves: 0n }, 1n, fee), "POOL_RESERVES_EMPTY"],
    ["empty quote", () => quoteBuyExactQuoteIn({ ...pool, quoteReservesLamports: 0n }, 1n, fee), "POOL_RESERVES_EMPTY"],
    ["negative quote", () => quoteSell({ ...pool, quoteReservesLamports: -5n }, 1n, fee), "POOL_RESERVES_EMPTY"],
    ["nothing", () => quoteSell(pool, 0n, fee), "QUOTE_UNAVAILABLE"],
    ["a negative amount", () => quoteBuyExactQuoteIn(pool, -1n, fee), "QUOTE_UNAVAILABLE"],
    ["more than 64 bits", () => quoteSell(pool, U64_MAX + 1n, fee), "QUOTE_UNAVAILABLE"],
    ["a vault beyond 64 bits", () => quoteSell(pool, U64_MAX, fee), "QUOTE_UNAVAILABLE"],
    ["the whole base", () => quoteBuyExactBaseOut(pool, pool.baseReserves, fee), "QUOTE_UNAVAILABLE"],
    ["one lamport", () => quoteBuyExactQuoteIn(pool, 1n, fee), "QUOTE_UNAVAILABLE"],
    ["one base unit", () => quoteSell(pool, 1n, fee), "QUOTE_UNAVAILABLE"],
    ["more than the real vault holds", () => quoteSell(pool, 10n ** 15n, fee), "QUOTE_UNAVAILABLE"],
  ])("%s has no quote", (_name, quote, reason) => {
    expect(quote()).toMatchObject({ ok: false, reason });
  });
});

describe("curve quotes", () => {
  const curve = newBondingCurve("11111111111111111111111111111111");

  test("selling out the curve raises what a graduation puts into its pool", () => {
    const last = quoteCurveBuyExactTokens(curve, curve.realTokenReserves, DEFAULT_CURVE_FEES);
    expect(last.ok && last.value.quoteAmountLamports).toBe(85_005_359_057n);
    expect(85_005_359_057n - POOL_MIGRATION_FEE_LAMPORTS).toBe(84_990_359_056n);
    expect(MIGRATION_BASE_AMOUNT).toBe(206_900_000_000_000n);
  });

  test("a budget is never exceeded, the curve never sells more than it has, a round trip never gains", () => {
    fc.assert(
      fc.property(amount, (budget) => {
        const bought = quoteCurveBuyExactQuoteIn(curve, budget, DEFAULT_CURVE_FEES);
        if (!bought.ok) return void expect(bought.reason).toBe("QUOTE_UNAVAILABLE");
        const { tokenAmount, quoteAmountLamports, userQuoteAmountLamports } = bought.value;
        expect(userQuoteAmountLamports <= budget && tokenAmount <= curve.realTokenReserves).toBe(true);
        const after = {
          ...curve,
          virtualTokenReserves: curve.virtualTokenReserves - tokenAmount,
          virtualQuoteReserves: curve.virtualQuoteReserves + quoteAmountLamports,
          realQuoteReserves: quoteAmountLamports,
        };
        const sold = quoteCurveSell(after, tokenAmount, DEFAULT_CURVE_FEES);
        if (sold.ok) expect(sold.value.userQuoteAmountLamports < budget).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test("a complete curve, an empty curve and too large a sale have no quote", () => {
    expect(quoteCurveSell({ ...curve, complete: true }, 1n, DEFAULT_CURVE_FEES)).toMatchObject({ reason: "QUOTE_UNAVAILABLE" });
    expect(quoteCurveSell({ ...curve, virtualTokenReserves: 0n }, 1n, DEFAULT_CURVE_FEES)).toMatchObject({ reason: "POOL_RESERVES_EMPTY" });
    expect(quoteCurveSell(curve, 10n ** 12n, DEFAULT_CURVE_FEES)).toMatchObject({ reason: "QUOTE_UNAVAILABLE" });
    expect(quoteCurveBuyExactTokens(curve, curve.realTokenReserves + 1n, DEFAULT_CURVE_FEES)).toMatchObject({
      reason: "QUOTE_UNAVAILABLE",
    });
  });
});
