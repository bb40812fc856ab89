import type { Address } from "../../domain/units.ts";
import type { Overlay } from "./overlay.ts";
import { readMint, readTokenAccount } from "./token-state.ts";
import type { TokenBalance } from "./types.ts";

/** Token balances of a transaction's accounts, in account order, as getTransaction reports them. */
export function tokenBalances(keys: readonly Address[], accounts: Pick<Overlay, "get">): TokenBalance[] {
  const balances: TokenBalance[] = [];
  for (const [accountIndex, key] of keys.entries()) {
    const account = accounts.get(key);
    const token = readTokenAccount(account);
    if (token === null) continue;
    const decimals = readMint(accounts.get(token.mint))?.decimals ?? 0;
    balances.push({ accountIndex, mint: token.mint, owner: token.owner, programId: account.owner, amount: token.amount, decimals });
  }
  return balances;
}
