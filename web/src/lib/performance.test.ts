import { describe, expect, test } from "vitest";
import type { BenchmarkView, PerformanceView } from "../../../domain/api/performance.ts";
import {
  benchmarkFigure,
  benchmarkWanted,
  dailySeries,
  formatInterval,
  formatRatio,
  formatShare,
  settled,
  verdictText,
} from "./performance.ts";

const SHARPE: BenchmarkView = {
  name: "sharpe",
  relation: "above",
  limit: 1.5,
  aimedUpTo: null,
  counts: "days",
  needed: 30,
  value: 2.345,
  interval: null,
  counted: 40,
  verdict: "met",
  isCertain: true,
};
const WIN_RATE: BenchmarkView = {
  ...SHARPE,
  name: "win-rate",
  relation: "at-least",
  limit: 0.55,
  aimedUpTo: 0.7,
  counts: "trades",
  value: 0.6,
};
const DRAWDOWN: BenchmarkView = { ...SHARPE, name: "max-drawdown", relation: "below", limit: 0.15, value: 0.081 };

test("benchmarks in words", () => {
  expect([WIN_RATE, SHARPE, DRAWDOWN].map(benchmarkWanted)).toEqual(["55–70%", "above 1.5", "below 15%"]);
  expect([WIN_RATE, SHARPE, DRAWDOWN].map((benchmark) => benchmarkFigure(benchmark, benchmark.value))).toEqual(["60.0%", "2.35", "8.1%"]);
  expect(benchmarkFigure(SHARPE, null)).toBe("–");
});

test.each([
  [{ verdict: "met", isCertain: true }, "met"],
  [{ verdict: "met", isCertain: false }, "met, not certain"],
  [{ verdict: "not-met", isCertain: false }, "not met, not certain"],
  [{ verdict: "not-met", isCertain: true }, "not met"],
  [{ verdict: "too-few-data", isCertain: false, value: null, counted: 3 }, "too few data: 3 of 30 days"],
  [{ verdict: "too-few-data", isCertain: false, value: null, counted: 31 }, "undefined"],
] as const)("verdict %o", (change, text) => {
  expect(verdictText({ ...SHARPE, ...change })).toBe(text);
});

test("intervals, and what has none", () => {
  expect(formatInterval({ low: 0.1, high: 0.25 }, (value) => formatShare(value))).toBe("10.0% to 25.0%");
  expect(formatInterval({ low: 1.2, high: null }, formatRatio)).toBe("above 1.20");
  expect(formatInterval({ low: null, high: 1.2 }, formatRatio)).toBe("below 1.20");
  expect(formatInterval({ low: null, high: null }, formatRatio)).toBeNull();
  expect(formatInterval(null, formatRatio)).toBeNull();
  expect([settled(23, null), settled(2, { low: 1, high: null })]).toEqual([null, 2]);
  expect([formatShare(null), formatRatio(undefined), formatRatio(Number.NaN)]).toEqual(["–", "–", "–"]);
});

describe("dailySeries", () => {
  const period = { flowLamports: "0", pnlLamports: "0", periodReturn: 0, trades: 0, isOver: true };
  const view = {
    ledger: "paper-A",
    completeDays: 1,
    equity: { baseLamports: "7000000000", equityLamports: "0", flowLamports: "0", pnlLamports: "0", totalReturn: null },
    days: [
      { date: "2026-11-20", equityLamports: "7700000000", drawdown: 0.25, ...period },
      { date: "2026-11-21", equityLamports: "broken", drawdown: null, ...period, isOver: false },
    ],
  } as unknown as PerformanceView;

  test("starts at the base and draws a day at its noon; what cannot be read is no point", () => {
    expect(dailySeries(view)).toEqual({
      ledgers: ["paper-A"],
      times: [-1, 0, 1].map((days) => Date.UTC(2026, 10, 20, 12) / 1_000 + days * 86_400),
      equity: [[7, 7.7, undefined]],
      drawdown: [[0, -25, undefined]],
    });
  });

  test("without a day that is over there is no curve", () => {
    expect(dailySeries({ ...view, completeDays: 0 })).toBeNull();
    expect(dailySeries({ ...view, equity: null })).toBeNull();
    expect(dailySeries({ ...view, days: [] })).toBeNull();
  });
});
