import { wipeProjection } from "../../adapters/d1/content.ts";
import { restoreSchema } from "../../adapters/d1/migrate.ts";
import { projectedSeq } from "../../adapters/d1/project.ts";
import type { UnixMs } from "../../domain/units.ts";
import { journalOf } from "../../durable-objects/stubs.ts";
import { runExecutor } from "./index.ts";

/** A caller that says nothing more for so long has gone away: the projection goes on. */
export const HOLD_MS = 120_000;

/** How far a rebuild has come. */
export interface RebuildStep {
  /** Another Executor was at work: ask again. */
  readonly isBusy: boolean;
  /** The point of the journal at which D1 stands still. */
  readonly upTo: number;
  /** Where the projection is now. */
  readonly projectedSeq: number;
  /** False while the step has to be asked for again. */
  readonly isDone: boolean;
}

/**
 * Begins a comparison or a rebuild: D1 has its tables, and stands still from here on: where it is, or for a database that
 * has lost everything, at the journal's present end once it is rebuilt. `note` can be read again with `head()`.
 */
export async function holdDatabase(env: Env, nowMs: UnixMs, note: string): Promise<RebuildStep> {
  const journal = journalOf(env);
  return exclusive(env, nowMs, async () => {
    await restoreSchema(env.DB);
    const [inDatabase, { seq }] = await Promise.all([projectedSeq(env.DB), journal.head()]);
    const upTo = inDatabase === 0 ? seq : Math.min(inDatabase, seq);
    await journal.holdProjection({ upTo, limit: upTo, note }, HOLD_MS);
    return { isBusy: false, upTo, projectedSeq: inDatabase, isDone: true };
  });
}

/** Keeps what `holdDatabase` began. @returns where D1 stands, null when the time was over. */
export async function keepHold(
  env: Env,
  changes: { readonly isWiping?: boolean; readonly note?: string | undefined } = {},
): Promise<number | null> {
  const journal = journalOf(env);
  const { hold } = await journal.head();
  if (hold === null) return null;
  const { upTo } = hold;
  const limit = changes.isWiping === undefined ? hold.limit : changes.isWiping ? 0 : upTo;
  await journal.holdProjection({ upTo, limit, note: changes.note ?? hold.note }, HOLD_MS);
  return upTo;
}

/** Empties the projected tables of D1, some rows a call; nothing is projected meanwhile. */
export async function wipeDatabase(env: Env, upTo: number, nowMs: UnixMs): Promise<RebuildStep> {
  return exclusive(env, nowMs, async () => {
    const isLeft = await wipeProjection(env.DB);
    return { isBusy: false, upTo, projectedSeq: 0, isDone: !isLeft };
  });
}

/** Projects the journal into D1 for some seconds, up to where it is held. */
export async function projectDatabase(env: Env, upTo: number): Promise<RebuildStep> {
  await runExecutor(env);
  const inDatabase = await projectedSeq(env.DB);
  return { isBusy: false, upTo, projectedSeq: inDatabase, isDone: inDatabase >= upTo };
}

/** Runs while no Executor does. */
async function exclusive(env: Env, nowMs: UnixMs, run: () => Promise<RebuildStep>): Promise<RebuildStep> {
  const journal = journalOf(env);
  const claim = await journal.claimExecutor(nowMs);
  if (claim === null) return { isBusy: true, upTo: 0, projectedSeq: 0, isDone: false };
  try {
    return await run();
  } finally {
    const { lease, executorSeq, publishedSeq, archivedSeq, archivedAtMs } = claim;
    await journal.ackExecutor({ lease, executorSeq, publishedSeq, archivedSeq, archivedAtMs });
  }
}
