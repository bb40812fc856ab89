import type { ReasonCode } from "../../reasons.ts";
import type { UnixMs } from "../../units.ts";
import { type Draft, withControl, withRecord } from "../portfolio-draft.ts";
import { lockRecord } from "../portfolio-records.ts";
import { type Control, type Holding, type PortfolioState, totalsOf } from "../portfolio-state.ts";
import { lockIdOf } from "./locks.ts";
import { type BreakerCode, creatorKey, dayLossBps, HOUR_MS, isWithin, type Lock, type RiskState, rolledDay } from "./risk-state.ts";

const SYSTEM = "system";

/** The ledger with the day in force: what it was worth before the present event is what the day began with. */
export function withDay(state: PortfolioState, nowMs: UnixMs): PortfolioState {
  const day = rolledDay(state.risk.day, totalsOf(state).equityLamports, nowMs);
  return day === state.risk.day ? state : { ...state, risk: { ...state.risk, day } };
}

/**
 * Raises the peak, and trips a breaker when equity has fallen too far below it or below the day's
 * opening. A ledger that is stopped for another reason remembers it, so that lifting that stop does
 * not let entries through.
 */
export function watchBreakers(draft: Draft, nowMs: UnixMs): Draft {
  const { state } = draft;
  const { equityLamports } = totalsOf(state);
  const risen = equityLamports > state.peakLamports ? { ...draft, state: { ...state, peakLamports: equityLamports } } : draft;
  const code = exceeded(risen.state);
  if (code === null || state.risk.tripped !== null) return risen;
  const tripped: Draft = { ...risen, state: { ...risen.state, risk: { ...state.risk, tripped: code } } };
  return state.control.state === "ACTIVE" ? withControl(tripped, trippedControl(tripped.state, code, nowMs), nowMs) : tripped;
}

/** The breaker whose limit is reached; the drawdown comes first. */
function exceeded(state: PortfolioState): BreakerCode | null {
  const { equityLamports, drawdownBps } = totalsOf(state);
  if (drawdownBps >= state.maxDrawdownBps) return "DRAWDOWN_BREAKER";
  return dayLossBps(state.risk.day, equityLamports) >= state.risk.limits.dailyLossLimitBps ? "DAILY_LOSS_LIMIT" : null;
}

/** The trading state that a tripped breaker means. */
export function trippedControl(state: PortfolioState, code: BreakerCode, nowMs: UnixMs): Control {
  const { equityLamports, drawdownBps } = totalsOf(state);
  const lost = dayLossBps(state.risk.day, equityLamports);
  const note =
    code === "DRAWDOWN_BREAKER"
      ? `${drawdownBps} of ${state.maxDrawdownBps} bps below the peak of ${state.peakLamports} lamports`
      : `${lost} of ${state.risk.limits.dailyLossLimitBps} bps below the day's opening ${state.risk.day.openingLamports} lamports`;
  return { state: "REDUCING", reason: code, author: SYSTEM, atMs: nowMs, note };
}

/**
 * An operator's go-ahead: no breaker is tripped any more. Where a limit is still exceeded, peak or
 * day begin anew from here, or the breaker would trip again on the next mark.
 */
export function clearedBreakers(state: PortfolioState): PortfolioState {
  const { equityLamports, drawdownBps } = totalsOf(state);
  const { risk } = state;
  const isDayLost = dayLossBps(risk.day, equityLamports) >= risk.limits.dailyLossLimitBps;
  return {
    ...state,
    peakLamports: drawdownBps >= state.maxDrawdownBps ? equityLamports : state.peakLamports,
    risk: { ...risk, tripped: null, day: isDayLost ? { ...risk.day, openingLamports: equityLamports } : risk.day },
  };
}

/** Counts a trade for the losses in a row and the creator's cooldown. A rehearsal loses by design and counts for neither. */
export function noteTrade(draft: Draft, { creator, isRehearsal }: Holding, pnlLamports: bigint, nowMs: UnixMs): Draft {
  if (isRehearsal) return draft;
  const { risk } = draft.state;
  if (pnlLamports >= 0n) return withRisk(draft, { ...risk, consecutiveLosses: 0 });
  const recent = [...risk.creatorLosses].filter(([, atMs]) => isWithin(atMs, risk.limits.creatorCooldownMs, nowMs));
  const creatorLosses = new Map(recent).set(creatorKey(creator), nowMs);
  const consecutiveLosses = risk.consecutiveLosses + 1;
  if (consecutiveLosses < risk.limits.maxConsecutiveLosses) return withRisk(draft, { ...risk, creatorLosses, consecutiveLosses });
  return paused(withRisk(draft, { ...risk, creatorLosses, consecutiveLosses: 0 }), "CONSECUTIVE_LOSSES", nowMs);
}

/** Counts a fill that was far worse than its quote. */
export function noteSlippage(draft: Draft, slippageBps: number | null, nowMs: UnixMs): Draft {
  const { risk } = draft.state;
  if (slippageBps === null || slippageBps < risk.limits.slippageBreachBps) return draft;
  const breachesAtMs = [...risk.breachesAtMs.filter((atMs) => isWithin(atMs, HOUR_MS, nowMs)), nowMs];
  if (breachesAtMs.length < risk.limits.maxSlippageBreaches) return withRisk(draft, { ...risk, breachesAtMs });
  return paused(withRisk(draft, { ...risk, breachesAtMs: [] }), "SLIPPAGE_BREACHES", nowMs);
}

/** Locks everything for a while; the count that led to it begins anew. */
function paused(draft: Draft, reason: ReasonCode, nowMs: UnixMs): Draft {
  const { ledger, risk } = draft.state;
  const request = { scope: "all", value: null, untilMs: nowMs + risk.limits.breakerPauseMs, reason, author: SYSTEM } as const;
  return withLock(draft, { ...request, lockId: lockIdOf(ledger, request, nowMs), atMs: nowMs }, nowMs);
}

/** Sets a lock and says so. */
export function withLock(draft: Draft, lock: Lock, nowMs: UnixMs): Draft {
  const { risk } = draft.state;
  const locks = new Map(risk.locks).set(lock.lockId, lock);
  return withRecord(withRisk(draft, { ...risk, locks }), nowMs, (state) => lockRecord(state, nowMs, lock, "set", lock.author));
}

export function withRisk(draft: Draft, risk: RiskState): Draft {
  return { ...draft, state: { ...draft.state, risk } };
}
