import type { IncidentView } from "../api/types.ts";
import type { IncidentRecord } from "../journal/entry.ts";
import type { ReasonCode } from "../reasons.ts";
import type { UnixMs } from "../units.ts";

/** An incident that nobody answered is told again this often: a page until somebody wakes up, a warning less often. */
export const REMIND_MS: Readonly<Record<IncidentRecord["severity"], number>> = { page: 5 * 60_000, warn: 60 * 60_000 };

/** Details and subjects come from outside, too; a message to a phone and a row of a table have their ends. */
const MAX_DETAIL_CHARS = 500;
const MAX_SUBJECT_CHARS = 200;

/** What somebody has to say about something that a person has to look at. */
export interface IncidentReport {
  readonly code: ReasonCode;
  /** What it is about: a position, a program, a provider. Code and subject together name the incident. */
  readonly subject: string;
  readonly detail: string;
  readonly severity: IncidentRecord["severity"];
  /** "past": it happened and nothing will clear it but a person; "lasts" (default): the reporter clears it when the cause is gone. */
  readonly cause?: "lasts" | "past";
}

/** An incident that is not cleared. */
export interface Incident {
  readonly incidentId: string;
  readonly code: ReasonCode;
  readonly subject: string;
  readonly detail: string;
  readonly severity: IncidentRecord["severity"];
  readonly status: "raised" | "acknowledged";
  readonly isCauseGone: boolean;
  readonly raisedAtMs: UnixMs;
  readonly updatedAtMs: UnixMs;
  /** When people were last told. */
  readonly toldAtMs: UnixMs;
  readonly author: string;
  /** Journal records written; numbers the next. */
  readonly records: number;
}

/** Open incidents by id. */
export type Incidents = ReadonlyMap<string, Incident>;

export type IncidentEvent =
  | { readonly type: "raise"; readonly nowMs: UnixMs; readonly report: IncidentReport; readonly newId: string; readonly author: string }
  | { readonly type: "clear"; readonly nowMs: UnixMs; readonly code: ReasonCode; readonly subject: string; readonly author: string }
  | { readonly type: "acknowledge"; readonly nowMs: UnixMs; readonly incidentId: string; readonly author: string }
  | { readonly type: "tick"; readonly nowMs: UnixMs };

export interface IncidentStep {
  readonly incidents: Incidents;
  readonly records: readonly IncidentRecord[];
}

/**
 * The incidents as a pure reducer. Raising what is open changes nothing but its detail, unless the
 * severity rises: then it is told again, even when it was acknowledged. A warning is cleared with its
 * cause; a page stays until a person answers, and is cleared once both hold. Each record is told to
 * people; reminders are records too.
 */
export function reduceIncidents(incidents: Incidents, event: IncidentEvent): IncidentStep {
  switch (event.type) {
    case "raise":
      return raise(incidents, event);
    case "clear": {
      const open = openIncident(incidents, event.code, event.subject);
      if (open === null) return { incidents, records: [] };
      if (open.severity === "warn" || open.status === "acknowledged") return cleared(incidents, open, event);
      return { incidents: replaced(incidents, { ...open, isCauseGone: true }), records: [] };
    }
    case "acknowledge": {
      const open = incidents.get(event.incidentId);
      if (open === undefined || open.status === "acknowledged") return { incidents, records: [] };
      if (open.isCauseGone) return cleared(incidents, open, event);
      return told(incidents, { ...open, status: "acknowledged", author: event.author }, event.nowMs);
    }
    case "tick": {
      let step: IncidentStep = { incidents, records: [] };
      for (const open of incidents.values()) {
        if (open.status !== "raised" || event.nowMs - open.toldAtMs < REMIND_MS[open.severity]) continue;
        const reminded = told(step.incidents, open, event.nowMs);
        step = { incidents: reminded.incidents, records: [...step.records, ...reminded.records] };
      }
      return step;
    }
  }
}

/** The open incident of a code and subject; null when there is none. */
export function openIncident(incidents: Incidents, code: ReasonCode, subject: string): Incident | null {
  const named = subject.slice(0, MAX_SUBJECT_CHARS);
  for (const open of incidents.values()) if (open.code === code && open.subject === named) return open;
  return null;
}

/** When the next reminder is due; null when none is. */
export function nextReminderMs(incidents: Incidents): UnixMs | null {
  const due = [...incidents.values()].filter(({ status }) => status === "raised").map((open) => open.toldAtMs + REMIND_MS[open.severity]);
  return due.length === 0 ? null : Math.min(...due);
}

/** What the API shows of open incidents: unanswered pages first, then the newest. */
export function incidentViews(incidents: Incidents): IncidentView[] {
  const rank = ({ severity, status }: IncidentView) => (status === "raised" ? 0 : 2) + (severity === "page" ? 0 : 1);
  return [...incidents.values()]
    .map(({ isCauseGone: _gone, toldAtMs: _told, records: _records, ...view }): IncidentView => view)
    .sort((a, b) => rank(a) - rank(b) || b.raisedAtMs - a.raisedAtMs);
}

function raise(incidents: Incidents, { report, nowMs, newId, author }: Extract<IncidentEvent, { type: "raise" }>): IncidentStep {
  const { code, severity } = report;
  const subject = report.subject.slice(0, MAX_SUBJECT_CHARS);
  const detail = report.detail.slice(0, MAX_DETAIL_CHARS);
  const isCauseGone = report.cause === "past";
  const open = openIncident(incidents, code, subject);
  if (open === null) {
    const fresh = { incidentId: newId, code, subject, detail, severity, status: "raised", isCauseGone, author, records: 0 } as const;
    return told(incidents, { ...fresh, raisedAtMs: nowMs, updatedAtMs: nowMs, toldAtMs: nowMs }, nowMs);
  }
  if (severity === "page" && open.severity === "warn") {
    return told(incidents, { ...open, detail, severity, isCauseGone, status: "raised", author }, nowMs);
  }
  if (open.detail === detail && open.isCauseGone === isCauseGone) return { incidents, records: [] };
  return { incidents: replaced(incidents, { ...open, detail, isCauseGone }), records: [] };
}

function told(incidents: Incidents, incident: Incident, nowMs: UnixMs): IncidentStep {
  const next = { ...incident, updatedAtMs: nowMs, toldAtMs: nowMs, records: incident.records + 1 };
  return { incidents: replaced(incidents, next), records: [recordOf(next, next.status, nowMs)] };
}

function cleared(incidents: Incidents, incident: Incident, { nowMs, author }: { nowMs: UnixMs; author: string }): IncidentStep {
  const rest = new Map(incidents);
  rest.delete(incident.incidentId);
  return { incidents: rest, records: [recordOf({ ...incident, author, records: incident.records + 1 }, "cleared", nowMs)] };
}

function replaced(incidents: Incidents, incident: Incident): Incidents {
  return new Map(incidents).set(incident.incidentId, incident);
}

function recordOf(incident: Incident, status: IncidentRecord["status"], atMs: UnixMs): IncidentRecord {
  const { incidentId, code, subject, detail, severity, raisedAtMs, author, records } = incident;
  const id = `incident:${incidentId}:${records}`;
  return { kind: "incident", id, atMs, incidentId, code, subject, detail, severity, status, raisedAtMs, author };
}
