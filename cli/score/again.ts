import type { DecisionView } from "../../domain/api/types.ts";
import type { Recommendation } from "../../domain/scoring/assessment.ts";
import { FEATURE_NAMES, type Features } from "../../domain/scoring/features.ts";
import { scoreToken } from "../../domain/scoring/score.ts";
import type { Outcome } from "../output.ts";
import { type StoredSet, scoringSetOf } from "./parameters.ts";

/** Sums of some dozen contributions, in another order at worst. */
const TOLERANCE = 1e-9;

/** What scoring a recorded decision once more gave. */
export type Again =
  | { readonly result: "same" | "differs"; readonly score: number; readonly recommendation: Recommendation }
  /** Why it could not be scored again. */
  | { readonly result: "not scored"; readonly why: string };

/**
 * Scores a recorded decision again, from its own features, findings and model answer, by this version's rules and the
 * parameters that it names. `parametersOf` is asked only when everything else is there.
 */
export async function scoreAgain(
  { features, findings, parts, score, outcome, stage, parameterVersion }: DecisionView,
  parametersOf: (version: string) => Promise<Outcome<StoredSet>>,
): Promise<Again> {
  if (score === null || features === null || parts === null || stage !== "analyze") {
    return { result: "not scored", why: "the record has no judgement of the Analyzer" };
  }
  const isOurs = FEATURE_NAMES.every((name) => Object.hasOwn(features, name)) && Object.keys(features).length === FEATURE_NAMES.length;
  if (!isOurs) return { result: "not scored", why: "it was recorded with another feature set" };
  const stored = await parametersOf(parameterVersion);
  const set = stored.ok ? scoringSetOf(stored.value) : stored;
  if (!set.ok) return { result: "not scored", why: (set.detail ?? "its parameters are unknown").replace(/\.$/, "") };
  const modelProbability = parts.model === null ? null : parts.model / 100;
  const scored = scoreToken({ features: features as Features, findings, parameters: set.value.parameters, modelProbability });
  return compared(scored, score, outcome);
}

/** One score beside the recorded one. */
export function compared(
  scored: { readonly recommendation: Recommendation; readonly score: number },
  score: number,
  outcome: Recommendation,
): Again {
  const isSame = Math.abs(scored.score - score) <= TOLERANCE && scored.recommendation === outcome;
  return { result: isSame ? "same" : "differs", score: scored.score, recommendation: scored.recommendation };
}
