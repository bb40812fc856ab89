import type { FeatureResponse, ScoringModel, Variation } from "./champion.ts";
import { FEATURE_NAMES, FEATURES, type FeatureName, type Features } from "./features.ts";
import { type FeatureCurve, ON_CHAIN_CURVES, pointsOf, SOCIAL_CURVES, scorePart, scoreSentiment } from "./parts.ts";
import { type ScoreParameters, usableModel } from "./score.ts";

/** Pieces that a stretch is looked at in when the model is bent everywhere. */
const SMOOTH_PIECES = 8;
/** What the sentiment part is computed from. */
const SENTIMENT_FEATURES = ["sentimentWeighted", "effectivePosts"] as const;
/** Units that are counted in whole numbers; `effectivePosts` alone weighs what it counts. */
const COUNTED_UNITS: ReadonlySet<string> = new Set([
  "0 or 1",
  "trades",
  "transactions",
  "swaps",
  "posts",
  "authors",

  "wallets",
  "holders",

  "coins",
]);

/** The score before soft findings and limits as one known feature varies, all else being equal. */
export interface ScoreResponse {
  readonly feature: FeatureName;
  readonly from: number;
  readonly isCounted: boolean;
  /** No value gains more, nor loses more. */
  readonly most: number;
  readonly least: number;
  /** Computed when asked for: most features cannot do enough to be looked at. */
  readonly range: () => ResponseRange;
  /** Change of the score against `from`. */
  gain(value: number): number;
  /** How far it is from `from` on the feature's own scale, 0 to 1. */
  distance(value: number): number;
}

export interface ResponseRange {
  /** Values that a token may plausibly have: where the curve rises or falls, or the model tells values apart. */
  readonly min: number;
  readonly max: number;
  /** Between two neighbours of these the score is straight, or nearly so. Ascending. */
  readonly points: readonly number[];
}

/** What varying features starts from. */
export interface ScorePoint {
  readonly features: Features;
  readonly parameters: ScoreParameters;
  /** The model that counts in the score; null when none does. */
  readonly model: ScoringModel | null;
  readonly modelProbability: number | null;
  /** The model's, of these features, when it is at hand already. */
  readonly variation?: Variation;
}

/**
 * How each known feature moves the score. Much cheaper than scoring anew at every value: of the rules only the
 * feature's own curve is computed, of the model only the trees that read it on this row's way. Null when the
 * feature is unknown or moves nothing.
 */
export function scoreResponder(point: ScorePoint, known?: Rules): (feature: FeatureName) => ScoreResponse | null {
  const { weight, probability } = usableModel(point.modelProbability, point.parameters.modelWeight);
  const counts = weight > 0 && probability !== null;
  const variation = counts ? (point.variation ?? point.model?.vary?.(point.features)) : undefined;
  const rules = known ?? rulesOf(point);
  return (feature) => {
    const from = point.features[feature];
    if (from === null) return null;
    return scoreResponse(feature, from, rules.get(feature) ?? [], variation?.of(feature) ?? null, weight, probability ?? 0);
  };
}

/** As `scoreResponder`, for all features. */
export function scoreResponses(point: ScorePoint, known?: Rules): readonly ScoreResponse[] {
  const responseOf = scoreResponder(point, known);
  return FEATURE_NAMES.flatMap((feature) => responseOf(feature) ?? []);
}

/** The response of one feature by its rules and its model. */
function scoreResponse(
  feature: FeatureName,
  from: number,
  rules: readonly Rule[],
  response: FeatureResponse | null,
  weight: number,
  probability: number,
): ScoreResponse | null {
  if (rules.length === 0 && response === null) return null;
  const before = rules.map(({ at }) => at(from));
  const scale = 100 * weight;
  let most = response === null ? 0 : scale * (response.most - probability);
  let least = response === null ? 0 : scale * (response.least - probability);
  for (let i = 0; i < rules.length; i++) {
    most += (rules[i]?.most ?? 0) - (before[i] ?? 0);
    least += (rules[i]?.least ?? 0) - (before[i] ?? 0);
  }
  let known: ResponseRange | null = null;
  const range = (): ResponseRange => {
    known ??= rangeOf(feature, from, rules, response);
    return known;
  };
  return {
    feature,
    from,
    isCounted: COUNTED_UNITS.has(FEATURES[feature].unit) && feature !== "effectivePosts",
    most,
    least,
    range,
    gain(value) {
      let gained = response === null ? 0 : scale * (response.at(value) - probability);
      for (let i = 0; i < rules.length; i++) gained += (rules[i]?.at(value) ?? 0) - (before[i] ?? 0);
      return gained;
    },
    distance(value) {
      const moved = rules.reduce((far, { curve }) => Math.max(far, curve === null ? 0 : scaleMoved(curve, from, value)), 0);
      if (moved > 0) return moved;
      const { min, max } = range();
      return max > min ? Math.min(1, Math.abs(value - from) / (max - min)) : 0;
    },
  };
}

/** Points of the score that the rules give the feature, as a function of its value. */
interface Rule {
  readonly curve: FeatureCurve | null;
  readonly bends: readonly number[];
  /** Of the values at the bends. */
  readonly most: number;
  readonly least: number;
  at(value: number): number;
}

/** What the rules make of each known feature. */
export type Rules = ReadonlyMap<FeatureName, readonly Rule[]>;

/**
 * Of every feature that a part with a score has a curve for. They hold for other values of known features as well,
 * but that mood and number of posts multiply.
 */
export function rulesOf({ features, parameters, modelProbability }: ScorePoint): Rules {
  const rulesWeight = 1 - usableModel(modelProbability, parameters.modelWeight).weight;
  const neutral = parameters.missingPartScore;
  const rules = new Map<FeatureName, Rule[]>();
  const add = (feature: FeatureName, rule: Pick<Rule, "curve" | "bends" | "at">): void => {
    if (features[feature] === null) return;
    const bent = rule.bends.map(rule.at);
    const bounded = { ...rule, most: Math.max(...bent), least: Math.min(...bent) };
    rules.set(feature, [...(rules.get(feature) ?? []), bounded]);
  };
  for (const [curves, partWeight] of [
    [ON_CHAIN_CURVES, parameters.weightOnChain] as const,
    [SOCIAL_CURVES, parameters.weightSocial] as const,
  ]) {
    // A part of which too little is known has no score, whatever one feature is.
    if (!(rulesWeight * partWeight > 0) || scorePart(curves, features, neutral).value === null) continue;
    const total = curves.reduce((sum, { weight }) => sum + weight, 0);
    for (const curve of curves) {
      const share = (rulesWeight * partWeight * curve.weight) / total;
      add(curve.feature, { curve, bends: curve.at, at: (value) => share * pointsOf(curve, value) });
    }
  }
  const share = rulesWeight * parameters.weightSentiment;
  const { sentimentWeighted, effectivePosts } = features;
  for (const feature of share > 0 ? SENTIMENT_FEATURES : []) {
    const { min, max } = FEATURES[feature];
    const bends = [min, 0, 1, 3, 10, 30, max].filter((value) => value >= min && value <= max);
    const at = (value: number): number =>
      share * (scoreSentiment({ sentimentWeighted, effectivePosts, [feature]: value }, neutral).value ?? neutral);
    add(feature, { curve: null, bends, at });
  }
  return rules;
}

function rangeOf(feature: FeatureName, from: number, rules: readonly Rule[], response: FeatureResponse | null): ResponseRange {
  const limits = FEATURES[feature];
  const points: number[] = [];
  // They come in a few rising runs.
  const add = (value: number): void => {
    if (!(value >= limits.min && value <= limits.max)) return;
    let i = points.length;
    for (; i > 0 && (points[i - 1] as number) > value; i--) points[i] = points[i - 1] as number;
    points[i] = value;
  };
  for (const { bends } of rules) bends.forEach(add);
  if (response !== null) {
    for (let i = 0; i < response.breaks.length; i++) {
      const value = response.breaks[i] as number;
      // A break belongs to what is below it: the next number is where the other side begins.
      add(value);
      add(nextUp(value));
    }
    if (response.range !== null) [response.range.min, response.range.max].forEach(add);
  }
  // What the token has is plausible, and so is all between.
  const [min, max] = [Math.min(points[0] ?? from, from), Math.max(points.at(-1) ?? from, from)];
  if (response === null || response.isStepped) return { min, max, points };
  const finer = points.flatMap((value, i) => {
    const step = ((points[i + 1] ?? value) - value) / SMOOTH_PIECES;
    return step > 0 ? Array.from({ length: SMOOTH_PIECES }, (_, piece) => value + step * piece) : [value];
  });
  return { min, max, points: finer };
}

function scaleMoved(curve: FeatureCurve, from: number, to: number): number {
  return Math.abs(pointsOf(curve, to) - pointsOf(curve, from)) / 100;
}

/** A number above `value` with none, or next to none, between. */
function nextUp(value: number): number {
  return value + Math.max(Number.MIN_VALUE, Math.abs(value) * Number.EPSILON);
}
