import type { EventSource, Graduation } from "../../domain/candidate.ts";
import type { DecisionRecord } from "../../domain/journal/entry.ts";
import type { Assessment, ReasonNote, Recommendation } from "../../domain/scoring/assessment.ts";
import type { Arm } from "../../domain/trading/signal.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { Discovery } from "../discoverer/discover.ts";

/** What every decision of one graduation shares. */
export interface DecisionContext {
  readonly key: string;
  readonly graduation: Graduation;
  readonly source: EventSource;
  readonly receivedAtMs: UnixMs;
  readonly atMs: UnixMs;
  readonly parameterVersion: string;
  readonly arm: Arm;
  readonly isDryRun: boolean;
}

/** The Discoverer's refusal. */
export function discoveryDecision(context: DecisionContext, discovery: Discovery, reasons: readonly ReasonNote[]): DecisionRecord {
  const { symbol, name, liquidityLamports, solUsd } = discovery.facts;
  return {
    ...base(context, "discover", "DECLINE", reasons),
    symbol,
    name,
    liquidityLamports: liquidityLamports?.toString() ?? null,
    solUsd,
  };
}

/** The Analyzer's judgement; `reasons` override the assessment's when it could not be made. */
export function analysisDecision(context: DecisionContext, assessment: Assessment): DecisionRecord {
  return { ...base(context, "analyze", assessment.recommendation, assessment.reasons), ...judged(assessment) };
}

/** The Trader's answer to a signal. */
export function tradeDecision(
  context: DecisionContext,
  assessment: Assessment,
  outcome: Recommendation,
  reasons: readonly ReasonNote[],
): DecisionRecord {
  return { ...base(context, "trade", outcome, reasons), ...judged(assessment) };
}

/** A stage that could not be run before the token was too old. */
export function failureDecision(context: DecisionContext, stage: DecisionRecord["stage"], reason: ReasonNote): DecisionRecord {
  return base(context, stage, "DECLINE", [reason]);
}

function base(
  context: DecisionContext,
  stage: DecisionRecord["stage"],
  outcome: Recommendation,
  reasons: readonly ReasonNote[],
): DecisionRecord {
  const { graduation } = context;
  return {
    kind: "decision",
    id: `decision:${context.key}:${stage}`,
    atMs: context.atMs,
    stage,
    outcome,
    mint: graduation.mint,
    pool: graduation.pool,
    creator: graduation.creator,
    symbol: "",
    name: "",
    signature: graduation.signature,
    slot: graduation.slot,
    source: context.source,
    reasons,
    findings: [],
    score: null,
    parts: null,
    featureSetVersion: null,
    features: null,
    contributions: [],
    explanation: null,
    missing: [],
    liquidityLamports: null,
    solUsd: null,
    parameterVersion: context.parameterVersion,
    modelVersion: null,
    arm: context.arm,
    isDryRun: context.isDryRun,
    latencyMs: Math.max(0, context.atMs - context.receivedAtMs),
  };
}

function judged(assessment: Assessment): Partial<DecisionRecord> {
  const { candidate } = assessment;
  return {
    creator: candidate.creator,
    symbol: candidate.symbol,
    name: candidate.name,
    findings: assessment.findings,
    score: assessment.score,
    parts: assessment.parts,
    featureSetVersion: assessment.featureSetVersion,
    features: assessment.features,
    contributions: assessment.contributions,
    explanation: assessment.explanation,
    missing: assessment.missing,
    liquidityLamports: candidate.liquidityLamports.toString(),
    solUsd: candidate.solUsd,
    modelVersion: assessment.modelVersion,
  };
}
