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
  isPlausibleSlot,
  isSettled,
  knownSlot,
  type Order,
  type PositionEffect,
  type PositionEvent,
  type PositionPlan,
  type PositionState,
  type PositionStep,
} from "./position-state.ts";

/** Failures that say nothing against trying again at once. */
const RETRIED_AT_ONCE: ReadonlySet<ReasonCode> = new Set(["SLIPPAGE_EXCEEDED", "LANDING_FAILED", "TX_REVERTED", "TX_EXPIRED"]);
/** Of these, failures that accepting a worse price may cure. A transaction passes in simulation before it reverts, so that is the price too. */
const CURED_BY_PRICE: ReadonlySet<ReasonCode> = new Set(["SLIPPAGE_EXCEEDED", "LANDING_FAILED", "TX_REVERTED"]);
/** Failures that somebody's dust on the coin's account may have made: a full account cannot be closed. */
const REJECTED_BY_PROGRAM: ReadonlySet<ReasonCode> = new Set(["TX_REVERTED", "SIMULATION_FAILED"]);
/** After so many of them a sale leaves the account open, and its rent, rather than fail. */
const CLOSING_REJECTIONS = 3;
/** First pause of a live exit that only time can cure, doubled up to the limit. */
const BACK_OFF_MS = 1_000;
const MAX_BACK_OFF_MS = 30_000;
/** Pauses after which a person is told. */
const BACK_OFFS_TO_ALARM = 3;
/** Attempts in a row that must find the tokens gone before they are written off. */
const MISSING_TO_WRITE_OFF = 3;

/** A position's journal record is renewed at most this often while only its value changes. */
const VALUE_RECORD_MS = 15_000;

/**
 * The life of a position: planned → entering → open → exiting → closed, or abandoned before it
 * opened. An entry gives up after its attempts, its deadline or a cancellation; an exit never does,
 * each failure that the price explains makes the next attempt accept more slippage, up to the limit. A
 * live exit at that limit, or one that fails for another reason, pauses between attempts and tells a
 * person, until it succeeds or the tokens prove to be gone, which closes the position at nothing. An event that does not fit the state
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
    case "alert":
    case "close":
      // An order that cannot be withdrawn any more may still fill: what it buys is sold at once.
      return isHeld(state)
        ? { state: { ...state, closeRequested: true, retryAtMs: null }, effects: [] }
        : cancelEntry({ ...state, closeRequested: true }, event.nowMs);
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
    slippageBps: plan.parameters.entrySlippageBps,
    closesAccount: false,
    decidedAtMs: plan.decidedAtMs,
    decidedSlot: plan.decidedSlot,
  };
  return recorded({ ...state, status: "entering", order, attempts: 1 }, nowMs);
}

function onMarket(state: PositionState, market: Market, nowMs: UnixMs): PositionStep {
  if (state.order !== null || state.status === "planned" || nowMs - market.atMs > MAX_MARKET_AGE_MS) return same(state);
  if (!isPlausibleSlot(market.slot, knownSlot(state), nowMs)) return same(state);
  if (state.status === "entering") return reenter(state, market, nowMs);
  if (state.mark !== null && market.slot < state.mark.slot) return same(state);
  const valueLamports = executableValue(state, market);
  const marked = { ...state, mark: { atMs: market.atMs, slot: market.slot, valueLamports } };
  if (state.status === "exiting") {
    const isPausing = state.retryAtMs !== null && nowMs < state.retryAtMs;
    return { state: isPausing ? marked : { ...marked, ...sellOrder(state, market, nowMs) }, effects: [] };
  }
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
    isRehearsal: state.plan.isRehearsal,
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
    slippageBps: plan.parameters.entrySlippageBps,
    closesAccount: false,
    decidedAtMs: nowMs,
    decidedSlot: market.slot,
  };
  return { state: { ...state, order, attempts: attempt }, effects: [] };
}

function sellOrder(state: PositionState, market: Market, nowMs: UnixMs): Pick<PositionState, "order" | "attempts"> {
  const { plan } = state;
  const attempt = state.attempts + 1;
  const slippageBps = exitSlippageOf(state);
  const quote = quoteSell(market, state.baseAmount, market.fees);
  const order: Order = {
    id: orderId(plan, "sell", attempt),
    side: "sell",
    attempt,
    amountIn: state.baseAmount,
    minOut: quote.ok ? lessSlippage(quote.value.userQuoteAmountLamports, slippageBps) : 0n,
    slippageBps,
    closesAccount: state.rejections < CLOSING_REJECTIONS,
    decidedAtMs: nowMs,
    decidedSlot: market.slot,
  };
  return { order, attempts: attempt };
}

/** Slippage of the exit's next attempt. */
function exitSlippageOf({ plan, widenings }: PositionState): number {
  const { exitSlippageBps, exitSlippageStepBps } = plan.parameters;
  return Math.min(exitSlippageBps + exitSlippageStepBps * widenings, widestSlippageOf(plan));
}

function widestSlippageOf({ parameters }: PositionPlan): number {
  return Math.max(parameters.exitSlippageBps, parameters.exitSlippageMaxBps);
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
    // A fill on reserves that could not be read: what the entry was decided on is the measure.
    entryQuoteReservesLamports: market.quoteReservesLamports > 0n ? market.quoteReservesLamports : plan.signal.quoteReservesLamports,
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
  const known = knownSlot(state);
  const slot = isPlausibleSlot(market.slot, known, nowMs) ? market.slot : known.slot;
  return recorded({ ...open, mark: { atMs: market.atMs, slot, valueLamports } }, nowMs, [
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
    ...(state.stuck ? [{ type: "clear", code: "EXIT_STUCK" } as const] : []),
    { type: "unwatch" },
  ]);
}

function failed(state: PositionState, reason: ReasonCode, networkCostLamports: bigint, nowMs: UnixMs): PositionStep {
  const feesLamports = state.feesLamports + networkCostLamports;
  if (state.status === "exiting") {
    const proceedsLamports = state.proceedsLamports - networkCostLamports;
    return exitFailed({ ...state, order: null, feesLamports, proceedsLamports }, reason, nowMs);
  }
  const paid = { ...state, feesLamports, order: null, costLamports: state.costLamports + networkCostLamports };
  const isLast = !RETRIED_AT_ONCE.has(reason) || state.attempts >= state.plan.parameters.maxEntryAttempts;
  if (!state.entryCancelled && !isLast) return { state: paid, effects: [] };
  return abandon(paid, state.entryCancelled ? "ENTRY_ABANDONED" : reason, nowMs);
}

/** What a failed attempt means for the next one. A paper exit never pauses: its failures are draws. */
function exitFailed(state: PositionState, reason: ReasonCode, nowMs: UnixMs): PositionStep {
  const missing = reason === "TOKENS_MISSING" ? state.missing + 1 : 0;
  if (missing >= MISSING_TO_WRITE_OFF) return writtenOff({ ...state, missing }, nowMs);
  const isWidest = exitSlippageOf(state) >= widestSlippageOf(state.plan);
  const widenings = state.widenings + (CURED_BY_PRICE.has(reason) && !isWidest ? 1 : 0);
  const rejections = state.rejections + (REJECTED_BY_PROGRAM.has(reason) ? 1 : 0);
  const next: PositionState = { ...state, missing, widenings, rejections, retryAtMs: null };
  const isAtLimit = isWidest && CURED_BY_PRICE.has(reason);
  if (state.plan.isDryRun || (RETRIED_AT_ONCE.has(reason) && !isAtLimit)) return { state: next, effects: [] };
  const backOffs = state.backOffs + 1;
  const paused = { ...next, backOffs, retryAtMs: nowMs + Math.min(BACK_OFF_MS * 2 ** Math.min(backOffs - 1, 10), MAX_BACK_OFF_MS) };
  if (!isAtLimit && backOffs < BACK_OFFS_TO_ALARM) return { state: paused, effects: [] };
  const detail = `${state.attempts} attempts, slippage ${exitSlippageOf(state)} bps, last ${reason}`;
  return { state: { ...paused, stuck: true }, effects: [{ type: "raise", code: "EXIT_STUCK", detail, cause: "lasts" }] };
}

/** The tokens are not in the wallet: the books close the position at what its attempts cost, and a person is told. */
function writtenOff(state: PositionState, nowMs: UnixMs): PositionStep {
  const { plan, proceedsLamports } = state;
  const done: PositionState = { ...state, status: "closed", order: null, closedAtMs: nowMs };
  const settlement: ExitSettlement = { positionId: plan.positionId, signalId: plan.signal.id, atMs: nowMs, proceedsLamports };
  const detail = `${state.baseAmount} base units of ${plan.signal.mint} are not in the wallet; booked as lost`;
  return recorded(done, nowMs, [
    { type: "journal", entry: tradeRecord(done, nowMs) },
    { type: "settle-exit", settlement },
    { type: "raise", code: "TOKENS_MISSING", detail, cause: "past" },
    ...(state.stuck ? [{ type: "clear", code: "EXIT_STUCK" } as const] : []),
    { type: "unwatch" },
  ]);
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
