import { ok, type Result, refuse } from "../result.ts";
import { BPS, ceilDiv } from "../units.ts";
import { quoteBuyExactQuoteIn, quoteSell } from "../venues/pump-swap.ts";
import type { Market } from "./market.ts";
import type { Parameters } from "./parameters.ts";

type FeeParameters = Pick<Parameters, "networkFeeLamports" | "priorityFeeLamports" | "tipLamports">;

/** Slippage failures of one exit whose fees are kept back before a new entry: the steps from the first minimum-out to the last. */
const FUNDED_EXIT_FAILURES = 10n;

/** What a transaction that lands and succeeds costs beside the venue: base fee, priority fee and tip. */
export function landedCostLamports(parameters: FeeParameters): bigint {
  return BigInt(parameters.networkFeeLamports + parameters.priorityFeeLamports + parameters.tipLamports);
}

/** What a transaction that lands and fails costs: the tip is an instruction of it and is rolled back. */
export function failedCostLamports(parameters: FeeParameters): bigint {
  return BigInt(parameters.networkFeeLamports + parameters.priorityFeeLamports);
}

/**
 * Cash to set aside for an entry of `sizeLamports`: its costs, the rents, and every attempt but the last failing on chain.
 * @param otherRentLamports rent of accounts of others that the buy has to create
 */
export function reservationLamports(
  sizeLamports: bigint,
  parameters: FeeParameters & Pick<Parameters, "ataRentLamports" | "maxEntryAttempts">,
  otherRentLamports = 0n,
): bigint {
  const failures = failedCostLamports(parameters) * BigInt(parameters.maxEntryAttempts - 1);
  return sizeLamports + landedCostLamports(parameters) + BigInt(parameters.ataRentLamports) + otherRentLamports + failures;
}

/** Free cash that one position's exit may need before it brings any in. */
export function exitBudgetLamports(parameters: FeeParameters): bigint {
  return landedCostLamports(parameters) + failedCostLamports(parameters) * FUNDED_EXIT_FAILURES;
}

/**
 * What selling `baseAmount` now would bring, everything paid and the rent returned. A pool that
 * cannot quote the sale counts as worth nothing, so the value can be below zero by the exit's costs.
 */
export function exitValueLamports(market: Market, baseAmount: bigint, rentLamports: bigint, exitCostLamports: bigint): bigint {
  const quote = quoteSell(market, baseAmount, market.fees);
  return (quote.ok ? quote.value.userQuoteAmountLamports : 0n) + rentLamports - exitCostLamports;
}

export interface EntryQuote {
  readonly quotedBaseOut: bigint;
  readonly minBaseOut: bigint;
  /** Round-trip cost at an unmoved price, in basis points of what is spent, rounded up. */
  readonly costBps: number;
}

/**
 * Quotes an entry and gates its cost. The round trip is bought and sold on the same reserves, so it
 * holds the venue's fees and our own price impact both ways, network, priority and tip both ways;
 * the rent of our own account comes back and is no cost, that of others' accounts does not. Refuses with POOL_RESERVES_EMPTY or QUOTE_UNAVAILABLE, or with
 * COST_TOO_HIGH when the cost exceeds `maxCostShareBps` of the take-profit.
 */
export function quoteEntry(
  market: Market,
  sizeLamports: bigint,
  takeProfitBps: number,
  parameters: Parameters,
  otherRentLamports = 0n,
): Result<EntryQuote> {
  const buy = quoteBuyExactQuoteIn(market, sizeLamports, market.fees);
  if (!buy.ok) return buy;
  const sell = quoteSell(market, buy.value.baseAmount, market.fees);
  if (!sell.ok) return sell;
  const landed = landedCostLamports(parameters);
  const spent = buy.value.userQuoteAmountLamports + landed + otherRentLamports;
  const cost = spent - (sell.value.userQuoteAmountLamports - landed);
  const costBps = Number(ceilDiv(cost * BPS, spent));
  const limitBps = (takeProfitBps * parameters.maxCostShareBps) / 10_000;
  if (costBps > limitBps) return refuse("COST_TOO_HIGH", `${costBps} bps against ${Math.floor(limitBps)} bps`);
  const minBaseOut = lessSlippage(buy.value.baseAmount, parameters.entrySlippageBps);
  return ok({ quotedBaseOut: buy.value.baseAmount, minBaseOut: minBaseOut > 0n ? minBaseOut : 1n, costBps });
}

/** `amount` less `slippageBps`, rounded down. */
export function lessSlippage(amount: bigint, slippageBps: number): bigint {
  return (amount * BigInt(10_000 - slippageBps)) / BPS;
}
