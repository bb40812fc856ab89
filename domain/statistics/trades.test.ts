import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ClosedTrade, tradeStatistics } from "./trades.ts";

const trade = (pnlLamports: bigint, returnBps: number): ClosedTrade => ({ pnlLamports, returnBps });

describe("tradeStatistics", () => {
  test("three wins and two losses, by hand", () => {
    const statistics = tradeStatistics([
      trade(300n, 300),
      trade(-100n, -100),
      trade(100n, 100),
      trade(-100n, -100),
      trade(0n, 0),
      trade(1n, 1),
    ]);
    expect(statistics).toMatchObject({
      trades: 6,
      wins: 3,
      losses: 2,
      winRate: 0.5,
      pnlLamports: 201n,
      grossProfitLamports: 401n,
      grossLossLamports: 200n,
      profitFactor: 2.005,
      expectancyLamports: 33n,
      meanReturnBps: 33.5,
      bestReturnBps: 300,
      worstReturnBps: -100,
    });
    // mean 33.5, squared deviations 71022.25 + 2 * 17822.25 + 4422.25 + 1122.25 + 1056.25
    expect(statistics.systemQuality).toBeCloseTo((Math.sqrt(6) * 33.5) / Math.sqrt(113_267.5 / 5), 12);
  });

  test("undefined ratios are null, never a sentinel", () => {
    expect(tradeStatistics([])).toEqual({
      trades: 0,
      wins: 0,
      losses: 0,
      winRate: null,
      pnlLamports: 0n,
      grossProfitLamports: 0n,
      grossLossLamports: 0n,
      profitFactor: null,
      expectancyLamports: null,
      meanReturnBps: null,
      bestReturnBps: null,
      worstReturnBps: null,
      systemQuality: null,
    });
    expect(tradeStatistics([trade(5n, 1), trade(5n, 1)])).toMatchObject({ profitFactor: null, systemQuality: null, winRate: 1 });
    expect(tradeStatistics([trade(-5n, -1)])).toMatchObject({ profitFactor: 0, systemQuality: null, winRate: 0 });
  });

  test("the sum is exact and the order does not matter", () => {
    const trades = fc.array(
      fc.record({ pnlLamports: fc.bigInt({ min: -(1n << 63n), max: 1n << 63n }), returnBps: fc.integer({ min: -10_000, max: 100_000 }) }),
    );
    fc.assert(
      fc.property(trades, (list) => {
        const statistics = tradeStatistics(list);
        expect(statistics.pnlLamports).toBe(list.reduce((sum, { pnlLamports }) => sum + pnlLamports, 0n));
        expect(statistics.wins + statistics.losses).toBeLessThanOrEqual(statistics.trades);
        const { systemQuality: a, meanReturnBps: b, ...exact } = statistics;
        const { systemQuality: c, meanReturnBps: d, ...reversed } = tradeStatistics(list.toReversed());
        expect(reversed).toEqual(exact);
        expect(c ?? 0).toBeCloseTo(a ?? 0, 6);
        expect(d ?? 0).toBeCloseTo(b ?? 0, 6);
      }),
    );
  });
});
