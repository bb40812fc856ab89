import type { Rng } from "../random.ts";
import { buildParzen, logPdf, sampleParzen } from "./parzen.ts";
import { type Point, randomPoint, type SearchSpace } from "./search-space.ts";

/** One evaluated point. */
export interface Trial {
  readonly point: Point;
  readonly value: number;
}

export type Direction = "minimise" | "maximise";

/** Optuna 5 defaults. */
export const STARTUP_TRIALS = 10;
const CANDIDATES = 24;
const MAX_GOOD = 25;

/** How many of `n` trials count as good. */
export function goodTrials(n: number): number {
  return Math.min(Math.ceil(0.1 * n), MAX_GOOD);
}

/**
 * The next point to try, by the tree-structured Parzen estimator with Optuna 5's multivariate
 * semantics (Bergstra et al. 2011; Watanabe 2023). A function of its arguments: hand it the trials so
 * far, in the order they were run, and a generator seeded by study and trial number, and a search can
 * stop and go on anywhere.
 */
export function suggest(space: SearchSpace, trials: readonly Trial[], rng: Rng, direction: Direction): Point {
  if (trials.length < STARTUP_TRIALS) return randomPoint(space, rng);
  const sign = direction === "minimise" ? 1 : -1;
  const ranked = trials.map((_, i) => i).sort((i, j) => sign * ((trials[i] as Trial).value - (trials[j] as Trial).value) || i - j);
  const good = new Set(ranked.slice(0, goodTrials(trials.length)));
  const inOrder = (isGood: boolean): Point[] => trials.filter((_, i) => good.has(i) === isGood).map((trial) => trial.point);
  const below = buildParzen(space, inOrder(true));
  const above = buildParzen(space, inOrder(false));
  let best = sampleParzen(below, rng);
  let bestGain = logPdf(below, best) - logPdf(above, best);
  for (let i = 1; i < CANDIDATES; i++) {
    const candidate = sampleParzen(below, rng);
    const gain = logPdf(below, candidate) - logPdf(above, candidate);
    if (gain > bestGain) {
      best = candidate;
      bestGain = gain;
    }
  }
  return best;
}
