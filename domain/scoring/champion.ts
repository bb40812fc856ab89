import type { ReasonCode } from "../reasons.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { FeatureVector, ShadowPrediction } from "./assessment.ts";
import { FEATURE_SET_VERSION } from "./features.ts";

/** A verified model, warm in memory. */
export interface ScoringModel {
  readonly version: string;
  /** The feature set it was trained on: another one must not be fed to it. */
  readonly featureSetVersion: string;
  /** Calibrated probability, 0 to 1, that the token is worth an entry. */
  predict(features: FeatureVector): number;
  /** Why; a model without it counts as one entry in an explanation. */
  readonly attribute?: (features: FeatureVector) => Attribution;
  /** How the probability changes when known features of these have other values. */
  readonly vary?: (features: FeatureVector) => Variation;
}

/** A promoted model: the only one that may move a score. */
export type ChampionModel = ScoringModel;

/** A prediction taken apart: SHAP values on the margin (log-odds), before calibration. */
export interface Attribution {
  /** Of a row of which nothing is known. */
  readonly baseMargin: number;
  readonly baseProbability: number;
  readonly margin: number;
  readonly probability: number;
  /** Per feature; they add up to `margin` - `baseMargin`. */
  readonly shap: ReadonlyArray<{ readonly name: string; readonly value: number }>;
  /** Change of probability per unit of margin at the base. */
  readonly slope: number;
}

/** A model's answer to one vector, ready to be asked about others. */
export interface Variation {
  /** What `predict` says of the vector. */
  readonly probability: number;
  /** What one feature does; null when it changes nothing. */
  of(feature: string): FeatureResponse | null;
  /** Of the same vector with another value of the feature. */
  with(feature: string, value: number): Variation;
}

/** The calibrated probability as a function of one feature, the others as they are. */
export interface FeatureResponse {
  /** Where it may jump or bend, ascending: each value belongs to what is below it. */
  readonly breaks: ArrayLike<number>;
  /** Bounds of the probability over all values. */
  readonly least: number;
  readonly most: number;
  /** Range of values over which the model was taught to tell rows apart; null when unknown. */
  readonly range: { readonly min: number; readonly max: number } | null;
  /** False when it also changes between the breaks. */
  readonly isStepped: boolean;
  at(value: number): number;
}

/**
 * A model's probability for a score. Refuses with MODEL_SIGNATURE_MISMATCH when it was trained on other
 * features, MODEL_FAILED when it throws, MODEL_OUT_OF_RANGE when its answer is no probability.
 */
export function probabilityOf(
  model: ScoringModel,
  features: FeatureVector,
): Result<number, "MODEL_SIGNATURE_MISMATCH" | "MODEL_FAILED" | "MODEL_OUT_OF_RANGE"> {
  if (model.featureSetVersion !== FEATURE_SET_VERSION) {
    return refuse("MODEL_SIGNATURE_MISMATCH", `${model.version} knows ${model.featureSetVersion}`);
  }
  let probability: unknown;
  try {
    probability = model.predict(features);
  } catch (error) {
    return refuse("MODEL_FAILED", `${model.version}: ${String(error).slice(0, 200)}`);
  }
  // A comparison with NaN is false.
  if (typeof probability === "number" && probability >= 0 && probability <= 1) return ok(probability);
  return refuse("MODEL_OUT_OF_RANGE", `${model.version}: ${String(probability).slice(0, 40)}`);
}

/** What the models say of one token. */
export interface ModelAnswers {
  /** Null without a usable champion: rules only. */
  readonly probability: number | null;
  readonly modelVersion: string | null;
  /** Recorded to be judged later; they never move a score. */
  readonly shadows: readonly ShadowPrediction[];
  /** Why the champion was not used; null when it was, or there is none. */
  readonly failure: { readonly version: string; readonly reason: ReasonCode; readonly detail: string } | null;
}

/** Asks the champion and the shadows. Whatever a model does, there is an answer. */
export function askModels(champion: ScoringModel | null, shadows: readonly ScoringModel[], features: FeatureVector): ModelAnswers {
  const answer = champion === null ? null : probabilityOf(champion, features);
  const shadowed = shadows.flatMap((shadow) => {
    const said = probabilityOf(shadow, features);
    return said.ok ? [{ version: shadow.version, probability: said.value }] : [];
  });
  return {
    probability: answer?.ok ? answer.value : null,
    modelVersion: answer?.ok ? (champion?.version ?? null) : null,
    shadows: shadowed,
    failure:
      answer === null || answer.ok
        ? null
        : { version: champion?.version ?? "", reason: answer.reason, detail: answer.detail ?? answer.reason },
  };
}
