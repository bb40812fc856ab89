import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ClosedTrade, riskMultiple, TradeTally, tradeStatistics } from "./trades.ts";

const trade = (pnlLamports: bigint, overrides: Partial<ClosedTrade> = {}): ClosedTrade => ({
  closedAtMs: 1_790_000_000_000,
  holdMs: 60_000,
  costLamports: 1_000n,
  pnlLamports,
  stopLossBps: 1_000,
  ...overrides,
});

describe("tradeStatistics", () => {
  test("three wins, two losses and an even trade, by hand", () => {
    const statistics = tradeStatistics([
      trade(300n, { holdMs: 30_000 }),
      trade(-100n),
      trade(100n),
      trade(-100n),
      trade(0n),
      trade(1n, { holdMs: 90_000 }),
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
      tradesWithRisk: 6,
      averageHoldMs: 60_000,
    });
    // R: 3, -1, 1, -1, 0, 0.01: mean 0.335, squared deviations 7.102225 + 2 * 1.782225 + 0.442225 + 0.112225 + 0.105625
    expect(statistics.expectancyR).toBeCloseTo(0.335, 12);
    expect(statistics.systemQuality).toBeCloseTo((Math.sqrt(6) * 0.335) / Math.sqrt(11.32675 / 5), 12);
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
      expectancyR: null,
      tradesWithRisk: 0,
      systemQuality: null,
      averageHoldMs: null,
      longestWinStreak: 0,
      longestLossStreak: 0,
      currentStreak: 0,
    });
    expect(tradeStatistics([trade(5n), trade(5n), trade(5n)])).toMatchObject({ profitFactor: null, systemQuality: null, winRate: 1 });
    expect(tradeStatistics([trade(-5n)])).toMatchObject({ profitFactor: 0, systemQuality: null, winRate: 0 });
  });

  test("R is unknown without a stop or a cost, and those trades are left out of it only", () => {
    expect(riskMultiple(trade(-200n))).toBe(-2);
    expect(riskMultiple(trade(1n, { stopLossBps: null }))).toBeNull();
    expect(riskMultiple(trade(1n, { stopLossBps: 0 }))).toBeNull();
    expect(riskMultiple(trade(1n, { costLamports: 0n }))).toBeNull();
    const statistics = tradeStatistics([trade(100n), trade(900n, { stopLossBps: null })]);
    expect(statistics).toMatchObject({ trades: 2, tradesWithRisk: 1, expectancyR: 1, expectancyLamports: 500n, systemQuality: null });
  });

  test.each([
    { signs: "++-+++", wins: 3, losses: 1, current: 3 },
    { signs: "--+--", wins: 1, losses: 2, current: -2 },
    { signs: "++0+", wins: 2, losses: 0, current: 1 },
    { signs: "+0", wins: 1, losses: 0, current: 0 },
  ])("streaks of $signs", ({ signs, wins, losses, current }) => {
    const results = [...signs].map((sign) => trade(sign === "+" ? 1n : sign === "-" ? -1n : 0n));
    expect(tradeStatistics(results)).toMatchObject({ longestWinStreak: wins, longestLossStreak: losses, currentStreak: current });
  });

  test("the sum is exact and the order matters for the streaks only", () => {
    const trades = fc.array(
      fc.record({
        closedAtMs: fc.constant(0),
        holdMs: fc.integer({ min: 0, max: 1e9 }),
        costLamports: fc.bigInt({ min: 1_000_000n, max: 1n << 63n }),
        pnlLamports: fc.bigInt({ min: -(1n << 63n), max: 1n << 63n }),
        stopLossBps: fc.option(fc.integer({ min: 100, max: 5_000 }), { nil: null }),
      }),
    );
    fc.assert(
      fc.property(trades, (list) => {
        const statistics = tradeStatistics(list);
        expect(statistics.pnlLamports).toBe(list.reduce((sum, { pnlLamports }) => sum + pnlLamports, 0n));
        expect(statistics.wins + statistics.losses).toBeLessThanOrEqual(statistics.trades);
        const { longestWinStreak, longestLossStreak, currentStreak: _, expectancyR, systemQuality, ...exact } = statistics;
        const reversed = tradeStatistics(list.toReversed());
        expect(reversed).toMatchObject({ ...exact, longestWinStreak, longestLossStreak });
        expect(close(reversed.expectancyR, expectancyR)).toBe(true);
        expect(close(reversed.systemQuality, systemQuality)).toBe(true);
      }),
    );
  });

  test("results are kept in order for resampling", () => {
    const tally = new TradeTally();
    for (const pnl of [3n, -1n, 2n]) tally.add(trade(pnl));
    expect(tally.results).toEqual([3, -1, 2]);
  });
});

/** Equal but for what another order of the additions changes. */
function close(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= 1e-6 * (1 + Math.abs(a) + Math.abs(b));
}
