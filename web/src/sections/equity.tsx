import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { Choice } from "../components/choice.tsx";
import { listFeedback } from "../components/feedback.tsx";
import { Panel } from "../components/panel.tsx";
import { serverNow, useServerNow } from "../data/clock.ts";
import { EQUITY_RANGES, type EquityRange, useEquity } from "../data/queries.ts";
import { formatClock, formatFixed } from "../lib/format.ts";
import { type EquitySeries, equitySeries } from "../lib/series.ts";
import { ledgerColour, plotOptions } from "./plot.ts";

const RANGE_OPTIONS = (Object.keys(EQUITY_RANGES) as EquityRange[]).map((value) => ({ value, text: value }));
/** The window's start moves in steps, so that the chart is not rebuilt every second. */
const STEP_MS = 10_000;
const DRAWDOWN_SHARE = 0.32;

/** Equity per ledger with its drawdown below, on one time axis. */
export function Equity({ className }: { readonly className?: string }) {
  const [range, setRange] = useState<EquityRange>("24h");
  const query = useEquity(range);
  const [row, setRow] = useState<number | null>(null);
  const stepMs = Math.floor(useServerNow() / STEP_MS) * STEP_MS;
  const points = query.data?.items;
  const series = useMemo(() => equitySeries(points ?? [], stepMs - EQUITY_RANGES[range]), [points, range, stepMs]);
  const feedback = listFeedback(
    query,
    points?.length ?? 0,
    "The equity curve starts with the first mark of a ledger, a few seconds after the engine is up.",
  );
  return (
    <Panel
      title="Equity"
      className={className ?? ""}
      aside={
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
          <Legend series={series} row={row} />
          <Choice label="Time range" options={RANGE_OPTIONS} value={range} onChange={setRange} />
        </div>
      }
    >
      {feedback ??
        (series.times.length === 0 ? (
          <p className="px-3 py-4 text-small text-soft">No equity point in this range.</p>
        ) : (
          <Charts series={series} onRow={setRow} />
        ))}
    </Panel>
  );
}

/** Values at the cursor, or the newest ones. */
function Legend({ series, row }: { readonly series: EquitySeries; readonly row: number | null }) {
  const at = row ?? series.times.length - 1;
  const seconds = series.times[at];
  if (seconds === undefined) return null;
  return (
    <p className="flex flex-wrap items-center gap-x-3 text-micro">
      {row !== null && <span className="text-faint">{formatClock(seconds * 1_000, serverNow())}</span>}
      {series.ledgers.map((ledger, column) => (
        <span key={ledger} className="whitespace-nowrap">
          <span aria-hidden="true" className="mr-1.5 inline-block h-0.5 w-3 align-middle" style={{ background: ledgerColour(ledger) }} />
          <span className="text-soft">{ledger}</span> {formatFixed(lastKnown(series.equity[column], at), 3)} SOL{" "}
          <span className="text-faint">{formatFixed(lastKnown(series.drawdown[column], at), 1)}%</span>
        </span>
      ))}
    </p>
  );
}

/** The two stacked charts of a series. */
export function Charts({ series, onRow }: { readonly series: EquitySeries; readonly onRow: (row: number | null) => void }) {
  const host = useRef<HTMLDivElement>(null);
  const plots = useRef<{ equity: uPlot; drawdown: uPlot } | null>(null);
  const newest = useRef(series);
  newest.current = series;
  const ledgerKey = series.ledgers.join(" ");

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const ledgers = ledgerKey.split(" ");
    const create = (kind: "equity" | "drawdown"): uPlot =>
      new uPlot(plotOptions({ kind, ledgers, onRow, ...sizes(element)[kind] }), columns(newest.current, kind), element);
    plots.current = { equity: create("equity"), drawdown: create("drawdown") };
    const observer = new ResizeObserver(() => {
      plots.current?.equity.setSize(sizes(element).equity);
      plots.current?.drawdown.setSize(sizes(element).drawdown);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plots.current?.equity.destroy();
      plots.current?.drawdown.destroy();
      plots.current = null;
    };
  }, [ledgerKey, onRow]);

  useEffect(() => {
    plots.current?.equity.setData(columns(series, "equity"));
    plots.current?.drawdown.setData(columns(series, "drawdown"));
  }, [series]);

  return (
    <div className="relative min-h-56 flex-1">
      <div ref={host} role="img" aria-label={summary(series)} className="absolute inset-0 overflow-hidden" />
    </div>
  );
}

function sizes(element: HTMLElement) {
  const { width, height } = element.getBoundingClientRect();
  const below = Math.round(height * DRAWDOWN_SHARE);
  return { equity: { width, height: Math.round(height) - below }, drawdown: { width, height: below } };
}

function columns(series: EquitySeries, kind: "equity" | "drawdown"): uPlot.AlignedData {
  return [series.times as number[], ...(series[kind] as (number | undefined)[][])];
}

function lastKnown(values: ReadonlyArray<number | undefined> | undefined, row: number): number | undefined {
  return values?.slice(0, row + 1).findLast((value) => value !== undefined);
}

function summary(series: EquitySeries): string {
  const last = series.times.length - 1;
  const parts = series.ledgers.map(
    (ledger, column) =>
      `${ledger} ${formatFixed(lastKnown(series.equity[column], last), 3)} SOL, ${formatFixed(lastKnown(series.drawdown[column], last), 1)} percent from its peak`,
  );
  return `Equity and drawdown over time. Newest: ${parts.join("; ")}.`;
}
