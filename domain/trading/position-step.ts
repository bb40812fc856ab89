import { orderRecord } from "../journal/order-record.ts";
import type { UnixMs } from "../units.ts";
import { exitValueLamports, landedCostLamports } from "./costs.ts";
import type { Market } from "./market.ts";
import { positionRecord } from "./position-records.ts";
import type { Order, PositionEffect, PositionPlan, PositionState, PositionStep } from "./position-state.ts";

/** What the steps of a position are made of. */

/** Nothing changes. */
export function same(state: PositionState): PositionStep {
  return { state, effects: [] };
}

/** Adds the journal record that every change of status makes, ahead of the other effects. */
export function recorded(state: PositionState, nowMs: UnixMs, effects: readonly PositionEffect[] = []): PositionStep {
  const next = { ...state, records: state.records + 1, recordedAtMs: nowMs };
  const entry = positionRecord(next, nowMs);
  return { state: next, effects: entry === null ? effects : [{ type: "journal", entry }, ...effects] };
}

/** Puts an order under way; the journal hears of every one. */
export function ordered(state: PositionState, order: Order): PositionEffect[] {
  return [{ type: "journal", entry: orderRecord(state.plan, order, order.isPart ? "EXIT_LADDER" : state.reason) }];
}

/** What selling `heldBase` on a market would bring, everything paid and the rent returned. */
export function executableValue(state: Pick<PositionState, "plan" | "heldBase" | "rentLamports">, market: Market): bigint {
  return exitValueLamports(market, state.heldBase, state.rentLamports, landedCostLamports(state.plan.parameters));
}

export function orderId(plan: PositionPlan, side: Order["side"], attempt: number): string {
  return `${plan.positionId}:${side}:${attempt}`;
}

/** An attempt of the entry, as the decision to enter quoted it. */
export function entryOrder(plan: PositionPlan, attempt: number): Order {
  return {
    id: orderId(plan, "buy", attempt),
    side: "buy",
    attempt,
    amountIn: plan.sizeLamports,
    minOut: plan.minBaseOut,
    quotedOut: plan.quotedBaseOut,
    slippageBps: plan.parameters.entrySlippageBps,
    isPart: false,
    closesAccount: false,
    decidedAtMs: plan.decidedAtMs,
    decidedSlot: plan.decidedSlot,
    marketAtMs: plan.decidedAtMs,
  };
}
