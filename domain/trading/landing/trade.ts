import { ok, type Result } from "../../result.ts";
import type { Fees } from "../../venues/fee-config.ts";
import { type CurveReserves, quoteCurveBuyExactQuoteIn, quoteCurveSell } from "../../venues/pump-curve.ts";
import { type PoolReserves, quoteBuyExactQuoteIn, quoteSell } from "../../venues/pump-swap.ts";
import type { Order } from "../position-state.ts";

/** Base fee of one signature (Solana). */
const SIGNATURE_FEE_LAMPORTS = 5_000n;

/** A venue's side of a trade: amounts without network costs. */
export interface Trade {
  readonly baseAmount: bigint;
  /** Paid (buy) or received (sell), fees included. */
  readonly quoteLamports: bigint;
  readonly venueFeeLamports: bigint;
  readonly creatorFeeLamports: bigint;
  /** Before fees, for the impact. */
  readonly grossLamports: bigint;
}

/** Base fee and priority fee of a transaction with one signature. */
export function networkFeeLamports(priorityFeeLamports: bigint): bigint {
  return SIGNATURE_FEE_LAMPORTS + priorityFeeLamports;
}

/** A trade of `amountIn` on reserves: lamports of a buy, base units of a sell. Refuses as the venue's quote does. */
export function tradeOnPool(side: Order["side"], reserves: PoolReserves, amountIn: bigint, fees: Fees): Result<Trade> {
  const quote = side === "buy" ? quoteBuyExactQuoteIn(reserves, amountIn, fees) : quoteSell(reserves, amountIn, fees);
  if (!quote.ok) return quote;
  const { lpFeeLamports, protocolFeeLamports, creatorFeeLamports } = quote.value;
  return ok({
    baseAmount: quote.value.baseAmount,
    quoteLamports: quote.value.userQuoteAmountLamports,
    venueFeeLamports: lpFeeLamports + protocolFeeLamports + creatorFeeLamports,
    creatorFeeLamports,
    grossLamports: quote.value.quoteAmountLamports,
  });
}

/** The same on a bonding curve. */
export function tradeOnCurve(side: Order["side"], curve: CurveReserves, amountIn: bigint, fees: Fees): Result<Trade> {
  const quote = side === "buy" ? quoteCurveBuyExactQuoteIn(curve, amountIn, fees) : quoteCurveSell(curve, amountIn, fees);
  if (!quote.ok) return quote;
  const { protocolFeeLamports, creatorFeeLamports } = quote.value;
  return ok({
    baseAmount: quote.value.tokenAmount,
    quoteLamports: quote.value.userQuoteAmountLamports,
    venueFeeLamports: protocolFeeLamports + creatorFeeLamports,
    creatorFeeLamports,
    grossLamports: quote.value.quoteAmountLamports,
  });
}
