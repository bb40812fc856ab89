import type { PricePathRecord } from "../journal/entry.ts";

/**
 * Price at the end of a recorded path against its beginning, less one. Null for a path that broke off:
 * what became of it is not known, and a guess would be a number.
 */
export function pathChange({ complete, samples }: Pick<PricePathRecord, "complete" | "samples">): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!complete || first === undefined || last === undefined) return null;
  const [start, end] = [priceOf(first), priceOf(last)];
  const change = end / start - 1;
  return start > 0 && Number.isFinite(change) ? change : null;
}

function priceOf({ baseReserves, quoteReservesLamports }: PricePathRecord["samples"][number]): number {
  return Number(quoteReservesLamports) / Number(baseReserves);
}
