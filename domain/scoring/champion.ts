import type { FeatureVector } from "./assessment.ts";

/** A promoted model, loaded and verified. */
export interface ChampionModel {
  readonly version: string;
  /** The feature set it was trained on: another one must not be fed to it. */
  readonly featureSetVersion: string;
  /** Calibrated probability, 0 to 1, that the token is worth an entry. */
  predict(features: FeatureVector): number;
}
