import type { ReasonCode } from "../reasons.ts";
import { BPS, type UnixMs } from "../units.ts";
import type { RugAlert } from "./rug-alert.ts";

/** What an exit is decided on. Values are executable: what a sale of all that is held would bring now, all costs paid. */
export interface ExitFacts {
  readonly nowMs: UnixMs;
  readonly deadlineMs: UnixMs;
  /** All cash that went into what is held. */
  readonly costLamports: bigint;
  readonly valueLamports: bigint;
  /** At the mark before this one; null when there was none. */
  readonly previousValueLamports: bigint | null;
  /** The confirmed peak that the trailing stop follows; null before it is active. */
  readonly peakLamports: bigint | null;
  /** The value has been at the next take-profit for the confirmation time. */
  readonly isProfitConfirmed: boolean;
  /** The next take-profit is the ladder's last, which sells everything. */
  readonly isLastRung: boolean;
  /** The pool's quote reserves now, and when the entry filled. */
  readonly quoteReservesLamports: bigint;
  readonly entryQuoteReservesLamports: bigint;
  readonly stopLossBps: number;
  readonly trailingDeltaBps: number;
  readonly priceGapBps: number;
  readonly liquidityCollapseBps: number;
  /** A person asked for the exit. */
  readonly closeRequested: boolean;
  /** Bought to be sold at once. */
  readonly isRehearsal: boolean;
  /** A sign of a rug that was seen on chain; null without one. */
  readonly alert: RugAlert["reason"] | null;
}

export type ExitReason = Extract<
  ReasonCode,
  | "EXIT_OPERATOR"
  | "EXIT_REHEARSAL"
  | "EXIT_CREATOR_SOLD"
  | "EXIT_MINT_CHANGED"
  | "EXIT_LIQUIDITY_COLLAPSE"
  | "EXIT_PRICE_GAP"
  | "EXIT_STOP_LOSS"
  | "EXIT_TRAILING_STOP"
  | "EXIT_LADDER"
  | "EXIT_TAKE_PROFIT"
  | "EXIT_MAX_HOLD"
>;

/**
 * Whether to sell, and why; null means hold. EXIT_LADDER sells a part, every other reason everything.
 * Where several hold, the first of this order is named: operator, rehearsal, alert (creator sold, mint
 * changed), liquidity collapse, price gap, stop loss, trailing stop, take-profit or ladder rung,
 * maximum hold. Each limit counts when it is reached exactly. No entry rule and no trading state has a say here.
 */
export function decideExit(facts: ExitFacts): ExitReason | null {
  const { valueLamports, previousValueLamports, peakLamports } = facts;
  if (facts.closeRequested) return "EXIT_OPERATOR";
  if (facts.isRehearsal) return "EXIT_REHEARSAL";
  if (facts.alert !== null) return facts.alert;
  if (isFallen(facts.quoteReservesLamports, facts.entryQuoteReservesLamports, facts.liquidityCollapseBps)) return "EXIT_LIQUIDITY_COLLAPSE";
  // What was worth nothing cannot fall from there.
  const isComparable = previousValueLamports !== null && previousValueLamports > 0n;
  if (isComparable && isFallen(valueLamports, previousValueLamports, facts.priceGapBps)) return "EXIT_PRICE_GAP";
  if (isFallen(valueLamports, facts.costLamports, facts.stopLossBps)) return "EXIT_STOP_LOSS";
  if (peakLamports !== null && isFallen(valueLamports, peakLamports, facts.trailingDeltaBps)) return "EXIT_TRAILING_STOP";
  if (facts.isProfitConfirmed) return facts.isLastRung ? "EXIT_TAKE_PROFIT" : "EXIT_LADDER";
  return facts.nowMs >= facts.deadlineMs ? "EXIT_MAX_HOLD" : null;
}

function isFallen(to: bigint, from: bigint, byBps: number): boolean {
  return to * BPS <= from * BigInt(10_000 - byBps);
}
