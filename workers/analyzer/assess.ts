import type { Rpc } from "../../adapters/rpc/client.ts";
import type { BudgetPort } from "../../domain/budget.ts";
import type { Candidate } from "../../domain/candidate.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { Assessment } from "../../domain/scoring/assessment.ts";
import { askModels, type ChampionModel, type ModelAnswers, type ScoringModel } from "../../domain/scoring/champion.ts";
import { explainScore } from "../../domain/scoring/explain.ts";
import { buildFeatures, FEATURE_SET_VERSION } from "../../domain/scoring/features.ts";
import type { Observations } from "../../domain/scoring/observations.ts";
import { type ScoreInputs, scoreToken } from "../../domain/scoring/score.ts";
import type { SocialSource } from "../../domain/sentiment/social.ts";
import type { ParameterSet } from "../../domain/trading/parameters.ts";
import type { UnixMs } from "../../domain/units.ts";
import { type Classify, type Collected, collect, type RecordSource, type SeenReadings } from "./collect.ts";
import type { FundingCache } from "./creation.ts";

/** What is not there by now is judged as missing; the hard limit is twice this. */
export const DEFAULT_DEADLINE_MS = 1_500;

export interface AnalyzerDeps {
  readonly rpc: Rpc;
  readonly parameters: ParameterSet;
  /** Null when no source of posts is configured. */
  readonly social: SocialSource | null;
  /** Told of what the judgement is from, to keep it. */
  readonly onObserved?: (observations: Observations) => void;
  /** Told of that and of what it lacked, so that a later reading can fill the gaps. */
  readonly onCollected?: (collected: Collected) => void;
  /** Null until a model is promoted. */
  readonly champion: ChampionModel | null;
  /** Models whose answer is recorded and counts for nothing. */
  readonly shadows?: readonly ScoringModel[];
  /** Told when the champion could not be used: the judgement is by the rules alone. */
  readonly onModelFailure?: (failure: NonNullable<ModelAnswers["failure"]>) => void;
  /** Our own records; left out, nothing is known of the creator's other coins and of the market. */
  readonly records?: RecordSource | null;
  /** Classifiers of posts; left out, their moods are unknown. */
  readonly classify?: Classify | null;
  /** First fundings found before; left out, each is looked up. */
  readonly fundings?: FundingCache | null;
  /** Credits of the RPC provider; left out, they are not counted. */
  readonly budget?: BudgetPort | null;
  /** Of a replay: readings that transactions do not tell. */
  readonly seen?: SeenReadings;
  readonly nowMs: () => UnixMs;
  readonly deadlineMs?: number;
}

/**
 * Judges one candidate: gates, features, score, recommendation and reasons, within the deadline.
 * Refuses with RPC_UNAVAILABLE or UPSTREAM_MALFORMED when the token's accounts cannot be read, which
 * may pass, and with BUDGET_EXHAUSTED before any call; an account that does not exist is a finding instead. Posts are asked for only when every
 * gate passes.
 */
export async function assessCandidate(candidate: Candidate, deps: AnalyzerDeps): Promise<Result<Assessment>> {
  const { parameters } = deps.parameters;
  const collected = await collect(candidate, { ...deps, parameters, deadlineMs: deps.deadlineMs ?? DEFAULT_DEADLINE_MS });
  if (!collected.ok) return collected;
  const { observations, findings, lacking } = collected.value;
  deps.onObserved?.(observations);
  deps.onCollected?.(collected.value);
  const features = buildFeatures(observations);
  const reserves = observations.accounts[0]?.reserves ?? null;
  const models = askModels(deps.champion, deps.shadows ?? [], features);
  if (models.failure !== null) deps.onModelFailure?.(models.failure);
  const inputs: ScoreInputs = { features, findings, parameters, modelProbability: models.probability };
  const scored = scoreToken(inputs);
  const { contributions, counterfactual } = explainScore(inputs, scored, deps.champion);
  return ok({
    candidate,
    assessedAtMs: observations.asOfMs,
    slot: observations.asOfSlot,
    ...scored,
    contributions,
    explanation: { counterfactual, shadows: models.shadows },
    findings,
    featureSetVersion: FEATURE_SET_VERSION,
    features,
    missing: [...lacking, ...lackingModel(models), ...scored.missing],
    parameterVersion: deps.parameters.version,
    modelVersion: models.modelVersion,
    baseReserves: reserves?.baseReserves ?? 0n,
    quoteReservesLamports: reserves?.quoteReservesLamports ?? 0n,
  });
}

/** A champion that could not be used is named. */
function lackingModel({ failure }: ModelAnswers): readonly string[] {
  return failure === null ? [] : [`part:model (${failure.reason})`];
}
