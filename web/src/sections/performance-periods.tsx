import { useState } from "react";
import type { PerformanceDayView, PerformanceMonthView, PerformanceView } from "../../../domain/api/performance.ts";
import { signTone } from "../components/chip.tsx";
import { Choice } from "../components/choice.tsx";
import { Panel } from "../components/panel.tsx";
import { formatSol, parseLamports } from "../lib/format.ts";
import { formatShare } from "../lib/performance.ts";

type Unit = "months" | "days";

const UNITS: ReadonlyArray<{ readonly value: Unit; readonly text: string }> = [
  { value: "months", text: "Months" },
  { value: "days", text: "Days" },
];
/** Days listed, newest first. */
const DAYS_SHOWN = 90;

/** What each month or day brought, newest first. */
export function PerformancePeriods({ view }: { readonly view: PerformanceView }) {
  const [unit, setUnit] = useState<Unit>("days");
  const rows = unit === "months" ? view.months.toReversed() : view.days.toReversed().slice(0, DAYS_SHOWN);
  return (
    <Panel
      title={unit === "months" ? "Months" : "Days"}
      className="shrink-0"
      count={unit === "days" && view.days.length > DAYS_SHOWN ? `the last ${DAYS_SHOWN} of ${view.days.length}` : undefined}
      aside={<Choice label="Months or days" options={UNITS} value={unit} onChange={setUnit} />}
    >
      {rows.length === 0 ? (
        <p className="px-3 pt-1.5 pb-4 text-small text-soft">No equity was recorded in this period.</p>
      ) : (
        <table className="data-table">
          <thead>
            <tr>
              <th scope="col">UTC {unit === "months" ? "month" : "day"}</th>
              <th scope="col" className="num">
                Return
              </th>
              <th scope="col" className="num">
                P&L SOL
              </th>
              <th scope="col" className="num max-sm:hidden">
                Deposits less withdrawals
              </th>
              <th scope="col" className="num">
                Equity
              </th>
              <th scope="col" className="num">
                Trades
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((period) => (
              <PeriodRow key={nameOf(period)} period={period} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function PeriodRow({ period }: { readonly period: PerformanceDayView | PerformanceMonthView }) {
  const pnl = parseLamports(period.pnlLamports);
  const flow = parseLamports(period.flowLamports);
  return (
    <tr>
      <th scope="row" className="whitespace-nowrap">
        {nameOf(period)} {!period.isOver && <span className="text-faint">so far</span>}
      </th>
      <td className={`num ${signTone(period.periodReturn)}`}>{formatShare(period.periodReturn, 2, true)}</td>
      <td className={`num ${signTone(pnl)}`}>{formatSol(pnl, { signed: true })}</td>
      <td className="num text-soft max-sm:hidden">{flow === 0n ? "" : formatSol(flow, { signed: true })}</td>
      <td className="num">{formatSol(parseLamports(period.equityLamports), { decimals: 3 })}</td>
      <td className="num text-soft">{period.trades}</td>
    </tr>
  );
}

function nameOf(period: PerformanceDayView | PerformanceMonthView): string {
  return "date" in period ? period.date : period.month;
}
