/** JSON shapes of `GET /api/v1/performance`. Amounts in lamports are decimal strings; shares and returns are fractions of 1. */

/** A 95 % interval; a side without a bound is null. */
export interface IntervalView {
  readonly low: number | null;
  readonly high: number | null;
}

/** A benchmark of the specification beside the measured value. */
export interface BenchmarkView {
  readonly name: "win-rate" | "sharpe" | "max-drawdown";
  readonly relation: "at-least" | "above" | "below";
  readonly limit: number;
  /** Upper end of the range that is aimed at; a value above it is no failure. */
  readonly aimedUpTo: number | null;
  readonly counts: "trades" | "days";
  /** How many it takes before a good value is believed. */
  readonly needed: number;
  readonly value: number | null;
  readonly interval: IntervalView | null;
  readonly counted: number;
  readonly verdict: "met" | "not-met" | "too-few-data";
  /** Whether the whole interval says the same as the value. */
  readonly isCertain: boolean;
}

export interface PerformanceDayView {
  /** UTC date, "2026-11-21". */
  readonly date: string;
  /** Last equity of the day, open positions at executable exit value. */
  readonly equityLamports: string;
  readonly flowLamports: string;
  readonly pnlLamports: string;
  readonly periodReturn: number | null;
  readonly drawdown: number | null;
  readonly trades: number;
  /** False for the running day. */
  readonly isOver: boolean;
}

export interface PerformanceMonthView extends Omit<PerformanceDayView, "date" | "drawdown"> {
  /** "2026-11". */
  readonly month: string;
  readonly days: number;
}

/** Figures of one ledger; null where a figure is undefined or the history too short, never a sentinel. */
export interface PerformanceView {
  readonly ledger: string;
  readonly nowMs: number;
  /** First day of the period and the days asked for. */
  readonly fromDate: string | null;
  readonly daysAsked: number;
  /** UTC days that are over; the ratios of daily returns rest on them. */
  readonly completeDays: number;
  /** Whether older trades of the period were left out because there are too many. */
  readonly isTruncated: boolean;
  readonly equity: {
    readonly baseLamports: string;
    readonly equityLamports: string;
    readonly flowLamports: string;
    readonly pnlLamports: string;
    readonly totalReturn: number | null;
  } | null;
  readonly trades: {
    readonly count: number;
    readonly wins: number;
    readonly losses: number;
    readonly winRate: number | null;
    readonly winRateInterval: IntervalView | null;
    readonly pnlLamports: string;
    readonly grossProfitLamports: string;
    readonly grossLossLamports: string;
    readonly profitFactor: number | null;
    readonly profitFactorInterval: IntervalView | null;
    readonly expectancyLamports: string | null;
    readonly expectancyInterval: { readonly low: string; readonly high: string } | null;
    readonly expectancyR: number | null;
    readonly tradesWithRisk: number;
    readonly systemQuality: number | null;
    readonly perDay: number | null;
    readonly averageHoldMs: number | null;
    readonly longestWinStreak: number;
    readonly longestLossStreak: number;
    readonly currentStreak: number;
  };
  readonly returns: {
    readonly mean: number | null;
    readonly meanInterval: IntervalView | null;
    readonly sharpe: number | null;
    readonly sharpeInterval: IntervalView | null;
    readonly sortino: number | null;
    readonly sortinoInterval: IntervalView | null;
    readonly annualGrowth: number | null;
    readonly calmar: number | null;
    readonly best: { readonly date: string; readonly periodReturn: number; readonly pnlLamports: string } | null;
    readonly worst: { readonly date: string; readonly periodReturn: number; readonly pnlLamports: string } | null;
  };
  readonly drawdown: {
    readonly max: number;
    readonly maxInterval: IntervalView | null;
    readonly peakDate: string | null;
    readonly troughAtMs: number | null;
    readonly recoveredDate: string | null;
    readonly longestUnderwaterDays: number;
    readonly underwaterDays: number;
    readonly current: number;
  } | null;
  readonly benchmarks: readonly BenchmarkView[];
  /** Ascending; the last one is running. */
  readonly days: readonly PerformanceDayView[];
  readonly months: readonly PerformanceMonthView[];
}
