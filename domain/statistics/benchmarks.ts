import type { Bounds } from "./wilson.ts";

export type BenchmarkName = "win-rate" | "sharpe" | "max-drawdown";
export type Verdict = "met" | "not-met" | "too-few-data";

export interface Benchmark {
  readonly name: BenchmarkName;
  readonly relation: "at-least" | "above" | "below";
  readonly limit: number;
  /** Upper end of the range that is aimed at; a value above it is no failure. */
  readonly aimedUpTo: number | null;
  /** What is counted, and how many it takes before a good value is believed. */
  readonly counts: "trades" | "days";
  readonly needed: number;
}

export interface Measured {
  readonly value: number | null;
  readonly interval: Bounds | null;
  readonly counted: number;
}

export interface BenchmarkResult extends Benchmark, Measured {
  readonly verdict: Verdict;
  /** Whether the whole 95 % interval says the same as the measured value. */
  readonly isCertain: boolean;
}

/** With fewer a share or a ratio says next to nothing; the usual floor of a large sample. */
const NEEDED = 30;

/** What the specification asks of the strategy: win rate 55-70 %, Sharpe above 1.5, drawdown below 15 %. */
const BENCHMARKS: readonly Benchmark[] = [
  { name: "win-rate", relation: "at-least", limit: 0.55, aimedUpTo: 0.7, counts: "trades", needed: NEEDED },
  { name: "sharpe", relation: "above", limit: 1.5, aimedUpTo: null, counts: "days", needed: NEEDED },
  { name: "max-drawdown", relation: "below", limit: 0.15, aimedUpTo: null, counts: "days", needed: NEEDED },
];

/**
 * The benchmarks beside what was measured. Too few data is the answer until enough was counted, with one
 * exception: a drawdown that went too deep has been, however short the history.
 */
export function judgeBenchmarks(measured: Readonly<Record<BenchmarkName, Measured>>): BenchmarkResult[] {
  return BENCHMARKS.map((benchmark) => {
    const own = measured[benchmark.name];
    const isMet = own.value !== null && meets(benchmark, own.value);
    if (own.value !== null && benchmark.relation === "below" && !isMet)
      return { ...benchmark, ...own, verdict: "not-met", isCertain: true };
    if (own.value === null || own.counted < benchmark.needed) return { ...benchmark, ...own, verdict: "too-few-data", isCertain: false };
    return { ...benchmark, ...own, verdict: isMet ? "met" : "not-met", isCertain: isOneSided(benchmark, own.interval, isMet) };
  });
}

function meets({ relation, limit }: Benchmark, value: number): boolean {
  return relation === "at-least" ? value >= limit : relation === "above" ? value > limit : value < limit;
}

function isOneSided(benchmark: Benchmark, interval: Bounds | null, isMet: boolean): boolean {
  if (interval === null) return false;
  const low = interval.low ?? Number.NEGATIVE_INFINITY;
  const high = interval.high ?? Number.POSITIVE_INFINITY;
  return meets(benchmark, low) === isMet && meets(benchmark, high) === isMet;
}
