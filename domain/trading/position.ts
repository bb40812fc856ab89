import type { ReasonCode } from "../reasons.ts";
import type { UnixMs } from "../units.ts";
import { quoteSell } from "../venues/pump-swap.ts";
import { exitValueLamports, landedCostLamports, lessSlippage, quoteEntry } from "./costs.ts";
import { checkPriceMove } from "./entry.ts";
import { decideExit } from "./exit.ts";
import { MAX_MARKET_AGE_MS, type Market } from "./market.ts";
import { fillRecord, positionRecord, tradeRecord } from "./position-records.ts";
import {
  type EntrySettlement,
  type ExitSettlement,
  type Fill,
  isSettled,
  type Order,
  type PositionEffect,
  type PositionEvent,
  type PositionPlan,
  type PositionState,
  type PositionStep,
} from "./position-state.ts";

/** A position's journal record is renewed at most this often while only its value changes. */
const VALUE_RECORD_MS = 15_000;

/**
 * The life of a position: planned → entering → open → exiting → closed, or abandoned before it
 * opened. An entry gives up after its attempts, its deadline or a cancellation; an exit never does,
 * each attempt accepting more slippage up to the limit. An event that does not fit the state
 * (a duplicate, a late one) changes nothing.
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
      return state.order.side === "buy" ? opened(state, event.fill, event.market, event.nowMs) : closed(state, event.fill, event.nowMs);
    case "failed":
      return state.order?.id === event.orderId ? failed(state, event.reason, event.networkCostLamports, event.nowMs) : same(state);
    case "cancel-entry":
      return cancelEntry(state, event.nowMs);
    case "close":
      return isHeld(state) ? { state: { ...state, closeRequested: true }, effects: [] } : cancelEntry(state, event.nowMs);
  }
}

function isHeld(state: PositionState): boolean {
  return state.status === "open" || state.status === "exiting";
}

function start(state: PositionState, nowMs: UnixMs): PositionStep {
  if (state.status !== "planned") return same(state);
  const { plan } = state;
  if (nowMs > plan.entryDeadlineMs) return abandon(state, "ENTRY_ABANDONED", nowMs);
  const order: Order = {
    id: orderId(plan, "buy", 1),
    side: "buy",
    attempt: 1,
    amountIn: plan.sizeLamports,
    minOut: plan.minBaseOut,
    decidedAtMs: plan.decidedAtMs,
    decidedSlot: plan.decidedSlot,
  };
  return recorded({ ...state, status: "entering", order, attempts: 1 }, nowMs);
}

function onMarket(state: PositionState, market: Market, nowMs: UnixMs): PositionStep {
  if (state.order !== null || state.status === "planned" || nowMs - market.atMs > MAX_MARKET_AGE_MS) return same(state);
  if (state.status === "entering") return reenter(state, market, nowMs);
  if (state.mark !== null && market.slot < state.mark.slot) return same(state);
  const valueLamports = executableValue(state, market);
  const marked = { ...state, mark: { atMs: market.atMs, slot: market.slot, valueLamports } };
  if (state.status === "exiting") return { state: { ...marked, ...sellOrder(state, market, nowMs) }, effects: [] };
  const reason = decideExit({
    nowMs,
    deadlineMs: state.deadlineMs,
    costLamports: state.costLamports,
    valueLamports,
    quoteReservesLamports: market.quoteReservesLamports,
    entryQuoteReservesLamports: state.entryQuoteReservesLamports,
    stopLossBps: state.plan.stopLossBps,
    takeProfitBps: state.plan.takeProfitBps,
    liquidityCollapseBps: state.plan.parameters.liquidityCollapseBps,
    closeRequested: state.closeRequested,
  });
  if (reason !== null) {
    return recorded({ ...marked, status: "exiting", reason, ...sellOrder(state, market, nowMs) }, nowMs);
  }
  return nowMs - state.recordedAtMs >= VALUE_RECORD_MS ? recorded(marked, nowMs) : { state: marked, effects: [] };
}

/** Quotes a further entry attempt afresh: the signal must still hold and the cost must still pass. */
function reenter(state: PositionState, market: Market, nowMs: UnixMs): PositionStep {
  const { plan } = state;
  if (nowMs > plan.signal.expiresAtMs) return abandon(state, "ENTRY_ABANDONED", nowMs);
  const move = checkPriceMove(plan.signal, market, plan.parameters);
  if (!move.ok) return abandon(state, move.reason, nowMs);
  const quote = quoteEntry(market, plan.sizeLamports, plan.takeProfitBps, plan.parameters);
  if (!quote.ok) return abandon(state, quote.reason, nowMs);
  const attempt = state.attempts + 1;
  const order: Order = {
    id: orderId(plan, "buy", attempt),
    side: "buy",
    attempt,
    amountIn: plan.sizeLamports,
    minOut: quote.value.minBaseOut,
    decidedAtMs: nowMs,
    decidedSlot: market.slot,
  };
  return { state: { ...state, order, attempts: attempt }, effects: [] };
}

function sellOrder(state: PositionState, market: Market, nowMs: UnixMs): Pick<PositionState, "order" | "attempts"> {
  const { plan } = state;
  const { exitSlippageBps, exitSlippageStepBps, exitSlippageMaxBps } = plan.parameters;
  const attempt = state.attempts + 1;
  const slippageBps = Math.min(exitSlippageBps + exitSlippageStepBps * state.attempts, Math.max(exitSlippageBps, exitSlippageMaxBps));
  const quote = quoteSell(market, state.baseAmount, market.fees);
  const order: Order = {
    id: orderId(plan, "sell", attempt),
    side: "sell",
    attempt,
    amountIn: state.baseAmount,
    minOut: quote.ok ? lessSlippage(quote.value.userQuoteAmountLamports, slippageBps) : 0n,
    decidedAtMs: nowMs,
    decidedSlot: market.slot,
  };
  return { order, attempts: attempt };
}

function opened(state: PositionState, fill: Fill, market: Market, nowMs: UnixMs): PositionStep {
  const { plan, order } = state;
  if (order === null) return same(state);
  const spent = fill.quoteLamports + fill.networkCostLamports + fill.rentLamports;
  const open: PositionState = {
    ...state,
    status: "open",
    order: null,
    attempts: 0,
    openedAtMs: nowMs,
    deadlineMs: nowMs + plan.parameters.maxHoldMs,
    baseAmount: fill.baseAmount,
    rentLamports: fill.rentLamports,
    entryQuoteReservesLamports: market.quoteReservesLamports,
    costLamports: state.costLamports + spent,
    feesLamports: state.feesLamports + fill.venueFeeLamports + fill.networkCostLamports,
  };
  const valueLamports = executableValue(open, market);
  const settlement: EntrySettlement = {
    positionId: plan.positionId,
    signalId: plan.signal.id,
    atMs: nowMs,
    costLamports: open.costLamports,
    opened: { baseAmount: fill.baseAmount, rentLamports: fill.rentLamports, valueLamports, slot: fill.slot },
  };
  return recorded({ ...open, mark: { atMs: market.atMs, slot: market.slot, valueLamports } }, nowMs, [
    { type: "journal", entry: fillRecord(plan, order, fill, nowMs) },
    { type: "settle-entry", settlement },
    { type: "watch" },
  ]);
}

function closed(state: PositionState, fill: Fill, nowMs: UnixMs): PositionStep {
  const { plan, order } = state;
  if (order === null) return same(state);
  const proceedsLamports = state.proceedsLamports + fill.quoteLamports - fill.networkCostLamports + fill.rentLamports;
  const done: PositionState = {
    ...state,
    status: "closed",
    order: null,
    closedAtMs: nowMs,
    proceedsLamports,
    feesLamports: state.feesLamports + fill.venueFeeLamports + fill.networkCostLamports,
  };
  const settlement: ExitSettlement = { positionId: plan.positionId, signalId: plan.signal.id, atMs: nowMs, proceedsLamports };
  return recorded(done, nowMs, [
    { type: "journal", entry: fillRecord(plan, order, fill, nowMs) },
    { type: "journal", entry: tradeRecord(done, nowMs) },
    { type: "settle-exit", settlement },
    { type: "unwatch" },
  ]);
}

function failed(state: PositionState, reason: ReasonCode, networkCostLamports: bigint, nowMs: UnixMs): PositionStep {
  const fees = { feesLamports: state.feesLamports + networkCostLamports, order: null };
  if (state.status === "exiting")
    return { state: { ...state, ...fees, proceedsLamports: state.proceedsLamports - networkCostLamports }, effects: [] };
  const paid = { ...state, ...fees, costLamports: state.costLamports + networkCostLamports };
  const over = state.entryCancelled || reason === "ENTRY_ABANDONED" || state.attempts >= state.plan.parameters.maxEntryAttempts;
  return over ? abandon(paid, state.entryCancelled ? "ENTRY_ABANDONED" : reason, nowMs) : { state: paid, effects: [] };
}

function cancelEntry(state: PositionState, nowMs: UnixMs): PositionStep {
  if (isHeld(state)) return same(state);
  return state.order === null ? abandon(state, "ENTRY_ABANDONED", nowMs) : { state: { ...state, entryCancelled: true }, effects: [] };
}

function abandon(state: PositionState, reason: ReasonCode, nowMs: UnixMs): PositionStep {
  const { positionId, signal } = state.plan;
  const settlement: EntrySettlement = { positionId, signalId: signal.id, atMs: nowMs, costLamports: state.costLamports, opened: null };
  return recorded({ ...state, status: "abandoned", order: null, reason, closedAtMs: nowMs }, nowMs, [{ type: "settle-entry", settlement }]);
}

function executableValue(state: PositionState, market: Market): bigint {
  return exitValueLamports(market, state.baseAmount, state.rentLamports, landedCostLamports(state.plan.parameters));
}

function orderId(plan: PositionPlan, side: Order["side"], attempt: number): string {
  return `${plan.positionId}:${side}:${attempt}`;
}

/** Adds the journal record that every change of status makes, ahead of the other effects. */
function recorded(state: PositionState, nowMs: UnixMs, effects: readonly PositionEffect[] = []): PositionStep {
  const next = { ...state, records: state.records + 1, recordedAtMs: nowMs };
  const entry = positionRecord(next, nowMs);
  return { state: next, effects: entry === null ? effects : [{ type: "journal", entry }, ...effects] };
}

function same(state: PositionState): PositionStep {
  return { state, effects: [] };
}
