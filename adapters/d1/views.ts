import type {
  DecisionView,
  EquityPoint,
  ExperimentView,
  IncidentView,
  IntentView,
  ModelView,
  PositionView,
  RunView,
  StudyView,
  TradeView,
} from "../../domain/api/types.ts";
import { reactionMs, returnBps } from "../../domain/journal/views.ts";
import type { models, studies, trainingRuns } from "./schema/learning.ts";
import type { decisions, experiments, incidents, intents, positions, trades } from "./schema/trading.ts";

/** JSON columns were written by the projection, so their shape is known. */
function parse<T>(json: string): T {
  return JSON.parse(json) as T;
}

export function decisionOfRow(row: typeof decisions.$inferSelect): DecisionView {
  const { seq: _, partsJson, reasonsJson, findingsJson, featuresJson, contributionsJson, explanationJson, missingJson, ...rest } = row;
  const { featureSetVersion: __, solUsd: ___, isVetoed: ____, ...view } = rest;
  return {
    ...view,
    parts: parse(partsJson),
    reasons: parse(reasonsJson),
    findings: parse(findingsJson),
    features: parse(featuresJson),
    contributions: parse(contributionsJson),
    explanation: parse(explanationJson),
    missing: parse(missingJson),
  };
}

export function positionOfRow(row: typeof positions.$inferSelect): PositionView {
  const { seq: _, pool: __, baseAmount: ___, parameterVersion: ____, modelVersion: _____, ...view } = row;
  return { ...view, returnBps: returnBps(row.costLamports, row.valueLamports) };
}

export function tradeOfRow(row: typeof trades.$inferSelect): TradeView {
  const { seq: _, signalId: __, pool: ___, baseAmount: ____, ...view } = row;
  return view;
}

export function intentOfRow(row: typeof intents.$inferSelect): IntentView {
  const { seq: _, ledger: __, lastValidBlockHeight: ___, computeUnitLimit: ____, predictedJson, actualJson, ...rest } = row;
  const { priorityFeeLamports: _____, tipLamports: ______, marketAtMs, firstSendAtMs, ...view } = rest;
  return { ...view, reactionMs: reactionMs(marketAtMs, firstSendAtMs), predicted: parse(predictedJson), actual: parse(actualJson) };
}

export function incidentOfRow(row: typeof incidents.$inferSelect): IncidentView {
  const { seq: _, ...view } = row;
  return view;
}

export function modelOfRow(row: typeof models.$inferSelect): ModelView {
  const { name, version, family, status, reason, trainedAtMs, rowsTrain, rowsHoldout, metricsJson, sha256 } = row;
  return { name, version, family, status, reason, trainedAtMs, rowsTrain, rowsHoldout, metrics: parse(metricsJson), sha256 };
}

export function experimentOfRow(row: typeof experiments.$inferSelect): ExperimentView {
  const { experimentId: id, championVersion, challengerVersion, status, startedAtMs, endedAtMs, shareBps, reason, evidenceJson } = row;
  return { id, status, championVersion, challengerVersion, startedAtMs, endedAtMs, shareBps, reason, evidence: parse(evidenceJson) };
}

export function studyOfRow(row: typeof studies.$inferSelect): StudyView {
  const { id, startedAtMs, endedAtMs, trials, bestValue, baselineValue, bestParametersJson, outcome, reason, proposedVersion } = row;
  const bestParameters = bestParametersJson === null ? null : parse<Record<string, number>>(bestParametersJson);
  return { id, startedAtMs, endedAtMs, trials, bestValue, baselineValue, bestParameters, outcome, reason, proposedVersion };
}

/** Longest detail of a run that is shown; the runs' own sentences are below 150 characters. */
const RUN_DETAIL_MAX = 300;

/** What runs keep in `detail`; an `error` is there too, and stays there: its text may name internals. */
interface RunDetail {
  readonly rows?: unknown;
  readonly reason?: unknown;
  readonly reports?: { readonly rows?: unknown };
}

export function runOfRow(row: typeof trainingRuns.$inferSelect): RunView {
  const { id, kind, status, step, attempt, startedAtMs, endedAtMs, outcome } = row;
  const { rows: candidates, reason, reports } = parse<RunDetail>(row.detail ?? "{}");
  const detail = typeof reason === "string" && reason !== "" ? reason.slice(0, RUN_DETAIL_MAX) : null;
  const run = { id, kind, status, step, attempt, startedAtMs, endedAtMs, outcome, detail };
  return { ...run, candidates: countOf(candidates), rows: countOf(reports?.rows) };
}

function countOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

export interface EquityRow {
  readonly ledger: string;
  readonly at_ms: number;
  readonly equity_lamports: string;
  readonly drawdown_bps: number;
}

export function equityOfRow(row: EquityRow): EquityPoint {
  return { ledger: row.ledger, atMs: row.at_ms, equityLamports: row.equity_lamports, drawdownBps: row.drawdown_bps };
}
