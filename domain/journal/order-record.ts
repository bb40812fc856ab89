import type { ReasonCode } from "../reasons.ts";
import type { Order, PositionPlan } from "../trading/position-state.ts";
import type { OrderRecord } from "./entry.ts";

/** Journal record of an order that a position has decided on; `reason` tells why it sells, null for a buy. */
export function orderRecord(plan: PositionPlan, order: Order, reason: ReasonCode | null): OrderRecord {
  return {
    kind: "order",
    id: `order:${order.id}`,
    atMs: order.decidedAtMs,
    orderId: order.id,
    positionId: plan.positionId,
    ledger: plan.ledger,
    isDryRun: plan.isDryRun,
    mint: plan.signal.mint,
    side: order.side,
    attempt: order.attempt,
    amountIn: order.amountIn.toString(),
    minOut: order.minOut.toString(),
    slippageBps: order.slippageBps,
    slot: order.decidedSlot,
    reason: order.side === "sell" ? reason : null,
    parameterVersion: plan.signal.parameterVersion,
    modelVersion: plan.signal.modelVersion,
  };
}
