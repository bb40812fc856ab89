import { createRng, type Rng } from "../random.ts";
import { FEATURE_NAMES, FEATURES, type FeatureName, type Features } from "../scoring/features.ts";
import { ON_CHAIN_CURVES, pointsOf, SOCIAL_CURVES } from "../scoring/parts.ts";
import { sigmoid } from "./matrix.ts";

/** One invented token. */
export interface BootstrapRow {
  readonly features: Features;
  readonly label: 0 | 1;
}

/** Share of unknown values in a generated row. */
const MISSING_SHARE = 0.15;
/** Log-odds of a token whose curves give 50 points, and per point: a choice, no measurement. */
const NEUTRAL_LOG_ODDS = -1.5;
const LOG_ODDS_PER_POINT = 0.06;

/**
 * Rows for the bootstrap model. They are invented: every feature is drawn by itself over its curve's knots, and
 * the label from the mean points of the rules' own curves. Nothing of any market is in them.
 */
export function bootstrapRows(count: number, seed: string): readonly BootstrapRow[] {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => {
    const features = Object.fromEntries(FEATURE_NAMES.map((name) => [name, drawValue(rng, name)])) as Features;
    const chance = sigmoid(NEUTRAL_LOG_ODDS + LOG_ODDS_PER_POINT * (meanPoints(features) - 50));
    return { features, label: rng.next() < chance ? 1 : 0 };
  });
}

const CURVES = [...ON_CHAIN_CURVES, ...SOCIAL_CURVES];
const KNOTS = new Map(CURVES.map(({ feature, at }) => [feature, at]));

function drawValue(rng: Rng, name: FeatureName): number | null {
  const draw = rng.next();
  const [piece, within] = [rng.next(), rng.next()];
  if (draw < MISSING_SHARE) return null;
  const { min, max } = FEATURES[name];
  const at = KNOTS.get(name);
  if (at === undefined) return max - min <= 10 ? min + (max - min) * within : min + 10 ** (within * Math.log10(Math.min(max - min, 1e6)));
  const i = Math.floor(piece * (at.length - 1));
  const [from = min, to = from] = [at[i], at[i + 1]];
  return from + (to - from) * within;
}

function meanPoints(features: Features): number {
  let [points, weights] = [0, 0];
  for (const curve of CURVES) {
    const value = features[curve.feature];
    points += curve.weight * (value === null ? 50 : pointsOf(curve, value));
    weights += curve.weight;
  }
  return points / weights;
}
