import { stopsLiftedByResuming } from "../api/trading-state.ts";
import { capitalPostings } from "../ledger/postings.ts";
import type { ReasonCode } from "../reasons.ts";
import { ok, refuse } from "../result.ts";
import type { UnixMs } from "../units.ts";
import { exitValueLamports } from "./costs.ts";
import { decideEntry } from "./entry.ts";
import { adoptPositions } from "./portfolio-adopt.ts";
import { withControl, withEquityRecord, withRecord } from "./portfolio-draft.ts";
import { withGrant } from "./portfolio-grant.ts";
import { lockRecord, tradingStateRecord } from "./portfolio-records.ts";
import { finished, releaseEntry, settleEntry, settleExit, withMovement } from "./portfolio-settle.ts";
import {
  type Control,
  conservationError,
  type EntryRequest,
  type ExpectedState,
  type PoolMark,
  type PortfolioEffect,
  type PortfolioEvent,
  type PortfolioState,
  type PortfolioStep,
  type SignalOutcome,
  signalAnswer,
  totalsOf,
} from "./portfolio-state.ts";
import { positionPlan } from "./position-state.ts";
import { clearedBreakers, trippedControl, watchBreakers, withDay, withLock, withRisk } from "./risk/breakers.ts";
import { riskFacts } from "./risk/checks.ts";
import { checkLock, type LockRequest, withoutOver } from "./risk/locks.ts";
import { initialRisk, riskLimits } from "./risk/risk-state.ts";
import { riskView } from "./risk/view.ts";
import { isLiveLedger, type LedgerId, positionIdOf } from "./signal.ts";

export { positionIdOf } from "./signal.ts";

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
    isDryRun: !isLiveLedger(opening.ledger),
    openingLamports: opening.openingLamports,
    cashLamports: opening.openingLamports,
    realisedLamports: 0n,
    peakLamports: opening.openingLamports,
    control: control ?? { state: "ACTIVE", reason: null, author: "system", atMs: nowMs, note: null },
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
    risk: initialRisk(opening.openingLamports, nowMs),
  };
  const opened = withMovement({ state, effects: [] }, "opening", null, capitalPostings(opening.openingLamports), nowMs);
  const told = control === null ? opened : withRecord(opened, nowMs, (now) => tradingStateRecord(now, nowMs));
  return finished(told, nowMs);
}

/**
 * The books of a ledger and its risk engine as a pure reducer. A request is decided once per signal
 * id and reserves its cash at once; an entry is settled once per position, its sales once each and in
 * order. Duplicates change nothing and get the first answer; a settlement that comes before the one
 * it builds on is refused with NOT_FOUND and has to be sent again. The breakers are checked whenever
 * equity changes and stay tripped until an operator sets ACTIVE, which starts a new peak and day.
 * Every movement of money emits its double-entry record in the same step.
 */
export function reducePortfolio(state: PortfolioState, event: PortfolioEvent): PortfolioStep {
  const step = apply(withDay(state, event.nowMs), event);
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
    case "release":
      return releaseEntry(state, event.positionId, event.nowMs);
    case "mark":
      return mark(state, event.marks, event.nowMs);
    case "health":
      return same({ ...state, risk: { ...state.risk, health: { failedPolls: event.failedPolls, atMs: event.nowMs } } });
    case "set-state":
      return setState(
        state,
        { state: event.state, reason: event.reason, author: event.author, atMs: event.nowMs, note: event.note },
        event.expected ?? null,
        event.nowMs,
      );
    case "lift-stop":
      return liftStop(state, event.reasons, event.author, event.nowMs);
    case "restored":
      return restored(state, event.newest, event.nowMs, event.note);
    case "adopt":
      return adoptPositions(state, event.adoptions, event.nowMs);
    case "set-lock":
      return setLock(state, event.lockId, event.lock, event.nowMs);
    case "lift-lock":
      return liftLock(state, event.lockId, event.author, event.nowMs);
    case "external-flow":
      return externalFlow(state, event.seenLamports, event.lamports, event.nowMs);
    case "close":
      return { state, effects: closeEffects(state, event.positionId), answer: ok(null) };
  }
}

function requestEntry(state: PortfolioState, request: EntryRequest, nowMs: UnixMs): PortfolioStep {
  const { signal, parameters, market, terms } = request;
  const before = state.signals.get(signal.id);
  if (before !== undefined) return { state, effects: [], answer: signalAnswer(before) };
  const positionId = positionIdOf(state.ledger, signal);
  const totals = totalsOf(state);
  const { control } = state;
  const decided = decideEntry(
    signal,
    parameters,
    market,
    {
      state: control.state,
      stateReason: control.reason,
      stateDetail: `by ${control.author}${control.note === null ? "" : `: ${control.note}`}`,
      equityLamports: totals.equityLamports,
      cashLamports: state.cashLamports,
      drawdownBps: totals.drawdownBps,
      positions: state.holdings.size,
      tradedMint: state.tradedMints.has(signal.mint) || state.holdings.has(positionId),
      risk: riskFacts(state, signal, totals.equityLamports, nowMs),
    },
    nowMs,
    terms,
  );
  const { maxPositions, maxDrawdownBps } = parameters;
  const risk = { ...state.risk, limits: riskLimits(parameters), locks: withoutOver(state.risk.locks, nowMs) };
  const current: PortfolioState = { ...state, maxPositions, maxDrawdownBps, solUsd: signal.solUsd, risk };
  if (!decided.ok) {
    const outcome = { granted: false, reason: decided.reason, detail: decided.detail ?? null, expiresAtMs: signal.expiresAtMs } as const;
    const signals = new Map(current.signals).set(signal.id, outcome);
    return { state: { ...current, signals: withoutExpired(signals, nowMs) }, effects: [], answer: decided };
  }
  const entry = decided.value;
  const plan = positionPlan({ positionId, ledger: state.ledger, signal, keys: request.keys, parameters }, entry, market, nowMs);
  const booked = withGrant({ ...current, signals: withoutExpired(new Map(current.signals), nowMs) }, plan, entry.reservedLamports, nowMs);
  const effects: PortfolioEffect[] = [{ type: "start-position", plan }, ...booked.effects];
  return { state: booked.state, effects, answer: ok({ positionId, sizeLamports: entry.sizeLamports }) };
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
  if (!changed) return same(state);
  const watched = watchBreakers({ state: { ...state, holdings }, effects: [] }, nowMs);
  const isDue = nowMs - state.equityRecordedAtMs >= EQUITY_RECORD_MS;
  return { ...(isDue ? withEquityRecord(watched, nowMs) : watched), answer: ok(null) };
}

/** A deposit or withdrawal is capital, not profit: opening cash, peak and the day's opening move with it. */
function externalFlow(state: PortfolioState, seenLamports: bigint, lamports: bigint, nowMs: UnixMs): PortfolioStep {
  const { reservedLamports } = totalsOf(state);
  const booksLamports = state.cashLamports + reservedLamports;
  if (booksLamports !== seenLamports)
    return { state, effects: [], answer: refuse("BOOKS_MISMATCH", `the books hold ${booksLamports} now`) };
  const { day } = state.risk;
  const next: PortfolioState = {
    ...state,
    openingLamports: state.openingLamports + lamports,
    cashLamports: state.cashLamports + lamports,
    peakLamports: state.peakLamports + lamports,
    risk: { ...state.risk, day: { ...day, openingLamports: day.openingLamports + lamports } },
  };
  return finished(withMovement({ state: next, effects: [] }, "flow", null, capitalPostings(lamports), nowMs), nowMs);
}

function setState(state: PortfolioState, control: Control, expected: ExpectedState | null, nowMs: UnixMs): PortfolioStep {
  const changed = expected === null ? null : changeSince(state, control, expected, nowMs);
  if (changed !== null) return { state, effects: [], answer: refuse("STATE_CHANGED", changed) };
  const isCleared = control.state !== "ACTIVE" || state.risk.tripped === null;
  const { state: now, reason, note } = state.control;
  if (control.state === now && control.reason === reason && (control.note ?? note) === note && isCleared) return same(state);
  const next = control.state === "ACTIVE" ? clearedBreakers(state) : state;
  return { ...withControl({ state: next, effects: [] }, control, nowMs), answer: ok(null) };
}

/** What has happened since somebody looked; null when the state is the one that they saw. */
function changeSince(state: PortfolioState, { state: wanted }: Control, { sinceMs, clears }: ExpectedState, nowMs: UnixMs): string | null {
  const view = riskView(state, true, nowMs);
  const stops = stopsLiftedByResuming(view);
  const isNew = wanted === "ACTIVE" && clears !== null && stops.some((code) => !clears.includes(code));
  if (!isNew && (sinceMs === null || sinceMs === view.sinceMs)) return null;
  const reasons = stops.length === 0 ? "" : ` (${stops.join(", ")})`;
  return `${state.ledger} is ${view.state}${reasons} now, set by ${view.author}`;
}

/** Ends a stop of the engine's own; one that was made for another reason, or by a person, stays. */
function liftStop(state: PortfolioState, reasons: readonly ReasonCode[], author: string, nowMs: UnixMs): PortfolioStep {
  const { reason, state: now } = state.control;
  if (now !== "REDUCING" || reason === null || !reasons.includes(reason)) return same(state);
  const { tripped } = state.risk;
  const active: Control = { state: "ACTIVE", reason: null, author, atMs: nowMs, note: null };
  const control = tripped === null ? active : trippedControl(state, tripped, nowMs);
  const lifted = withControl({ state, effects: [] }, control, nowMs);
  return { ...watchBreakers(lifted, nowMs), answer: ok(null) };
}

/** Entries stop until an operator resumes; further records get numbers that nobody has seen. */
function restored(state: PortfolioState, newest: number, nowMs: UnixMs, note?: string): PortfolioStep {
  const isKnown = newest > state.records;
  const why = isKnown ? `the journal knows record ${newest}, these books end earlier` : "a position knows a grant that these books do not";
  const control: Control = { state: "HALTED", reason: "STATE_RESTORED", author: "system", atMs: nowMs, note: note ?? why };
  const next = { ...state, records: Math.max(state.records, newest) };
  return { ...withControl({ state: next, effects: [] }, control, nowMs), answer: ok(null) };
}

function setLock(state: PortfolioState, lockId: string, request: LockRequest, nowMs: UnixMs): PortfolioStep {
  if (state.risk.locks.has(lockId)) return same(state);
  const locks = withoutOver(state.risk.locks, nowMs);
  const checked = checkLock(request, locks, nowMs);
  if (!checked.ok) return { state, effects: [], answer: checked };
  const draft = withRisk({ state, effects: [] }, { ...state.risk, locks });
  return { ...withLock(draft, { ...request, lockId, atMs: nowMs }, nowMs), answer: ok(null) };
}

function liftLock(state: PortfolioState, lockId: string, author: string, nowMs: UnixMs): PortfolioStep {
  const lock = state.risk.locks.get(lockId);
  if (lock === undefined) return { state, effects: [], answer: refuse("NOT_FOUND", "no such lock") };
  const locks = new Map(state.risk.locks);
  locks.delete(lockId);
  const draft = withRisk({ state, effects: [] }, { ...state.risk, locks });
  return { ...withRecord(draft, nowMs, (now) => lockRecord(now, nowMs, lock, "lifted", author)), answer: ok(null) };
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

function same(state: PortfolioState): PortfolioStep {
  return { state, effects: [], answer: ok(null) };
}
