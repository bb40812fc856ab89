import type { UnixMs } from "../../units.ts";

/** Polls whose length is remembered: half a minute at one a second. */
export const REMEMBERED_POLLS = 32;
/** Share of the polls that must be shorter than what is planned for: one slow poll in thirty must not make all the others early. */
const PLANNED_SHARE = 0.9;
/** Planned for beyond that: an alarm alone may come this late. */
const MARGIN_MS = 50;
/** At most this share of the interval is planned for a poll, so that a slow node is never asked more than twice as often. */
const MAX_LEAD_SHARE = 0.5;
/** Longest pause while the node does not answer: exits wait for prices, so asking never stops. */
const MAX_BACK_OFF_MS = 5_000;
/** Longest pause that a node may ask for. */
const MAX_WANTED_PAUSE_MS = 10_000;
/** Shortest time between two polls, whatever is asked: about a slot. */
export const MIN_GAP_MS = 400;

/**
 * How long before a price reaches its greatest age the next poll has to begin: what 90 % of the
 * remembered polls took from the time they were due to the delivery of their marks (nearest rank), and
 * a margin.
 */
export function pollLeadMs(takenMs: readonly number[], intervalMs: number): number {
  const sorted = [...takenMs].sort((a, b) => a - b);
  const planned = sorted[Math.ceil(sorted.length * PLANNED_SHARE) - 1] ?? 0;
  return Math.min(planned + MARGIN_MS, intervalMs * MAX_LEAD_SHARE);
}

/** Adds a poll's length to the remembered ones. */
export function rememberPoll(takenMs: readonly number[], latestMs: number): readonly number[] {
  return [...takenMs, Math.max(0, latestMs)].slice(-REMEMBERED_POLLS);
}

/** When a pool read at `readAtMs` is due again, so that its successor is delivered before the price is older than `intervalMs`. */
export function nextReadMs(readAtMs: UnixMs, intervalMs: number, leadMs: number): UnixMs {
  return readAtMs + Math.max(intervalMs - leadMs, Math.min(intervalMs, MIN_GAP_MS));
}

/**
 * Pause after `failures` failed polls in a row: the interval, doubling up to 5 s, or what the node
 * asked for, up to 10 s. Never less than the shortest gap, never endless.
 */
export function backOffMs(failures: number, intervalMs: number, wantedPauseMs = 0): number {
  const doubled = Math.min(intervalMs * 2 ** Math.min(Math.max(failures - 1, 0), 10), MAX_BACK_OFF_MS);
  return Math.max(doubled, Math.min(wantedPauseMs, MAX_WANTED_PAUSE_MS), MIN_GAP_MS);
}
