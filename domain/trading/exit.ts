import type { ReasonCode } from "../reasons.ts";
import { BPS, type UnixMs } from "../units.ts";

/** What an exit is decided on. Values are executable: what a sale now would bring, all costs paid. */
export interface ExitFacts {
  readonly nowMs: UnixMs;
  readonly deadlineMs: UnixMs;
  /** All cash that the position took. */
  readonly costLamports: bigint;
  readonly valueLamports: bigint;
  /** The pool's quote reserves now, and when the entry filled. */
  readonly quoteReservesLamports: bigint;
  readonly entryQuoteReservesLamports: bigint;
  readonly stopLossBps: number;
  readonly takeProfitBps: number;
  readonly liquidityCollapseBps: number;
  /** A person asked for the exit. */
  readonly closeRequested: boolean;
  /** Bought to be sold at once. */
  readonly isRehearsal: boolean;
}

export type ExitReason = Extract<
  ReasonCode,
  "EXIT_OPERATOR" | "EXIT_REHEARSAL" | "EXIT_LIQUIDITY_COLLAPSE" | "EXIT_STOP_LOSS" | "EXIT_TAKE_PROFIT" | "EXIT_MAX_HOLD"
>;

/**
 * Whether to sell, and why; null means hold. Where several hold, the first of this order is named:
 * operator, rehearsal, liquidity collapse, stop loss, take profit, maximum hold. Each limit counts when it is
 * reached exactly. No entry rule and no trading state has a say here.
 */
export function decideExit(facts: ExitFacts): ExitReason | null {
  if (facts.closeRequested) return "EXIT_OPERATOR";
  if (facts.isRehearsal) return "EXIT_REHEARSAL";
  const reserves = facts.quoteReservesLamports * BPS;
  if (reserves <= facts.entryQuoteReservesLamports * BigInt(10_000 - facts.liquidityCollapseBps)) return "EXIT_LIQUIDITY_COLLAPSE";
  const value = facts.valueLamports * BPS;
  if (value <= facts.costLamports * BigInt(10_000 - facts.stopLossBps)) return "EXIT_STOP_LOSS";
  if (value >= facts.costLamports * BigInt(10_000 + facts.takeProfitBps)) return "EXIT_TAKE_PROFIT";
  return facts.nowMs >= facts.deadlineMs ? "EXIT_MAX_HOLD" : null;
}
