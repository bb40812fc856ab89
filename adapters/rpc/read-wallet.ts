import { ok, type Result, refuse } from "../../domain/result.ts";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../domain/solana/programs.ts";
import { decodeTokenAccount } from "../../domain/solana/token.ts";
import type { WalletReading } from "../../domain/trading/portfolio-reconcile.ts";
import type { Address } from "../../domain/units.ts";
import { readAccountsAgreeing } from "./agreement.ts";
import type { AccountInfo, Provider } from "./types.ts";

/** Solana's limit of `getMultipleAccounts` is 100: the wallet and two accounts per mint. */
const MAX_MINTS = 49;

/**
 * A wallet's lamports and its tokens of some mints, in its accounts with either token program, as
 * every provider sees them: one call each. An account that does not exist holds nothing; one that
 * cannot be read is a refusal with TOKEN_ACCOUNT_MALFORMED. Refuses with REQUEST_INVALID beyond 49
 * mints, or as `readAccountsAgreeing`.
 */
export async function readWalletAgreeing(
  providers: readonly Provider[],
  wallet: Address,
  mints: readonly Address[],
  pause?: (ms: number) => Promise<void>,
): Promise<Result<WalletReading>> {
  const wanted = [...new Set(mints)];
  if (wanted.length > MAX_MINTS) return refuse("REQUEST_INVALID", `${wanted.length} mints in one read`);
  const programs = [TOKEN_PROGRAM, TOKEN_2022_PROGRAM];
  const slots = wanted.flatMap((mint) =>
    programs.map((program) => ({ mint, program, address: associatedTokenAddress(wallet, mint, program) })),
  );
  const reply = await readAccountsAgreeing(providers, [wallet, ...slots.map(({ address }) => address)], "refuse", pause);
  if (!reply.ok) return reply;
  const [own = null, ...accounts] = reply.value.value.accounts;
  const tokens = new Map<Address, bigint>();
  for (const [index, { mint, program }] of slots.entries()) {
    const amount = amountIn(accounts[index] ?? null, program, mint);
    if (!amount.ok) return amount;
    tokens.set(mint, (tokens.get(mint) ?? 0n) + amount.value);
  }
  return ok({ lamports: own?.lamports ?? 0n, tokens });
}

/** An address that holds lamports and no token account yet belongs to the system program: no tokens. */
function amountIn(account: AccountInfo | null, program: Address, mint: Address): Result<bigint> {
  if (account === null || account.owner !== program) return ok(0n);
  const decoded = decodeTokenAccount(account.data);
  if (!decoded.ok) return decoded;
  return decoded.value.mint === mint ? ok(decoded.value.amount) : refuse("TOKEN_ACCOUNT_MALFORMED", "of another mint");
}
