import type { LedgerStatus, PositionView } from "../api/types.ts";
import type { JournalEntry } from "../journal/entry.ts";
import type { ReasonCode } from "../reasons.ts";
import { ok, type Result, refuse } from "../result.ts";
import { type Address, BPS, changeBps, type UnixMs } from "../units.ts";
import type { EntryTerms, TradingState } from "./entry.ts";
import type { Market, PoolKeys } from "./market.ts";
import type { Parameters } from "./parameters.ts";
import type { Adoption } from "./portfolio-adopt.ts";
import type { EntrySettlement, ExitSettlement, PositionPlan } from "./position-state.ts";
import type { LockRequest } from "./risk/locks.ts";
import type { RiskState } from "./risk/risk-state.ts";
import type { LedgerId, Signal } from "./signal.ts";

/** Money of one position as the books see it: reserved until its entry is settled, at cost from then on. */
export interface Holding {
  readonly positionId: string;
  readonly signalId: string;
  readonly mint: Address;
  readonly pool: Address;
  readonly symbol: string;
  readonly phase: "reserved" | "open";
  /** When it was reserved, or from its opening on when that was. */
  readonly sinceMs: UnixMs;
  /** 0 once open. */
  readonly reservedLamports: bigint;
  /** At risk, for the caps: what the entry may spend at the venue, then what it spent on what is still held. */
  readonly exposureLamports: bigint;
  /** Of what is still held, fees and rent of the entry included; 0 while reserved. */
  readonly costLamports: bigint;
  /** The part of it that went to the venue for the tokens, without fees. */
  readonly grossLamports: bigint;
  /** Still held. */
  readonly baseAmount: bigint;
  /** In the coin's account, comes back with its closing. */
  readonly rentLamports: bigint;
  /** Sales that are booked. */
  readonly exits: number;
  /** Realised by them. */
  readonly realisedLamports: bigint;
  /** Network, priority and tip of the sale, for its executable value. */
  readonly exitCostLamports: bigint;
  /** Executable value at `markedSlot`. */
  readonly valueLamports: bigint;
  readonly markedSlot: number;
  readonly markedAtMs: UnixMs;
  readonly score: number;
  readonly stopLossBps: number;
  readonly takeProfitBps: number;
  readonly maxHoldMs: number;
  /** Null when nobody could tell. */
  readonly creator: Address | null;
  readonly isRehearsal: boolean;
}

/** What became of a signal: the first answer is the answer. */
export type SignalOutcome =
  | { readonly granted: true; readonly positionId: string; readonly sizeLamports: bigint; readonly mint: Address }
  | { readonly granted: false; readonly reason: ReasonCode; readonly detail: string | null; readonly expiresAtMs: UnixMs };

export interface Control {
  readonly state: TradingState;
  readonly reason: ReasonCode | null;
  readonly author: string;
  readonly atMs: UnixMs;
  /** What the operator said about it. */
  readonly note: string | null;
}

/** The state that somebody saw who changes it: applied only while it is still so. */
export interface ExpectedState {
  /** When the state seen was set; null when any may be replaced. */
  readonly sinceMs: UnixMs | null;
  /** With ACTIVE: codes of the stops that were seen and are lifted; null lifts all of them. */
  readonly clears: readonly string[] | null;
}

/** The books of one ledger and its risk engine. Cash + reservations + cost of positions = opening cash + realised, at all times. */
export interface PortfolioState {
  readonly ledger: LedgerId;
  readonly isDryRun: boolean;
  readonly openingLamports: bigint;
  readonly cashLamports: bigint;
  readonly realisedLamports: bigint;
  readonly peakLamports: bigint;
  readonly control: Control;
  /** Of the parameters that were last used. */
  readonly maxPositions: number;
  readonly maxDrawdownBps: number;
  readonly solUsd: number;
  readonly trades: number;
  readonly wins: number;
  /**
   * Number of the ledger's newest journal record. Numbers follow the clock, so that books which were
   * restored to an earlier point never give one away twice.
   */
  readonly records: number;
  readonly equityRecordedAtMs: UnixMs;
  readonly holdings: ReadonlyMap<string, Holding>;
  readonly signals: ReadonlyMap<string, SignalOutcome>;
  /** Mints that the ledger ever reserved cash for. */
  readonly tradedMints: ReadonlySet<Address>;
  readonly risk: RiskState;
}

export interface EntryRequest {
  readonly signal: Signal;
  readonly parameters: Parameters;
  readonly keys: PoolKeys;
  /** Read for this decision. */
  readonly market: Market;
  readonly terms: EntryTerms;
}

export type PortfolioEvent =
  | { readonly type: "request-entry"; readonly nowMs: UnixMs; readonly request: EntryRequest }
  | { readonly type: "settle-entry"; readonly nowMs: UnixMs; readonly settlement: EntrySettlement }
  | { readonly type: "settle-exit"; readonly nowMs: UnixMs; readonly settlement: ExitSettlement }
  | { readonly type: "mark"; readonly nowMs: UnixMs; readonly marks: readonly PoolMark[] }
  | {
      readonly type: "set-state";
      readonly nowMs: UnixMs;
      readonly state: TradingState;
      readonly author: string;
      readonly reason: ReasonCode | null;
      readonly note: string | null;
      /** Without it the state is set whatever it is. */
      readonly expected?: ExpectedState | null;
    }
  /**
   * Money that came to or left the wallet beside the trades. Applies only while cash and reservations
   * are what the caller saw, so that it is never applied twice.
   */
  | { readonly type: "external-flow"; readonly nowMs: UnixMs; readonly seenLamports: bigint; readonly lamports: bigint }
  /** An entry that never began, found when the ledger was reconciled: its reservation is free again. */
  | { readonly type: "release"; readonly nowMs: UnixMs; readonly positionId: string }
  /** The journal knows a later record of this ledger than these books, or a position a grant of theirs. */
  | { readonly type: "restored"; readonly nowMs: UnixMs; readonly newest: number; readonly note?: string }
  /** What positions did that these restored books do not know of, see `adoptPositions`. */
  | { readonly type: "adopt"; readonly nowMs: UnixMs; readonly adoptions: readonly Adoption[] }
  | { readonly type: "set-lock"; readonly nowMs: UnixMs; readonly lockId: string; readonly lock: LockRequest }
  | { readonly type: "lift-lock"; readonly nowMs: UnixMs; readonly lockId: string; readonly author: string }
  /** How many looks at the open pools have failed in a row. */
  | { readonly type: "health"; readonly nowMs: UnixMs; readonly failedPolls: number }
  /** A stop that was made for one of these reasons is over; a breaker that tripped meanwhile is not. */
  | { readonly type: "lift-stop"; readonly nowMs: UnixMs; readonly reasons: readonly ReasonCode[]; readonly author: string }
  /** Null closes every position. */
  | { readonly type: "close"; readonly nowMs: UnixMs; readonly positionId: string | null };

export interface PoolMark {
  readonly pool: Address;
  readonly market: Market;
}

export interface EntryGrant {
  readonly positionId: string;
  readonly sizeLamports: bigint;
}

export type PortfolioEffect =
  | { readonly type: "journal"; readonly entry: JournalEntry }
  | { readonly type: "start-position"; readonly plan: PositionPlan }
  | { readonly type: "cancel-entry"; readonly positionId: string }
  | { readonly type: "close-position"; readonly positionId: string };

export interface PortfolioStep {
  readonly state: PortfolioState;
  readonly effects: readonly PortfolioEffect[];
  /** The grant of a request; null for the other events. A refusal of a settlement means: send it again. */
  readonly answer: Result<EntryGrant | null>;
}

export interface PortfolioTotals {
  readonly reservedLamports: bigint;
  readonly costLamports: bigint;
  /** Open positions at executable value. */
  readonly valueLamports: bigint;
  readonly equityLamports: bigint;
  readonly drawdownBps: number;
  readonly open: number;
}

/** Sums over the holdings. Drawdown is the fall from the peak in basis points of it, rounded toward zero. */
export function totalsOf(state: PortfolioState): PortfolioTotals {
  let reservedLamports = 0n;
  let costLamports = 0n;
  let valueLamports = 0n;
  let open = 0;
  for (const holding of state.holdings.values()) {
    reservedLamports += holding.reservedLamports;
    costLamports += holding.costLamports;
    valueLamports += holding.valueLamports;
    if (holding.phase === "open") open++;
  }
  const equityLamports = state.cashLamports + reservedLamports + valueLamports;
  const fallen = state.peakLamports - equityLamports;
  const drawdownBps = fallen > 0n && state.peakLamports > 0n ? Number((fallen * BPS) / state.peakLamports) : 0;
  return { reservedLamports, costLamports, valueLamports, equityLamports, drawdownBps, open };
}

/** The books' error: cash, reservations and cost against opening cash and what was realised. Anything but 0 is a bug. */
export function conservationError(state: PortfolioState): bigint {
  const { reservedLamports, costLamports } = totalsOf(state);
  return state.cashLamports + reservedLamports + costLamports - state.openingLamports - state.realisedLamports;
}

/** The answer that a signal got. */
export function signalAnswer(outcome: SignalOutcome): Result<EntryGrant> {
  if (!outcome.granted) return refuse(outcome.reason, outcome.detail ?? undefined);
  return ok({ positionId: outcome.positionId, sizeLamports: outcome.sizeLamports });
}

/** Open and entering positions as the API shows them, oldest first. */
export function holdingViews(state: PortfolioState): PositionView[] {
  const holdings = [...state.holdings.values()].sort((a, b) => a.sinceMs - b.sinceMs);
  return holdings.map((holding) => {
    const isOpen = holding.phase === "open";
    return {
      positionId: holding.positionId,
      ledger: state.ledger,
      isDryRun: state.isDryRun,
      mint: holding.mint,
      symbol: holding.symbol,
      status: isOpen ? "open" : "entering",
      score: holding.score,
      openedAtMs: isOpen ? holding.sinceMs : null,
      costLamports: holding.costLamports.toString(),
      valueLamports: isOpen ? holding.valueLamports.toString() : null,
      returnBps: isOpen ? changeBps(holding.costLamports, holding.valueLamports) : null,
      stopLossBps: holding.stopLossBps,
      takeProfitBps: holding.takeProfitBps,
      soldBps: null,
      peakReturnBps: null,
      deadlineMs: holding.sinceMs + holding.maxHoldMs,
      updatedAtMs: holding.markedAtMs,
      reason: null,
    };
  });
}

/** The ledger as the API shows it. */
export function ledgerStatus(state: PortfolioState): LedgerStatus {
  const totals = totalsOf(state);
  return {
    ledger: state.ledger,
    isDryRun: state.isDryRun,
    state: state.control.state,
    stateReason: state.control.reason,
    equityLamports: totals.equityLamports.toString(),
    cashLamports: state.cashLamports.toString(),
    reservedLamports: totals.reservedLamports.toString(),
    openingLamports: state.openingLamports.toString(),
    realisedLamports: state.realisedLamports.toString(),
    drawdownBps: totals.drawdownBps,
    openPositions: totals.open,
    maxPositions: state.maxPositions,
    maxDrawdownBps: state.maxDrawdownBps,
    trades: state.trades,
    wins: state.wins,
  };
}
