import { reservePostings } from "../ledger/postings.ts";
import type { UnixMs } from "../units.ts";
import { landedCostLamports } from "./costs.ts";
import type { Draft } from "./portfolio-draft.ts";
import { withMovement } from "./portfolio-settle.ts";
import type { Holding, PortfolioState } from "./portfolio-state.ts";
import type { PositionPlan } from "./position-state.ts";
import { HOUR_MS, isWithin } from "./risk/risk-state.ts";

/** Books the grant of a position: its cash is reserved, its signal answered and its coin traded. */
export function withGrant(state: PortfolioState, plan: PositionPlan, reservedLamports: bigint, nowMs: UnixMs): Draft {
  const { positionId, signal, parameters, sizeLamports } = plan;
  const holding: Holding = {
    positionId,
    signalId: signal.id,
    mint: signal.mint,
    pool: signal.pool,
    symbol: signal.symbol,
    phase: "reserved",
    sinceMs: nowMs,
    reservedLamports,
    exposureLamports: sizeLamports,
    costLamports: 0n,
    grossLamports: 0n,
    baseAmount: 0n,
    rentLamports: 0n,
    exits: 0,
    realisedLamports: 0n,
    exitCostLamports: landedCostLamports(parameters),
    valueLamports: 0n,
    markedSlot: 0,
    markedAtMs: nowMs,
    score: signal.score,
    stopLossBps: plan.stopLossBps,
    takeProfitBps: plan.takeProfitBps,
    maxHoldMs: parameters.maxHoldMs,
    creator: signal.creator,
    isRehearsal: plan.isRehearsal,
  };
  const granted = { granted: true, positionId, sizeLamports, mint: signal.mint } as const;
  const { risk } = state;
  const atMs = plan.decidedAtMs;
  const entries = new Map([...risk.entries].filter(([, one]) => isWithin(one.atMs, HOUR_MS, nowMs)));
  const next: PortfolioState = {
    ...state,
    cashLamports: state.cashLamports - reservedLamports,
    holdings: new Map(state.holdings).set(positionId, holding),
    signals: new Map(state.signals).set(signal.id, granted),
    tradedMints: new Set(state.tradedMints).add(signal.mint),
    risk: { ...risk, lastEntryAtMs: atMs, entries: entries.set(positionId, { atMs, lamports: sizeLamports }) },
  };
  return withMovement({ state: next, effects: [] }, "reserve", positionId, reservePostings(reservedLamports), nowMs);
}
