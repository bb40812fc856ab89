import { hash32 } from "../random.ts";
import type { UnixMs } from "../units.ts";

/** The stages of one graduation, in order. */
export const STAGES = ["discover", "analyze", "trade"] as const;
export type Stage = (typeof STAGES)[number];
/** The stage a row waits for, or `done`. */
export type RowState = Stage | "done";

export interface InboxRow {
  readonly state: RowState;
  /** Until then one worker holds the row; 0 when free. */
  readonly leaseUntilMs: UnixMs;
  readonly attempts: number;
}

/** `granted`: run the stage. `held`: somebody else is at it. `further`: it was done before. */
export type LeaseAnswer = "granted" | "held" | "further";

/** How long a stage may take before another worker may try: above the Analyzer's hard deadline, RPC time-outs included. */
export const LEASE_MS = 15_000;
/** A row that nobody finished is swept after this long. */
export const SWEEP_AFTER_MS = 30_000;
/** Rows outlive the reach of the gap filler (1,000 signatures, hours at most) by days. */
export const RETENTION_MS = 7 * 86_400_000;

/** Asks to run `stage` of a row. The row changes only when granted. */
export function requestLease(row: InboxRow, stage: Stage, nowMs: UnixMs): { readonly answer: LeaseAnswer; readonly row: InboxRow } {
  if (row.state !== stage) return { answer: isFurther(row.state, stage) ? "further" : "held", row };
  if (isHeld(row, nowMs)) return { answer: "held", row };
  return { answer: "granted", row: { state: stage, leaseUntilMs: nowMs + LEASE_MS, attempts: row.attempts + 1 } };
}

/**
 * Stores that `stage` ended and `next` follows. Null when the stage was completed before: the first
 * stored result wins, and a later one is dropped.
 */
export function completeStage(row: InboxRow, stage: Stage, next: RowState): InboxRow | null {
  if (row.state !== stage) return null;
  return { state: next, leaseUntilMs: 0, attempts: 0 };
}

/** Gives the row back after a failure that may pass, so that the next try need not wait for the lease. */
export function releaseLease(row: InboxRow, stage: Stage): InboxRow {
  return row.state === stage ? { ...row, leaseUntilMs: 0 } : row;
}

/** Whether a sweep should hand the row out again. One that was changed later than now was so before the clock went back. */
export function isStale(row: InboxRow, updatedAtMs: UnixMs, nowMs: UnixMs): boolean {
  return row.state !== "done" && !isHeld(row, nowMs) && (updatedAtMs + SWEEP_AFTER_MS <= nowMs || updatedAtMs > nowMs);
}

/** Whether somebody is at the row. A lease that ends later than any can was given before the clock went back. */
function isHeld({ leaseUntilMs }: InboxRow, nowMs: UnixMs): boolean {
  return leaseUntilMs > nowMs && leaseUntilMs <= nowMs + LEASE_MS;
}

/** Which of `shards` inbox objects owns a signature: by its characters, so that retries meet the same object. */
export function shardOf(signature: string, shards: number): number {
  return hash32(signature) % shards;
}

function isFurther(state: RowState, stage: Stage): boolean {
  return state === "done" || STAGES.indexOf(state) > STAGES.indexOf(stage);
}
