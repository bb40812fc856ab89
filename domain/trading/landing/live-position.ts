import type { UnixMs } from "../../units.ts";
import { nextLookMs } from "../paper-venue.ts";
import { reducePosition } from "../position.ts";
import { isPlausibleSlot, type Order, type PositionEffect, type PositionEvent, type PositionState } from "../position-state.ts";
import { entryOrder } from "../position-step.ts";
import { type Forgotten, type Intent, type IntentEvent, isTerminal, outcomeOf, plannedIntent, reduceIntent } from "./intent.ts";

/** A position that trades on chain, with the intent of its present order, or of its last one. */
export interface LivePosition {
  readonly position: PositionState;
  readonly intent: Intent | null;
}

export interface LivePositionStep {
  readonly live: LivePosition;
  /** In order; those of the intent are of the same kinds as the position's. */
  readonly effects: readonly PositionEffect[];
  /** An intent that ended in favour of the one that is `live`. */
  readonly replaced?: Intent;
}

/**
 * Feeds a position: an order that it makes gets its intent in the same step, and an entry that it
 * gives up is withdrawn, if it can be: what was signed cannot. Then the position opens, is sold at
 * once if closing was asked for, and is held otherwise. No entry is given up by the position's own word
 * alone: it may have been restored to a point before its buy was signed, and the signer knows.
 */
export function feedPosition(live: LivePosition, event: PositionEvent): LivePositionStep {
  const { state, effects } = reducePosition(live.position, event);
  const { order } = state;
  if (state.status === "abandoned" && live.position.order === null) return lastQuestion(live.position, state, event.nowMs);
  if (order === null) return { live: { ...live, position: state }, effects };
  if (live.intent?.id !== order.id) {
    const planned = plannedIntent(state.plan, order, event.nowMs);
    return { live: { position: state, intent: planned.intent }, effects: [...effects, ...planned.effects] };
  }
  const fed = { position: state, intent: live.intent };
  if (order.side === "sell" || !state.entryCancelled) return { live: fed, effects };
  const withdrawn = feedIntent(fed, { type: "withdrawn", nowMs: event.nowMs, reason: "ENTRY_ABANDONED" });
  return { live: withdrawn.live, effects: [...effects, ...withdrawn.effects] };
}

/** An entry between two attempts ends with one more that is withdrawn from the start: the signer is asked before it counts. */
function lastQuestion(before: PositionState, given: PositionState, nowMs: UnixMs): LivePositionStep {
  const { plan, attempts } = before;
  const order = entryOrder(plan, attempts + 1);
  const { closeRequested, alert } = given;
  const asked: PositionState = { ...before, closeRequested, alert, status: "entering", order, attempts: order.attempt };
  const planned = plannedIntent(plan, order, nowMs);
  const withdrawn = reduceIntent(planned.intent, { type: "withdrawn", nowMs, reason: given.reason ?? "ENTRY_ABANDONED" });
  return { live: { position: asked, intent: withdrawn.intent }, effects: [...planned.effects, ...withdrawn.effects] };
}

/** Feeds the intent of the present order; one that ends settles its order in the same step. */
export function feedIntent(live: LivePosition, event: IntentEvent): LivePositionStep {
  if (live.intent === null) return { live, effects: [] };
  if (event.type === "remembered") return remember(live, live.intent, event.forgotten, event.nowMs);
  const { intent, effects } = reduceIntent(live.intent, event);
  if (intent === live.intent) return { live, effects: [] };
  const outcome = outcomeOf(intent, event.nowMs);
  if (outcome === null) return { live: { ...live, intent }, effects };
  const settled = feedPosition({ ...live, intent }, outcome);
  return { live: settled.live, effects: [...effects, ...settled.effects] };
}

/** The order under way becomes the one that was signed: its number, and how much it sells, are those of the signature. */
function remember(live: LivePosition, intent: Intent, forgotten: Forgotten, nowMs: UnixMs): LivePositionStep {
  const { position } = live;
  const { order } = position;
  const { id, side, attempt, amountIn, minOut, slippageBps, isPart, closesAccount } = forgotten;
  const isOurs = order !== null && order.id === intent.id && order.side === side && attempt >= order.attempt;
  if (!isOurs || isTerminal(intent) || intent.signature !== null) return { live, effects: [] };
  // What it was quoted is forgotten.
  const signed: Order = { ...order, id, attempt, amountIn, minOut, slippageBps, isPart, closesAccount, quotedOut: null };
  const moved: PositionState = { ...position, order: signed, attempts: attempt };
  const event: IntentEvent = { type: "remembered", nowMs, forgotten };
  if (id === intent.id) {
    const step = reduceIntent(intent, event);
    return { live: { position: moved, intent: step.intent }, effects: step.effects };
  }
  const over = reduceIntent(intent, { type: "refused", nowMs, reason: "SIGN_POSITION_AHEAD", detail: id });
  const planned = plannedIntent(position.plan, signed, nowMs);
  const step = reduceIntent(planned.intent, event);
  const effects = [...over.effects, ...planned.effects, ...step.effects];
  return { live: { position: moved, intent: step.intent }, effects, replaced: over.intent };
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
