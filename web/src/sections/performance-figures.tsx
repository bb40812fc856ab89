import type { PerformanceView } from "../../../domain/api/performance.ts";
import { signTone } from "../components/chip.tsx";
import { Panel } from "../components/panel.tsx";
import { DASH, formatDuration, formatSol, parseLamports } from "../lib/format.ts";
import { formatInterval, formatRatio, formatShare, formatSignedSol, settled } from "../lib/performance.ts";

interface Row {
  readonly name: string;
  readonly value: string;
  readonly note?: string | null;
  readonly title?: string;
  readonly sign?: bigint | number | null;
}

/** The figures beyond the benchmarks, in two columns. */
export function PerformanceFigures({ view }: { readonly view: PerformanceView }) {
  return (
    <Panel title="Figures">
      <div className="grid gap-x-6 px-3 pb-3 sm:grid-cols-2">
        <Figures rows={[...moneyRows(view), ...tradeRows(view)]} />
        <Figures rows={[...returnRows(view), ...drawdownRows(view)]} />
      </div>
    </Panel>
  );
}

function Figures({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <dl className="min-w-0">
      {rows.map(({ name, value, note, title, sign }) => (
        <div key={name} title={title} className="flex items-baseline justify-between gap-3 border-b border-line/60 py-1 text-small">
          <dt className="text-soft">{name}</dt>
          <dd className="text-right">
            <span className={`font-medium ${signTone(sign ?? null)}`}>{value}</span>
            {typeof note === "string" && <span className="block text-micro text-faint">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function moneyRows({ equity }: PerformanceView): Row[] {
  const pnl = parseLamports(equity?.pnlLamports);
  const flows = parseLamports(equity?.flowLamports);
  return [
    {
      name: "P&L of the equity",
      value: `${formatSol(pnl, { signed: true })} SOL`,
      sign: pnl,
      title: "Change of the equity, open positions at what selling them now would bring, less deposits and withdrawals",
    },
    { name: "Return", value: formatShare(equity?.totalReturn, 2, true), sign: equity?.totalReturn ?? null, title: "Time-weighted" },
    ...(flows === null || flows === 0n ? [] : [{ name: "Deposits less withdrawals", value: `${formatSol(flows, { signed: true })} SOL` }]),
  ];
}

function tradeRows({ trades }: PerformanceView): Row[] {
  const { expectancyInterval: expectancy } = trades;
  const pnl = parseLamports(trades.pnlLamports);
  return [
    { name: "P&L of closed trades", value: `${formatSol(trades.count === 0 ? null : pnl, { signed: true })} SOL`, sign: pnl },
    {
      name: "Profit factor",
      value: formatRatio(trades.profitFactor),
      note: interval95(formatInterval(trades.profitFactorInterval, formatRatio)),
      title: "Sum of the gains over the sum of the losses; undefined without a loss",
    },
    {
      name: "Expectancy per trade",
      value: `${formatSignedSol(trades.expectancyLamports, 5)} SOL`,
      note: interval95(expectancy === null ? null : `${formatSignedSol(expectancy.low, 5)} to ${formatSignedSol(expectancy.high, 5)}`),
      sign: parseLamports(trades.expectancyLamports),
    },
    {
      name: "Expectancy in R",
      value: formatRatio(trades.expectancyR),
      note: trades.tradesWithRisk === trades.count ? null : `of ${trades.tradesWithRisk} trades with a known stop`,
      title: "Mean result in units of what was risked: cost times the distance of the stop",
    },
    { name: "System quality (SQN)", value: formatRatio(trades.systemQuality), title: "Root of n times mean R over its deviation" },
    { name: "Trades per day", value: formatRatio(trades.perDay), title: "On the days that are over" },
    { name: "Average hold", value: formatDuration(trades.averageHoldMs) },
    {
      name: "Longest streaks",
      value: trades.count === 0 ? DASH : `${trades.longestWinStreak} won, ${trades.longestLossStreak} lost`,
      note: streakText(trades.currentStreak),
    },
  ];
}

function returnRows({ returns }: PerformanceView): Row[] {
  return [
    {
      name: "Mean day",
      value: formatShare(returns.mean, 3, true),
      note: interval95(formatInterval(returns.meanInterval, (value) => formatShare(value, 2, true))),
      sign: returns.mean,
    },
    {
      name: "Sortino ratio",
      value: formatRatio(settled(returns.sortino, returns.sortinoInterval)),
      note: interval95(formatInterval(returns.sortinoInterval, formatRatio)),
      title:
        "Mean day over the downside deviation of all days, times the root of 365; undefined without a losing day, shown from 20 days on",
    },
    { name: "Annual growth", value: formatShare(returns.annualGrowth, 1, true), title: "Compound; from 30 days on" },
    { name: "Calmar ratio", value: formatRatio(returns.calmar), title: "Annual growth over the maximum drawdown; from 30 days on" },
    { name: "Best day", value: formatShare(returns.best?.periodReturn, 2, true), note: returns.best?.date ?? null },
    { name: "Worst day", value: formatShare(returns.worst?.periodReturn, 2, true), note: returns.worst?.date ?? null },
  ];
}

function drawdownRows({ drawdown }: PerformanceView): Row[] {
  const hasFallen = drawdown !== null && drawdown.troughAtMs !== null;
  return [
    { name: "Drawdown now", value: formatShare(drawdown?.current) },
    {
      name: "Deepest",
      value: hasFallen ? new Date(drawdown.troughAtMs).toISOString().slice(0, 16).replace("T", " ") : DASH,
      note: hasFallen ? `peak ${drawdown.peakDate ?? DASH}, recovered ${drawdown.recoveredDate ?? "not yet"}` : null,
      title: "Time of the maximum drawdown, the day of the peak before it, and the day that was above that peak again (UTC)",
    },
    {
      name: "Longest under water",
      value: drawdown === null ? DASH : daysText(drawdown.longestUnderwaterDays),
      note: drawdown !== null && drawdown.underwaterDays > 0 ? `${daysText(drawdown.underwaterDays)} now` : null,
      title: "Days in a row that ended below the highest end of a day",
    },
  ];
}

function interval95(text: string | null): string | null {
  return text === null ? null : `95%: ${text}`;
}

function streakText(streak: number): string | null {
  return streak === 0 ? null : `now ${Math.abs(streak)} ${streak > 0 ? "won" : "lost"}`;
}

function daysText(days: number): string {
  return `${days} ${days === 1 ? "day" : "days"}`;
}
