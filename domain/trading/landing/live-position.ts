import type { UnixMs } from "../../units.ts";
import { nextLookMs } from "../paper-venue.ts";
import { reducePosition } from "../position.ts";
import { isPlausibleSlot, type PositionEffect, type PositionEvent, type PositionState } from "../position-state.ts";
import { type Intent, type IntentEvent, isTerminal, outcomeOf, plannedIntent, reduceIntent } from "./intent.ts";

/** A position that trades on chain, with the intent of its present order, or of its last one. */
export interface LivePosition {
  readonly position: PositionState;
  readonly intent: Intent | null;
}

export interface LivePositionStep {
  readonly live: LivePosition;
  /** In order; those of the intent are of the same kinds as the position's. */
  readonly effects: readonly PositionEffect[];
}

/**
 * Feeds a position: an order that it makes gets its intent in the same step, and an entry that it
 * gives up is withdrawn, if it can be: what was signed cannot. Then the position opens, is sold at
 * once if closing was asked for, and is held otherwise.
 */
export function feedPosition(live: LivePosition, event: PositionEvent): LivePositionStep {
  const { state, effects } = reducePosition(live.position, event);
  const { order } = state;
  if (order === null) return { live: { ...live, position: state }, effects };
  if (live.intent?.id !== order.id) {
    const planned = plannedIntent(state.plan, order, event.nowMs);
    return { live: { position: state, intent: planned.intent }, effects: [...effects, ...planned.effects] };
  }
  const fed = { position: state, intent: live.intent };
  if (order.side === "sell" || !state.entryCancelled) return { live: fed, effects };
  const withdrawn = feedIntent(fed, { type: "withdrawn", nowMs: event.nowMs });
  return { live: withdrawn.live, effects: [...effects, ...withdrawn.effects] };
}

/** Feeds the intent of the present order; one that ends settles its order in the same step. */
export function feedIntent(live: LivePosition, event: IntentEvent): LivePositionStep {
  if (live.intent === null) return { live, effects: [] };
  const { intent, effects } = reduceIntent(live.intent, event);
  if (intent === live.intent) return { live, effects: [] };
  const outcome = outcomeOf(intent, event.nowMs);
  if (outcome === null) return { live: { ...live, intent }, effects };
  const settled = feedPosition({ ...live, intent }, outcome);
  return { live: settled.live, effects: [...effects, ...settled.effects] };
}

/** When the position next wants its intent taken on or its pool read, in Unix ms; null never again. */
export function nextLiveLookMs({ position, intent }: LivePosition): UnixMs | null {
  if (intent !== null && !isTerminal(intent)) return intent.nextAtMs;
  if (position.status === "exiting") return position.retryAtMs ?? 0;
  return nextLookMs(position);
}

/**
 * No account is read from before this slot: the newest one that an order of the position's own landed
 * in. Before the buy its tokens seem to be missing, and before a sale more of them seem to be there
 * than can be sold. 0 before there was one, and for a slot that one node made up.
 */
export function leastReadSlot({ plan }: PositionState, own: ReadonlyArray<Pick<Intent, "booking" | "signedAtMs">>): number {
  const known = { slot: plan.decidedSlot, atMs: plan.decidedAtMs };
  let least = 0;
  for (const { booking, signedAtMs } of own) {
    if (booking === null || signedAtMs === null || !isPlausibleSlot(booking.fill.slot, known, signedAtMs)) continue;
    least = Math.max(least, booking.fill.slot);
  }
  return least;
}
