import type { JournalEntry, PositionStatus } from "../journal/entry.ts";
import type { ReasonCode } from "../reasons.ts";
import type { UnixMs } from "../units.ts";
import type { EntryPlan } from "./entry.ts";
import { type ExitWatch, NOTHING_WATCHED } from "./exit-watch.ts";
import { type Market, type PoolKeys, SLOT_MS } from "./market.ts";
import type { Parameters } from "./parameters.ts";
import type { RugAlert } from "./rug-alert.ts";
import { isLiveLedger, type LedgerId, type Signal } from "./signal.ts";

/** What the Portfolio granted: fixed for the life of the position. */
export interface PositionPlan {
  readonly positionId: string;
  readonly ledger: LedgerId;
  readonly isDryRun: boolean;
  readonly signal: Signal;
  readonly keys: PoolKeys;
  readonly parameters: Parameters;
  readonly sizeLamports: bigint;
  readonly stopLossBps: number;
  readonly takeProfitBps: number;
  readonly decidedAtMs: UnixMs;
  readonly decidedSlot: number;
  readonly quotedBaseOut: bigint;
  readonly minBaseOut: bigint;
  /** Rent of accounts of others that the buy was expected to create. */
  readonly otherRentLamports: bigint;
  /** Sold as soon as it is open. */
  readonly isRehearsal: boolean;
  /** No buy fills after this. */
  readonly entryDeadlineMs: UnixMs;
}

/** One order that the position means to land. It is settled by exactly one `filled` or `failed` event. */
export interface Order {
  /** `<position>:<side>:<attempt>`: the key of its fill, and of the paper venue's draws. */
  readonly id: string;
  readonly side: "buy" | "sell";
  /** Counts from 1 per side. */
  readonly attempt: number;
  /** Lamports of a buy, base units of a sell. */
  readonly amountIn: bigint;
  /** Base units of a buy, lamports after venue fees of a sell. */
  readonly minOut: bigint;
  /** What the decision's own quote promised for `amountIn`; null when the pool quoted nothing. */
  readonly quotedOut: bigint | null;
  /** How far below its quote `minOut` is: a live sale is quoted again when it is built. */
  readonly slippageBps: number;
  /** Of a sale: sells `amountIn` and leaves the rest and the coin's account. Any other sale sells whatever the wallet holds. */
  readonly isPart: boolean;
  /** A live sale closes the coin's account with it, which fails when tokens arrive between reading and landing. */
  readonly closesAccount: boolean;
  readonly decidedAtMs: UnixMs;
  readonly decidedSlot: number;
  /** When the market that it was decided on was read: the start of its latency. */
  readonly marketAtMs: UnixMs;
}

/** An order that executed. */
export interface Fill {
  readonly slot: number;
  readonly baseAmount: bigint;
  /** Paid to (buy) or got from (sell) the venue, its fees included. */
  readonly quoteLamports: bigint;
  readonly venueFeeLamports: bigint;
  /** Everything paid beside the venue that does not come back: base fee, priority fee, tip and others' rent. */
  readonly networkCostLamports: bigint;
  /** The tip in `networkCostLamports`. */
  readonly tipLamports: bigint;
  /** Paid by a buy, returned by a sell. */
  readonly rentLamports: bigint;
  /** Rent of accounts of others in `networkCostLamports`: gone. */
  readonly otherRentLamports: bigint;
  readonly impactBps: number;
}

/** Where the lamports of a settlement went or came from, for the double-entry books. */
export interface SettledMoney {
  /** Paid to (entry) or got from (exit) the venue without its fees. */
  readonly grossLamports: bigint;
  readonly venueFeeLamports: bigint;
  /** Base and priority fees, of failed attempts too. */
  readonly networkFeeLamports: bigint;
  readonly tipLamports: bigint;
  /** Of our own token account: paid by an entry, returned by an exit. */
  readonly rentLamports: bigint;
  /** Paid by an entry or an exit and gone. */
  readonly otherRentLamports: bigint;
}

export interface PositionState {
  readonly plan: PositionPlan;
  readonly status: "planned" | PositionStatus;
  /** The order under way. */
  readonly order: Order | null;
  /** Orders made for the present side. */
  readonly attempts: number;
  readonly entryCancelled: boolean;
  readonly closeRequested: boolean;
  /** Failures of the exit that another price may cure: each widens the slippage of the next attempt. */
  readonly widenings: number;
  /** Sales that failed in the programs, on chain or in simulation. */
  readonly rejections: number;
  /** Failures of a live exit that only time can cure, and when it is tried again. */
  readonly backOffs: number;
  readonly retryAtMs: UnixMs | null;
  /** Times in a row that every provider said that the wallet does not hold the tokens. */
  readonly missing: number;
  /** A person was told that the exit keeps failing. */
  readonly stuck: boolean;
  /** Why it is being or was sold, or why the entry was abandoned. */
  readonly reason: ReasonCode | null;
  readonly openedAtMs: UnixMs | null;
  readonly closedAtMs: UnixMs | null;
  readonly deadlineMs: UnixMs;
  /** Bought. */
  readonly baseAmount: bigint;
  /** Of them, not sold yet. */
  readonly heldBase: bigint;
  /** Sales that were booked, parts and the final one. */
  readonly sales: number;
  /** Rungs of the take-profit ladder that were sold. */
  readonly rungs: number;
  readonly rentLamports: bigint;
  readonly entryQuoteReservesLamports: bigint;
  /** All cash out for the entry, failed attempts and rent included. */
  readonly costLamports: bigint;
  /** What is left of the cost after the shares of the parts sold: what the held value is measured against. */
  readonly heldCostLamports: bigint;
  /** All cash in from the sales less their costs; negative while only attempts have failed. */
  readonly proceedsLamports: bigint;
  /** Costs of sales that failed since the last one that was booked: they go with the next one. */
  readonly unsettledLamports: bigint;
  /** Everything that went to the venue and the network. */
  readonly feesLamports: bigint;
  /** The last look at the pool, and what all that is held was worth at it. */
  readonly mark: { readonly atMs: UnixMs; readonly slot: number; readonly valueLamports: bigint } | null;
  /** The first of the latest reads whose slot seemed impossible; null when the last one was believed. */
  readonly doubt: KnownSlot | null;
  readonly watch: ExitWatch;
  /** The first sign of a rug that the position was told of. */
  readonly alert: RugAlert["reason"] | null;
  /** Numbers the position's journal records. */
  readonly records: number;
  readonly recordedAtMs: UnixMs;
}

export type PositionEvent =
  | { readonly type: "start"; readonly nowMs: UnixMs }
  /** The pool was read while no order was under way. */
  | { readonly type: "market"; readonly nowMs: UnixMs; readonly market: Market }
  /** The pool could not be read. */
  | { readonly type: "no-market"; readonly nowMs: UnixMs }
  | { readonly type: "filled"; readonly nowMs: UnixMs; readonly orderId: string; readonly fill: Fill; readonly market: Market }
  | {
      readonly type: "failed";
      readonly nowMs: UnixMs;
      readonly orderId: string;
      readonly reason: ReasonCode;
      readonly networkCostLamports: bigint;
    }
  /** No buy may be made any more; a position that is open is left alone. */
  | { readonly type: "cancel-entry"; readonly nowMs: UnixMs }
  /** Sell now, or do not buy. */
  | { readonly type: "close"; readonly nowMs: UnixMs }
  /** A sign of a rug in the pool: sell, and do not buy. */
  | { readonly type: "alert"; readonly nowMs: UnixMs; readonly alert: RugAlert };

/** The entry's outcome, for the books. */
export interface EntrySettlement {
  readonly positionId: string;
  readonly signalId: string;
  readonly atMs: UnixMs;
  /** Cash that left, whether or not the entry filled: the sum of `money`. */
  readonly costLamports: bigint;
  readonly money: SettledMoney;
  /** Null when the entry was abandoned. */
  readonly opened: {
    readonly baseAmount: bigint;
    readonly rentLamports: bigint;
    readonly valueLamports: bigint;
    readonly slot: number;
    /** How much fewer tokens came than were quoted when the order was decided; null when that cannot be told. */
    readonly slippageBps: number | null;
  } | null;
}

/** The outcome of one sale of a position, for the books. */
export interface ExitSettlement {
  readonly positionId: string;
  readonly signalId: string;
  /** Counts the position's sales from 1: each is booked once, in order. */
  readonly n: number;
  /** Nothing is held after it. */
  readonly isFinal: boolean;
  readonly atMs: UnixMs;
  /** Base units that the position holds no more; all that was left when it is final. */
  readonly soldBase: bigint;
  /** gross - venue fee - network fee - tip - others' rent + rent, failed attempts since the sale before included. */
  readonly proceedsLamports: bigint;
  readonly money: SettledMoney;
  readonly slippageBps: number | null;
  readonly reason: ReasonCode;
}

export type PositionEffect =
  | { readonly type: "journal"; readonly entry: JournalEntry }
  | { readonly type: "settle-entry"; readonly settlement: EntrySettlement }
  | { readonly type: "settle-exit"; readonly settlement: ExitSettlement }
  /** A person has to look, until the cause is gone; "past": it will not go away by itself. Live ledgers only. */
  | { readonly type: "raise"; readonly code: ReasonCode; readonly detail: string; readonly cause: "lasts" | "past" }
  | { readonly type: "clear"; readonly code: ReasonCode }
  /** Ask for marks of the pool. */
  | { readonly type: "watch" }
  | { readonly type: "unwatch" };

export interface PositionStep {
  readonly state: PositionState;
  readonly effects: readonly PositionEffect[];
}

/** What an order may still take beyond its longest landing delay once its signal has expired. */
const ENTRY_GRACE_MS = 5_000;

/** Fixes what a position will do from the decision to enter it on `market`. */
export function positionPlan(
  position: Pick<PositionPlan, "positionId" | "ledger" | "signal" | "keys" | "parameters">,
  entry: EntryPlan,
  market: Market,
  nowMs: UnixMs,
): PositionPlan {
  return {
    ...position,
    isDryRun: !isLiveLedger(position.ledger),
    sizeLamports: entry.sizeLamports,
    stopLossBps: entry.stopLossBps,
    takeProfitBps: entry.takeProfitBps,
    decidedAtMs: nowMs,
    decidedSlot: market.slot,
    quotedBaseOut: entry.quotedBaseOut,
    minBaseOut: entry.minBaseOut,
    otherRentLamports: entry.otherRentLamports,
    isRehearsal: entry.isRehearsal,
    entryDeadlineMs: position.signal.expiresAtMs + position.parameters.paperLandingMaxSlots * SLOT_MS + ENTRY_GRACE_MS,
  };
}

/** A position that has been granted and has done nothing yet. */
export function plannedPosition(plan: PositionPlan): PositionState {
  return {
    plan,
    status: "planned",
    order: null,
    attempts: 0,
    entryCancelled: false,
    closeRequested: false,
    widenings: 0,
    rejections: 0,
    backOffs: 0,
    retryAtMs: null,
    missing: 0,
    stuck: false,
    reason: null,
    openedAtMs: null,
    closedAtMs: null,
    deadlineMs: plan.decidedAtMs + plan.parameters.maxHoldMs,
    baseAmount: 0n,
    heldBase: 0n,
    sales: 0,
    rungs: 0,
    rentLamports: 0n,
    entryQuoteReservesLamports: 0n,
    costLamports: 0n,
    heldCostLamports: 0n,
    proceedsLamports: 0n,
    unsettledLamports: 0n,
    feesLamports: 0n,
    mark: null,
    doubt: null,
    watch: NOTHING_WATCHED,
    alert: null,
    records: 0,
    recordedAtMs: plan.decidedAtMs,
  };
}

/** A position as it was stored, perhaps by an older version that lacked some of the fields and sold nothing in parts. */
export function restoredPosition(stored: Partial<PositionState> & Pick<PositionState, "plan">): PositionState {
  const state: PositionState = { ...plannedPosition(stored.plan), ...stored };
  if (stored.heldBase !== undefined || (state.status !== "open" && state.status !== "exiting")) return state;
  return { ...state, heldBase: state.baseAmount, heldCostLamports: state.costLamports, unsettledLamports: -state.proceedsLamports };
}

/** No slot takes less than this; Solana aims at 400 ms. */
const LEAST_SLOT_MS = 300;
/** A clock that is corrected goes back by less. */
const MAX_STEP_BACK_MS = 5_000;
/** Slots that a read and what is known of the chain may be apart beyond that. */
const SLOT_MARGIN = 150;

/** How long every read must bear out a slot that seemed impossible: then the clock is wrong, not the node. */
const MAX_DOUBT_MS = 10_000;

export interface KnownSlot {
  readonly slot: number;
  readonly atMs: UnixMs;
}

/** Newest slot that the position knows of, and when it learnt it. */
export function knownSlot({ plan, mark }: PositionState): KnownSlot {
  return mark ?? { slot: plan.decidedSlot, atMs: plan.decidedAtMs };
}

/**
 * Whether the chain can have come as far as `slot`: one node's slip must not hide every later read. A
 * clock that went back since tells nothing, and must not hide the pool from an exit.
 */
export function isPlausibleSlot(slot: number, known: KnownSlot, nowMs: UnixMs): boolean {
  if (known.atMs - nowMs > MAX_STEP_BACK_MS) return true;
  return slot - known.slot <= Math.max(0, nowMs - known.atMs) / LEAST_SLOT_MS + SLOT_MARGIN;
}

/**
 * Since which read a position that holds tokens doubts what it reads, with the read of `slot` included;
 * null when that read is believed. What was learnt while the clock was ahead makes the chain seem too
 * fast for as long as the clock was: when every read for a while goes on from the first one that was
 * doubted, and the chain moves, no exit waits for the clock any longer.
 */
export function doubtAt(state: PositionState, slot: number, nowMs: UnixMs): KnownSlot | null {
  if (isPlausibleSlot(slot, knownSlot(state), nowMs)) return null;
  const { doubt } = state;
  const goesOn = doubt !== null && nowMs >= doubt.atMs && slot >= doubt.slot && isPlausibleSlot(slot, doubt, nowMs);
  if (!goesOn) return { slot, atMs: nowMs };
  return nowMs - doubt.atMs >= MAX_DOUBT_MS && slot > doubt.slot ? null : doubt;
}

/**
 * When the chain was at a fill's slot, at most `atMs`: an order may be booked long after it landed, and its
 * slot beside the time of the booking would make every later read of the pool look impossible.
 */
export function fillTimeMs(slot: number, known: KnownSlot, atMs: UnixMs): UnixMs {
  return Math.min(atMs, known.atMs + Math.max(0, slot - known.slot) * SLOT_MS);
}

/** True once nothing can happen to the position any more. */
export function isSettled(state: PositionState): boolean {
  return state.status === "closed" || state.status === "abandoned";
}
