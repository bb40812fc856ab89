import { createRng } from "../random.ts";
import type { ReasonCode } from "../reasons.ts";
import { BPS, type UnixMs } from "../units.ts";
import { quoteBuyExactQuoteIn, quoteSell, type SwapQuote } from "../venues/pump-swap.ts";
import { failedCostLamports, landedCostLamports } from "./costs.ts";
import { type Market, SLOT_MS } from "./market.ts";
import type { Parameters } from "./parameters.ts";
import type { Fill, Order, PositionEvent, PositionState } from "./position-state.ts";

/** An open position that hears no mark for this long reads the pool itself. */
const MIN_GUARD_MS = 5_000;
const GUARD_MARKS = 5;

type PaperParameters = Pick<
  Parameters,
  | "paperLandingMinSlots"
  | "paperLandingMaxSlots"
  | "paperFailureBps"
  | "networkFeeLamports"
  | "priorityFeeLamports"
  | "tipLamports"
  | "ataRentLamports"
>;

export interface LandingDraw {
  /** Slots from the decision to the block that the order would be in. */
  readonly delaySlots: number;
  readonly lands: boolean;
}

/** When and whether a paper order lands: a function of its id and the parameters alone. */
export function drawLanding(orderId: string, parameters: PaperParameters): LandingDraw {
  const rng = createRng(`paper-landing:${orderId}`);
  const span = parameters.paperLandingMaxSlots - parameters.paperLandingMinSlots + 1;
  const delaySlots = parameters.paperLandingMinSlots + rng.int(span);
  return { delaySlots, lands: rng.int(10_000) >= parameters.paperFailureBps };
}

export type PaperOutcome =
  /** The market was read too early: look again from this slot on. */
  | { readonly status: "waiting"; readonly slot: number }
  | { readonly status: "filled"; readonly fill: Fill }
  | {
      readonly status: "failed";
      readonly reason: Extract<ReasonCode, "LANDING_FAILED" | "SLIPPAGE_EXCEEDED">;
      readonly networkCostLamports: bigint;
    };

/**
 * Executes a paper order against reserves read at or after its landing slot, at least two slots
 * after the decision. A fill pays the venue's fees and our own impact on those reserves, network,
 * priority and tip; a buy pays the token account's rent and that of others' accounts, and a sell of
 * everything gets `rentLamports` back. An order
 * below its minimum-out fails on chain and pays network and priority fee; one that never lands pays
 * nothing. What a pool cannot quote any more sells for nothing if the order accepts it: the tokens
 * are burnt so that the account closes.
 */
export function paperFill(
  order: Order,
  market: Market,
  rentLamports: bigint,
  parameters: PaperParameters,
  otherRentLamports = 0n,
): PaperOutcome {
  const { delaySlots, lands } = drawLanding(order.id, parameters);
  const slot = order.decidedSlot + delaySlots;
  if (market.slot < slot) return { status: "waiting", slot };
  if (!lands) return { status: "failed", reason: "LANDING_FAILED", networkCostLamports: 0n };
  const quote =
    order.side === "buy" ? quoteBuyExactQuoteIn(market, order.amountIn, market.fees) : quoteSell(market, order.amountIn, market.fees);
  const out = quote.ok ? (order.side === "buy" ? quote.value.baseAmount : quote.value.userQuoteAmountLamports) : 0n;
  if (out < order.minOut) return { status: "failed", reason: "SLIPPAGE_EXCEEDED", networkCostLamports: failedCostLamports(parameters) };
  const otherRent = order.side === "buy" ? otherRentLamports : 0n;
  const costs = {
    networkCostLamports: landedCostLamports(parameters) + otherRent,
    tipLamports: BigInt(parameters.tipLamports),
    otherRentLamports: otherRent,
    // The account of a part stays open for the rest.
    rentLamports: order.isPart ? 0n : rentLamports,
  };
  if (!quote.ok) {
    return {
      status: "filled",
      fill: {
        slot: market.slot,
        baseAmount: order.amountIn,
        quoteLamports: 0n,
        venueFeeLamports: 0n,
        ...costs,
        impactBps: 10_000,
      },
    };
  }
  const { baseAmount, userQuoteAmountLamports, lpFeeLamports, protocolFeeLamports, creatorFeeLamports } = quote.value;
  return {
    status: "filled",
    fill: {
      slot: market.slot,
      baseAmount,
      quoteLamports: userQuoteAmountLamports,
      venueFeeLamports: lpFeeLamports + protocolFeeLamports + creatorFeeLamports,
      ...costs,
      impactBps: impactBps(order.side, market, quote.value),
    },
  };
}

/**
 * The event that a read of the pool (null: it could not be read) makes for a paper position: the
 * outcome of the order under way, else the market itself. Null means: look again later.
 */
export function paperEvent(state: PositionState, market: Market | null, nowMs: UnixMs): PositionEvent | null {
  const { order, plan } = state;
  if (order === null) return market === null ? { type: "no-market", nowMs } : { type: "market", nowMs, market };
  if (order.side === "buy" && (state.entryCancelled || nowMs > plan.entryDeadlineMs)) {
    // Nothing was sent, so a paper order can be withdrawn at any time.
    return { type: "failed", nowMs, orderId: order.id, reason: "ENTRY_ABANDONED", networkCostLamports: 0n };
  }
  if (market === null) return null;
  const rent = order.side === "buy" ? BigInt(plan.parameters.ataRentLamports) : state.rentLamports;
  const outcome = paperFill(order, market, rent, plan.parameters, plan.otherRentLamports);
  if (outcome.status === "waiting") return null;
  if (outcome.status === "filled") return { type: "filled", nowMs, orderId: order.id, fill: outcome.fill, market };
  return { type: "failed", nowMs, orderId: order.id, reason: outcome.reason, networkCostLamports: outcome.networkCostLamports };
}

/** When a paper position next wants the pool read, in Unix ms; 0 means at once, null never again. */
export function nextLookMs(state: PositionState): UnixMs | null {
  const { order, plan } = state;
  if (order !== null) return order.decidedAtMs + drawLanding(order.id, plan.parameters).delaySlots * SLOT_MS;
  switch (state.status) {
    case "closed":
    case "abandoned":
      return null;
    case "open": {
      if (state.closeRequested || state.alert !== null) return 0;
      const heardAtMs = state.mark?.atMs ?? state.openedAtMs ?? 0;
      return Math.min(state.deadlineMs, heardAtMs + Math.max(MIN_GUARD_MS, GUARD_MARKS * plan.parameters.markIntervalMs));
    }
    default:
      return 0;
  }
}

/** How much worse than the pool's price our own amount made the trade, in basis points, rounded toward zero. */
function impactBps(side: Order["side"], market: Market, quote: SwapQuote): number {
  const atPrice = quote.baseAmount * market.quoteReservesLamports;
  const paid = quote.quoteAmountLamports * market.baseReserves;
  const worse = side === "buy" ? paid - atPrice : atPrice - paid;
  return Number((worse * BPS) / atPrice);
}
