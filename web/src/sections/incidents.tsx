import type { IncidentView, Status } from "../../../domain/api/types.ts";
import { Chip } from "../components/chip.tsx";
import { useServerNow } from "../data/clock.ts";
import { formatDuration } from "../lib/format.ts";
import { reasonDetail, reasonText } from "../lib/reasons.ts";
import { readableText } from "../lib/text.ts";

/** More than these would push the positions off the screen; all are under Live. */
const SHOWN = 4;
const SUBJECT_MAX = 60;

/** What waits for a person: pages in red, warnings in amber; what somebody has seen is counted only. */
export function IncidentBanner({ status }: { readonly status: Status | undefined }) {
  const incidents = status?.incidents ?? [];
  const raised = incidents.filter((incident) => incident.status === "raised").sort(bySeverity);
  const acknowledged = incidents.filter((incident) => incident.status === "acknowledged").length;
  const hidden = raised.length - SHOWN;
  return (
    // Always there, so that screen readers notice what enters it; empty it must not take a gap.
    <section aria-label="Incidents" aria-live="assertive" className={incidents.length > 0 ? "flex flex-col gap-1" : "-mt-2"}>
      {raised.slice(0, SHOWN).map((incident) => (
        <IncidentCard key={incident.incidentId} incident={incident} />
      ))}
      {(hidden > 0 || acknowledged > 0) && (
        <p className="px-3 text-micro text-soft">
          {hidden > 0 && `${hidden} more wait for you. `}
          {acknowledged > 0 && `${acknowledged} acknowledged, not cleared yet. `}
          <a href="#live" className="underline hover:text-ink">
            All under Live
          </a>
        </p>
      )}
    </section>
  );
}

/** One incident with everything that a person needs to answer it. */
export function IncidentCard({ incident }: { readonly incident: IncidentView }) {
  const now = useServerNow();
  const isPage = incident.severity === "page";
  const isOpen = incident.status === "raised";
  const tone = !isOpen ? "border-line bg-raised" : isPage ? "border-loss bg-loss/15" : "border-warn/60 bg-warn/10";
  const detail = reasonDetail(incident.detail);
  return (
    <div className={`rounded-md border px-3 py-1.5 text-small ${tone}`}>
      <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
        <Chip tone={isOpen ? (isPage ? "loss" : "warn") : "neutral"} title={incident.code}>
          {isOpen ? (isPage ? "ACT NOW" : "warning") : "acknowledged"}
        </Chip>
        <strong className={isOpen ? (isPage ? "text-loss" : "text-warn") : ""}>{reasonText(incident.code)}</strong>
        <span className="font-mono text-micro text-faint">{readableText(incident.code, SUBJECT_MAX)}</span>
        <bdi className="min-w-0 break-all font-mono text-micro">{readableText(incident.subject, SUBJECT_MAX)}</bdi>
        <span className="ml-auto whitespace-nowrap text-faint">{formatDuration(now - incident.raisedAtMs)} ago</span>
      </p>
      <p className="mt-0.5 flex flex-wrap justify-between gap-x-4 text-soft">
        {detail !== "" && <bdi className="min-w-0 break-words">{detail}</bdi>}
        {isOpen && (
          <span>
            Seen it?{" "}
            <code className="break-all font-mono text-micro text-ink">npx sniper ack {readableText(incident.incidentId, SUBJECT_MAX)}</code>
          </span>
        )}
      </p>
    </div>
  );
}

function bySeverity(a: IncidentView, b: IncidentView): number {
  return Number(b.severity === "page") - Number(a.severity === "page") || b.raisedAtMs - a.raisedAtMs;
}
