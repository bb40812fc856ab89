import type { Rpc } from "../../adapters/rpc/client.ts";
import { readMarket } from "../../adapters/rpc/read-market.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { judgeMint } from "../../domain/safety/mint-gates.ts";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { DEFAULT_ADDRESS, TOKEN_PROGRAM, WSOL_MINT } from "../../domain/solana/programs.ts";
import { decodePoolOf, type Market, type PoolKeys } from "../../domain/trading/market.ts";
import type { Address, UnixMs } from "../../domain/units.ts";
import { creatorVaultAuthorityAddress, userVolumeAccumulatorAddress } from "../../domain/venues/pdas.ts";

/** Rent of a plain token account (165 bytes): the coin creator's fee vault, and a wallet's cashback account. */
const TOKEN_ACCOUNT_RENT_LAMPORTS = 2_039_280n;
/** Rent of a wallet's volume accumulator on PumpSwap, paid once per wallet (Solana rent of 137 bytes). */
const VOLUME_ACCUMULATOR_RENT_LAMPORTS = 1_844_400n;

export interface PoolReading {
  readonly keys: PoolKeys;
  readonly market: Market;
  /** Rent of accounts of others that a buy has to create now. */
  readonly otherRentLamports: bigint;
}

/**
 * Reads a pool for an entry: its vaults, its market, its mint once more, and which accounts a buy would
 * have to create. Refuses as the RPC, `decodePoolOf` and `readMarket` do, or with the mint's hard finding.
 * @param wallet whose own accounts with the venue count; null for paper, whose wallet is taken to have them
 */
export async function readPoolForEntry(
  rpc: Rpc,
  pool: { readonly mint: Address; readonly pool: Address },
  wallet: Address | null,
  clock: () => UnixMs,
): Promise<Result<PoolReading>> {
  const reply = await rpc.getAccounts([pool.pool]);
  if (!reply.ok) return reply;
  const decoded = decodePoolOf(pool.mint, reply.value.accounts[0] ?? null);
  if (!decoded.ok) return decoded;
  const { poolBaseTokenAccount, poolQuoteTokenAccount, coinCreator, isCashbackCoin } = decoded.value;
  const keys = { mint: pool.mint, pool: pool.pool, baseVault: poolBaseTokenAccount, quoteVault: poolQuoteTokenAccount };
  const toCreate = [
    ...(coinCreator === DEFAULT_ADDRESS ? [] : [{ address: creatorVaultOf(coinCreator), rent: TOKEN_ACCOUNT_RENT_LAMPORTS }]),
    ...(wallet === null ? [] : [{ address: userVolumeAccumulatorAddress(wallet), rent: VOLUME_ACCUMULATOR_RENT_LAMPORTS }]),
    ...(wallet === null || !isCashbackCoin ? [] : [{ address: cashbackAccountOf(wallet), rent: TOKEN_ACCOUNT_RENT_LAMPORTS }]),
  ];
  const [market, accounts] = await Promise.all([
    readMarket(rpc, keys, clock),
    rpc.getAccounts([pool.mint, ...toCreate.map(({ address }) => address)]),
  ]);
  if (!market.ok) return market;
  if (!accounts.ok) return accounts;
  const [mint = null, ...others] = accounts.value.accounts;
  // Between assessment and entry an authority can be set again.
  const veto = judgeMint(pool.mint, mint).findings.find(({ severity }) => severity === "hard");
  if (veto !== undefined) return refuse(veto.code, veto.detail);
  let otherRentLamports = 0n;
  for (const [index, { rent }] of toCreate.entries()) if ((others[index] ?? null) === null) otherRentLamports += rent;
  return ok({ keys, market: market.value, otherRentLamports });
}

function cashbackAccountOf(wallet: Address): Address {
  return associatedTokenAddress(userVolumeAccumulatorAddress(wallet), WSOL_MINT, TOKEN_PROGRAM);
}

function creatorVaultOf(coinCreator: Address): Address {
  return associatedTokenAddress(creatorVaultAuthorityAddress(coinCreator), WSOL_MINT, TOKEN_PROGRAM);
}
