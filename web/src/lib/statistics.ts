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
