import { BPS } from "../units.ts";
import type { Fill, Order, SettledMoney } from "./position-state.ts";

/** Sold and ordered amounts may differ by this, as by dust that somebody sent: beyond it slippage cannot be told. */
const SAME_AMOUNT_BPS = 100n;

/** Costs of attempts that failed before the one settled are network fees. */
export function entryMoney(fill: Fill | null, failedLamports: bigint): SettledMoney {
  if (fill === null) return { ...NO_MONEY, networkFeeLamports: failedLamports };
  const { quoteLamports, networkCostLamports, tipLamports, rentLamports, otherRentLamports } = fill;
  // A fee above the whole price can only be misread: what was paid stays the truth.
  const isMisread = fill.venueFeeLamports > quoteLamports;
  const venueFeeLamports = isMisread ? quoteLamports : fill.venueFeeLamports;
  return {
    grossLamports: quoteLamports - venueFeeLamports,
    venueFeeLamports,
    networkFeeLamports: networkCostLamports - tipLamports - otherRentLamports + failedLamports,
    tipLamports,
    rentLamports,
    otherRentLamports,
  };
}

/** The same of a sale; null: nothing was sold, and only failed attempts were paid. */
export function exitMoney(fill: Fill | null, failedLamports: bigint): SettledMoney {
  if (fill === null) return { ...NO_MONEY, networkFeeLamports: failedLamports };
  const { quoteLamports, venueFeeLamports, networkCostLamports, tipLamports, rentLamports, otherRentLamports } = fill;
  return {
    grossLamports: quoteLamports + venueFeeLamports,
    venueFeeLamports,
    networkFeeLamports: networkCostLamports - tipLamports - otherRentLamports + failedLamports,
    tipLamports,
    rentLamports,
    otherRentLamports,
  };
}

/** Nothing moved. */
export const NO_MONEY: SettledMoney = {
  grossLamports: 0n,
  venueFeeLamports: 0n,
  networkFeeLamports: 0n,
  tipLamports: 0n,
  rentLamports: 0n,
  otherRentLamports: 0n,
};

/** Cash that an entry took: the sum of its money. */
export function costOf(money: SettledMoney): bigint {
  const { grossLamports, venueFeeLamports, networkFeeLamports, tipLamports, rentLamports, otherRentLamports } = money;
  return grossLamports + venueFeeLamports + networkFeeLamports + tipLamports + rentLamports + otherRentLamports;
}

/** Cash that a sale brought, all costs paid; negative when it cost more. */
export function proceedsOf(money: SettledMoney): bigint {
  const { grossLamports, venueFeeLamports, networkFeeLamports, tipLamports, rentLamports, otherRentLamports } = money;
  return grossLamports - venueFeeLamports - networkFeeLamports - tipLamports - otherRentLamports + rentLamports;
}

/**
 * How much less came than was quoted when the order was decided, in basis points of the quote, rounded
 * toward zero; below zero when more came. Null when there was no quote, or another amount was traded.
 */
export function slippageOf(order: Order, fill: Fill): number | null {
  const quoted = order.quotedOut ?? 0n;
  if (quoted <= 0n) return null;
  if (order.side === "buy") return worseBps(quoted, fill.baseAmount);
  const difference = fill.baseAmount - order.amountIn;
  if ((difference < 0n ? -difference : difference) * BPS > order.amountIn * SAME_AMOUNT_BPS) return null;
  const expected = (quoted * fill.baseAmount) / order.amountIn;
  return expected <= 0n ? null : worseBps(expected, fill.quoteLamports);
}

function worseBps(expected: bigint, got: bigint): number {
  return Number(((expected - got) * BPS) / expected);
}
