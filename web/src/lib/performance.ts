import type { BenchmarkView, IntervalView, PerformanceDayView, PerformanceView } from "../../../domain/api/performance.ts";
import { DASH, formatFixed, formatPercent, formatSol, parseLamports } from "./format.ts";
import type { EquitySeries } from "./series.ts";

const BPS = 10_000;
/** A day is drawn at its UTC noon, so that its date is the same in most time zones. */
const NOON_S = 43_200;
const DAY_S = 86_400;
/** A curve needs two ends of days. */
const LEAST_DAYS = 1;

export const BENCHMARK_NAMES: Readonly<Record<BenchmarkView["name"], string>> = {
  "win-rate": "Win rate",
  sharpe: "Sharpe ratio",
  "max-drawdown": "Maximum drawdown",
};

/** A share as a percentage; null is a dash. */
export function formatShare(share: number | null | undefined, decimals = 1, signed = false): string {
  return share === null || share === undefined ? DASH : formatPercent(share * BPS, { decimals, signed });
}

/** A ratio with two decimals; null is a dash. */
export function formatRatio(ratio: number | null | undefined): string {
  return formatFixed(ratio, 2);
}

/** A yearly ratio only with its interval: one of a few days would be taken for more than it is. */
export function settled(ratio: number | null, interval: IntervalView | null): number | null {
  return interval === null ? null : ratio;
}

/** "1.20 to 3.40"; a side without a bound says so, no interval is null. */
export function formatInterval(interval: IntervalView | null, format: (value: number) => string): string | null {
  if (interval === null) return null;
  const { low, high } = interval;
  if (low === null && high === null) return null;
  if (high === null) return `above ${format(low ?? 0)}`;
  return low === null ? `below ${format(high)}` : `${format(low)} to ${format(high)}`;
}

/** A benchmark's value in its unit. */
export function benchmarkFigure({ name }: BenchmarkView, value: number | null): string {
  return name === "sharpe" ? formatRatio(value) : formatShare(value);
}

/** What the specification wants: "55–70%", "above 1.5", "below 15%". */
export function benchmarkWanted(benchmark: BenchmarkView): string {
  const text = (value: number): string => (benchmark.name === "sharpe" ? String(value) : formatShare(value, 0));
  if (benchmark.relation !== "at-least") return `${benchmark.relation} ${text(benchmark.limit)}`;
  return benchmark.aimedUpTo === null
    ? `at least ${text(benchmark.limit)}`
    : `${text(benchmark.limit).replace("%", "")}–${text(benchmark.aimedUpTo)}`;
}

/** The verdict in words, and how much is missing where there is none. */
export function verdictText({ verdict, isCertain, value, counted, needed, counts }: BenchmarkView): string {
  if (verdict === "met") return isCertain ? "met" : "met, not certain";
  if (verdict === "not-met") return isCertain ? "not met" : "not met, not certain";
  return counted < needed ? `too few data: ${counted} of ${needed} ${counts}` : value === null ? "undefined" : "too few data";
}

/** The daily curve with its start for drawing; null while there is no day that is over. */
export function dailySeries({ ledger, equity, days, completeDays }: PerformanceView): EquitySeries | null {
  const [first] = days;
  if (equity === null || first === undefined || completeDays < LEAST_DAYS) return null;
  const noon = ({ date }: PerformanceDayView): number => Date.parse(`${date}T00:00:00Z`) / 1_000 + NOON_S;
  const sol = (lamports: string): number | undefined => {
    const amount = parseLamports(lamports);
    return amount === null ? undefined : Number(amount) / 1e9;
  };
  return {
    ledgers: [ledger],
    times: [noon(first) - DAY_S, ...days.map(noon)],
    equity: [[sol(equity.baseLamports), ...days.map((day) => sol(day.equityLamports))]],
    drawdown: [[0, ...days.map((day) => (day.drawdown === null ? undefined : day.drawdown === 0 ? 0 : -day.drawdown * 100))]],
  };
}

/** "+0.1234" SOL of a decimal lamports string. */
export function formatSignedSol(lamports: string | null | undefined, decimals = 4): string {
  return formatSol(parseLamports(lamports), { signed: true, decimals });
}
