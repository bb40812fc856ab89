import type { FeatureVector } from "./assessment.ts";
import { CURVE_FEATURES, curveFeatures } from "./features/curve.ts";
import { DEVELOPER_FEATURES, developerFeatures } from "./features/developer.ts";
import { HOLDER_FEATURES, holderFeatures } from "./features/holders.ts";
import { LIQUIDITY_FEATURES, liquidityFeatures } from "./features/liquidity.ts";
import { MARKET_FEATURES, marketFeatures } from "./features/market.ts";
import { pastOf } from "./features/past.ts";
import type { FeatureSpec } from "./features/schema.ts";
import { SMART_MONEY_FEATURES, smartMoneyFeatures } from "./features/smart-money.ts";
import { SOCIAL_FEATURES, socialFeatures } from "./features/social.ts";
import { TRADING_FEATURES, tradingFeatures } from "./features/trading.ts";
import type { Observations } from "./observations.ts";

export type { FeatureGroup, FeatureSource, FeatureSpec } from "./features/schema.ts";

/** Changes whenever a feature is added, removed or computed otherwise: a model knows one version only. */
export const FEATURE_SET_VERSION = "f2";

/** Every feature, in the order that models are fed. `docs/scoring.md` is made from this table. */
export const FEATURES = {
  ...LIQUIDITY_FEATURES,
  ...TRADING_FEATURES,
  ...HOLDER_FEATURES,
  ...SMART_MONEY_FEATURES,
  ...CURVE_FEATURES,
  ...DEVELOPER_FEATURES,
  ...SOCIAL_FEATURES,
  ...MARKET_FEATURES,
} as const satisfies Record<string, FeatureSpec>;

export type FeatureName = keyof typeof FEATURES;
export type Features = { readonly [name in FeatureName]: number | null };

/** Names in the table's order. */
export const FEATURE_NAMES = Object.keys(FEATURES) as readonly FeatureName[];

/**
 * The features of a token at `asOfMs` and `asOfSlot`. Nothing later is looked at, whatever the
 * observations hold: every feature is computed from the same cut copy. Unknown is null, never zero.
 */
export function buildFeatures(observed: Observations): Features {
  const past = pastOf(observed);
  const raw: Features = {
    ...liquidityFeatures(past),
    ...tradingFeatures(past),
    ...holderFeatures(past),
    ...smartMoneyFeatures(past),
    ...curveFeatures(past),
    ...developerFeatures(past),
    ...socialFeatures(past),
    ...marketFeatures(past),
  };
  const cut: Partial<Record<FeatureName, number | null>> = {};
  for (const name of FEATURE_NAMES) cut[name] = withinRange(raw[name], FEATURES[name]);
  return cut as Features satisfies FeatureVector;
}

/** Cut to the range; what is no number is unknown, and zero has no sign. */
function withinRange(value: number | null, { min, max }: FeatureSpec): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  return Math.min(max, Math.max(min, value)) + 0;
}
