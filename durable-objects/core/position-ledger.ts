import { isTerminal } from "../../domain/trading/landing/intent.ts";
import { feedPosition, type LivePosition, type LivePositionStep, nextLiveLookMs } from "../../domain/trading/landing/live-position.ts";
import type { Market } from "../../domain/trading/market.ts";
import { nextLookMs, paperEvent } from "../../domain/trading/paper-venue.ts";
import { reducePosition } from "../../domain/trading/position.ts";
import type { PositionEvent, PositionState } from "../../domain/trading/position-state.ts";
import { isLiveLedger } from "../../domain/trading/signal.ts";
import type { UnixMs } from "../../domain/units.ts";

/** True while a live order is on its way: the chain alone settles it. */
export function isUnderWay({ position, intent }: LivePosition): boolean {
  return isLiveLedger(position.plan.ledger) && intent !== null && !isTerminal(intent);
}

/** Feeds a position of either kind of ledger. */
export function stepOf(before: LivePosition, event: PositionEvent): LivePositionStep {
  if (isLiveLedger(before.position.plan.ledger)) return feedPosition(before, event);
  const { state, effects } = reducePosition(before.position, event);
  return { live: { position: state, intent: null }, effects };
}

/** When a position of either kind of ledger wants to be looked at; null never again. */
export function nextMs(live: LivePosition): UnixMs | null {
  return isLiveLedger(live.position.plan.ledger) ? nextLiveLookMs(live) : nextLookMs(live.position);
}

/** What a read of the pool (null: it could not be read) means for a position; null means nothing. */
export function marketEvent(state: PositionState, market: Market | null, nowMs: UnixMs): PositionEvent | null {
  if (!isLiveLedger(state.plan.ledger)) return paperEvent(state, market, nowMs);
  if (state.order !== null) return null;
  return market === null ? { type: "no-market", nowMs } : { type: "market", nowMs, market };
}
