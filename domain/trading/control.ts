import type { JournalEntry, ParametersRecord } from "../journal/entry.ts";
import type { ReasonCode } from "../reasons.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { UnixMs } from "../units.ts";
import { hasSameValues } from "./parameter-set.ts";
import type { ParameterSet } from "./parameters.ts";

export type DenySubject = "mint" | "creator" | "metadata";

export interface DenyEntry {
  readonly subject: DenySubject;
  readonly value: string;
  readonly reason: string;
  readonly author: string;
  readonly atMs: UnixMs;
}

/** A challenger that trades a share of the candidates beside the set in force. */
export interface Experiment {
  readonly id: string;
  readonly champion: ParameterSet;
  readonly challenger: ParameterSet;
  readonly startedAtMs: UnixMs;
  readonly shareBps: number;
  /** Looks at the data that have been taken without an end. */
  readonly looks: number;
}

/** What people and the system have decided about how to trade. */
export interface Control {
  readonly active: ParameterSet;
  readonly experiment: Experiment | null;
  readonly denylist: readonly DenyEntry[];
}

export type ExperimentOutcome = "adopted" | "rejected" | "inconclusive";

interface Base {
  /** Made by the author: the same id is written once. */
  readonly id: string;
  readonly atMs: UnixMs;
  readonly author: string;
}

/** One entry of the control log. Each names what it presumes, so that of two conflicting ones the first stands. */
export type ControlEvent =
  | (Base & { readonly type: "parameters-proposed"; readonly set: ParameterSet; readonly evidenceJson: string })
  | (Base & { readonly type: "parameters-activated"; readonly set: ParameterSet; readonly retired: ParameterSet })
  | (Base & { readonly type: "experiment-started"; readonly experiment: Experiment })
  | (Base & { readonly type: "experiment-looked"; readonly experiment: Experiment; readonly evidenceJson: string })
  | (Base & {
      readonly type: "experiment-ended";
      readonly experiment: Experiment;
      readonly outcome: ExperimentOutcome;
      readonly reason: ReasonCode | null;
      readonly evidenceJson: string;
    })
  | (Base & { readonly type: "denylist-add"; readonly subject: DenySubject; readonly value: string; readonly reason: string })
  | (Base & { readonly type: "denylist-remove"; readonly subject: DenySubject; readonly value: string; readonly reason: string });

/** The state before the first event. */
export function initialControl(builtin: ParameterSet): Control {
  return { active: builtin, experiment: null, denylist: [] };
}

/**
 * Applies one event. Refuses with EXPERIMENT_RUNNING when the set in force may not change or a second
 * experiment would start, DUPLICATE_EVENT when it would change nothing, REQUEST_INVALID when it presumes
 * something that no longer holds. A refused event never enters the log.
 */
export function applyControlEvent(control: Control, event: ControlEvent): Result<Control> {
  switch (event.type) {
    case "parameters-proposed":
      return ok(control);
    case "parameters-activated":
      if (control.experiment !== null) return refuse("EXPERIMENT_RUNNING", control.experiment.id);
      if (hasSameValues(event.set, control.active)) return refuse("DUPLICATE_EVENT", event.set.version);
      if (event.retired.version !== control.active.version) return stale(control, event.retired.version);
      return ok({ ...control, active: event.set });
    case "experiment-started":
      if (control.experiment !== null) return refuse("EXPERIMENT_RUNNING", control.experiment.id);
      if (event.experiment.champion.version !== control.active.version) return stale(control, event.experiment.champion.version);
      if (hasSameValues(event.experiment.challenger, control.active)) return refuse("DUPLICATE_EVENT", control.active.version);
      return ok({ ...control, experiment: event.experiment });
    case "experiment-looked":
      if (control.experiment?.id !== event.experiment.id) return refuse("REQUEST_INVALID", "that experiment is not running");
      if (event.experiment.looks !== control.experiment.looks + 1) return refuse("DUPLICATE_EVENT", `look ${event.experiment.looks}`);
      return ok({ ...control, experiment: event.experiment });
    case "experiment-ended":
      if (control.experiment?.id !== event.experiment.id) return refuse("REQUEST_INVALID", "that experiment is not running");
      return ok({ ...control, experiment: null, active: event.outcome === "adopted" ? control.experiment.challenger : control.active });
    case "denylist-add": {
      if (control.denylist.some((entry) => isEntry(entry, event))) return refuse("DUPLICATE_EVENT", event.value);
      const { subject, value, reason, author, atMs } = event;
      return ok({ ...control, denylist: [...control.denylist, { subject, value, reason, author, atMs }] });
    }
    case "denylist-remove": {
      const rest = control.denylist.filter((entry) => !isEntry(entry, event));
      return rest.length === control.denylist.length ? refuse("NOT_FOUND", event.value) : ok({ ...control, denylist: rest });
    }
  }
}

function isEntry(entry: DenyEntry, named: { readonly subject: DenySubject; readonly value: string }): boolean {
  return entry.subject === named.subject && entry.value === named.value;
}

function stale(control: Control, presumed: string): Result<never> {
  return refuse("REQUEST_INVALID", `in force is ${control.active.version}, not ${presumed}`);
}

/** What the journal records of one event. Ids derive from the event's, so appending again changes nothing. */
export function controlJournalEntries(event: ControlEvent): JournalEntry[] {
  const { atMs, author } = event;
  const parameters = (set: ParameterSet, status: ParametersRecord["status"]): ParametersRecord => ({
    kind: "parameters",
    id: `control:${event.id}:${status}`,
    atMs,
    version: set.version,
    parent: set.parent,
    author,
    status,
    parametersJson: JSON.stringify(set),
  });
  const experiment = (
    of: Experiment,
    status: "running" | ExperimentOutcome,
    reason: ReasonCode | null,
    evidenceJson: string,
  ): JournalEntry => ({
    kind: "experiment",
    id: `control:${event.id}`,
    atMs,
    experimentId: of.id,
    championVersion: of.champion.version,
    challengerVersion: of.challenger.version,
    status,
    startedAtMs: of.startedAtMs,
    endedAtMs: status === "running" ? null : atMs,
    shareBps: of.shareBps,
    reason,
    evidenceJson,
  });
  switch (event.type) {
    case "parameters-proposed":
      return [parameters(event.set, "proposed")];
    case "parameters-activated":
      return [parameters(event.retired, "retired"), parameters(event.set, "active")];
    case "experiment-started":
      return [experiment(event.experiment, "running", null, "{}")];
    case "experiment-looked":
      return [experiment(event.experiment, "running", null, event.evidenceJson)];
    case "experiment-ended": {
      const ended = experiment(event.experiment, event.outcome, event.reason, event.evidenceJson);
      const { champion, challenger } = event.experiment;
      if (event.outcome !== "adopted") return [ended, parameters(challenger, "retired")];
      return [ended, parameters(champion, "retired"), parameters(challenger, "active")];
    }
    case "denylist-add":
    case "denylist-remove": {
      const action = event.type === "denylist-add" ? "add" : "remove";
      const { subject, value, reason } = event;
      return [{ kind: "denylist", id: `control:${event.id}`, atMs, subject, value, action, reason, author }];
    }
  }
}
