import type { StudyView } from "../../../domain/api/types.ts";
import { Chip, signTone } from "../components/chip.tsx";
import { listFeedback } from "../components/feedback.tsx";
import { Scroll } from "../components/panel.tsx";
import { Time } from "../components/time.tsx";
import { serverNow } from "../data/clock.ts";
import { useStudies } from "../data/queries.ts";
import { spacedName } from "../lib/evidence.ts";
import { DASH, formatDuration, formatFixed, formatNumber } from "../lib/format.ts";
import { reasonText } from "../lib/reasons.ts";
import { NAME_MAX, readableText } from "../lib/text.ts";

/** Parameter searches: what was tried, and whether it beat the parameters in force. */
export function Studies() {
  const query = useStudies();
  const studies = query.data?.items ?? [];
  const feedback = listFeedback(
    query,
    studies.length,
    "No parameter search yet. The first runs on recorded tokens as soon as there are enough of them.",
  );
  return (
    feedback ?? (
      <Scroll label="Parameter searches, list">
        <table className="data-table">
          <thead>
            <tr>
              <th scope="col">Started</th>
              <th scope="col" className="num max-sm:hidden">
                Took
              </th>
              <th scope="col" className="num">
                Trials
              </th>
              <th scope="col" className="num">
                Best
              </th>
              <th scope="col" className="num" title="The parameters in force, on the same data">
                Baseline
              </th>
              <th scope="col" className="num max-sm:hidden">
                Gain
              </th>
              <th scope="col" className="min-w-28 sm:min-w-56">
                Outcome
              </th>
              <th scope="col" className="w-full max-sm:hidden">
                Best parameters, proposal
              </th>
            </tr>
          </thead>
          <tbody>
            {studies.map((study) => (
              <StudyRow key={study.id} study={study} />
            ))}
          </tbody>
        </table>
      </Scroll>
    )
  );
}

function StudyRow({ study }: { readonly study: StudyView }) {
  const gain = study.bestValue === null || study.baselineValue === null ? null : study.bestValue - study.baselineValue;
  const parameters = Object.entries(study.bestParameters ?? {});
  return (
    <tr>
      <th scope="row">
        <Time atMs={study.startedAtMs} nowMs={serverNow()} />
      </th>
      <td className="num text-soft max-sm:hidden">
        {study.endedAtMs === null ? "running" : formatDuration(study.endedAtMs - study.startedAtMs)}
      </td>
      <td className="num">{formatNumber(study.trials)}</td>
      <td className="num">{formatFixed(study.bestValue, 3)}</td>
      <td className="num">{formatFixed(study.baselineValue, 3)}</td>
      <td className={`num max-sm:hidden ${signTone(gain)}`}>{formatFixed(gain, 3, true)}</td>
      <td>
        <Chip>{readableText(study.outcome, NAME_MAX)}</Chip>
        {study.reason !== null && (
          <span className="block pt-0.5 text-micro text-soft" title={study.reason}>
            {reasonText(study.reason)}
          </span>
        )}
      </td>
      <td className="max-sm:hidden">
        <span className="block">
          {parameters.length === 0 ? DASH : parameters.map(([name, value]) => `${spacedName(name)} ${formatNumber(value)}`).join(" · ")}
        </span>
        {study.proposedVersion !== null && (
          <span className="block font-mono text-micro text-faint">proposed {readableText(study.proposedVersion, 80)}</span>
        )}
      </td>
    </tr>
  );
}
