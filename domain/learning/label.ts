import { type PathSample, replayTrade } from "../trading/backtest.ts";
import type { Parameters } from "../trading/parameters.ts";
import { bpsOf, LAMPORTS_PER_SOL, type UnixMs } from "../units.ts";

/** In words, for the model card and the registry. */
export const LABEL_DEFINITION =
  "1 if a paper entry at the decision, of the middle size, closes above its whole cost under the stop loss, take profit, " +
  "maximum hold and paper fills in force (stop and target as at the quality threshold); 0 if it closes at or below";

/** A recorded path of one candidate. */
export interface RecordedPath {
  readonly mint: string;
  readonly complete: boolean;
  readonly samples: readonly PathSample[];
}

/** How one candidate would have ended. The interval [t0, t1] is the time the label looks at. */
export interface Label {
  readonly t0Ms: UnixMs;
  readonly t1Ms: UnixMs;
  readonly win: 0 | 1;
  readonly returnBps: number;
}

/** Why a candidate has no label. */
export type Unlabelled = "censored" | "not-entered" | "no-path";

/**
 * Labels a candidate by replaying one trade on its path from the decision on. A path that broke off is
 * censored even when the replayed trade ends before the break: keeping only the quick ones would skew
 * the labels. Score and size are the same for all candidates, so that the label does not depend on
 * the score that is being learnt.
 */
export function labelCandidate(path: RecordedPath, decidedAtMs: UnixMs, solUsd: number, parameters: Parameters): Label | Unlabelled {
  if (!path.complete) return "censored";
  const samples = fromDecision(path.samples, decidedAtMs);
  const first = samples[0];
  if (first === undefined || !(solUsd > 0)) return "no-path";
  const capitalLamports = BigInt(Math.round((parameters.paperCapitalUsd / solUsd) * Number(LAMPORTS_PER_SOL)));
  const trade = replayTrade({
    path: samples,
    score: parameters.qualityThreshold,
    parameters,
    sizeLamports: bpsOf(capitalLamports, BigInt(parameters.sizeMidBps)),
    seed: `label:${path.mint}`,
  });
  if (trade === null) return "censored";
  if (!trade.entered || trade.exitAtMs === null) return "not-entered";
  return {
    t0Ms: decidedAtMs,
    t1Ms: Math.max(decidedAtMs, trade.exitAtMs),
    win: trade.pnlLamports > 0n ? 1 : 0,
    returnBps: trade.returnBps,
  };
}

/** Samples from the newest at or before the decision on; the whole path when it began later. */
function fromDecision(samples: readonly PathSample[], decidedAtMs: UnixMs): readonly PathSample[] {
  let start = 0;
  while ((samples[start + 1]?.atMs ?? Number.POSITIVE_INFINITY) <= decidedAtMs) start++;
  return samples.slice(start);
}

/** Keeps the samples whose slot and time both rise, as the replay requires; recordings may repeat a slot. */
export function ascendingSamples(samples: readonly PathSample[]): PathSample[] {
  const kept: PathSample[] = [];
  for (const sample of samples) {
    const last = kept.at(-1);
    if (last === undefined || (sample.slot > last.slot && sample.atMs > last.atMs)) kept.push(sample);
  }
  return kept;
}
