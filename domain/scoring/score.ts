import type { ReasonCode } from "../reasons.ts";
import type { Parameters } from "../trading/parameters.ts";
import type { Contribution, Finding, ReasonNote, Recommendation, ScoreParts } from "./assessment.ts";
import { FEATURE_NAMES, type Features } from "./features.ts";
import { ON_CHAIN_CURVES, type PartScore, SOCIAL_CURVES, scorePart, scoreSentiment } from "./parts.ts";

/** Points that a soft finding costs. */
export const SOFT_FINDING_POINTS: Readonly<Partial<Record<ReasonCode, number>>> = {
  LIQUIDITY_FELL: 20,
  TOP_HOLDER_LARGE: 10,
  HOLDERS_CONCENTRATED: 10,
  CREATOR_HOLDS: 10,
  PRICE_JUMPED: 10,
  PRICE_FLASHED: 15,
  CREATION_BUNDLE: 15,
  COMMON_FUNDER: 15,
  CREATOR_SOLD: 10,
  CREATOR_SERIAL: 10,
  WASH_VOLUME: 15,
  MICRO_BUYS: 10,
  NO_FOREIGN_SELL: 5,
  CURVE_RUSHED: 5,
  NAME_DECEPTIVE: 10,
  NAME_HOSTILE: 10,
  NAME_OVERLONG: 5,
  URI_UNSAFE: 10,
  METADATA_COPIED: 5,
  METADATA_MUTABLE: 3,
  METADATA_ELSEWHERE: 3,
};
export const SOFT_FINDING_DEFAULT_POINTS = 5;

export type ScoreParameters = Pick<
  Parameters,
  "weightOnChain" | "weightSentiment" | "weightSocial" | "modelWeight" | "missingPartScore" | "qualityThreshold" | "watchMargin"
>;

export interface ScoreInputs {
  readonly features: Features;
  readonly findings: readonly Finding[];
  readonly parameters: ScoreParameters;
  /** The champion's calibrated probability, null when there is no usable champion. */
  readonly modelProbability: number | null;
}

export interface Score {
  /** 0 to 100. */
  readonly score: number;
  readonly parts: ScoreParts;
  readonly recommendation: Recommendation;
  /** Never empty unless the recommendation is BUY. */
  readonly reasons: readonly ReasonNote[];
  /** Add up to `score` - `missingPartScore`, the score of a token of which nothing is known. */
  readonly contributions: readonly Contribution[];
  /** Unknown features by name, and parts without a score as `part:<name>`, with a reason when a model was refused. */
  readonly missing: readonly string[];
}

/**
 * Quality score: on-chain × 0.60 + sentiment × 0.15 + social × 0.25 (weights from the parameters),
 * blended with the model by `modelWeight`, less what soft findings cost, cut to 0-100. A part without
 * data counts `missingPartScore` and is named. A hard finding vetoes: the score is zero.
 */
export function scoreToken({ features, findings, parameters, modelProbability }: ScoreInputs): Score {
  const neutral = parameters.missingPartScore;
  const parts = {
    onChain: scorePart(ON_CHAIN_CURVES, features, neutral),
    sentiment: scoreSentiment(features, neutral),
    social: scorePart(SOCIAL_CURVES, features, neutral),
  };
  const model = usableModel(modelProbability, parameters.modelWeight);
  const modelPoints = model.probability === null ? null : model.probability * 100;
  const modelWeight = model.weight;
  const rulesWeight = 1 - modelWeight;
  const contributions: Contribution[] = [
    ...weighted(parts.onChain, rulesWeight * parameters.weightOnChain),
    ...weighted(parts.sentiment, rulesWeight * parameters.weightSentiment),
    ...weighted(parts.social, rulesWeight * parameters.weightSocial),
  ];
  if (modelPoints !== null && modelWeight > 0) contributions.push({ name: "model", points: modelWeight * (modelPoints - neutral) });
  for (const { severity, code } of findings) {
    if (severity === "soft")
      contributions.push({ name: `finding:${code}`, points: -(SOFT_FINDING_POINTS[code] ?? SOFT_FINDING_DEFAULT_POINTS) });
  }
  const vetoes = findings.filter(({ severity }) => severity === "hard");
  const sum = neutral + contributions.reduce((total, { points }) => total + points, 0);
  const score = vetoes.length > 0 ? 0 : Math.min(100, Math.max(0, sum));
  if (score !== sum) contributions.push({ name: vetoes.length > 0 ? "veto" : "limit", points: score - sum });
  contributions.sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
  const recommendation = recommend(score, vetoes.length > 0, parameters);
  return {
    score,
    parts: { onChain: parts.onChain.value, sentiment: parts.sentiment.value, social: parts.social.value, model: modelPoints },
    recommendation,
    reasons: reasonsOf(recommendation, score, vetoes, parameters),
    contributions,
    missing: [
      ...(model.refusal === null ? [] : [`part:model (${model.refusal})`]),
      ...Object.entries(parts).flatMap(([name, { value }]) => (value === null ? [`part:${name}`] : [])),
      ...FEATURE_NAMES.filter((name) => features[name] === null),
    ],
  };
}

/** What the model may add: nothing when its answer is no probability or its weight no share, which is named. */
export function usableModel(
  probability: number | null,
  weight: number,
): { readonly probability: number | null; readonly weight: number; readonly refusal: ReasonCode | null } {
  if (probability === null) return { probability: null, weight: 0, refusal: null };
  // Comparisons with NaN are false.
  if (!(probability >= 0 && probability <= 1)) return { probability: null, weight: 0, refusal: "MODEL_OUT_OF_RANGE" };
  if (!(weight >= 0 && weight <= 1)) return { probability: null, weight: 0, refusal: "PARAMETERS_INVALID" };
  return { probability, weight, refusal: null };
}

function weighted({ contributions }: PartScore, weight: number): Contribution[] {
  return contributions.map(({ name, points }) => ({ name, points: points * weight }));
}

function recommend(score: number, vetoed: boolean, { qualityThreshold, watchMargin }: ScoreParameters): Recommendation {
  if (vetoed) return "DECLINE";
  if (score >= qualityThreshold) return "BUY";
  return score >= qualityThreshold - watchMargin ? "WATCH" : "DECLINE";
}

function reasonsOf(
  recommendation: Recommendation,
  score: number,
  vetoes: readonly Finding[],
  { qualityThreshold }: ScoreParameters,
): ReasonNote[] {
  if (recommendation === "BUY") return [];
  if (vetoes.length > 0) return vetoes.map(({ code, detail }) => (detail === undefined ? { code } : { code, detail }));
  const detail = `${score.toFixed(1)} of ${qualityThreshold}`;
  return [{ code: recommendation === "WATCH" ? "SCORE_WATCH" : "SCORE_BELOW_THRESHOLD", detail }];
}
