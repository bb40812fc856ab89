import type { ChainHead } from "../../domain/journal/chain.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { PendingMend } from "./journal-mend.ts";

/** Message that tells the Executor to pull. */
export interface JournalNudge {
  readonly type: "journal";
  readonly head: number;
}

/** Where a claimed Executor goes on. */
export interface ExecutorClaim {
  readonly lease: number;
  readonly head: number;
  readonly state: JournalState;
  /** Everything up to here is in D1, as far as the Journal was told. */
  readonly executorSeq: number;
  /** Everything up to here went to the live feed and the notifications. */
  readonly publishedSeq: number;
  /** Everything up to here is on R2. */
  readonly archivedSeq: number;
  readonly archivedAtMs: UnixMs;
  /** Bodies up to here are on R2 only. */
  readonly droppedSeq: number;
  /** Nothing beyond it may be projected: D1 is being compared or rebuilt. */
  readonly projectUpTo: number | null;
  /** What people have to be told now: that entries are refused, or ("open") that they are taken again. */
  readonly alert: "behind" | "forked" | "open" | null;
}

/** What an Executor has done under its claim. */
export type ExecutorProgress = Pick<ExecutorClaim, "lease" | "executorSeq" | "publishedSeq" | "archivedSeq" | "archivedAtMs">;

/**
 * Whether entries are taken. "behind": R2 holds later entries than this object, which was restored to an
 * earlier point or lost; "forked": R2 holds other entries, or a mend of that is under way. Both refuse
 * entries, the one until `recover`, the other until `finishMend`.
 */
export type JournalState = "unchecked" | "open" | "behind" | "forked";

export interface JournalHead extends ChainHead {
  readonly state: JournalState;
  readonly executorSeq: number;
  readonly publishedSeq: number;
  readonly archivedSeq: number;
  readonly droppedSeq: number;
  /** When the oldest entry that is not on R2 was appended; null when all are. */
  readonly unarchivedSinceMs: UnixMs | null;
  /** The projection is held there, see `holdProjection`; null while it is not. */
  readonly hold: ProjectionHold | null;
  /** The first and the last entry that neither this object nor R2 has any more, at the last check. */
  readonly gone: { readonly from: number; readonly to: number } | null;
  /** The mend under way; null while there is none. */
  readonly mend: PendingMend | null;
}

/** A point of the journal at which the projection stands still. */
export interface ProjectionHold {
  readonly upTo: number;
  /** Nothing beyond it is projected now: `upTo`, or 0 while D1 is emptied. */
  readonly limit: number;
  readonly untilMs: UnixMs;
  /** What the holder wants to find again. */
  readonly note: string;
}

/** One step of `recover`. */
export interface RecoverStep {
  readonly state: JournalState;
  readonly head: number;
  readonly imported: number;
}
