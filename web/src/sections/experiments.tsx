import type { ExperimentView } from "../../../domain/api/types.ts";
import { Chip, type Tone } from "../components/chip.tsx";
import { listFeedback } from "../components/feedback.tsx";
import { Scroll } from "../components/panel.tsx";
import { useServerNow } from "../data/clock.ts";
import { useExperiments } from "../data/queries.ts";
import { type EvidenceTable, evidenceTable, spacedName } from "../lib/evidence.ts";
import { DASH, formatClock, formatDuration, formatNumber, formatPercent } from "../lib/format.ts";
import { reasonText } from "../lib/reasons.ts";
import { NAME_MAX, readableText } from "../lib/text.ts";

const STATUS_TONE: Readonly<Record<string, Tone>> = { running: "accent", adopted: "gain", rejected: "warn", inconclusive: "neutral" };

/** Experiments: the parameters in force against a challenger, on separate books. */
export function Experiments() {
  const query = useExperiments();
  const experiments = query.data?.items ?? [];
  const feedback = listFeedback(
    query,
    experiments.length,
    "No experiment yet. When a search proposes better parameters, they trade a share of the candidates here before anything is adopted.",
  );
  return (
    feedback ?? (
      <Scroll label="Experiments, list">
        <ul>
          {experiments.map((experiment) => (
            <Experiment key={experiment.id} experiment={experiment} />
          ))}
        </ul>
      </Scroll>
    )
  );
}

function Experiment({ experiment }: { readonly experiment: ExperimentView }) {
  const now = useServerNow();
  const until = experiment.endedAtMs ?? now;
  return (
    <li className="grid gap-x-8 gap-y-2 border-b border-line/60 px-3 py-2.5 text-small md:grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)]">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2">
          <Chip tone={STATUS_TONE[experiment.status] ?? "neutral"}>{readableText(experiment.status, NAME_MAX)}</Chip>
          <span className="text-soft">
            {formatPercent(experiment.shareBps, { decimals: 0 })} of candidates · {formatDuration(until - experiment.startedAtMs)} since{" "}
            {formatClock(experiment.startedAtMs, now)}
          </span>
        </p>
        <dl className="mt-1.5">
          <Version name="Arm A, in force" text={experiment.championVersion} />
          <Version name="Arm B, challenger" text={experiment.challengerVersion} />
        </dl>
        {experiment.reason !== null && <p className="mt-1.5">{reasonText(experiment.reason)}</p>}
      </div>
      <Evidence table={evidenceTable(experiment.evidence)} />
    </li>
  );
}

function Version({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div className="flex gap-2">
      <dt className="w-28 shrink-0 text-faint">{name}</dt>
      <dd className="truncate font-mono text-micro">{readableText(text, 80)}</dd>
    </div>
  );
}

function Evidence({ table }: { readonly table: EvidenceTable }) {
  if (table.rows.length === 0 && table.others.length === 0) return <p className="text-soft">No evidence yet.</p>;
  return (
    <div className="flex min-w-0 flex-wrap gap-x-8 gap-y-2">
      {table.rows.length > 0 && (
        <table className="data-table w-auto! [&_td]:h-auto!">
          <thead>
            <tr>
              <th scope="col">Evidence</th>
              {table.arms.map((arm) => (
                <th key={arm} scope="col" className="num">
                  {readableText(arm, NAME_MAX)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row) => (
              <tr key={row.name}>
                <th scope="row" className="text-soft">
                  {spacedName(readableText(row.name, NAME_MAX))}
                </th>
                {row.values.map((value, arm) => (
                  <td key={table.arms[arm]} className="num">
                    {evidenceText(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <dl className="min-w-0">
        {table.others.map(({ name, value }) => (
          <div key={name} className="flex gap-2">
            <dt className="text-soft">{spacedName(readableText(name, NAME_MAX))}</dt>
            <dd>{evidenceText(value)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function evidenceText(value: unknown): string {
  if (value === null || value === undefined) return DASH;
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "string") return readableText(value, NAME_MAX * 2);
  return typeof value === "boolean" ? (value ? "yes" : "no") : readableText(JSON.stringify(value), NAME_MAX * 2);
}
