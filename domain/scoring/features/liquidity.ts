import { solNumber } from "../../units.ts";
import type { Past } from "./past.ts";
import { type FeatureSpecs, positive, ratio, shareOfSupply, specsOf, type ValuesOf } from "./schema.ts";

const NO_RESERVES = "a pool vault could not be read";
const accounts = specsOf("liquidity", "accounts");

/** The pool's depth, its price, and what stands behind both. */
export const LIQUIDITY_FEATURES = {
  liquidityUsd: accounts("USD", 0, 1e9, NO_RESERVES, "twice the quote vault: virtual reserves pay nobody"),
  liquidityToMarketCap: accounts("share", 0, 2, NO_RESERVES, "liquidity / market cap"),
  marketCapSol: accounts("SOL", 0, 1e9, NO_RESERVES, "price × supply"),
  realQuoteShare: accounts("share", 0, 1, NO_RESERVES, "quote vault / quote reserves that price a swap"),
  poolSupplyShare: accounts("share of supply", 0, 1, NO_RESERVES, "base vault / supply: what is not in somebody's hands"),
  liquidityChange: accounts("ratio", -1, 1_000, NO_RESERVES, "quote vault against what the Discoverer saw"),
  priceChangeSinceOpen: accounts("ratio", -1, 1_000, NO_RESERVES, "price against the migration's"),
  isMayhem: accounts("0 or 1", 0, 1, "the pool could not be read", "mayhem mode: the supply was doubled for an agent"),
} as const satisfies FeatureSpecs;

/** Features of the newest account read. */
export function liquidityFeatures({ account, candidate }: Past): ValuesOf<typeof LIQUIDITY_FEATURES> {
  const reserves = account?.reserves ?? null;
  const supply = account?.supply ?? null;
  const isMayhem = account?.isMayhem ?? null;
  const { baseAmount, quoteAmountLamports } = candidate.graduation;
  const vaultLamports = reserves === null || reserves.quoteVaultLamports < 0n ? null : reserves.quoteVaultLamports;
  const base = positive(reserves === null ? null : Number(reserves.baseReserves));
  const quote = positive(reserves === null ? null : Number(reserves.quoteReservesLamports));
  const price = base === null ? null : ratio(quote, base);
  const openingPrice = ratio(positive(Number(quoteAmountLamports)), positive(Number(baseAmount)));
  const liquiditySol = vaultLamports === null ? null : 2 * solNumber(vaultLamports);
  const marketCapSol = price === null || supply === null ? null : positive((price * Number(supply)) / 1e9);
  const solUsd = positive(candidate.solUsd);
  const found = positive(Number(candidate.liquidityLamports));
  return {
    liquidityUsd: liquiditySol === null || solUsd === null ? null : liquiditySol * solUsd,
    liquidityToMarketCap: ratio(liquiditySol, marketCapSol),
    marketCapSol,
    realQuoteShare: vaultLamports === null ? null : ratio(Number(vaultLamports), base === null ? null : quote),
    poolSupplyShare: base === null ? null : shareOfSupply(reserves?.baseReserves ?? null, supply),
    liquidityChange: vaultLamports === null || found === null ? null : (2 * Number(vaultLamports)) / found - 1,
    priceChangeSinceOpen: price === null || openingPrice === null ? null : price / openingPrice - 1,
    isMayhem: isMayhem === null ? null : Number(isMayhem),
  };
}
