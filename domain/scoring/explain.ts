import type { Contribution, Counterfactual } from "./assessment.ts";
import type { Attribution, ScoringModel } from "./champion.ts";
import { counterfactualOf } from "./counterfactual.ts";
import type { Score, ScoreInputs } from "./score.ts";

/** Features that the model's points are listed for; what the others add is one entry. */
export const MAX_MODEL_CONTRIBUTIONS = 10;
/** Below this distance from the base the calibration's slope stands for the chord's. */
const MIN_MARGIN_CHANGE = 1e-6;
/** How far a model may answer otherwise than it did for the score before its explanation is not believed. */
const TOLERANCE = 1e-9;

export interface ExplainedScore {
  /** As the score's, with the model's entry taken apart; they still add up to score - `missingPartScore`. */
  readonly contributions: readonly Contribution[];
  /** Null when it could not be computed. */
  readonly counterfactual: Counterfactual | null;
}

/**
 * Takes a score apart and says what would have changed the answer. The rules' contributions are exact.
 * The model's points are those of its base, `model:base`, and of each feature, `model:<name>`. A model that
 * cannot explain itself, or fails at it, counts as one entry; nothing is thrown.
 */
export function explainScore(inputs: ScoreInputs, scored: Score, model: ScoringModel | null): ExplainedScore {
  return { contributions: contributionsOf(inputs, scored, model), counterfactual: counterfactual(inputs, scored, model) };
}

function counterfactual(inputs: ScoreInputs, scored: Score, model: ScoringModel | null): Counterfactual | null {
  try {
    return counterfactualOf(inputs, scored, model);
  } catch {
    // A model that fails when it is asked about other values says nothing about the token.
    return null;
  }
}

function contributionsOf({ features, parameters }: ScoreInputs, scored: Score, model: ScoringModel | null): readonly Contribution[] {
  const entry = scored.contributions.find(({ name }) => name === "model");
  if (entry === undefined || model?.attribute === undefined || scored.parts.model === null) return scored.contributions;
  let parts: readonly Contribution[] | null;
  try {
    parts = shareModelPoints(model.attribute(features), scored.parts.model / 100, parameters.modelWeight, parameters.missingPartScore);
  } catch {
    return scored.contributions;
  }
  if (parts === null) return scored.contributions;
  const all = [...scored.contributions.filter((one) => one !== entry), ...parts];
  return all.sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
}

/**
 * The model's points, `weight` × (100 p - `neutral`), by feature. SHAP values are exact on the margin; the
 * calibration between margin and probability is not linear. So the base gets `weight` × (100 p₀ - `neutral`), with
 * p₀ the probability at the base margin, and the rest, 100 × `weight` × (p - p₀), is shared in proportion to the
 * SHAP values: along the chord from base to row. Where both margins are the same, the calibration's slope
 * there stands for the chord's. Null when the attribution is not of the probability `p`, or when one feature would
 * get more than the whole scale, as on a cliff of an isotonic calibration: then the shares mean nothing.
 */
export function shareModelPoints(attribution: Attribution, p: number, weight: number, neutral: number): readonly Contribution[] | null {
  const { baseMargin, baseProbability, margin, probability, shap } = attribution;
  if (!(Math.abs(probability - p) <= TOLERANCE)) return null;
  const change = margin - baseMargin;
  const slope = Math.abs(change) > MIN_MARGIN_CHANGE ? (probability - baseProbability) / change : attribution.slope;
  const shares = shap
    .map(({ name, value }) => ({ name: `model:${name}`, points: 100 * weight * slope * value }))
    .filter(({ points }) => points !== 0);
  if (!shares.every(({ points }) => Math.abs(points) <= 100 * weight)) return null;
  shares.sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
  const listed = shares.slice(0, MAX_MODEL_CONTRIBUTIONS);
  const rest = sum(shares.slice(MAX_MODEL_CONTRIBUTIONS));
  // The base takes the rounding, so that the sum is the model's points to the last digit but a few.
  const base = weight * (100 * p - neutral) - sum(listed) - rest;
  return [...listed, ...(rest === 0 ? [] : [{ name: "model:rest", points: rest }]), { name: "model:base", points: base }];
}

function sum(list: readonly Contribution[]): number {
  return list.reduce((total, { points }) => total + points, 0);
}
