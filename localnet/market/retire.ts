import { readTokenAccount } from "../chain/token-state.ts";
import type { LiveToken, MarketContext } from "./context.ts";

/**
 * Removes a finished coin's accounts, which would otherwise pile up for ever, and tells whether it
 * did. A coin that an outside wallet holds keeps them: somebody still owns a part of it.
 */
export function retireToken(context: MarketContext, token: LiveToken): boolean {
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
  const known = new Set(addresses);
  for (const [address, account] of context.chain.accounts()) {
    const held = readTokenAccount(account);
    if (held?.mint === coin.mint && held.amount > 0n && !known.has(address)) return false;
  }
  for (const address of known) context.bank.reclaim(address);
  return true;
}
