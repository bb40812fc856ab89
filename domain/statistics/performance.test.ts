import { describe, expect, test } from "vitest";
import { createRng } from "../random.ts";
import { DAY_MS, type DailyEquityInput, type RecordedDay } from "./daily-equity.ts";
import { civilDate, PerformanceTally } from "./performance.ts";
import { performanceView } from "./performance-view.ts";
import { sharpeRatio, sortinoRatio } from "./returns.ts";
import type { ClosedTrade } from "./trades.ts";

const FIRST_DAY = Date.UTC(2026, 9, 30) / DAY_MS;
const REQUEST = { ledger: "paper-A", nowMs: 0, daysAsked: 90, isTruncated: false };

function trade(day: number, pnlLamports: bigint): ClosedTrade {
  return { closedAtMs: (FIRST_DAY + day) * DAY_MS + 1_000, holdMs: 30_000, costLamports: 1_000n, pnlLamports, stopLossBps: 1_000 };
}

/** One record a day with the equity given, from an opening of 1000. */
function curve(closes: readonly bigint[]): DailyEquityInput {
  let peakLamports = 1_000n;
  const days = closes.map((equityLamports, index): RecordedDay => {
    if (equityLamports > peakLamports) peakLamports = equityLamports;
    const close = { atMs: (FIRST_DAY + index) * DAY_MS + 3_600_000, equityLamports, peakLamports };
    return { close, deepest: close };
  });
  const base = { atMs: FIRST_DAY * DAY_MS, equityLamports: 1_000n, peakLamports: 1_000n };
  return { base, days, flows: [], fromDay: FIRST_DAY, toDay: FIRST_DAY + closes.length - 1 };
}

describe("performance", () => {
  test("five days over a month's end, by hand", () => {
    const tally = new PerformanceTally();
    for (const [day, pnl] of [
      [0, 50n],
      [0, 60n],
      [1, -11n],
      [3, 5n],
      [4, 100n],
    ] as const)
      tally.add(trade(day, pnl));
    const figures = tally.performance(curve([1_100n, 1_089n, 1_089n, 1_100n, 1_210n]));
    const returns = [0.1, -0.01, 0, 1_100 / 1_089 - 1];
    expect(figures.completeDays).toBe(4);
    expect(figures.equity).toMatchObject({ baseLamports: 1_000n, equityLamports: 1_210n, pnlLamports: 210n, flowLamports: 0n });
    expect(figures.equity?.totalReturn).toBeCloseTo(0.21, 12);
    expect(figures.returns.sharpe).toBeCloseTo(sharpeRatio(returns) ?? Number.NaN, 9);
    expect(figures.returns.sortino).toBeCloseTo(sortinoRatio(returns) ?? Number.NaN, 6);
    expect(figures.returns.mean).toBeCloseTo((0.09 + 11 / 1_089) / 4, 12);
    expect(figures.returns).toMatchObject({ annualGrowth: null, calmar: null, best: { day: FIRST_DAY }, worst: { day: FIRST_DAY + 1 } });
    expect(figures.trades).toMatchObject({ trades: 5, wins: 4, winRate: 0.8, pnlLamports: 204n, perDay: 1, expectancyInterval: null });
    expect(figures.drawdown?.max).toBeCloseTo(0.01, 12);
    expect(figures.months.map(({ month, days, trades, pnlLamports, isOver }) => [month, days, trades, pnlLamports, isOver])).toEqual([
      ["2026-10", 2, 3, 89n, true],
      ["2026-11", 3, 2, 121n, false],
    ]);
    expect(figures.months[0]?.periodReturn).toBeCloseTo(0.089, 12);
    expect(figures.benchmarks.map(({ verdict }) => verdict)).toEqual(["too-few-data", "too-few-data", "too-few-data"]);
  });

  test("the running day counts for drawdown and equity, for no ratio of daily returns", () => {
    const before = new PerformanceTally().performance(curve([1_100n, 1_089n, 1_100n]));
    const after = new PerformanceTally().performance(curve([1_100n, 1_089n, 550n]));
    expect(after.returns).toEqual(before.returns);
    expect(after.drawdown?.max).toBeCloseTo(0.5, 12);
    expect(after.benchmarks.at(-1)).toMatchObject({ name: "max-drawdown", verdict: "not-met", isCertain: true });
  });

  test("no record, one day, a flat curve: nothing is made up", () => {
    const nothing = performanceView(REQUEST, new PerformanceTally().performance(null));
    expect(nothing).toMatchObject({ fromDate: null, equity: null, drawdown: null, completeDays: 0, days: [], months: [] });
    expect(nothing.trades).toMatchObject({ count: 0, winRate: null, profitFactor: null, expectancyLamports: null, perDay: null });
    const one = performanceView(REQUEST, new PerformanceTally().performance(curve([1_200n])));
    expect(one.returns).toEqual({
      mean: null,
      meanInterval: null,
      sharpe: null,
      sharpeInterval: null,
      sortino: null,
      sortinoInterval: null,
      annualGrowth: null,
      calmar: null,
      best: null,
      worst: null,
    });
    const flat = new PerformanceTally().performance(curve(new Array<bigint>(60).fill(1_000n)));
    expect(flat.returns).toMatchObject({ mean: 0, sharpe: null, sortino: null, annualGrowth: 0, calmar: null });
    expect(flat.benchmarks.map(({ verdict }) => verdict)).toEqual(["too-few-data", "too-few-data", "too-few-data"]);
  });

  test("a strategy that never traded has not kept its drawdown small", () => {
    const closes = new Array<bigint>(40).fill(1_000n);
    const tally = new PerformanceTally();
    expect(tally.performance(curve(closes)).benchmarks.at(-1)).toMatchObject({ value: 0, verdict: "too-few-data" });
    tally.add(trade(3, 1n));
    expect(tally.performance(curve(closes)).benchmarks.at(-1)).toMatchObject({ value: 0, verdict: "met" });
  });

  test("a long history has intervals around its figures, the same each time", () => {
    const rng = createRng("history");
    let equity = 1_000_000_000;
    const closes = Array.from({ length: 121 }, () => {
      equity *= 1 + 0.004 + 0.03 * rng.normal();
      return BigInt(Math.round(equity));
    });
    const tally = new PerformanceTally();
    for (let i = 0; i < 400; i++) tally.add(trade(i % 120, rng.next() < 0.6 ? 100n : -90n));
    const figures = tally.performance({
      ...curve(closes),
      base: { atMs: FIRST_DAY * DAY_MS, equityLamports: 1_000_000_000n, peakLamports: 1_000_000_000n },
    });
    const { intervals, sharpe, sortino, mean } = figures.returns;
    for (const [value, bounds] of [
      [sharpe, intervals.sharpe],
      [sortino, intervals.sortino],
      [mean, intervals.meanReturn],
      [figures.trades.profitFactor, figures.trades.profitFactorInterval],
      [figures.trades.winRate, figures.trades.winRateInterval],
    ] as const) {
      expect(bounds?.low).toBeLessThan(value ?? Number.NaN);
      expect(bounds?.high).toBeGreaterThan(value ?? Number.NaN);
    }
    expect(figures.trades.expectancyInterval?.low).toBeLessThan(figures.trades.expectancyLamports ?? 0n);
    expect(figures.returns.calmar).toBeCloseTo((figures.returns.annualGrowth ?? 0) / (figures.drawdown?.max ?? 0), 12);
    expect(figures.trades.perDay).toBeCloseTo(400 / 120, 12);
    expect(figures.benchmarks.every(({ verdict }) => verdict !== "too-few-data")).toBe(true);
    expect(tally.performance({ ...curve(closes) }).trades).toEqual(figures.trades);
  });

  test("civil dates", () => {
    expect([0, 59, 11_016, 20_759].map(civilDate)).toEqual(["1970-01-01", "1970-03-01", "2000-02-29", "2026-11-02"]);
  });
});
