import type { Rpc } from "../../adapters/rpc/client.ts";
import type { BudgetPort } from "../../domain/budget.ts";
import type { Candidate } from "../../domain/candidate.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { Assessment } from "../../domain/scoring/assessment.ts";
import type { ChampionModel } from "../../domain/scoring/champion.ts";
import { buildFeatures, FEATURE_SET_VERSION, type Features } from "../../domain/scoring/features.ts";
import { scoreToken } from "../../domain/scoring/score.ts";
import type { SocialSource } from "../../domain/sentiment/social.ts";
import type { ParameterSet } from "../../domain/trading/parameters.ts";
import type { UnixMs } from "../../domain/units.ts";
import { type Classify, collect, type RecordSource } from "./collect.ts";
import type { FundingCache } from "./creation.ts";

/** What is not there by now is judged as missing; the hard limit is twice this. */
export const DEFAULT_DEADLINE_MS = 1_500;

export interface AnalyzerDeps {
  readonly rpc: Rpc;
  readonly parameters: ParameterSet;
  /** Null when no source of posts is configured. */
  readonly social: SocialSource | null;
  /** Null until a model is promoted. */
  readonly champion: ChampionModel | null;
  /** Our own records; left out, nothing is known of the creator's other coins and of the market. */
  readonly records?: RecordSource | null;
  /** Classifiers of posts; left out, their moods are unknown. */
  readonly classify?: Classify | null;
  /** First fundings found before; left out, each is looked up. */
  readonly fundings?: FundingCache | null;
  /** Credits of the RPC provider; left out, they are not counted. */
  readonly budget?: BudgetPort | null;
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
  const features = buildFeatures(observations);
  const reserves = observations.accounts[0]?.reserves ?? null;
  const model = predict(deps.champion, features);
  const scored = scoreToken({ features, findings, parameters, modelProbability: model.probability });
  return ok({
    candidate,
    assessedAtMs: observations.asOfMs,
    slot: observations.asOfSlot,
    ...scored,
    findings,
    featureSetVersion: FEATURE_SET_VERSION,
    features,
    missing: [...lacking, ...model.lacking, ...scored.missing],
    parameterVersion: deps.parameters.version,
    modelVersion: model.probability === null ? null : (deps.champion?.version ?? null),
    baseReserves: reserves?.baseReserves ?? 0n,
    quoteReservesLamports: reserves?.quoteReservesLamports ?? 0n,
  });
}

/** The champion's probability; a model of another feature set, or one that fails, is not used and is named. */
function predict(
  champion: ChampionModel | null,
  features: Features,
): { readonly probability: number | null; readonly lacking: readonly string[] } {
  if (champion === null) return { probability: null, lacking: [] };
  if (champion.featureSetVersion !== FEATURE_SET_VERSION) return { probability: null, lacking: ["part:model (MODEL_SIGNATURE_MISMATCH)"] };
  let probability: number;
  try {
    probability = champion.predict(features);
  } catch {
    return { probability: null, lacking: ["part:model (failed)"] };
  }
  const valid = probability >= 0 && probability <= 1;
  return valid ? { probability, lacking: [] } : { probability: null, lacking: ["part:model (out of range)"] };
}
