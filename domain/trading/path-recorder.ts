import type { PricePathRecord } from "../journal/entry.ts";
import type { Address, UnixMs } from "../units.ts";
import type { PathSample } from "./path-walk.ts";

/** Samples that may be missing in a row before a path counts as broken off. */
const MAX_MISSING_SAMPLES = 5;

/** A candidate's price path while it is recorded. */
export interface PathWatch {
  readonly mint: Address;
  readonly pool: Address;
  /** Null until the pool has been read. */
  readonly vaults: { readonly baseVault: Address; readonly quoteVault: Address } | null;
  readonly startedAtMs: UnixMs;
  readonly horizonMs: number;
  readonly sampleMs: number;
}

type PathTiming = Pick<PathWatch, "startedAtMs" | "horizonMs" | "sampleMs">;

/** The next sample's time: the first point of the path's own grid after `nowMs`, the horizon at the latest. */
export function nextSampleMs({ startedAtMs, horizonMs, sampleMs }: PathTiming, nowMs: UnixMs): UnixMs {
  const steps = Math.max(0, Math.floor((nowMs - startedAtMs) / sampleMs) + 1);
  return Math.min(startedAtMs + steps * sampleMs, startedAtMs + horizonMs);
}

/** Whether recording ends at `nowMs`, and how: at its horizon, or because samples have failed for too long. */
export function pathEnd(watch: PathTiming, lastSampleMs: UnixMs | null, nowMs: UnixMs): "horizon" | "broken" | null {
  if (nowMs >= watch.startedAtMs + watch.horizonMs) return "horizon";
  return nowMs - (lastSampleMs ?? watch.startedAtMs) > maxGapMs(watch) ? "broken" : null;
}

/** True when the samples reach from start to horizon without a gap that is too long. */
export function isComplete(watch: PathTiming, samples: ReadonlyArray<Pick<PathSample, "atMs">>): boolean {
  const times = [watch.startedAtMs, ...samples.map((sample) => sample.atMs), watch.startedAtMs + watch.horizonMs];
  return samples.length > 0 && times.every((atMs, index) => atMs - (times[index - 1] ?? atMs) <= maxGapMs(watch));
}

/** Journal record of a path: complete, or censored where sampling broke off. */
export function pathRecord(watch: PathWatch, samples: readonly PathSample[], atMs: UnixMs): PricePathRecord {
  return {
    kind: "price-path",
    id: `price-path:${watch.mint}:${watch.startedAtMs}`,
    atMs,
    mint: watch.mint,
    pool: watch.pool,
    startedAtMs: watch.startedAtMs,
    horizonMs: watch.horizonMs,
    complete: isComplete(watch, samples),
    samples: samples.map((sample) => ({
      atMs: sample.atMs,
      slot: sample.slot,
      baseReserves: sample.baseReserves.toString(),
      quoteReservesLamports: sample.quoteReservesLamports.toString(),
    })),
  };
}

function maxGapMs({ sampleMs }: PathTiming): number {
  return sampleMs * MAX_MISSING_SAMPLES;
}
