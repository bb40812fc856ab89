import { MAX_HOLDERS, type ObservedTrade } from "../observations.ts";
import { type Past, sharesOf } from "./past.ts";
import { type FeatureSpecs, shareOfSupply, specsOf, type ValuesOf } from "./schema.ts";
import { MIN_RATE_SPAN_S, SLOT_S } from "./trading.ts";

/** A holder of this share of the supply is a whale: ten of them hold what the pool holds at its opening. */
const WHALE_SHARE = 0.02;

const NO_HOLDERS = "the largest accounts are late";
const holders = specsOf("holders", "holders");
const trades = specsOf("holders", "pool trades");
const smart = specsOf("smart money", "holders");

/** Who holds the coin. A node lists the twenty largest accounts and no more. */
export const HOLDER_FEATURES = {
  topHolderShare: holders("share of supply", 0, 1, NO_HOLDERS, "largest holder, without pool, curve and program vaults"),
  top10Share: holders("share of supply", 0, 1, NO_HOLDERS, "ten largest together"),
  holdersAtLeast: holders("holders", 0, MAX_HOLDERS, NO_HOLDERS, `among the ${MAX_HOLDERS} largest accounts: a lower bound`),
  holderSpread: holders("share", 0, 1, `${NO_HOLDERS} or there is none`, "1 - Σ (holding / all those listed)²: 0 is one hand"),
  holderGrowthPerMinute: trades(
    "1/min",
    -1_000,
    10_000,
    `no swap could be decoded in time, or they cover less than ${MIN_RATE_SPAN_S} s`,
    "wallets that only bought less wallets that only sold, in the decoded swaps",
  ),
  whaleHolders: smart("holders", 0, MAX_HOLDERS, NO_HOLDERS, `with ${WHALE_SHARE * 100} % of the supply or more`),
  whaleHolderShare: smart("share of supply", 0, 1, NO_HOLDERS, "held by them"),
} as const satisfies FeatureSpecs;

/** Features of the newest list of holders. */
export function holderFeatures(past: Past): ValuesOf<typeof HOLDER_FEATURES> {
  const { topHolder, top10 } = sharesOf(past);
  const supply = past.account?.supply ?? null;
  const shares = past.holder?.largest.map(({ amount }) => shareOfSupply(amount, supply)) ?? null;
  const known = shares === null || shares.includes(null) ? null : shares.filter((share) => share !== null && share > 0);
  const whales = known?.filter((share) => share !== null && share >= WHALE_SHARE) ?? null;
  return {
    topHolderShare: topHolder,
    top10Share: top10,
    holdersAtLeast: past.holder?.largest.filter(({ amount }) => amount > 0n).length ?? null,
    holderSpread: known === null ? null : spreadOf(known),
    holderGrowthPerMinute: growthOf(past.trades ?? [], past.asOfSlot),
    whaleHolders: whales?.length ?? null,
    whaleHolderShare: whales === null ? null : sum(whales),
  };
}

function spreadOf(shares: ReadonlyArray<number | null>): number | null {
  const total = sum(shares);
  return total > 0 ? 1 - sum(shares.map((share) => ((share ?? 0) / total) ** 2)) : null;
}

function growthOf(sampled: readonly ObservedTrade[], asOfSlot: number): number | null {
  const spanS = sampled.length === 0 ? 0 : (asOfSlot - sampled.reduce((least, { slot }) => Math.min(least, slot), asOfSlot)) * SLOT_S;
  if (spanS < MIN_RATE_SPAN_S) return null;
  const usersOf = (wanted: ObservedTrade["side"]) => new Set(sampled.filter(({ side }) => side === wanted).map(({ user }) => user));
  // Who did both is in both sets and cancels out.
  return ((usersOf("buy").size - usersOf("sell").size) * 60) / spanS;
}

function sum(values: ReadonlyArray<number | null>): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
