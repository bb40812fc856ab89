import { ok, type Result, refuse } from "../result.ts";
import { PUMP_SWAP_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "../solana/programs.ts";
import { decodeMint, decodeTokenAccount } from "../solana/token.ts";
import { type Address, BPS, type UnixMs } from "../units.ts";
import { DEFAULT_FEE_CONFIG, decodeFeeConfig, type FeeConfig, type Fees } from "../venues/fee-config.ts";
import { decodePumpSwapGlobalConfig } from "../venues/global.ts";
import { decodePool, feesForPool, type Pool, type PoolReserves, poolReserves } from "../venues/pump-swap.ts";

/** Solana's target slot time, for guesses of when a slot comes; never for deadlines of money. */
export const SLOT_MS = 400;

/** A market read longer ago than this decides nothing. */
export const MAX_MARKET_AGE_MS = 10_000;

/** A pool and its vaults: what has to be read to price its coin. */
export interface PoolKeys {
  readonly mint: Address;
  readonly pool: Address;
  readonly baseVault: Address;
  readonly quoteVault: Address;
}

/** What a trade is decided and priced on: one pool at one slot. */
export interface Market extends PoolReserves {
  readonly slot: number;
  /** When it was read. */
  readonly atMs: UnixMs;
  /** Of the pool's next trade. */
  readonly fees: Fees;
}

/** An account as read from the chain; null when there is none. */
export type AccountData = { readonly owner: Address; readonly data: Uint8Array } | null;

/** A pool's accounts, read at one slot. */
export interface PoolAccounts {
  readonly pool: AccountData;
  readonly baseVault: AccountData;
  readonly quoteVault: AccountData;
}

export interface PoolState {
  readonly pool: Pool;
  readonly reserves: PoolReserves;
}

/** Decodes a pool and names its vaults. Refuses with POOL_UNAVAILABLE, POOL_WRONG_OWNER, POOL_MALFORMED, POOL_MINT_MISMATCH or QUOTE_NOT_SOL. */
export function decodePoolOf(mint: Address, account: AccountData): Result<Pool> {
  if (account === null) return refuse("POOL_UNAVAILABLE");
  if (account.owner !== PUMP_SWAP_PROGRAM) return refuse("POOL_WRONG_OWNER");
  const pool = decodePool(account.data);
  if (!pool.ok) return pool;
  if (pool.value.baseMint !== mint) return refuse("POOL_MINT_MISMATCH");
  return pool.value.quoteMint === WSOL_MINT ? pool : refuse("QUOTE_NOT_SOL");
}

/**
 * Reserves of a pool from its accounts. Every account is checked to be what `keys` says: the vaults
 * belong to the pool and hold its mints. Refuses as `decodePoolOf` does; an empty pool is no refusal.
 */
export function decodePoolState(keys: PoolKeys, accounts: PoolAccounts): Result<PoolState> {
  const pool = decodePoolOf(keys.mint, accounts.pool);
  if (!pool.ok) return pool;
  if (pool.value.poolBaseTokenAccount !== keys.baseVault || pool.value.poolQuoteTokenAccount !== keys.quoteVault)
    return refuse("POOL_MALFORMED", "other vaults");
  const base = vaultAmount(accounts.baseVault, keys.mint, keys.pool);
  const quote = vaultAmount(accounts.quoteVault, WSOL_MINT, keys.pool);
  if (base === null || quote === null) return refuse("POOL_MALFORMED", "vault unreadable");
  return ok({ pool: pool.value, reserves: poolReserves(pool.value, base, quote) });
}

/**
 * Turns a pool's state, the mint and the fee configuration into a market. Refuses with
 * MINT_UNAVAILABLE, MINT_WRONG_OWNER or MINT_MALFORMED.
 * @param feeConfig a fee configuration that cannot be read stands for the one we know
 * @param globalConfig PumpSwap's; one that cannot be read stands for one that lets coins set their own rate
 */
export function marketOf(
  state: PoolState,
  mint: AccountData,
  feeConfig: AccountData,
  globalConfig: AccountData,
  read: { readonly slot: number; readonly atMs: UnixMs },
): Result<Market> {
  if (mint === null) return refuse("MINT_UNAVAILABLE");
  if (!isTokenProgram(mint.owner)) return refuse("MINT_WRONG_OWNER");
  const decoded = decodeMint(mint.data);
  if (!decoded.ok) return decoded;
  const config = globalConfig?.owner === PUMP_SWAP_PROGRAM ? decodePumpSwapGlobalConfig(globalConfig.data) : null;
  const ownRates = config?.ok === true ? config.value.creatorFeeConfigurable : true;
  const fees = feesForPool(feeConfigOf(feeConfig), state.pool, state.reserves, decoded.value.supply, ownRates);
  return ok({ ...state.reserves, fees, slot: read.slot, atMs: read.atMs });
}

/** The price's change in basis points of `from`, rounded toward zero; null when either pool is empty. */
export function priceMoveBps(from: PoolReserves, to: PoolReserves): number | null {
  const before = from.quoteReservesLamports * to.baseReserves;
  const after = to.quoteReservesLamports * from.baseReserves;
  return before <= 0n || after <= 0n ? null : Number(((after - before) * BPS) / before);
}

function feeConfigOf(account: AccountData): FeeConfig {
  const decoded = account === null ? null : decodeFeeConfig(account.data);
  return decoded?.ok === true ? decoded.value : DEFAULT_FEE_CONFIG;
}

function vaultAmount(account: AccountData, mint: Address, owner: Address): bigint | null {
  if (account === null || !isTokenProgram(account.owner)) return null;
  const decoded = decodeTokenAccount(account.data);
  return decoded.ok && decoded.value.mint === mint && decoded.value.owner === owner ? decoded.value.amount : null;
}

function isTokenProgram(owner: Address): boolean {
  return owner === TOKEN_PROGRAM || owner === TOKEN_2022_PROGRAM;
}
