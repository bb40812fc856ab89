import type { Status } from "../../../domain/api/types.ts";
import { Empty } from "../components/feedback.tsx";
import { Panel, Scroll } from "../components/panel.tsx";
import { formatNumber, formatPercent } from "../lib/format.ts";
import { reasonText } from "../lib/reasons.ts";

const STAGES: ReadonlyArray<{ readonly key: keyof Status["funnel"]; readonly name: string }> = [
  { key: "detected", name: "Graduations seen" },
  { key: "passedFilters", name: "Passed filters" },
  { key: "passedGates", name: "Passed safety gates" },
  { key: "scoredAbove", name: "Scored above threshold" },
  { key: "bought", name: "Bought" },
];

/** How many tokens of the last 24 hours got how far, and why the others did not. */
export function Funnel({ status, className }: { readonly status: Status | undefined; readonly className?: string }) {
  return (
    <Panel title="Last 24 hours" className={className ?? ""}>
      <Scroll label="Funnel and reasons" className="md:max-xl:grid md:max-xl:grid-cols-2 md:max-xl:items-start">
        {status === undefined ? <Empty>Loading…</Empty> : <Stages funnel={status.funnel} />}
        <div>
          <h3 className="px-3 pt-3 pb-1 text-micro font-medium text-faint md:max-xl:pt-0">Why tokens were not bought</h3>
          {status !== undefined && <Reasons reasons={status.reasons} />}
        </div>
      </Scroll>
    </Panel>
  );
}

function Stages({ funnel }: { readonly funnel: Status["funnel"] }) {
  return (
    <ol className="flex flex-col gap-1 px-3 pt-0.5">
      {STAGES.map(({ key, name }) => {
        const share = funnel.detected > 0 ? funnel[key] / funnel.detected : null;
        return (
          <li key={key} className="grid grid-cols-[9.5rem_1fr_3rem_3.25rem] items-center gap-2 text-small">
            <span className="text-soft">{name}</span>
            <span aria-hidden="true" className="h-1.5 rounded-sm bg-line">
              <span className="block h-full rounded-sm bg-accent" style={{ width: `${Math.min(1, share ?? 0) * 100}%` }} />
            </span>
            <span className="text-right font-medium">{formatNumber(funnel[key])}</span>
            <span className="text-right text-faint">{formatPercent(share === null ? null : share * 10_000)}</span>
          </li>
        );
      })}
    </ol>
  );
}

function Reasons({ reasons }: { readonly reasons: Status["reasons"] }) {
  if (reasons.length === 0) return <Empty>Each token that is not bought adds its reason here.</Empty>;
  const sorted = reasons.toSorted((a, b) => b.count - a.count);
  return (
    <ul className="flex flex-col px-3 pb-2">
      {sorted.map(({ code, count }) => (
        <li key={code} className="flex items-baseline justify-between gap-3 border-t border-line/60 py-1 first:border-t-0">
          <span className="min-w-0">
            <span className="block text-small">{reasonText(code)}</span>
            <span className="block truncate font-mono text-[0.625rem] text-faint">{code}</span>
          </span>
          <span className="text-small font-medium">{formatNumber(count)}</span>
        </li>
      ))}
    </ul>
  );
}
