import type { DecisionRecord } from "../../domain/journal/entry.ts";
import type { Recommendation } from "../../domain/scoring/assessment.ts";
import { buildFeatures, FEATURE_NAMES, type Features } from "../../domain/scoring/features.ts";
import { scoreToken } from "../../domain/scoring/score.ts";
import type { ParameterProfile } from "../../domain/trading/parameters.ts";
import { differingFeatures, inputsOf } from "../score/saved.ts";
import type { SeenCoin } from "./seen.ts";

/** A replayed judgement beside the first one. */
export interface FirstJudged {
  readonly assessedAtMs: number;
  /** How many posts both saw; null when none were recorded. */
  readonly posts: number | null;
  /** Features that came out otherwise than at first; null when only the posts were recorded. */
  readonly differing: readonly string[] | null;
  /**
   * What the replayed features and findings score with the parameters, and the model's answer, of then, and what was
   * recorded; null when those were not saved.
   */
  readonly ofThen: {
    readonly parameterVersion: string;
    readonly score: number;
    readonly recommendation: Recommendation;
    readonly recordedScore: number;
    readonly recordedRecommendation: Recommendation;
  } | null;
}

/** Compares; null for a decision that is no judgement, or when nothing was recorded of the first one. */
export function firstJudged(decision: DecisionRecord, seen: SeenCoin | null, profile: ParameterProfile): FirstJudged | null {
  if (seen === null || decision.stage !== "analyze" || decision.features === null || decision.mint !== seen.mint) return null;
  const { assessedAtMs, posts, observations } = seen;
  const differing = observations === null ? null : differingFeatures(decision.features, buildFeatures(observations));
  return { assessedAtMs, posts: posts?.sample.posts.length ?? null, differing, ofThen: ofThen(decision, seen, profile) };
}

function ofThen({ features, findings }: DecisionRecord, { saved }: SeenCoin, profile: ParameterProfile): FirstJudged["ofThen"] {
  const isWhole = features !== null && FEATURE_NAMES.every((name) => Object.hasOwn(features, name));
  if (!isWhole || saved?.recorded == null) return null;
  const read = inputsOf(saved, { features: features as Features, findings }, profile);
  if (!read.ok) return null;
  const { score, recommendation } = scoreToken(read.value.inputs);
  const { score: recordedScore, recommendation: recordedRecommendation } = saved.recorded;
  return { parameterVersion: read.value.parameterVersion, score, recommendation, recordedScore, recordedRecommendation };
}

/** The comparison in words. */
export function firstJudgedLines({ assessedAtMs, posts, differing, ofThen: then }: FirstJudged): readonly string[] {
  const seen = posts === null ? "no posts were recorded then" : `the same ${posts} post${posts === 1 ? "" : "s"}`;
  const vector =
    differing === null
      ? []
      : [differing.length === 0 ? "features: as at first, to the last bit" : `features that were other at first: ${differing.join(", ")}`];
  const score =
    then === null
      ? []
      : [
          `with the parameters of then (${then.parameterVersion}) ${then.recommendation} ${then.score.toFixed(1)}; ` +
            `recorded ${then.recordedRecommendation} ${then.recordedScore.toFixed(1)}`,
        ];
  return [`judged as of ${new Date(assessedAtMs).toISOString()}, as at first: ${seen}`, ...vector, ...score];
}
