import type { ReasonCode } from "../reasons.ts";
import type { UnixMs } from "../units.ts";
import { quoteEntry } from "./costs.ts";
import { checkPriceMove } from "./entry.ts";
import { MAX_MARKET_AGE_MS, type Market } from "./market.ts";
import { isRetriedAtOnce, markHeld, saleFailed, sold } from "./position-exit.ts";
import { costOf, entryMoney, slippageOf } from "./position-money.ts";
import { fillRecord } from "./position-records.ts";
import {
  doubtAt,
  type EntrySettlement,
  type Fill,
  fillTimeMs,
  isPlausibleSlot,
  isSettled,
  knownSlot,
  type Order,
  type PositionEvent,
  type PositionState,
  type PositionStep,
} from "./position-state.ts";
import { entryOrder, executableValue, ordered, recorded, same } from "./position-step.ts";

/** A market may be read this far ahead of our clock: clocks of two machines. */
const MAX_CLOCK_SKEW_MS = 5_000;

/**
 * The life of a position: planned → entering → open → exiting → closed, or abandoned before it
 * opened. An entry gives up after its attempts, its deadline or a cancellation. An open position may
 * sell parts of itself and stays open. An exit never gives up:
 * each failure that the price explains makes the next attempt accept more slippage, up to the limit. A
 * live exit at that limit, or one that fails for another reason, pauses between attempts and tells a
 * person, until it succeeds or the tokens prove to be gone, which closes the position at nothing. While
 * an order is under way marks decide nothing; a close or an alert is kept until it has ended. An event
 * that does not fit the state (a duplicate, a late one) changes nothing.
 */
export function reducePosition(state: PositionState, event: PositionEvent): PositionStep {
  if (isSettled(state)) return same(state);
  switch (event.type) {
    case "start":
      return start(state, event.nowMs);
    case "market":
      return onMarket(state, event.market, event.nowMs);
    case "no-market":
      return state.status === "entering" && state.order === null && event.nowMs > state.plan.entryDeadlineMs
        ? abandon(state, "ENTRY_ABANDONED", event.nowMs)
        : same(state);
    case "filled":
      if (state.order?.id !== event.orderId) return same(state);
      return state.order.side === "buy"
        ? opened(state, state.order, event.fill, event.market, event.nowMs)
        : sold(state, state.order, event.fill, event.market, event.nowMs);
    case "failed":
      if (state.order?.id !== event.orderId) return same(state);
      return state.order.side === "buy"
        ? entryFailed(state, event.reason, event.networkCostLamports, event.nowMs)
        : saleFailed(state, state.order, event.reason, event.networkCostLamports, event.nowMs);
    case "cancel-entry":
      return cancelEntry(state, event.nowMs);
    case "close":
      return sellOrWithdraw(state, { closeRequested: true }, event.nowMs);
    case "alert":
      return state.alert !== null ? same(state) : sellOrWithdraw(state, { alert: event.alert.reason }, event.nowMs);
  }
}

function isHeld(state: PositionState): boolean {
  return state.status === "open" || state.status === "exiting";
}

function start(state: PositionState, nowMs: UnixMs): PositionStep {
  if (state.status !== "planned") return same(state);
  const { plan } = state;
  if (nowMs > plan.entryDeadlineMs) return abandon(state, "ENTRY_ABANDONED", nowMs);
  const order = entryOrder(plan, 1);
  return recorded({ ...state, status: "entering", order, attempts: 1 }, nowMs, ordered(state, order));
}

function onMarket(state: PositionState, market: Market, nowMs: UnixMs): PositionStep {
  if (state.order !== null || state.status === "planned") return same(state);
  if (nowMs - market.atMs > MAX_MARKET_AGE_MS || market.atMs - nowMs > MAX_CLOCK_SKEW_MS) return same(state);
  if (state.status === "entering")
    return isPlausibleSlot(market.slot, knownSlot(state), nowMs) ? reenter(state, market, nowMs) : same(state);
  if (state.mark !== null && market.slot < state.mark.slot) return same(state);
  const doubt = doubtAt(state, market.slot, nowMs);
  const seen = doubt === state.doubt ? state : { ...state, doubt };
  return doubt === null ? markHeld(seen, market, nowMs) : { state: seen, effects: [] };
}

/** Quotes a further entry attempt afresh: the signal must still hold and the cost must still pass. */
function reenter(state: PositionState, market: Market, nowMs: UnixMs): PositionStep {
  const { plan } = state;
  if (nowMs > plan.signal.expiresAtMs) return abandon(state, "ENTRY_ABANDONED", nowMs);
  const move = checkPriceMove(plan.signal, market, plan.parameters);
  if (!move.ok) return abandon(state, move.reason, nowMs);
  const quote = quoteEntry(market, plan.sizeLamports, plan.takeProfitBps, plan.parameters, plan.otherRentLamports);
  if (!quote.ok) return abandon(state, quote.reason, nowMs);
  const attempt = state.attempts + 1;
  const order: Order = {
    ...entryOrder(plan, attempt),
    minOut: quote.value.minBaseOut,
    quotedOut: quote.value.quotedBaseOut,
    decidedAtMs: nowMs,
    decidedSlot: market.slot,
    marketAtMs: market.atMs,
  };
  return { state: { ...state, order, attempts: attempt }, effects: ordered(state, order) };
}

function opened(state: PositionState, order: Order, fill: Fill, market: Market, nowMs: UnixMs): PositionStep {
  const { plan } = state;
  const money = entryMoney(fill, state.costLamports);
  const costLamports = costOf(money);
  const open: PositionState = {
    ...state,
    status: "open",
    order: null,
    attempts: 0,
    openedAtMs: nowMs,
    deadlineMs: nowMs + plan.parameters.maxHoldMs,
    baseAmount: fill.baseAmount,
    heldBase: fill.baseAmount,
    rentLamports: fill.rentLamports,
    // A fill on reserves that could not be read: what the entry was decided on is the measure.
    entryQuoteReservesLamports: market.quoteReservesLamports > 0n ? market.quoteReservesLamports : plan.signal.quoteReservesLamports,
    costLamports,
    heldCostLamports: costLamports,
    feesLamports: state.feesLamports + fill.venueFeeLamports + fill.networkCostLamports,
  };
  const valueLamports = executableValue(open, market);
  const { baseAmount, rentLamports, slot: filledSlot } = fill;
  const slippageBps = slippageOf(order, fill);
  const settlement: EntrySettlement = {
    positionId: plan.positionId,
    signalId: plan.signal.id,
    atMs: nowMs,
    costLamports,
    money,
    opened: { baseAmount, rentLamports, valueLamports, slot: filledSlot, slippageBps },
  };
  const known = knownSlot(state);
  const slot = isPlausibleSlot(market.slot, known, nowMs) ? market.slot : known.slot;
  return recorded({ ...open, mark: { atMs: fillTimeMs(slot, known, market.atMs), slot, valueLamports } }, nowMs, [
    { type: "journal", entry: fillRecord(plan, order, fill, nowMs) },
    { type: "settle-entry", settlement },
    { type: "watch" },
  ]);
}

function entryFailed(state: PositionState, reason: ReasonCode, networkCostLamports: bigint, nowMs: UnixMs): PositionStep {
  const costLamports = state.costLamports + networkCostLamports;
  const paid = { ...state, order: null, costLamports, feesLamports: state.feesLamports + networkCostLamports };
  const isLast = !isRetriedAtOnce(reason) || state.attempts >= state.plan.parameters.maxEntryAttempts;
  if (!state.entryCancelled && !isLast) return { state: paid, effects: [] };
  return abandon(paid, state.entryCancelled ? "ENTRY_ABANDONED" : reason, nowMs);
}

/** What is held is sold at the next look; what is not bought yet is given up, and what cannot be called back is sold at once. */
function sellOrWithdraw(state: PositionState, why: Partial<Pick<PositionState, "closeRequested" | "alert">>, nowMs: UnixMs): PositionStep {
  const told = { ...state, ...why };
  if (isHeld(state) && state.closeRequested && told.alert === state.alert && state.retryAtMs === null) return same(state);
  return isHeld(state) ? { state: { ...told, retryAtMs: null }, effects: [] } : cancelEntry(told, nowMs);
}

function cancelEntry(state: PositionState, nowMs: UnixMs): PositionStep {
  if (isHeld(state)) return same(state);
  return state.order === null ? abandon(state, "ENTRY_ABANDONED", nowMs) : { state: { ...state, entryCancelled: true }, effects: [] };
}

function abandon(state: PositionState, reason: ReasonCode, nowMs: UnixMs): PositionStep {
  const { positionId, signal } = state.plan;
  const { costLamports } = state;
  const money = entryMoney(null, costLamports);
  const settlement: EntrySettlement = { positionId, signalId: signal.id, atMs: nowMs, costLamports, money, opened: null };
  return recorded({ ...state, status: "abandoned", order: null, reason, closedAtMs: nowMs }, nowMs, [{ type: "settle-entry", settlement }]);
}
