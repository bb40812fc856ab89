import type { ReasonCode } from "../reasons.ts";
import { BPS, type UnixMs } from "../units.ts";
import { quoteSell } from "../venues/pump-swap.ts";
import { landedCostLamports, lessSlippage } from "./costs.ts";
import { decideExit, type ExitReason } from "./exit.ts";
import { isProfitConfirmed, watchAfterSale, watchMark } from "./exit-watch.ts";
import type { Market } from "./market.ts";
import { exitMoney, proceedsOf, slippageOf } from "./position-money.ts";
import { fillRecord, tradeRecord } from "./position-records.ts";
import {
  type ExitSettlement,
  type Fill,
  fillTimeMs,
  isPlausibleSlot,
  knownSlot,
  type Order,
  type PositionEffect,
  type PositionPlan,
  type PositionState,
  type PositionStep,
} from "./position-state.ts";
import { executableValue, ordered, orderId, recorded } from "./position-step.ts";

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

/** True for a failure of an entry that a further attempt may not meet. */
export function isRetriedAtOnce(reason: ReasonCode): boolean {
  return RETRIED_AT_ONCE.has(reason);
}

/** A mark of a position that holds tokens and has no order under way: marks, and sells when an exit says so. */
export function markHeld(state: PositionState, market: Market, nowMs: UnixMs): PositionStep {
  const { plan, status, retryAtMs } = state;
  const { parameters } = plan;
  const valueLamports = executableValue(state, market);
  const levels = {
    costLamports: state.heldCostLamports,
    profitBps: plan.takeProfitBps + state.rungs * parameters.ladderStepBps,
    activationBps: parameters.trailingActivationBps,
    confirmMs: parameters.takeProfitConfirmMs,
  };
  const watch = watchMark(state.watch, valueLamports, market.atMs, levels);
  // A position that was opened while the clock was ahead is held no longer than any other.
  const deadlineMs = Math.min(state.deadlineMs, nowMs + parameters.maxHoldMs);
  const marked: PositionState = { ...state, deadlineMs, watch, mark: { atMs: market.atMs, slot: market.slot, valueLamports } };
  // A pause that ends later than any pause does was set before the clock went back.
  const isPausing = retryAtMs !== null && nowMs < retryAtMs && retryAtMs - nowMs <= MAX_BACK_OFF_MS;
  if (status === "exiting") return isPausing ? { state: marked, effects: [] } : withSale(marked, market, nowMs, null);
  const isLastRung = state.rungs + 1 >= parameters.ladderRungs;
  const reason = decideExit({
    nowMs,
    deadlineMs,
    costLamports: state.heldCostLamports,
    valueLamports,
    previousValueLamports: state.mark?.valueLamports ?? null,
    peakLamports: watch.peakLamports,
    // The last rung is an exit of everything: only a part that failed waits.
    isProfitConfirmed: isProfitConfirmed(watch, market.atMs, levels.confirmMs) && (isLastRung || !isPausing),
    isLastRung,
    quoteReservesLamports: market.quoteReservesLamports,
    entryQuoteReservesLamports: state.entryQuoteReservesLamports,
    stopLossBps: plan.stopLossBps,
    trailingDeltaBps: parameters.trailingDeltaBps,
    priceGapBps: parameters.priceGapBps,
    liquidityCollapseBps: parameters.liquidityCollapseBps,
    closeRequested: state.closeRequested,
    isRehearsal: plan.isRehearsal,
    alert: state.alert,
  });
  if (reason === null) return nowMs - state.recordedAtMs >= VALUE_RECORD_MS ? recorded(marked, nowMs) : { state: marked, effects: [] };
  const part = reason === "EXIT_LADDER" ? partOf(state, market) : null;
  if (part !== null) return withSale(marked, market, nowMs, part);
  return sellingAll(marked, market, nowMs, reason === "EXIT_LADDER" ? "EXIT_TAKE_PROFIT" : reason);
}

/** From here on the position never goes back to being held. */
function sellingAll(state: PositionState, market: Market, nowMs: UnixMs, reason: ExitReason): PositionStep {
  const sale = withSale({ ...state, status: "exiting", reason, backOffs: 0, retryAtMs: null }, market, nowMs, null);
  return recorded(sale.state, nowMs, sale.effects);
}

/** Base units of a ladder's rung; null when they would not pay for their own transaction: then everything is sold. */
function partOf({ plan, heldBase }: PositionState, market: Market): bigint | null {
  const part = (heldBase * BigInt(plan.parameters.ladderShareBps)) / BPS;
  const quote = quoteSell(market, part, market.fees);
  return quote.ok && quote.value.userQuoteAmountLamports > landedCostLamports(plan.parameters) ? part : null;
}

/** Orders a sale of `part` base units, null: of everything. */
function withSale(state: PositionState, market: Market, nowMs: UnixMs, part: bigint | null): PositionStep {
  const { plan } = state;
  const attempt = state.attempts + 1;
  const amountIn = part ?? state.heldBase;
  // A part is in no hurry: it never accepts more than the first slippage.
  const slippageBps = part === null ? exitSlippageOf(state) : plan.parameters.exitSlippageBps;
  const quote = quoteSell(market, amountIn, market.fees);
  const quotedOut = quote.ok ? quote.value.userQuoteAmountLamports : null;
  const order: Order = {
    id: orderId(plan, "sell", attempt),
    side: "sell",
    attempt,
    amountIn,
    minOut: quotedOut === null ? 0n : lessSlippage(quotedOut, slippageBps),
    quotedOut,
    slippageBps,
    isPart: part !== null,
    closesAccount: part === null && state.rejections < CLOSING_REJECTIONS,
    decidedAtMs: nowMs,
    decidedSlot: market.slot,
    marketAtMs: market.atMs,
  };
  return { state: { ...state, order, attempts: attempt }, effects: ordered(state, order) };
}

/** Slippage of the exit's next attempt. */
function exitSlippageOf({ plan, widenings }: PositionState): number {
  const { exitSlippageBps, exitSlippageStepBps } = plan.parameters;
  return Math.min(exitSlippageBps + exitSlippageStepBps * widenings, widestSlippageOf(plan));
}

function widestSlippageOf({ parameters }: PositionPlan): number {
  return Math.max(parameters.exitSlippageBps, parameters.exitSlippageMaxBps);
}

/** A sale executed: a part leaves the rest held, anything else closes the position. */
export function sold(state: PositionState, order: Order, fill: Fill, market: Market, nowMs: UnixMs): PositionStep {
  const money = exitMoney(fill, state.unsettledLamports);
  const booked: PositionState = {
    ...state,
    order: null,
    sales: state.sales + 1,
    // What failed was taken off when it failed.
    proceedsLamports: state.proceedsLamports + proceedsOf(money) + state.unsettledLamports,
    unsettledLamports: 0n,
    feesLamports: state.feesLamports + fill.venueFeeLamports + fill.networkCostLamports,
    backOffs: 0,
    retryAtMs: null,
    missing: 0,
    stuck: false,
  };
  const fillEntry: PositionEffect = { type: "journal", entry: fillRecord(state.plan, order, fill, nowMs) };
  const cleared: PositionEffect[] = state.stuck ? [{ type: "clear", code: "EXIT_STUCK" }] : [];
  const slippageBps = slippageOf(order, fill);
  if (order.isPart && fill.baseAmount < state.heldBase) {
    const rest = afterPart(booked, fill.baseAmount, market, nowMs);
    const settlement = settlementOf(rest, { isFinal: false, soldBase: fill.baseAmount, money, slippageBps, reason: "EXIT_LADDER" }, nowMs);
    return recorded(rest, nowMs, [fillEntry, { type: "settle-exit", settlement }, ...cleared]);
  }
  const done: PositionState = {
    ...booked,
    status: "closed",
    reason: state.reason ?? "EXIT_LADDER",
    closedAtMs: nowMs,
    heldBase: 0n,
    heldCostLamports: 0n,
  };
  return recorded(done, nowMs, [
    fillEntry,
    ...ended(done, { soldBase: state.heldBase, money, slippageBps }, nowMs),
    ...cleared,
    { type: "unwatch" },
  ]);
}

/** What is left after a part: its share of the cost goes with it, rounded down, and the marks start anew. */
function afterPart(state: PositionState, soldBase: bigint, market: Market, nowMs: UnixMs): PositionState {
  const heldBase = state.heldBase - soldBase;
  const heldCostLamports = state.heldCostLamports - (state.heldCostLamports * soldBase) / state.heldBase;
  const rest = { ...state, heldBase, heldCostLamports, rungs: state.rungs + 1 };
  const watch = watchAfterSale(state.watch, state.heldCostLamports, heldCostLamports);
  return { ...rest, watch, mark: markAfter(rest, state, market, nowMs) };
}

/** The mark at a part's fill; on reserves that could not be read, the last one in proportion to the cost. */
function markAfter(rest: PositionState, before: PositionState, market: Market, nowMs: UnixMs): PositionState["mark"] {
  const known = knownSlot(before);
  const slot = isPlausibleSlot(market.slot, known, nowMs) ? market.slot : known.slot;
  if (market.quoteReservesLamports > 0n)
    return { atMs: fillTimeMs(slot, known, market.atMs), slot, valueLamports: executableValue(rest, market) };
  if (before.mark === null || before.heldCostLamports <= 0n) return before.mark;
  return { ...before.mark, slot, valueLamports: (before.mark.valueLamports * rest.heldCostLamports) / before.heldCostLamports };
}

type Sale = Pick<ExitSettlement, "soldBase" | "money" | "slippageBps" | "isFinal" | "reason">;

function settlementOf(state: PositionState, sale: Sale, nowMs: UnixMs): ExitSettlement {
  const { positionId, signal } = state.plan;
  return { positionId, signalId: signal.id, n: state.sales, atMs: nowMs, proceedsLamports: proceedsOf(sale.money), ...sale };
}

/** The effects of a position's end. */
function ended(done: PositionState, sale: Pick<Sale, "soldBase" | "money" | "slippageBps">, nowMs: UnixMs): PositionEffect[] {
  const trade = tradeRecord(done, nowMs);
  const settlement = settlementOf(done, { ...sale, isFinal: true, reason: trade.exitReason }, nowMs);
  return [
    { type: "journal", entry: trade },
    { type: "settle-exit", settlement },
  ];
}

/** A sale failed: what that means for the next one. Nothing was sold; what it cost is paid. */
export function saleFailed(state: PositionState, order: Order, reason: ReasonCode, costLamports: bigint, nowMs: UnixMs): PositionStep {
  const missing = reason === "TOKENS_MISSING" ? state.missing + 1 : 0;
  const paid: PositionState = {
    ...state,
    order: null,
    missing,
    feesLamports: state.feesLamports + costLamports,
    proceedsLamports: state.proceedsLamports - costLamports,
    unsettledLamports: state.unsettledLamports + costLamports,
  };
  if (missing >= MISSING_TO_WRITE_OFF) return writtenOff(paid, nowMs);
  return order.isPart ? partFailed(paid, reason, nowMs) : exitFailed(paid, reason, nowMs);
}

/**
 * A part that failed leaves the position held, under all its exits. The rung is tried again after a
 * pause, and only once the take-profit has lasted anew.
 */
function partFailed(state: PositionState, reason: ReasonCode, nowMs: UnixMs): PositionStep {
  const next = { ...state, watch: { ...state.watch, profitSinceMs: null } };
  return backOff(next, reason, nowMs, !RETRIED_AT_ONCE.has(reason) && state.backOffs + 1 >= BACK_OFFS_TO_ALARM);
}

/** A paper exit never pauses: its failures are draws. */
function exitFailed(state: PositionState, reason: ReasonCode, nowMs: UnixMs): PositionStep {
  const isWidest = exitSlippageOf(state) >= widestSlippageOf(state.plan);
  const widenings = state.widenings + (CURED_BY_PRICE.has(reason) && !isWidest ? 1 : 0);
  const rejections = state.rejections + (REJECTED_BY_PROGRAM.has(reason) ? 1 : 0);
  const next: PositionState = { ...state, widenings, rejections, retryAtMs: null };
  const isAtLimit = isWidest && CURED_BY_PRICE.has(reason);
  if (state.plan.isDryRun || (RETRIED_AT_ONCE.has(reason) && !isAtLimit)) return { state: next, effects: [] };
  return backOff(next, reason, nowMs, isAtLimit || state.backOffs + 1 >= BACK_OFFS_TO_ALARM);
}

function backOff(state: PositionState, reason: ReasonCode, nowMs: UnixMs, isAlarming: boolean): PositionStep {
  const backOffs = state.backOffs + 1;
  const pauseMs = Math.min(BACK_OFF_MS * 2 ** Math.min(backOffs - 1, 10), MAX_BACK_OFF_MS);
  const paused = { ...state, backOffs, retryAtMs: nowMs + pauseMs };
  if (!isAlarming) return { state: paused, effects: [] };
  const detail = `${state.attempts} attempts, slippage ${exitSlippageOf(state)} bps, last ${reason}`;
  return { state: { ...paused, stuck: true }, effects: [{ type: "raise", code: "EXIT_STUCK", detail, cause: "lasts" }] };
}

/** The tokens are not in the wallet: the books close the position at what its attempts cost, and a person is told. */
function writtenOff(state: PositionState, nowMs: UnixMs): PositionStep {
  const { plan, unsettledLamports } = state;
  const done: PositionState = {
    ...state,
    status: "closed",
    reason: state.reason ?? "TOKENS_MISSING",
    closedAtMs: nowMs,
    sales: state.sales + 1,
    heldBase: 0n,
    heldCostLamports: 0n,
    unsettledLamports: 0n,
  };
  const detail = `${state.heldBase} base units of ${plan.signal.mint} are not in the wallet; booked as lost`;
  const sale = { soldBase: state.heldBase, money: exitMoney(null, unsettledLamports), slippageBps: null };
  return recorded(done, nowMs, [
    ...ended(done, sale, nowMs),
    { type: "raise", code: "TOKENS_MISSING", detail, cause: "past" },
    ...(state.stuck ? [{ type: "clear", code: "EXIT_STUCK" } as const] : []),
    { type: "unwatch" },
  ]);
}
