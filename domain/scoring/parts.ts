import type { Contribution } from "./assessment.ts";
import type { FeatureName, Features } from "./features.ts";

/** How one feature becomes 0-100 points: monotone, linear between the knots, flat outside them. */
export interface FeatureCurve {
  readonly feature: FeatureName;
  readonly weight: number;
  /** Feature values of the knots, rising. */
  readonly at: readonly number[];
  /** Points at the knots. */
  readonly points: readonly number[];
  readonly why: string;
}

/**
 * The on-chain part. Weights and knots are set by hand from what is known of the market
 * (docs/scoring.md names the sources); they are the starting point that the model is blended over.
 */
export const ON_CHAIN_CURVES: readonly FeatureCurve[] = [
  {
    feature: "liquidityUsd",
    weight: 1,
    at: [1_000, 5_000, 10_000, 20_000, 100_000],
    points: [0, 30, 60, 80, 100],
    why: "a position must be able to leave",
  },
  {
    feature: "realQuoteShare",
    weight: 0.5,
    at: [0.3, 0.6, 0.8, 1],
    points: [0, 50, 80, 100],
    why: "virtual reserves pay nobody",
  },
  {
    feature: "priceChangeSinceOpen",
    weight: 1.5,
    at: [-0.6, -0.3, -0.1, 0, 0.3, 1],
    points: [0, 15, 40, 55, 80, 95],
    why: "most graduations are sold off at once; those that hold are the exception",
  },
  {
    feature: "curveTrades",
    weight: 1.5,
    at: [20, 60, 150, 400, 1_500],
    points: [5, 30, 60, 85, 100],
    why: "a curve filled by few trades was filled by insiders",
  },
  {
    feature: "curveDurationS",
    weight: 1,
    at: [2, 15, 60, 600, 7_200],
    points: [0, 40, 60, 80, 100],
    why: "a curve filled within seconds was bundled",
  },
  {
    feature: "creationSlotShare",
    weight: 2,
    at: [0, 0.03, 0.1, 0.3, 0.5],
    points: [100, 80, 45, 10, 0],
    why: "who buys in the creation slot knew of it, and sells first",
  },
  {
    feature: "busiestSlotShare",
    weight: 0.5,
    at: [0.02, 0.1, 0.3, 0.5],
    points: [100, 65, 15, 0],
    why: "many trades in one slot are one hand",
  },
  {
    feature: "topHolderShare",
    weight: 1.5,
    at: [0, 0.03, 0.06, 0.12, 0.25],
    points: [100, 85, 60, 25, 0],
    why: "one seller can empty the pool",
  },
  {
    feature: "top10Share",
    weight: 2,
    at: [0, 0.15, 0.25, 0.4, 0.6],
    points: [100, 80, 55, 20, 0],
    why: "traders ask for at most 20 % in ten hands",
  },
  {
    feature: "creatorShare",
    weight: 1.5,
    at: [0, 0.02, 0.05, 0.1, 0.2],
    points: [100, 75, 45, 20, 0],
    why: "the creator paid least and sells first",
  },
  {
    feature: "poolTradesPerMinute",
    weight: 1,
    at: [0, 5, 20, 60, 200],
    points: [20, 45, 70, 90, 100],
    why: "without trade there is no exit",
  },
  {
    feature: "sampledBuyShare",
    weight: 1,
    at: [0, 0.25, 0.5, 0.75, 1],
    points: [0, 25, 55, 80, 95],
    why: "demand after the graduation",
  },
  {
    feature: "sampledNetFlow",
    weight: 0.5,
    at: [-1, 0, 1],
    points: [0, 50, 100],
    why: "demand by volume",
  },
  {
    feature: "sampledUniquePayers",
    weight: 1,
    at: [0.25, 0.5, 1],
    points: [10, 45, 90],
    why: "one payer behind many swaps is wash trade",
  },
  {
    feature: "poolTradePace",
    weight: 0.5,
    at: [-1, 0, 1],
    points: [10, 50, 90],
    why: "trade that dries up leaves no exit; half a weight, since a young pool always slows",
  },
  {
    feature: "washShare",
    weight: 1,
    at: [0, 0.2, 0.5, 1],
    points: [85, 60, 20, 0],
    why: "volume to and fro is bought, as buyers are",
  },
  {
    feature: "creationBoughtShare",
    weight: 1.5,
    at: [0, 0.05, 0.15, 0.4, 0.8],
    points: [100, 75, 40, 5, 0],
    why: "tokens tell more than transactions: 79 % of the supply went in the creation slot of the recorded launches",
  },
  {
    feature: "insiderSellShare",
    weight: 1,
    at: [0, 0.2, 0.6, 1],
    points: [80, 50, 10, 0],
    why: "those who were in first are out at a median of 17.5 s, on later buyers",
  },
  {
    feature: "creatorSoldShare",
    weight: 1,
    at: [0, 0.005, 0.02, 0.1],
    points: [80, 60, 25, 0],
    why: "a creator who sells knows why; a finding charges extra from 1 % on",
  },
  {
    feature: "creatorDeadShare",
    weight: 1,
    at: [0, 0.5, 1],
    points: [80, 45, 10],
    why: "who launches one dead coin after another does it again",
  },
  {
    feature: "marketWinShare",
    weight: 0.5,
    at: [0, 0.25, 0.5, 1],
    points: [10, 40, 70, 100],
    why: "coins of one day fare alike; half a weight, since it tells no coin from another",
  },
];

/** The social part. A sample holds ten posts, so counts saturate there. */
export const SOCIAL_CURVES: readonly FeatureCurve[] = [
  {
    feature: "mentionsPerMinute",
    weight: 1,
    at: [0, 0.2, 1, 5, 20],
    points: [20, 45, 65, 85, 100],
    why: "attention",
  },
  {
    feature: "distinctAuthors",
    weight: 1,
    at: [0, 2, 5, 10],
    points: [10, 40, 65, 90],
    why: "attention of more than one",
  },
  {
    feature: "reachLog10",
    weight: 1,
    at: [0, 2, 3.5, 5, 6.5],
    points: [10, 30, 55, 80, 100],
    why: "who may hear of it",
  },
  {
    feature: "influencerShare",
    weight: 0.5,
    at: [0, 0.2, 0.5, 1],
    points: [40, 60, 80, 90],
    why: "whether those who are heard speak of it; half a weight, since they are paid for it too",
  },
  {
    feature: "engagementsPerPost",
    weight: 0.5,
    at: [0, 5, 50, 500],
    points: [30, 55, 80, 100],
    why: "whether anyone reacts",
  },
  {
    feature: "botShare",
    weight: 0.75,
    at: [0, 0.2, 0.5, 1],
    points: [80, 60, 25, 0],
    why: "bought attention",
  },
  {
    feature: "duplicateShare",
    weight: 0.75,
    at: [0, 0.3, 0.7, 1],
    points: [80, 55, 15, 0],
    why: "copied attention",
  },
  {
    feature: "mintMentionShare",
    weight: 0.5,
    at: [0, 0.3, 1],
    points: [30, 60, 85],
    why: "a ticker alone may mean a namesake",
  },
];

/** A part with less of its weight known than this has no score. */
export const MIN_KNOWN_SHARE = 0.5;

/** Posts at which half of the measured mood is believed. */
export const SENTIMENT_HALF_POSTS = 3;

/** Points of one part, and what each feature added to or took from a neutral one. */
export interface PartScore {
  /** 0 to 100, or null when too little is known. */
  readonly value: number | null;
  /** Relative to neutral; they add up to `value` - neutral. */
  readonly contributions: readonly Contribution[];
}

/** Points of `value` on a curve. */
export function pointsOf({ at, points }: Pick<FeatureCurve, "at" | "points">, value: number): number {
  // A loop: an explanation asks thousands of times.
  let next = 0;
  while (next < at.length && !(value <= (at[next] as number))) next++;
  if (next === 0) return points[0] ?? 0;
  if (next === at.length) return points.at(-1) ?? 0;
  const [x0, x1] = [at[next - 1] as number, at[next] as number];
  const [y0, y1] = [points[next - 1] as number, points[next] as number];
  return y0 + ((y1 - y0) * (value - x0)) / (x1 - x0);
}

/**
 * Weighted mean of the features' points. An unknown feature counts as `neutral`, so that what is
 * missing never raises a score above it nor lowers it below; with less than half of the weight known
 * there is no score.
 */
export function scorePart(curves: readonly FeatureCurve[], features: Features, neutral: number): PartScore {
  const total = curves.reduce((sum, { weight }) => sum + weight, 0);
  let known = 0;
  const contributions: Contribution[] = [];
  for (const curve of curves) {
    const value = features[curve.feature];
    if (value === null) continue;
    known += curve.weight;
    contributions.push({ name: curve.feature, points: (curve.weight / total) * (pointsOf(curve, value) - neutral) });
  }
  if (known < total * MIN_KNOWN_SHARE) return { value: null, contributions: [] };
  return { value: neutral + contributions.reduce((sum, { points }) => sum + points, 0), contributions };
}

/**
 * Mood of the posts: 50 + 50 × weighted compound × n / (n + 3), with n the effective posts, so that
 * two posts move the score less than ten. Null without posts.
 */
export function scoreSentiment(
  { sentimentWeighted, effectivePosts }: Pick<Features, "sentimentWeighted" | "effectivePosts">,
  neutral: number,
): PartScore {
  if (sentimentWeighted === null || effectivePosts === null || effectivePosts <= 0) return { value: null, contributions: [] };
  const value = 50 + 50 * sentimentWeighted * (effectivePosts / (effectivePosts + SENTIMENT_HALF_POSTS));
  return { value, contributions: [{ name: "sentimentWeighted", points: value - neutral }] };
}
