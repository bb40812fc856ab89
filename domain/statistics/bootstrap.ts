import type { Rng } from "../random.ts";
import { quantileSorted } from "./metrics.ts";
import { normalCdf, studentQuantile } from "./normal.ts";

/** A point estimate with a percentile interval. */
export interface Interval {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  readonly resamples: number;
}

/**
 * Percentile bootstrap over groups (Efron; the group is the unit of independence): draws as many
 * groups as there are, with replacement, and recomputes `statistic` on their multiplicities.
 * `alpha` is the probability left out on EACH side; the quantiles are taken further out, because
 * the plain percentile interval is too narrow when groups are few (Hesterberg 2015, section 4.2). A resample whose statistic is not finite is
 * dropped; when more than half are, the interval is infinite.
 */
export function bootstrap(
  groupCount: number,
  statistic: (multiplicity: Float64Array) => number,
  rng: Rng,
  alpha: number,
  resamples = 1_000,
): Interval {
  const estimate = statistic(new Float64Array(groupCount).fill(1));
  const values: number[] = [];
  const multiplicity = new Float64Array(groupCount);
  for (let round = 0; round < resamples && groupCount > 0; round++) {
    multiplicity.fill(0);
    for (let draw = 0; draw < groupCount; draw++) {
      const group = rng.int(groupCount);
      multiplicity[group] = (multiplicity[group] as number) + 1;
    }
    const value = statistic(multiplicity);
    if (Number.isFinite(value)) values.push(value);
  }
  if (values.length * 2 < resamples) return { estimate, lower: -Infinity, upper: Infinity, resamples: values.length };
  const sorted = Float64Array.from(values).sort();
  const share = expandedAlpha(alpha, groupCount);
  return { estimate, lower: quantileSorted(sorted, share), upper: quantileSorted(sorted, 1 - share), resamples: values.length };
}

/** Φ(-√(n/(n-1)) · t(1-α, n-1)): α for many groups, smaller for few. */
function expandedAlpha(alpha: number, groups: number): number {
  if (groups < 2) return 0;
  return normalCdf(-Math.sqrt(groups / (groups - 1)) * studentQuantile(1 - alpha, groups - 1));
}

/** Numbers the distinct keys in order of appearance. */
export function groupIndex(keys: readonly string[]): { readonly index: Int32Array; readonly count: number } {
  const known = new Map<string, number>();
  const index = new Int32Array(keys.length);
  keys.forEach((key, i) => {
    const id = known.get(key) ?? known.size;
    known.set(key, id);
    index[i] = id;
  });
  return { index, count: known.size };
}

/**
 * Interval of the mean of paired differences, e.g. loss of the champion minus loss of the
 * challenger on the same rows; rows of one group (mint, time block) are drawn together.
 */
export function pairedDifference(
  differences: ArrayLike<number>,
  groups: readonly string[],
  rng: Rng,
  alpha: number,
  resamples = 1_000,
): Interval {
  const { index, count } = groupIndex(groups);
  const sums = new Float64Array(count);
  const rows = new Float64Array(count);
  for (let i = 0; i < differences.length; i++) {
    const group = index[i] as number;
    sums[group] = (sums[group] as number) + (differences[i] as number);
    rows[group] = (rows[group] as number) + 1;
  }
  return bootstrap(count, (times) => weighted(sums, times) / weighted(rows, times), rng, alpha, resamples);
}

function weighted(values: Float64Array, times: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) * (times[i] as number);
  return sum;
}
