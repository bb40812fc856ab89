import type { RunView } from "../../../domain/api/types.ts";
import { Chip, type Tone } from "../components/chip.tsx";
import { listFeedback } from "../components/feedback.tsx";
import { Time } from "../components/time.tsx";
import { serverNow } from "../data/clock.ts";
import { useRuns } from "../data/queries.ts";
import { DASH, formatDuration, formatNumber } from "../lib/format.ts";
import { reasonDetail, reasonText } from "../lib/reasons.ts";
import { NAME_MAX, readableText } from "../lib/text.ts";

const STATUS_TONE: Readonly<Record<RunView["status"], Tone>> = { running: "accent", done: "neutral", failed: "warn" };

/** Every learning run, also those that ended without a model. */
export function Runs() {
  const query = useRuns();
  const runs = query.data?.items ?? [];
  return (
    <>
      <h3 className="px-3 pt-3 pb-1 text-micro font-medium text-faint">Learning runs</h3>
      {listFeedback(query, runs.length, "No run yet.") ?? (
        <table className="data-table">
          <thead>
            <tr>
              <th scope="col">Started</th>
              <th scope="col">Run</th>
              <th scope="col">Status</th>
              <th scope="col" className="num max-sm:hidden">
                Took
              </th>
              <th scope="col" className="num max-md:hidden" title="Recorded tokens at the start">
                Candidates
              </th>
              <th scope="col" className="num max-md:hidden" title="Rows that got a label">
                Rows
              </th>
              <th scope="col" className="w-full">
                Outcome
              </th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <RunRow key={run.id} run={run} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function RunRow({ run }: { readonly run: RunView }) {
  const detail = reasonDetail(run.detail ?? undefined);
  return (
    <tr>
      <th scope="row">
        <Time atMs={run.startedAtMs} nowMs={serverNow()} />
      </th>
      <td>{run.kind === "train" ? "Training" : "Search"}</td>
      <td className="sm:whitespace-nowrap">
        <Chip tone={STATUS_TONE[run.status]}>{run.status}</Chip>{" "}
        <span className="text-micro text-soft max-sm:block">
          {run.status !== "done" && readableText(run.step, NAME_MAX)}
          {run.attempt > 1 && ` attempt ${run.attempt}`}
        </span>
      </td>
      <td className="num text-soft max-sm:hidden">{formatDuration((run.endedAtMs ?? serverNow()) - run.startedAtMs)}</td>
      <td className="num max-md:hidden">{formatNumber(run.candidates)}</td>
      <td className="num max-md:hidden">{formatNumber(run.rows)}</td>
      <td>
        {run.outcome === null ? DASH : reasonText(run.outcome)}
        {detail !== "" && <span className="block text-micro text-faint">{detail}</span>}
      </td>
    </tr>
  );
}
