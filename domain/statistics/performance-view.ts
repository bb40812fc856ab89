import type { PerformanceDayView, PerformanceView } from "../api/performance.ts";
import { civilDate, type Performance, type PerformanceDay, type PerformancePeriod } from "./performance.ts";

/** What the period is, beside its figures. */
export interface PerformanceRequest {
  readonly ledger: string;
  readonly nowMs: number;
  readonly daysAsked: number;
  readonly isTruncated: boolean;
}

/** The figures as the API, the dashboard and the command show them. */
export function performanceView(request: PerformanceRequest, figures: Performance): PerformanceView {
  const { equity, trades, returns, drawdown } = figures;
  const { trades: count, winRateInterval, profitFactorInterval, expectancyInterval, perDay, ...statistics } = trades;
  const first = figures.days[0];
  return {
    ...request,
    fromDate: first === undefined ? null : civilDate(first.day),
    completeDays: figures.completeDays,
    equity: equity && {
      baseLamports: equity.baseLamports.toString(),
      equityLamports: equity.equityLamports.toString(),
      flowLamports: equity.flowLamports.toString(),
      pnlLamports: equity.pnlLamports.toString(),
      totalReturn: equity.totalReturn,
    },
    trades: {
      ...statistics,
      count,
      winRateInterval,
      pnlLamports: statistics.pnlLamports.toString(),
      grossProfitLamports: statistics.grossProfitLamports.toString(),
      grossLossLamports: statistics.grossLossLamports.toString(),
      profitFactorInterval,
      expectancyLamports: statistics.expectancyLamports?.toString() ?? null,
      expectancyInterval: expectancyInterval && { low: expectancyInterval.low.toString(), high: expectancyInterval.high.toString() },
      perDay,
    },
    returns: {
      mean: returns.mean,
      meanInterval: returns.intervals.meanReturn,
      sharpe: returns.sharpe,
      sharpeInterval: returns.sharpe === null ? null : returns.intervals.sharpe,
      sortino: returns.sortino,
      sortinoInterval: returns.sortino === null ? null : returns.intervals.sortino,
      annualGrowth: returns.annualGrowth,
      calmar: returns.calmar,
      best: extremeView(returns.best),
      worst: extremeView(returns.worst),
    },
    drawdown: drawdown && {
      max: drawdown.max,
      maxInterval: returns.intervals.maxDrawdown,
      peakDate: drawdown.peakDay === null ? null : civilDate(drawdown.peakDay),
      troughAtMs: drawdown.troughAtMs,
      recoveredDate: drawdown.recoveredDay === null ? null : civilDate(drawdown.recoveredDay),
      longestUnderwaterDays: drawdown.longestUnderwaterDays,
      underwaterDays: drawdown.underwaterDays,
      current: drawdown.current,
    },
    benchmarks: figures.benchmarks,
    days: figures.days.map((day): PerformanceDayView => ({ date: civilDate(day.day), ...periodView(day), drawdown: day.drawdown })),
    months: figures.months.map((month) => ({ month: month.month, days: month.days, ...periodView(month) })),
  };
}

function periodView(period: PerformancePeriod) {
  return {
    equityLamports: period.equityLamports.toString(),
    flowLamports: period.flowLamports.toString(),
    pnlLamports: period.pnlLamports.toString(),
    periodReturn: period.periodReturn,
    trades: period.trades,
    isOver: period.isOver,
  };
}

function extremeView(day: PerformanceDay | null) {
  if (day === null || day.periodReturn === null) return null;
  return { date: civilDate(day.day), periodReturn: day.periodReturn, pnlLamports: day.pnlLamports.toString() };
}
