import { type Command, InvalidArgumentError, Option } from "commander";
import { durationText, signedSolText, solText } from "../../adapters/telegram/amounts.ts";
import type { BenchmarkView, IntervalView, PerformanceView } from "../../domain/api/performance.ts";
import { callApi } from "../api-client.ts";
import { type Io, report, table } from "../output.ts";
import { type ApiCommandOptions, reading } from "./api-command.ts";

/** The API's longest period. */
const MAX_DAYS = 2_000;
const LEDGERS = ["paper-A", "paper-B", "live-A", "live-B"];
/** Months shown, newest last. */
const MONTHS_SHOWN = 12;

const BENCHMARK_NAMES: Readonly<Record<BenchmarkView["name"], string>> = {
  "win-rate": "win rate",
  sharpe: "Sharpe",
  "max-drawdown": "max drawdown",
};
const VERDICTS: Readonly<Record<BenchmarkView["verdict"], string>> = { met: "met", "not-met": "not met", "too-few-data": "too few data" };

/** Adds `stats`. */
export function registerStats(program: Command, io: Io): void {
  reading(program.command("stats").description("figures of a ledger with 95 % intervals, beside the benchmarks"))
    .addOption(new Option("--ledger <ledger>", "default: arm A of the mode in force").choices(LEDGERS))
    .option("--days <n>", "UTC days that are over, before the running one", parseDays, 365)
    .action((options: ApiCommandOptions & { readonly ledger?: string; readonly days: number }) => {
      const ledger = options.ledger === undefined ? "" : `&ledger=${options.ledger}`;
      return report(io, options.json, callApi<PerformanceView>(options, `/performance?days=${options.days}${ledger}`), showPerformance);
    });
}

function parseDays(text: string): number {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS) throw new InvalidArgumentError(`It must be between 1 and ${MAX_DAYS}.`);
  return days;
}

/** The figures as lines for a person; what is undefined is a dash. */
export function showPerformance(view: PerformanceView): string[] {
  const { equity, trades, returns, drawdown } = view;
  const count = `${view.completeDays} complete ${view.completeDays === 1 ? "day" : "days"}, ${trades.count} closed ${trades.count === 1 ? "trade" : "trades"}`;
  const lines = [`${view.ledger}: ${count}${view.fromDate === null ? "" : ` since ${view.fromDate} (UTC)`}`];
  if (view.isTruncated) lines.push("the period has more trades than can be counted: the oldest are left out");
  lines.push(
    "",
    ...table(
      ["benchmark", "wanted", "measured", "95 % interval", "n", "verdict"],
      view.benchmarks.map((benchmark) => [
        BENCHMARK_NAMES[benchmark.name],
        wantedText(benchmark),
        benchmarkFigure(benchmark, benchmark.name === "sharpe" ? settled(benchmark.value, benchmark.interval) : benchmark.value),
        intervalText(benchmark.interval, (value) => benchmarkFigure(benchmark, value)),
        `${benchmark.counted} ${benchmark.counts}`,
        verdictText(benchmark),
      ]),
    ),
    "",
    ...table(
      ["figure", "value", "95 % interval"],
      [
        ["equity SOL", equity === null ? "-" : solText(equity.equityLamports), ""],
        ["P&L of the equity SOL", equity === null ? "-" : signedSolText(equity.pnlLamports), ""],
        ["deposits less withdrawals SOL", equity === null ? "-" : signedSolText(equity.flowLamports), ""],
        ["return, time-weighted", shareText(equity?.totalReturn ?? null), ""],
        ["P&L of closed trades SOL", signedSolText(trades.pnlLamports), ""],
        ["win rate", shareText(trades.winRate), intervalText(trades.winRateInterval, shareText)],
        ["profit factor", ratioText(trades.profitFactor), intervalText(trades.profitFactorInterval, ratioText)],
        [
          "expectancy SOL per trade",
          trades.expectancyLamports === null ? "-" : signedSolText(trades.expectancyLamports),
          trades.expectancyInterval === null
            ? "-"
            : `${signedSolText(trades.expectancyInterval.low)} to ${signedSolText(trades.expectancyInterval.high)}`,
        ],
        [`expectancy R (${trades.tradesWithRisk} trades)`, ratioText(trades.expectancyR), ""],
        ["system quality (SQN)", ratioText(trades.systemQuality), ""],
        ["trades per day", ratioText(trades.perDay), ""],
        ["average hold", trades.averageHoldMs === null ? "-" : durationText(trades.averageHoldMs), ""],
        ["longest streaks, won / lost", `${trades.longestWinStreak} / ${trades.longestLossStreak}`, ""],
        ["mean day", shareText(returns.mean, 3), intervalText(returns.meanInterval, (value) => shareText(value, 3))],
        ["Sharpe", ratioText(settled(returns.sharpe, returns.sharpeInterval)), intervalText(returns.sharpeInterval, ratioText)],
        ["Sortino", ratioText(settled(returns.sortino, returns.sortinoInterval)), intervalText(returns.sortinoInterval, ratioText)],
        ["annual growth", shareText(returns.annualGrowth), ""],
        ["Calmar", ratioText(returns.calmar), ""],
        ["best day", dayText(returns.best), ""],
        ["worst day", dayText(returns.worst), ""],
        ["max drawdown", shareText(drawdown?.max ?? null), intervalText(drawdown?.maxInterval ?? null, shareText)],
        ["drawdown began", drawdown?.peakDate ?? "-", ""],
        ["drawdown deepest", deepestText(drawdown?.troughAtMs ?? null), ""],
        ["drawdown recovered", recoveredText(drawdown), ""],
        ["longest under water", drawdown === null ? "-" : `${drawdown.longestUnderwaterDays} d`, ""],
      ],
    ),
  );
  if (view.months.length > 0) {
    const rows = view.months
      .slice(-MONTHS_SHOWN)
      .map((month) => [
        month.isOver ? month.month : `${month.month} so far`,
        shareText(month.periodReturn),
        signedSolText(month.pnlLamports),
        solText(month.equityLamports),
        String(month.trades),
        String(month.days),
      ]);
    lines.push("", ...table(["month", "return", "P&L SOL", "equity SOL", "trades", "days"], rows));
  }
  return lines;
}

/** A yearly ratio only with its interval: one of a few days would be taken for more than it is. */
function settled(ratio: number | null, interval: IntervalView | null): number | null {
  return interval === null ? null : ratio;
}

function wantedText(benchmark: BenchmarkView): string {
  const limit = benchmarkFigure(benchmark, benchmark.limit);
  if (benchmark.relation === "below") return `< ${limit}`;
  if (benchmark.relation === "above") return `> ${limit}`;
  return benchmark.aimedUpTo === null ? `>= ${limit}` : `${limit} to ${benchmarkFigure(benchmark, benchmark.aimedUpTo)}`;
}

function benchmarkFigure({ name }: BenchmarkView, value: number | null): string {
  return name === "sharpe" ? ratioText(value) : shareText(value);
}

function verdictText({ verdict, isCertain, counted, needed, counts }: BenchmarkView): string {
  if (verdict === "too-few-data") return counted < needed ? `too few data (${counted} of ${needed} ${counts})` : VERDICTS[verdict];
  return isCertain ? VERDICTS[verdict] : `${VERDICTS[verdict]}, not certain`;
}

function shareText(value: number | null, decimals = 1): string {
  return value === null ? "-" : `${(value * 100).toFixed(decimals)} %`;
}

function ratioText(value: number | null): string {
  return value === null ? "-" : value.toFixed(2);
}

function intervalText(interval: IntervalView | null, text: (value: number | null) => string): string {
  if (interval === null) return "-";
  return `${interval.low === null ? "no bound" : text(interval.low)} to ${interval.high === null ? "no bound" : text(interval.high)}`;
}

function dayText(day: PerformanceView["returns"]["best"]): string {
  return day === null ? "-" : `${day.date} ${shareText(day.periodReturn)}`;
}

function deepestText(atMs: number | null): string {
  return atMs === null ? "-" : new Date(atMs).toISOString().slice(0, 16).replace("T", " ");
}

function recoveredText(drawdown: PerformanceView["drawdown"]): string {
  return drawdown === null || drawdown.troughAtMs === null ? "-" : (drawdown.recoveredDate ?? "not yet");
}
