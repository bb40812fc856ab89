import { type ReactNode, useState } from "react";
import type { BenchmarkView, PerformanceView } from "../../../domain/api/performance.ts";
import { Chip, type Tone } from "../components/chip.tsx";
import { Choice } from "../components/choice.tsx";
import { listFeedback } from "../components/feedback.tsx";
import { PageLink } from "../components/pages.tsx";
import { Panel, Scroll } from "../components/panel.tsx";
import { PERFORMANCE_RANGES, type PerformanceRange, usePerformance } from "../data/queries.ts";
import {
  BENCHMARK_NAMES,
  benchmarkFigure,
  benchmarkWanted,
  dailySeries,
  formatInterval,
  settled,
  verdictText,
} from "../lib/performance.ts";
import { Charts } from "./equity.tsx";
import { PerformanceFigures } from "./performance-figures.tsx";
import { PerformancePeriods } from "./performance-periods.tsx";

const RANGE_OPTIONS = (Object.keys(PERFORMANCE_RANGES) as PerformanceRange[]).map((value) => ({ value, text: value }));
const VERDICT_TONE: Readonly<Record<BenchmarkView["verdict"], Tone>> = { met: "gain", "not-met": "loss", "too-few-data": "neutral" };

/** A ledger's figures with their intervals beside the benchmarks, its daily curve, and its months and days. */
export function Performance({ ledger }: { readonly ledger: string | undefined }) {
  const [range, setRange] = useState<PerformanceRange>("1y");
  const query = usePerformance(ledger, range);
  const view = query.data;
  const feedback = listFeedback(query, view === undefined ? 0 : 1, "");
  return (
    <Scroll label="Performance" className="flex flex-col gap-2">
      <Panel
        title="Performance"
        count={view === undefined ? undefined : `${view.ledger}, ${countText(view)}`}
        className="shrink-0"
        aside={
          <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <PageLink page="trading">‹ Trading</PageLink>
            <Choice label="Period" options={RANGE_OPTIONS} value={range} onChange={setRange} />
          </div>
        }
      >
        {feedback ?? (view !== undefined && <Benchmarks view={view} />)}
      </Panel>
      {view !== undefined && (
        <>
          <div className="grid shrink-0 gap-2 xl:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
            <DailyCurve view={view} />
            <PerformanceFigures view={view} />
          </div>
          <PerformancePeriods view={view} />
        </>
      )}
    </Scroll>
  );
}

function countText({ completeDays, trades, fromDate }: PerformanceView): string {
  const days = `${completeDays} complete UTC ${completeDays === 1 ? "day" : "days"}`;
  return `${days}, ${trades.count} ${trades.count === 1 ? "trade" : "trades"}${fromDate === null ? "" : ` since ${fromDate}`}`;
}

function Benchmarks({ view }: { readonly view: PerformanceView }) {
  return (
    <div className="px-3 pb-3">
      <ul className="grid gap-2 md:grid-cols-3">
        {view.benchmarks.map((benchmark) => (
          <Benchmark key={benchmark.name} benchmark={benchmark} />
        ))}
      </ul>
      {view.isTruncated && <Note>This period has more trades than can be counted: the oldest are left out.</Note>}
      <Note>
        Ratios of daily returns count the days that are over, days without trades included; deposits and withdrawals are no return. A
        verdict is certain when the whole 95% interval agrees with it.
      </Note>
    </div>
  );
}

function Benchmark({ benchmark }: { readonly benchmark: BenchmarkView }) {
  const shown = benchmark.name === "sharpe" ? settled(benchmark.value, benchmark.interval) : benchmark.value;
  const interval = formatInterval(benchmark.interval, (value) => benchmarkFigure(benchmark, value));
  return (
    <li className="rounded border border-line px-3 py-2">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <h3 className="text-small text-faint">
          {BENCHMARK_NAMES[benchmark.name]} <span className="whitespace-nowrap">wanted {benchmarkWanted(benchmark)}</span>
        </h3>
        <Chip tone={VERDICT_TONE[benchmark.verdict]}>{verdictText(benchmark)}</Chip>
      </div>
      <p className="mt-0.5 text-figure font-semibold tracking-tight">{benchmarkFigure(benchmark, shown)}</p>
      <p className="text-micro text-soft">
        n = {benchmark.counted} {benchmark.counts} · {interval === null ? "no interval yet" : `95%: ${interval}`}
      </p>
    </li>
  );
}

function DailyCurve({ view }: { readonly view: PerformanceView }) {
  const series = dailySeries(view);
  return (
    <Panel title="Daily equity and drawdown" className={series === null ? "" : "min-h-72"}>
      {series === null ? (
        <p className="max-w-[60ch] px-3 pt-1.5 pb-4 text-small text-soft">
          Too few days: the curve begins when the first UTC day is over. The trading page shows the equity of the last hours.
        </p>
      ) : (
        <Charts series={series} onRow={ignoreRow} />
      )}
      {series !== null && view.days.some((day) => day.flowLamports !== "0") && (
        <p className="px-3 pb-2 text-micro text-faint">Deposits and withdrawals move the equity line, not the drawdown.</p>
      )}
    </Panel>
  );
}

function ignoreRow(): void {}

function Note({ children }: { readonly children: ReactNode }) {
  return <p className="mt-2 max-w-[110ch] text-micro text-faint">{children}</p>;
}
