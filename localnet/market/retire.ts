import type { LiveToken, MarketContext } from "./context.ts";

/**
 * Removes a finished coin's accounts, which would otherwise pile up for ever. A coin that an
 * outside wallet holds keeps them: somebody still owns a part of it.
 */
export function retireToken(context: MarketContext, token: LiveToken): void {
  const { coin, holders, plan } = token;
  const special = holders
    .filter(({ role }) => role !== "crowd")
    .flatMap(({ wallet }) => [wallet.address, wallet.wrapped, wallet.curveVolume, wallet.swapVolume]);
  const addresses = [
    ...holders.map(({ tokens }) => tokens),
    ...special,
    ...token.extras,
    plan.creator,
    coin.curve,
    coin.curveTokens,
    coin.curveCreatorVault,
    coin.pool,
    coin.poolBase,
    coin.poolQuote,
    coin.lpMint,
    coin.boostVault,
    coin.creatorVault,
    coin.mint,
  ];
  for (const address of addresses) context.bank.reclaim(address);
}
