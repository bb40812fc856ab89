import { projectionState } from "../../adapters/d1/schema/trading.ts";
import { upsertStatements } from "../../adapters/d1/upsert.ts";

/** New complete price paths that make another look at the data worth while. */
const PATHS_PER_NUDGE = 25;
const NUDGE = "training-nudge";

/** Tells the Learning Worker that the recorded data grew. */
export interface DatasetGrew {
  readonly type: "dataset-grew";
  readonly trades: number;
  readonly paths: number;
}

/**
 * Sends DatasetGrew when at least 25 more complete price paths are on R2 (up to journal sequence
 * `archivedSeq`) than at the last nudge.
 */
export async function nudgeTraining(env: Env, archivedSeq: number, nowMs: number): Promise<void> {
  const counts = await env.DB.prepare(
    `SELECT (SELECT count(*) FROM price_paths WHERE is_complete = 1 AND seq <= ?1) AS paths,
            (SELECT count(*) FROM trades WHERE seq <= ?1) AS trades,
            (SELECT seq FROM projection_state WHERE name = ?2) AS nudged`,
  )
    .bind(archivedSeq, NUDGE)
    .first<{ paths: number; trades: number; nudged: number | null }>();
  if (counts === null || counts.paths - (counts.nudged ?? 0) < PATHS_PER_NUDGE) return;
  await env.TRAINING.send({ type: "dataset-grew", trades: counts.trades, paths: counts.paths } satisfies DatasetGrew);
  await env.DB.batch(upsertStatements(env.DB, projectionState, [{ name: NUDGE, seq: counts.paths, updatedAtMs: nowMs }]));
}
