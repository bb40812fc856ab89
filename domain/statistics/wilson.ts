/** 97.5 % quantile of the standard normal distribution: two-sided 95 %. */
const Z_95 = 1.959963984540054;

/** Bounds of a 95 % interval; null on a side that has no bound. */
export interface Bounds {
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Wilson score interval of a share (Wilson 1927), 95 %. Holds for few trades and for shares of 0 and 1,
 * where the normal approximation fails. Null without trades or with impossible counts.
 */
export function wilsonInterval(successes: number, trials: number): { readonly low: number; readonly high: number } | null {
  if (!Number.isInteger(successes) || !Number.isInteger(trials) || trials <= 0 || successes < 0 || successes > trials) return null;
  const share = successes / trials;
  const z2 = Z_95 * Z_95;
  const denominator = 1 + z2 / trials;
  const centre = (share + z2 / (2 * trials)) / denominator;
  const half = (Z_95 / denominator) * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials * trials));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
