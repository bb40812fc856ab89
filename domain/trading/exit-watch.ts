import { BPS, type UnixMs } from "../units.ts";

/** What a position remembers of its marks for exits that one mark alone does not make. Times are the marks' own. */
export interface ExitWatch {
  /** Since when every mark has been at or above the next take-profit; null when the last one was below. */
  readonly profitSinceMs: UnixMs | null;
  /** Highest value that lasted for the confirmation time, at or above the trailing stop's activation; null before there was one. */
  readonly peakLamports: bigint | null;
  /** Marks above the peak that have not lasted yet: since when, and the lowest of them. */
  readonly rising: { readonly sinceMs: UnixMs; readonly lowestLamports: bigint } | null;
}

/** A position's limits that need more than one mark. */
export interface ExitLevels {
  /** Of what is held. */
  readonly costLamports: bigint;
  /** The next take-profit above the cost. */
  readonly profitBps: number;
  readonly activationBps: number;
  /** How long a value has to last; 0 takes every mark at its word. */
  readonly confirmMs: number;
}

export const NOTHING_WATCHED: ExitWatch = { profitSinceMs: null, peakLamports: null, rising: null };

/**
 * Takes a mark into account. A value counts for the take-profit, and for the peak, only when every
 * mark over at least `confirmMs` reached it, so two marks at least: one block's spike neither fills a
 * take-profit nor draws the trailing stop after it.
 */
export function watchMark(watch: ExitWatch, valueLamports: bigint, atMs: UnixMs, levels: ExitLevels): ExitWatch {
  const { costLamports, profitBps, activationBps, confirmMs } = levels;
  const profitSinceMs = isAbove(valueLamports, costLamports, profitBps) ? Math.min(watch.profitSinceMs ?? atMs, atMs) : null;
  const { peakLamports } = watch;
  const isHigher = isAbove(valueLamports, costLamports, activationBps) && (peakLamports === null || valueLamports > peakLamports);
  if (!isHigher) return { profitSinceMs, peakLamports, rising: null };
  const sinceMs = Math.min(watch.rising?.sinceMs ?? atMs, atMs);
  const before = watch.rising?.lowestLamports ?? valueLamports;
  const lowestLamports = before < valueLamports ? before : valueLamports;
  if (atMs - sinceMs < confirmMs) return { profitSinceMs, peakLamports, rising: { sinceMs, lowestLamports } };
  const isStillRising = valueLamports > lowestLamports;
  return { profitSinceMs, peakLamports: lowestLamports, rising: isStillRising ? { sinceMs: atMs, lowestLamports: valueLamports } : null };
}

/** Whether the take-profit has lasted at a mark of time `atMs` that was taken into account. */
export function isProfitConfirmed({ profitSinceMs }: ExitWatch, atMs: UnixMs, confirmMs: number): boolean {
  return profitSinceMs !== null && atMs - profitSinceMs >= confirmMs;
}

/** The memory after a part was sold: the peak in proportion to the cost of what is left, the rest anew. */
export function watchAfterSale({ peakLamports }: ExitWatch, costBefore: bigint, costAfter: bigint): ExitWatch {
  const scaled = peakLamports === null || costBefore <= 0n ? null : (peakLamports * costAfter) / costBefore;
  return { ...NOTHING_WATCHED, peakLamports: scaled };
}

/** Whether two memories are the same in every part. */
export function isSameWatch(a: ExitWatch, b: ExitWatch): boolean {
  if (a.profitSinceMs !== b.profitSinceMs || a.peakLamports !== b.peakLamports) return false;
  return a.rising?.sinceMs === b.rising?.sinceMs && a.rising?.lowestLamports === b.rising?.lowestLamports;
}

function isAbove(value: bigint, cost: bigint, byBps: number): boolean {
  return value * BPS >= cost * BigInt(10_000 + byBps);
}
