import type { Calibration } from "../learning/calibration.ts";
import { sampleForest, sampleModelFile } from "../learning/sample-models.ts";
import { type ServedModel, serveModel } from "../learning/served-model.ts";
import type { Rng } from "../random.ts";
import { soft } from "../safety/findings.ts";
import { builtinParameters } from "../trading/parameters.ts";
import type { Finding } from "./assessment.ts";
import { probabilityOf } from "./champion.ts";
import { FEATURE_NAMES, FEATURES, type FeatureName, type Features } from "./features.ts";
import { ON_CHAIN_CURVES, SOCIAL_CURVES } from "./parts.ts";
import type { ScoreInputs } from "./score.ts";

const KNOTS = new Map([...ON_CHAIN_CURVES, ...SOCIAL_CURVES].map(({ feature, at }) => [feature, at]));
const CODES = ["CREATOR_HOLDS", "LIQUIDITY_FELL", "PRICE_JUMPED", "METADATA_MUTABLE"] as const;

/** Features such as tokens have them: around the curves' knots, some unknown, some counted. */
export function sampleFeatures(rng: Rng, unknownShare = 0.15): Features {
  return Object.fromEntries(FEATURE_NAMES.map((name) => [name, rng.next() < unknownShare ? null : sampleValue(rng, name)])) as Features;
}

function sampleValue(rng: Rng, name: FeatureName): number {
  const { min, max } = FEATURES[name];
  const knots = KNOTS.get(name) ?? [min, Math.min(max, min + 100)];
  const piece = rng.int(knots.length);
  const [from = min, to = from] = [knots[piece], knots[piece + 1]];
  const value = rng.next() < 0.1 ? from : from + (to - from) * rng.next();
  return Math.min(max, Math.max(min, Number.isInteger(max) && max > 1_000 ? Math.round(value) : value));
}

/** A random model of either family, of either calibration. */
export function sampleModel(rng: Rng, trees = 20): ServedModel {
  const calibration: Calibration =
    rng.next() < 0.5
      ? { kind: "platt", a: -0.5 - rng.next(), b: rng.normal() }
      : { kind: "isotonic", x: [-2, -1.2, -0.5, -0.4, 0, 0.6, 2], y: [0.01, 0.1, 0.1, 0.3, 0.5, 0.55, 0.9] };
  if (rng.next() < 0.5) {
    return serveModel(sampleModelFile({ family: "gbdt", parameters: sampleForest(rng, trees, 1 + rng.int(6)) }, calibration));
  }
  const columns = FEATURE_NAMES.map((name) => ({ name, at: KNOTS.get(name) ?? [FEATURES[name].min, FEATURES[name].min + 1] }));
  const parameters = {
    means: columns.map(({ at }) => ((at[0] ?? 0) + (at.at(-1) ?? 0)) / 2),
    scales: columns.map(({ at }) => ((at.at(-1) ?? 1) - (at[0] ?? 0)) / 2),
    coefficients: columns.map(() => (rng.next() < 0.5 ? 0 : rng.normal() / 3)),
    missing: columns.map(() => (rng.next() < 0.5 ? 0 : rng.normal() / 3)),
    intercept: rng.normal(),
  };
  const baseline = columns.map(({ name, at }) => ({ name, edges: [...at], shares: [], missingShare: rng.next() / 2 }));
  return serveModel(sampleModelFile({ family: "logistic", parameters }, calibration, { baseline }));
}

/** One token with everything that its score depends on. */
export function sampleScoreInputs(rng: Rng): ScoreInputs & { readonly model: ServedModel | null } {
  const features = sampleFeatures(rng, rng.next() * 0.5);
  const model = rng.next() < 0.6 ? sampleModel(rng) : null;
  const said = model === null ? null : probabilityOf(model, features);
  const findings: Finding[] = CODES.filter(() => rng.next() < 0.2).map((code) => soft(code));
  const parameters = {
    ...builtinParameters("default"),
    modelWeight: model === null ? 0 : ([0, 0.2, 0.5, 1][rng.int(4)] ?? 0),
    qualityThreshold: 40 + rng.int(40),
  };
  return { features, findings, parameters, modelProbability: said?.ok ? said.value : null, model };
}
