import { signedSolText, solText } from "../../../adapters/telegram/amounts.ts";
import { html } from "../../../adapters/telegram/html.ts";
import type { BenchmarkView, PerformanceDayView, PerformanceView } from "../../../domain/api/performance.ts";
import type { Answer, Command } from "./desk.ts";
import { UNAVAILABLE } from "./look.ts";

const LEDGER = /^(paper|live)-[AB]$/;
const MAX_DAYS = 15;
const DEFAULT_DAYS = 7;

const VERDICTS: Readonly<Record<BenchmarkView["verdict"], string>> = { met: "✅", "not-met": "❌", "too-few-data": "…" };

const stats: Answer = async ({ words: [ledger] }, desk) => {
  if (ledger !== undefined && !LEDGER.test(ledger)) return "Which ledger? paper-A, paper-B or live-A.";
  const view = await desk.read<PerformanceView>(`/performance${ledger === undefined ? "" : `?ledger=${ledger}`}`);
  return view === null ? UNAVAILABLE : statsText(view);
};

function statsText({ ledger, trades, returns, benchmarks, completeDays }: PerformanceView): string {
  const lines = [
    html`<b>${ledger}</b>: ${trades.count} trades, ${completeDays} whole days`,
    html`result ${signedSolText(trades.pnlLamports)} SOL, ${trades.wins} won, ${trades.losses} lost`,
    html`profit factor ${numberText(trades.profitFactor)}, per trade ${trades.expectancyLamports === null ? "unknown" : `${signedSolText(trades.expectancyLamports)} SOL`}`,
    html`Sharpe ${numberText(returns.sharpe)}, Sortino ${numberText(returns.sortino)}, Calmar ${numberText(returns.calmar)}`,
    ...benchmarks.map(benchmarkText),
  ];
  return lines.join("\n");
}

function benchmarkText({ name, relation, limit, value, counted, needed, counts, verdict }: BenchmarkView): string {
  const figure = (one: number | null): string =>
    one === null ? "unknown" : name === "sharpe" ? numberText(one) : `${(one * 100).toFixed(1)} %`;
  const few = verdict === "too-few-data" ? `, ${counted} of ${needed} ${counts} that it takes to tell` : "";
  return html`${VERDICTS[verdict]} ${name} ${figure(value)}, wanted ${relation.replace("-", " ")} ${figure(limit)}${few}`;
}

const daily: Answer = async ({ words: [argument] }, desk) => {
  const wanted = argument === undefined ? DEFAULT_DAYS : Number(argument);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > MAX_DAYS) return `How many days? 1 to ${MAX_DAYS}.`;
  const view = await desk.read<PerformanceView>(`/performance?days=${wanted}`);
  if (view === null) return UNAVAILABLE;
  const days = view.days.slice(-wanted - 1).reverse();
  return days.length === 0 ? "No day yet." : [html`<b>${view.ledger}</b>, UTC days`, ...days.map(dayText)].join("\n");
};

function dayText({ date, pnlLamports, equityLamports, trades, isOver }: PerformanceDayView): string {
  const running = isOver ? "" : ", running";
  return html`${date}: ${signedSolText(pnlLamports)} SOL in ${trades} trades, equity ${solText(equityLamports)} SOL${running}`;
}

function numberText(value: number | null): string {
  return value === null ? "unknown" : value.toFixed(2);
}

export const FIGURE_COMMANDS: readonly Command[] = [
  { name: "stats", group: "Look", usage: "[ledger]", text: "figures beside the benchmarks", answer: stats },
  { name: "daily", group: "Look", usage: "[days]", text: "result day by day", answer: daily },
];
