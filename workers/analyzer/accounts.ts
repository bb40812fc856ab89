import type { AccountInfo } from "../../adapters/rpc/client.ts";
import type { Candidate } from "../../domain/candidate.ts";
import { judgeAge } from "../../domain/safety/age-gates.ts";
import { judgeMetadata } from "../../domain/safety/metadata-gates.ts";
import { judgeMint } from "../../domain/safety/mint-gates.ts";
import { judgePool, type PoolJudgement } from "../../domain/safety/pool-gates.ts";
import type { Finding } from "../../domain/scoring/assessment.ts";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { PUMP_PROGRAM, PYTH_SOL_USD, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "../../domain/solana/programs.ts";
import { decodeTokenAccount } from "../../domain/solana/token.ts";
import type { Parameters } from "../../domain/trading/parameters.ts";
import type { Address, UnixMs } from "../../domain/units.ts";
import { canonicalPoolAddress, lpMintAddress } from "../../domain/venues/pdas.ts";
import { isCanonicalPool } from "../../domain/venues/pump-swap.ts";

/** What the accounts say, before any history is looked at. */
export interface AccountsVerdict {
  readonly supply: bigint | null;
  readonly tokenProgram: Address;
  readonly poolVerdict: PoolJudgement;
  readonly gates: readonly Finding[];
}

/** Accounts that are read in one call. Both token programs' variants, since the mint's owner is only known from the answer. */
export function accountAddresses({ graduation, creator }: Candidate): Address[] {
  const { mint, pool, bondingCurve } = graduation;
  const owners = creator === null ? [pool] : [pool, creator];
  const tokenAccounts = owners.flatMap((owner) =>
    [TOKEN_2022_PROGRAM, TOKEN_PROGRAM].map((program) => associatedTokenAddress(owner, mint, program)),
  );
  const quoteVault = associatedTokenAddress(pool, WSOL_MINT, TOKEN_PROGRAM);
  return [mint, pool, bondingCurve, quoteVault, lpMintAddress(pool), PYTH_SOL_USD, ...tokenAccounts];
}

/** Gates of the accounts and of what the token says of itself: what vetoes here costs no further call. */
export function judgeAccounts(
  candidate: Candidate,
  read: (address: Address) => AccountInfo | null,
  { minLiquidityUsd, maxTokenAgeMs }: Pick<Parameters, "minLiquidityUsd" | "maxTokenAgeMs">,
  nowMs: UnixMs,
): AccountsVerdict {
  const { graduation, name, symbol, uri, solUsd, liquidityLamports } = candidate;
  const { mint, pool, bondingCurve } = graduation;
  const mintVerdict = judgeMint(mint, read(mint));
  const tokenProgram = mintVerdict.tokenProgram ?? TOKEN_2022_PROGRAM;
  const supply = mintVerdict.mint?.supply ?? null;
  const poolVerdict = judgePool({
    mint,
    pool,
    tokenProgram: mintVerdict.tokenProgram,
    mintSupply: supply,
    poolAccount: read(pool),
    baseVault: read(associatedTokenAddress(pool, mint, tokenProgram)),
    quoteVault: read(associatedTokenAddress(pool, WSOL_MINT, TOKEN_PROGRAM)),
    lpMint: read(lpMintAddress(pool)),
    curve: read(bondingCurve),
    solUsd,
    minLiquidityUsd,
    discoveredLiquidityLamports: liquidityLamports,
    opening: graduation,
  });
  // Only pump can sign for the creator of a canonical pool: it proves the coin's origin even if its curve were gone.
  const isGraduated = poolVerdict.pool?.baseMint === mint && isCanonicalPool(poolVerdict.pool) && pool === canonicalPoolAddress(mint);
  const createdByPump = isGraduated || read(bondingCurve)?.owner === PUMP_PROGRAM;
  const gates = [
    ...mintVerdict.findings,
    ...poolVerdict.findings,
    ...judgeMetadata({ mint, name, symbol, uri, createdByPump }),
    ...judgeAge(candidate, nowMs, maxTokenAgeMs),
  ];
  return { supply, tokenProgram, poolVerdict, gates };
}

/** Balance of a token account: zero for one that does not exist ("none"), null for one that is unknown or unreadable. */
export function amountOf(account: AccountInfo | "none" | null): bigint | null {
  if (account === null) return null;
  if (account === "none") return 0n;
  const decoded = decodeTokenAccount(account.data);
  return decoded.ok ? decoded.value.amount : null;
}
