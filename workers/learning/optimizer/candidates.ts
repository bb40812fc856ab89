import { readPaths } from "../../../adapters/r2/recordings.ts";
import type { ReplayCandidate } from "../../../domain/trading/backtest.ts";
import { PARAMETER_TABLE } from "../../../domain/trading/parameter-table.ts";
import type { UnixMs } from "../../../domain/units.ts";
import type { LearningEnv } from "../env.ts";
import { decisionsOf, pathFiles } from "../etl-processor/etl.ts";

/** Newest candidates searched on: 1,000 paths of 360 samples are about 50 MB of the isolate's 128. */
const MAX_CANDIDATES = 1_000;

export interface SearchData {
  readonly candidates: readonly ReplayCandidate[];
  /** SOL/USD at the newest decision, for the opening cash. */
  readonly solUsd: number;
}

/** The last data read, so that the steps of one run in one isolate read them once. Plain values only. */
let cached: { readonly key: string; readonly data: SearchData } | null = null;

/**
 * Recorded candidates with complete paths, in order of decision, newest kept. Scores that no searched
 * threshold would buy are left out: they cannot change a replay. Decisions after `untilMs` are left out
 * too, so that a search that is resumed later goes on with the same data.
 */
export async function readSearchData(env: LearningEnv, runId: string, chunks: readonly number[], untilMs: UnixMs): Promise<SearchData> {
  if (cached?.key === runId) return cached.data;
  const leastScore = PARAMETER_TABLE.qualityThreshold.min;
  const candidates = new Map<string, ReplayCandidate>();
  let newest = { atMs: 0, solUsd: 0 };
  for (const chunk of [...chunks].reverse()) {
    if (candidates.size >= MAX_CANDIDATES) break;
    const decisions = await decisionsOf(env, Math.max(0, chunk - 1), chunk);
    for (const { key } of (await pathFiles(env, chunk)).reverse()) {
      if (candidates.size >= MAX_CANDIDATES) break;
      const paths = await readPaths(env.BUCKET, key, (mint) => (decisions.get(mint)?.score ?? -1) >= leastScore);
      if (!paths.ok) throw new Error(`${paths.reason}: ${paths.detail}`);
      for (const { mint, complete, samples } of paths.value) {
        const decision = decisions.get(mint);
        if (!complete || decision?.score == null || decision.atMs > untilMs || samples.length === 0) continue;
        candidates.set(mint, { mint, path: samples, score: decision.score, decidedAtMs: decision.atMs });
        if (decision.atMs > newest.atMs && decision.solUsd > 0) newest = { atMs: decision.atMs, solUsd: decision.solUsd };
      }
    }
  }
  const inOrder = [...candidates.values()].sort((a, b) => a.decidedAtMs - b.decidedAtMs || (a.mint < b.mint ? -1 : 1));
  const data = { candidates: inOrder.slice(-MAX_CANDIDATES), solUsd: newest.solUsd };
  cached = { key: runId, data };
  return data;
}

/** Frees the memory of a finished run. */
export function dropSearchData(): void {
  cached = null;
}
