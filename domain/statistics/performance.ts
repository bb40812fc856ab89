import { createRng } from "../random.ts";
import { type BenchmarkResult, judgeBenchmarks } from "./benchmarks.ts";
import { type DayIntervals, type DaySample, dayIntervals, tradeIntervals } from "./block-bootstrap.ts";
import { DAY_MS, type DailyEquity, type DailyEquityInput, type Drawdown, dailyEquity, dayOf, type EquityDay } from "./daily-equity.ts";
import { mean } from "./metrics.ts";
import { annualGrowth, calmarRatio, sharpeRatio, sortinoRatio } from "./returns.ts";
import { type ClosedTrade, type TradeStatistics, TradeTally } from "./trades.ts";
import { type Bounds, wilsonInterval } from "./wilson.ts";

/** The same history always gives the same intervals. */
const SEED = "performance";

/** One UTC day, or a month of them. */
export interface PerformancePeriod {
  readonly equityLamports: bigint;
  readonly flowLamports: bigint;
  /** Change of the equity less deposits and withdrawals, open positions included. */
  readonly pnlLamports: bigint;
  readonly periodReturn: number | null;
  readonly trades: number;
  /** False for the one that is still running. */
  readonly isOver: boolean;
}

export interface PerformanceDay extends PerformancePeriod {
  readonly day: number;
  readonly drawdown: number | null;
}

export interface PerformanceMonth extends PerformancePeriod {
  /** "2026-11". */
  readonly month: string;
  readonly days: number;
}

export interface Performance {
  /** Days that are over; every ratio of daily returns rests on them, days without trades included. */
  readonly completeDays: number;
  readonly equity: {
    readonly baseLamports: bigint;
    readonly equityLamports: bigint;
    readonly flowLamports: bigint;
    readonly pnlLamports: bigint;
    /** Time-weighted, up to now. */
    readonly totalReturn: number | null;
  } | null;
  readonly trades: TradeStatistics & {
    readonly winRateInterval: Bounds | null;
    readonly profitFactorInterval: Bounds | null;
    /** Lamports, rounded. */
    readonly expectancyInterval: { readonly low: bigint; readonly high: bigint } | null;
    /** Trades closed on complete days over their number. */
    readonly perDay: number | null;
  };
  readonly returns: {
    readonly mean: number | null;
    readonly sharpe: number | null;
    readonly sortino: number | null;
    readonly annualGrowth: number | null;
    readonly calmar: number | null;
    readonly best: PerformanceDay | null;
    readonly worst: PerformanceDay | null;
    readonly intervals: DayIntervals;
  };
  readonly drawdown: Drawdown | null;
  readonly benchmarks: readonly BenchmarkResult[];
  readonly days: readonly PerformanceDay[];
  readonly months: readonly PerformanceMonth[];
}

/** Collects closed trades, oldest first, and gives the figures of the period they belong to. */
export class PerformanceTally {
  readonly #tally = new TradeTally();
  readonly #perDay = new Map<number, number>();

  add(trade: ClosedTrade): void {
    this.#tally.add(trade);
    const day = dayOf(trade.closedAtMs);
    this.#perDay.set(day, (this.#perDay.get(day) ?? 0) + 1);
  }

  /**
   * The figures. `input` is null for books that have no equity record yet; its last day is the running one: it
   * counts for equity and drawdown, but for no ratio of daily returns, because it is not over.
   */
  performance(input: DailyEquityInput | null): Performance {
    const curve: DailyEquity = input === null ? { days: [], growth: null, drawdown: null } : dailyEquity(input);
    const days = this.#days(curve.days, input);
    const complete = curve.days.slice(0, -1);
    const samples = complete.flatMap(({ dayReturn, lowReturn }): DaySample[] =>
      dayReturn === null || lowReturn === null ? [] : [{ dayReturn, lowReturn }],
    );
    // One day without a meaning takes it from every figure over the days.
    const daily = samples.length === complete.length ? samples : [];
    const intervals = dayIntervals(daily, createRng(`${SEED}/days`));
    const returns = daily.map(({ dayReturn }) => dayReturn);
    const growth = annualGrowth(
      returns.reduce((factor, value) => factor * (1 + value), 1),
      returns.length,
    );
    const trades = this.#trades(days);
    const over = days.filter((day) => day.isOver && day.periodReturn !== null);
    const sharpe = sharpeRatio(returns);
    // A strategy that never traded has shown nothing about its drawdown.
    const daysTraded = trades.trades === 0 ? 0 : returns.length;
    return {
      completeDays: complete.length,
      equity: input === null ? null : equityOf(input, days, curve.growth),
      trades,
      returns: {
        mean: returns.length === 0 ? null : mean(returns),
        sharpe,
        sortino: sortinoRatio(returns),
        annualGrowth: growth,
        calmar: calmarRatio(growth, curve.drawdown?.max ?? null),
        best: extreme(over, (a, b) => a > b),
        worst: extreme(over, (a, b) => a < b),
        intervals,
      },
      drawdown: curve.drawdown,
      benchmarks: judgeBenchmarks({
        "win-rate": { value: trades.winRate, interval: trades.winRateInterval, counted: trades.trades },
        sharpe: { value: sharpe, interval: intervals.sharpe, counted: returns.length },
        "max-drawdown": { value: curve.drawdown?.max ?? null, interval: intervals.maxDrawdown, counted: daysTraded },
      }),
      days,
      months: monthsOf(days),
    };
  }

  #days(days: readonly EquityDay[], input: DailyEquityInput | null): PerformanceDay[] {
    let before = input?.base.equityLamports ?? 0n;
    return days.map(({ day, equityLamports, flowLamports, dayReturn, drawdown }, index) => {
      const pnlLamports = equityLamports - before - flowLamports;
      before = equityLamports;
      const trades = this.#perDay.get(day) ?? 0;
      return {
        day,
        equityLamports,
        flowLamports,
        pnlLamports,
        periodReturn: dayReturn,
        trades,
        drawdown,
        isOver: index < days.length - 1,
      };
    });
  }

  #trades(days: readonly PerformanceDay[]): Performance["trades"] {
    const statistics = this.#tally.statistics();
    const { profitFactor, expectancy } = tradeIntervals(this.#tally.results, createRng(`${SEED}/trades`));
    const complete = days.filter((day) => day.isOver);
    return {
      ...statistics,
      winRateInterval: wilsonInterval(statistics.wins, statistics.trades),
      profitFactorInterval: statistics.profitFactor === null ? null : profitFactor,
      expectancyInterval: wholeBounds(expectancy),
      perDay: complete.length === 0 ? null : complete.reduce((sum, { trades }) => sum + trades, 0) / complete.length,
    };
  }
}

/** An estimate's bounds in whole lamports. */
function wholeBounds(bounds: Bounds | null): { readonly low: bigint; readonly high: bigint } | null {
  if (bounds === null || bounds.low === null || bounds.high === null) return null;
  return { low: BigInt(Math.round(bounds.low)), high: BigInt(Math.round(bounds.high)) };
}

function equityOf(input: DailyEquityInput, days: readonly PerformanceDay[], growth: number | null): Performance["equity"] {
  const sum = (of: (day: PerformanceDay) => bigint): bigint => days.reduce((total, day) => total + of(day), 0n);
  return {
    baseLamports: input.base.equityLamports,
    equityLamports: days.at(-1)?.equityLamports ?? input.base.equityLamports,
    flowLamports: sum((day) => day.flowLamports),
    pnlLamports: sum((day) => day.pnlLamports),
    totalReturn: growth === null ? null : growth - 1,
  };
}

function extreme(days: readonly PerformanceDay[], isBetter: (a: number, b: number) => boolean): PerformanceDay | null {
  let found: PerformanceDay | null = null;
  for (const day of days) if (found === null || isBetter(day.periodReturn ?? 0, found.periodReturn ?? 0)) found = day;
  return found;
}

function monthsOf(days: readonly PerformanceDay[]): PerformanceMonth[] {
  const months = new Map<string, PerformanceMonth>();
  for (const day of days) {
    const month = monthOf(day.day);
    const before = months.get(month);
    months.set(month, {
      month,
      days: (before?.days ?? 0) + 1,
      equityLamports: day.equityLamports,
      flowLamports: (before?.flowLamports ?? 0n) + day.flowLamports,
      pnlLamports: (before?.pnlLamports ?? 0n) + day.pnlLamports,
      periodReturn: chained(before === undefined ? 0 : before.periodReturn, day.periodReturn),
      trades: (before?.trades ?? 0) + day.trades,
      isOver: day.isOver && monthOf(day.day + 1) !== month,
    });
  }
  return [...months.values()];
}

function chained(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : (1 + a) * (1 + b) - 1;
}

function monthOf(day: number): string {
  return civilDate(day).slice(0, 7);
}

/** Calendar date of a UTC day numbered from the epoch, "2026-11-21". */
export function civilDate(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
