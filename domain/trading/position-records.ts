import type { FillRecord, PositionRecord, TradeRecord } from "../journal/entry.ts";
import { BPS, changeBps, type UnixMs } from "../units.ts";
import type { Fill, Order, PositionPlan, PositionState } from "./position-state.ts";

/** Journal record of an executed order. */
export function fillRecord(plan: PositionPlan, order: Order, fill: Fill, atMs: UnixMs): FillRecord {
  return {
    kind: "fill",
    id: `fill:${order.id}`,
    atMs,
    positionId: plan.positionId,
    ledger: plan.ledger,
    isDryRun: plan.isDryRun,
    mint: plan.signal.mint,
    side: order.side,
    attempt: order.attempt,
    slot: fill.slot,
    baseAmount: fill.baseAmount.toString(),
    quoteLamports: fill.quoteLamports.toString(),
    venueFeeLamports: fill.venueFeeLamports.toString(),
    networkCostLamports: fill.networkCostLamports.toString(),
    rentLamports: fill.rentLamports.toString(),
    impactBps: fill.impactBps,
    parameterVersion: plan.signal.parameterVersion,
    modelVersion: plan.signal.modelVersion,
  };
}

/** Journal record of a position as it stands; null before it started. */
export function positionRecord(state: PositionState, atMs: UnixMs): PositionRecord | null {
  const { plan } = state;
  if (state.status === "planned") return null;
  const isHeld = state.status === "open" || state.status === "exiting";
  return {
    kind: "position",
    id: `position:${plan.positionId}:${state.records}`,
    atMs,
    positionId: plan.positionId,
    ledger: plan.ledger,
    isDryRun: plan.isDryRun,
    mint: plan.signal.mint,
    pool: plan.signal.pool,
    symbol: plan.signal.symbol,
    status: state.status,
    score: plan.signal.score,
    reason: state.reason,
    openedAtMs: state.openedAtMs,
    // Of what is held, as the value is; all of it once the position has ended.
    baseAmount: (isHeld ? state.heldBase : state.baseAmount).toString(),
    costLamports: (isHeld ? state.heldCostLamports : state.costLamports).toString(),
    valueLamports: state.mark?.valueLamports.toString() ?? null,
    stopLossBps: plan.stopLossBps,
    takeProfitBps: plan.takeProfitBps,
    soldBps: soldBps(state),
    peakReturnBps: peakReturnBps(state),
    deadlineMs: state.deadlineMs,
    parameterVersion: plan.signal.parameterVersion,
    modelVersion: plan.signal.modelVersion,
  };
}

/** Share of what was bought that is sold by now, rounded toward zero. */
function soldBps({ baseAmount, heldBase }: PositionState): number {
  return baseAmount > 0n ? Number(((baseAmount - heldBase) * BPS) / baseAmount) : 0;
}

/** Return of what is held at the peak that the trailing stop hangs from; null while it is not armed. */
function peakReturnBps({ heldCostLamports, watch: { peakLamports } }: PositionState): number | null {
  return peakLamports === null || heldCostLamports <= 0n ? null : changeBps(heldCostLamports, peakLamports);
}

/** Journal record of a closed position. Profit is cash in less cash out, to the lamport. */
export function tradeRecord(state: PositionState, closedAtMs: UnixMs): TradeRecord {
  const { plan, costLamports, proceedsLamports } = state;
  if (state.openedAtMs === null || state.reason === null) throw new Error(`position ${plan.positionId} closed without having been open`);
  return {
    kind: "trade",
    id: `trade:${plan.positionId}`,
    atMs: closedAtMs,
    positionId: plan.positionId,
    signalId: plan.signal.id,
    ledger: plan.ledger,
    isDryRun: plan.isDryRun,
    mint: plan.signal.mint,
    pool: plan.signal.pool,
    symbol: plan.signal.symbol,
    score: plan.signal.score,
    openedAtMs: state.openedAtMs,
    closedAtMs,
    holdMs: closedAtMs - state.openedAtMs,
    baseAmount: state.baseAmount.toString(),
    costLamports: costLamports.toString(),
    proceedsLamports: proceedsLamports.toString(),
    feesLamports: state.feesLamports.toString(),
    pnlLamports: (proceedsLamports - costLamports).toString(),
    returnBps: changeBps(costLamports, proceedsLamports),
    exitReason: state.reason,
    parameterVersion: plan.signal.parameterVersion,
    modelVersion: plan.signal.modelVersion,
  };
}
