import { hash32 } from "../random.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { UnixMs } from "../units.ts";
import { exitValueLamports, landedCostLamports } from "./costs.ts";
import { decideEntry } from "./entry.ts";
import { equityRecord, tradingStateRecord } from "./portfolio-records.ts";
import {
  type Control,
  conservationError,
  type EntryRequest,
  type Holding,
  type PoolMark,
  type PortfolioEffect,
  type PortfolioEvent,
  type PortfolioState,
  type PortfolioStep,
  type SignalOutcome,
  signalAnswer,
  totalsOf,
} from "./portfolio-state.ts";
import { type EntrySettlement, type ExitSettlement, positionPlan } from "./position-state.ts";
import type { LedgerId, Signal } from "./signal.ts";

/** Equity is journalled at each settlement, and on marks at most this often. */
const EQUITY_RECORD_MS = 5_000;

export interface OpeningBooks {
  readonly ledger: LedgerId;
  readonly openingLamports: bigint;
  readonly maxPositions: number;
  readonly maxDrawdownBps: number;
  readonly solUsd: number;
}

/** Opens a ledger's books with cash and nothing else, in the trading state that an operator chose before, or ACTIVE. */
export function openPortfolio(opening: OpeningBooks, nowMs: UnixMs, control: Control | null = null): PortfolioStep {
  const state: PortfolioState = {
    ledger: opening.ledger,
    isDryRun: opening.ledger.startsWith("paper-"),
    openingLamports: opening.openingLamports,
    cashLamports: opening.openingLamports,
    realisedLamports: 0n,
    peakLamports: opening.openingLamports,
    control: control ?? { state: "ACTIVE", reason: null, author: "system", atMs: nowMs },
    maxPositions: opening.maxPositions,
    maxDrawdownBps: opening.maxDrawdownBps,
    solUsd: opening.solUsd,
    trades: 0,
    wins: 0,
    records: 0,
    equityRecordedAtMs: nowMs,
    holdings: new Map(),
    signals: new Map(),
    tradedMints: new Set(),
  };
  return journalled(state, nowMs);
}

/**
 * The books of a ledger as a pure reducer. A request is decided once per signal id and reserves its
 * cash at once; a settlement is applied once per position. Duplicates change nothing and get the
 * first answer; a settlement that comes before the one it builds on is refused with NOT_FOUND and
 * has to be sent again. The drawdown breaker is checked whenever equity changes and stays tripped
 * until an operator sets ACTIVE, which starts a new peak.
 */
export function reducePortfolio(state: PortfolioState, event: PortfolioEvent): PortfolioStep {
  const step = apply(state, event);
  if (conservationError(step.state) !== 0n) throw new Error(`books of ${state.ledger} do not balance after ${event.type}`);
  return step;
}

function apply(state: PortfolioState, event: PortfolioEvent): PortfolioStep {
  switch (event.type) {
    case "request-entry":
      return requestEntry(state, event.request, event.nowMs);
    case "settle-entry":
      return settleEntry(state, event.settlement, event.nowMs);
    case "settle-exit":
      return settleExit(state, event.settlement, event.nowMs);
    case "mark":
      return mark(state, event.marks, event.nowMs);
    case "set-state":
      return setState(state, { state: event.state, reason: event.reason, author: event.author, atMs: event.nowMs }, event.nowMs);
    case "external-flow":
      return externalFlow(state, event.seenLamports, event.lamports, event.nowMs);
    case "close":
      return { state, effects: closeEffects(state, event.positionId), answer: ok(null) };
  }
}

/** Stable, short enough for a Telegram button, and the same for every delivery of the signal. */
export function positionIdOf(ledger: LedgerId, signal: Pick<Signal, "id" | "mint">): string {
  return `${ledger}-${signal.mint.slice(0, 8)}-${hash32(signal.id).toString(16).padStart(8, "0")}`;
}

function requestEntry(state: PortfolioState, request: EntryRequest, nowMs: UnixMs): PortfolioStep {
  const { signal, parameters, market, terms } = request;
  const before = state.signals.get(signal.id);
  if (before !== undefined) return { state, effects: [], answer: signalAnswer(before) };
  const positionId = positionIdOf(state.ledger, signal);
  const totals = totalsOf(state);
  const decided = decideEntry(
    signal,
    parameters,
    market,
    {
      state: state.control.state,
      stateReason: state.control.reason,
      equityLamports: totals.equityLamports,
      cashLamports: state.cashLamports,
      drawdownBps: totals.drawdownBps,
      positions: state.holdings.size,
      tradedMint: state.tradedMints.has(signal.mint) || state.holdings.has(positionId),
    },
    nowMs,
    terms,
  );
  const current = { ...state, maxPositions: parameters.maxPositions, maxDrawdownBps: parameters.maxDrawdownBps, solUsd: signal.solUsd };
  if (!decided.ok) {
    const outcome = { granted: false, reason: decided.reason, detail: decided.detail ?? null, expiresAtMs: signal.expiresAtMs } as const;
    const signals = new Map(current.signals).set(signal.id, outcome);
    return { state: { ...current, signals: withoutExpired(signals, nowMs) }, effects: [], answer: decided };
  }
  const entry = decided.value;
  const plan = positionPlan({ positionId, ledger: state.ledger, signal, keys: request.keys, parameters }, entry, market, nowMs);
  const holding: Holding = {
    positionId,
    signalId: signal.id,
    mint: signal.mint,
    pool: signal.pool,
    symbol: signal.symbol,
    phase: "reserved",
    sinceMs: nowMs,
    reservedLamports: entry.reservedLamports,
    costLamports: 0n,
    baseAmount: 0n,
    rentLamports: 0n,
    exitCostLamports: landedCostLamports(parameters),
    valueLamports: 0n,
    markedSlot: 0,
    markedAtMs: nowMs,
    score: signal.score,
    stopLossBps: entry.stopLossBps,
    takeProfitBps: entry.takeProfitBps,
    maxHoldMs: parameters.maxHoldMs,
  };
  const granted = { granted: true, positionId, sizeLamports: entry.sizeLamports, mint: signal.mint } as const;
  const next: PortfolioState = {
    ...current,
    cashLamports: state.cashLamports - entry.reservedLamports,
    holdings: new Map(state.holdings).set(positionId, holding),
    signals: withoutExpired(new Map(state.signals).set(signal.id, granted), nowMs),
    tradedMints: new Set(state.tradedMints).add(signal.mint),
  };
  return { state: next, effects: [{ type: "start-position", plan }], answer: ok({ positionId, sizeLamports: entry.sizeLamports }) };
}

function settleEntry(state: PortfolioState, settlement: EntrySettlement, nowMs: UnixMs): PortfolioStep {
  const { positionId, costLamports, opened } = settlement;
  const known = knownPosition(state, settlement);
  if (!known.ok) return { state, effects: [], answer: known };
  const holding = state.holdings.get(positionId);
  if (holding === undefined || holding.phase !== "reserved") return { state, effects: [], answer: ok(null) };
  const holdings = new Map(state.holdings);
  const cashLamports = state.cashLamports + holding.reservedLamports - costLamports;
  if (opened === null) {
    holdings.delete(positionId);
    return journalled({ ...state, cashLamports, holdings, realisedLamports: state.realisedLamports - costLamports }, nowMs);
  }
  holdings.set(positionId, {
    ...holding,
    phase: "open",
    sinceMs: settlement.atMs,
    reservedLamports: 0n,
    costLamports,
    baseAmount: opened.baseAmount,
    rentLamports: opened.rentLamports,
    valueLamports: opened.valueLamports,
    markedSlot: opened.slot,
    markedAtMs: nowMs,
  });
  return journalled({ ...state, cashLamports, holdings }, nowMs);
}

function settleExit(state: PortfolioState, settlement: ExitSettlement, nowMs: UnixMs): PortfolioStep {
  const { positionId, proceedsLamports } = settlement;
  const known = knownPosition(state, settlement);
  if (!known.ok) return { state, effects: [], answer: known };
  const holding = state.holdings.get(positionId);
  if (holding === undefined) return { state, effects: [], answer: ok(null) };
  if (holding.phase !== "open") return { state, effects: [], answer: refuse("NOT_FOUND", "entry not settled yet") };
  const holdings = new Map(state.holdings);
  holdings.delete(positionId);
  const pnl = proceedsLamports - holding.costLamports;
  const next: PortfolioState = {
    ...state,
    cashLamports: state.cashLamports + proceedsLamports,
    realisedLamports: state.realisedLamports + pnl,
    holdings,
    trades: state.trades + 1,
    wins: state.wins + (pnl > 0n ? 1 : 0),
  };
  return journalled(next, nowMs);
}

/** A settlement of a position that these books never granted is refused, so that it can never add money. */
function knownPosition(state: PortfolioState, { positionId, signalId }: { positionId: string; signalId: string }): Result<null> {
  const outcome = state.signals.get(signalId);
  return outcome?.granted === true && outcome.positionId === positionId ? ok(null) : refuse("NOT_FOUND", "position not granted here");
}

function mark(state: PortfolioState, marks: readonly PoolMark[], nowMs: UnixMs): PortfolioStep {
  const holdings = new Map(state.holdings);
  let changed = false;
  for (const holding of state.holdings.values()) {
    if (holding.phase !== "open") continue;
    const newest = marks.find((one) => one.pool === holding.pool && one.market.slot >= holding.markedSlot);
    if (newest === undefined) continue;
    const valueLamports = exitValueLamports(newest.market, holding.baseAmount, holding.rentLamports, holding.exitCostLamports);
    holdings.set(holding.positionId, { ...holding, valueLamports, markedSlot: newest.market.slot, markedAtMs: newest.market.atMs });
    changed = true;
  }
  if (!changed) return { state, effects: [], answer: ok(null) };
  const next = { ...state, holdings };
  if (nowMs - state.equityRecordedAtMs >= EQUITY_RECORD_MS) return journalled(next, nowMs);
  const watched = watchDrawdown(next, nowMs);
  return { ...watched, answer: ok(null) };
}

/** A deposit or withdrawal is capital, not profit: opening cash and peak move with it. */
function externalFlow(state: PortfolioState, seenLamports: bigint, lamports: bigint, nowMs: UnixMs): PortfolioStep {
  const { reservedLamports } = totalsOf(state);
  if (state.cashLamports + reservedLamports !== seenLamports)
    return { state, effects: [], answer: refuse("BOOKS_MISMATCH", "moved meanwhile") };
  const next: PortfolioState = {
    ...state,
    openingLamports: state.openingLamports + lamports,
    cashLamports: state.cashLamports + lamports,
    peakLamports: state.peakLamports + lamports,
  };
  return journalled(next, nowMs);
}

function setState(state: PortfolioState, control: Control, nowMs: UnixMs): PortfolioStep {
  if (control.state === state.control.state && control.reason === state.control.reason) return { state, effects: [], answer: ok(null) };
  const totals = totalsOf(state);
  // Without a new peak a tripped breaker would trip again on the next mark.
  const resumed = control.state === "ACTIVE" && totals.drawdownBps >= state.maxDrawdownBps;
  const next = { ...state, control, peakLamports: resumed ? totals.equityLamports : state.peakLamports, records: state.records + 1 };
  const effects: PortfolioEffect[] = [{ type: "journal", entry: tradingStateRecord(next, nowMs) }];
  return { state: next, effects: [...effects, ...(control.state === "ACTIVE" ? [] : cancelEffects(state))], answer: ok(null) };
}

/** Raises the peak, and trips the breaker when equity has fallen too far below it. */
function watchDrawdown(state: PortfolioState, nowMs: UnixMs): { state: PortfolioState; effects: readonly PortfolioEffect[] } {
  const { equityLamports, drawdownBps } = totalsOf(state);
  const risen = equityLamports > state.peakLamports ? { ...state, peakLamports: equityLamports } : state;
  if (drawdownBps < state.maxDrawdownBps || state.control.state !== "ACTIVE") return { state: risen, effects: [] };
  return setState(risen, { state: "REDUCING", reason: "DRAWDOWN_BREAKER", author: "system", atMs: nowMs }, nowMs);
}

/** Finishes an event that moved money: watches the drawdown and journals the equity. */
function journalled(moved: PortfolioState, nowMs: UnixMs): PortfolioStep {
  const watched = watchDrawdown(moved, nowMs);
  const state = { ...watched.state, records: watched.state.records + 1, equityRecordedAtMs: nowMs };
  return { state, effects: [...watched.effects, { type: "journal", entry: equityRecord(state, nowMs) }], answer: ok(null) };
}

function cancelEffects(state: PortfolioState): PortfolioEffect[] {
  const reserved = [...state.holdings.values()].filter((holding) => holding.phase === "reserved");
  return reserved.map((holding) => ({ type: "cancel-entry", positionId: holding.positionId }));
}

function closeEffects(state: PortfolioState, positionId: string | null): PortfolioEffect[] {
  const chosen = [...state.holdings.keys()].filter((id) => positionId === null || id === positionId);
  return chosen.map((id) => ({ type: "close-position", positionId: id }));
}

/** Refusals of expired signals are forgotten: asked again, they expire. */
function withoutExpired(signals: Map<string, SignalOutcome>, nowMs: UnixMs): Map<string, SignalOutcome> {
  for (const [id, outcome] of signals) if (!outcome.granted && outcome.expiresAtMs < nowMs) signals.delete(id);
  return signals;
}
