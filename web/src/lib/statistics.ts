/** 97.5 % quantile of the standard normal distribution: two-sided 95 %. */
const Z_95 = 1.959963984540054;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson score interval of a share (Wilson 1927), 95 %. Holds for few trades and for shares of 0 and 1,
 * where the normal approximation fails. Null without trades or with impossible counts.
 */
export function wilsonInterval(successes: number, trials: number): Interval | null {
  if (!Number.isInteger(successes) || !Number.isInteger(trials) || trials <= 0 || successes < 0 || successes > trials) return null;
  const share = successes / trials;
  const z2 = Z_95 * Z_95;
  const denominator = 1 + z2 / trials;
  const centre = (share + z2 / (2 * trials)) / denominator;
  const half = (Z_95 / denominator) * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials * trials));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** Realised result per closed trade in lamports, rounded toward zero; null without trades. */
export function expectancyLamports(realisedLamports: bigint | null, trades: number): bigint | null {
  return realisedLamports === null || !Number.isInteger(trades) || trades <= 0 ? null : realisedLamports / BigInt(trades);
}

/** Change from `base` to `value` in basis points; null when either is unknown or the base is not positive. */
export function relativeBps(base: bigint | null, value: bigint | null): number | null {
  return base === null || value === null || base <= 0n ? null : Number(((value - base) * 1_000_000n) / base) / 100;
}

/**
 * Where a return stands between stop and target: 0 at the stop, 1 at the target, clamped.
 * `stopBps` and `targetBps` are distances, both positive; null when the span is empty.
 */
export function barrierPosition(returnBps: number, stopBps: number, targetBps: number): number | null {
  const span = stopBps + targetBps;
  return span > 0 && Number.isFinite(returnBps) ? Math.min(1, Math.max(0, (returnBps + stopBps) / span)) : null;
}
