import { hash32 } from "../../random.ts";
import { ok, type Result, refuse } from "../../result.ts";
import { PUMP_FEE_CONFIG, PUMP_GLOBAL, PUMP_PROGRAM, PUMP_SWAP_FEE_CONFIG, PUMP_SWAP_GLOBAL_CONFIG } from "../../solana/programs.ts";
import type { Address } from "../../units.ts";
import {
  curveFeeRecipients,
  decodePumpGlobal,
  decodePumpSwapGlobalConfig,
  pickFeeRecipients,
  poolFeeRecipients,
} from "../../venues/global.ts";
import { bondingCurveAddress } from "../../venues/pdas.ts";
import { type BondingCurve, decodeBondingCurve } from "../../venues/pump-curve.ts";
import type { Pool } from "../../venues/pump-swap.ts";
import { type CurveTradeAccounts, curveTradeAccounts, type PoolTradeAccounts, poolTradeAccounts } from "../../venues/trade-accounts.ts";
import { decodePoolOf, type PoolKeys } from "../market.ts";

/** An account as read; null when the chain has none. */
export type ReadAccount = { readonly owner: Address; readonly lamports: bigint; readonly data: Uint8Array } | null;
/** Accounts of one slot by address. An address that was not asked for is a bug, not an absent account. */
export type Accounts = ReadonlyMap<Address, ReadAccount>;

/** Where a coin trades now, and every address of the trade. Derived once per coin and wallet; good while the venue stays. */
export type Route =
  | {
      readonly venue: "pool";
      readonly keys: PoolKeys;
      readonly accounts: PoolTradeAccounts;
      readonly pool: Pool;
      readonly creatorFeeConfigurable: boolean;
    }
  | { readonly venue: "curve"; readonly keys: PoolKeys; readonly accounts: CurveTradeAccounts; readonly creatorFeeConfigurable: boolean };

/** What has to be read to find a route. */
export function routeAddresses(keys: PoolKeys): Address[] {
  return [keys.pool, keys.mint, bondingCurveAddress(keys.mint), PUMP_SWAP_GLOBAL_CONFIG, PUMP_GLOBAL];
}

/**
 * Finds where the coin trades: on its curve while that is not complete, else in its pool. The fee
 * recipients are picked by `choice`. Refuses with MINT_UNAVAILABLE, GLOBAL_MALFORMED, and as
 * `decodePoolOf` does.
 */
export function findRoute(keys: PoolKeys, wallet: Address, choice: string, accounts: Accounts): Result<Route> {
  const mint = accountOf(accounts, keys.mint);
  if (mint === null) return refuse("MINT_UNAVAILABLE");
  const pick = hash32(choice);
  const curve = curveOf(accountOf(accounts, bondingCurveAddress(keys.mint)));
  if (curve !== null && !curve.complete) {
    const global = decoded(accountOf(accounts, PUMP_GLOBAL), decodePumpGlobal);
    if (!global.ok) return global;
    const recipients = pickFeeRecipients(curveFeeRecipients(global.value, curve.isMayhemMode), global.value.buybackFeeRecipients, pick);
    if (!recipients.ok) return recipients;
    const parties = { mint: keys.mint, state: curve, user: wallet, tokenProgram: mint.owner, recipients: recipients.value };
    return ok({ venue: "curve", keys, accounts: curveTradeAccounts(parties), creatorFeeConfigurable: global.value.creatorFeeConfigurable });
  }
  const pool = decodePoolOf(keys.mint, accountOf(accounts, keys.pool));
  if (!pool.ok) return pool;
  const config = decoded(accountOf(accounts, PUMP_SWAP_GLOBAL_CONFIG), decodePumpSwapGlobalConfig);
  if (!config.ok) return config;
  const recipients = pickFeeRecipients(poolFeeRecipients(config.value, pool.value.isMayhemMode), config.value.buybackFeeRecipients, pick);
  if (!recipients.ok) return recipients;
  const parties = { pool: keys.pool, state: pool.value, user: wallet, baseTokenProgram: mint.owner, recipients: recipients.value };
  return ok({
    venue: "pool",
    keys,
    accounts: poolTradeAccounts(parties),
    pool: pool.value,
    creatorFeeConfigurable: config.value.creatorFeeConfigurable,
  });
}

/** What has to be read, at one slot, to price and build a trade on a route. */
export function tradeAddresses(route: Route): Address[] {
  const { keys, accounts } = route;
  if (route.venue === "curve") {
    const { userTokenAccount, creatorVault, userVolumeAccumulator, bondingCurve } = route.accounts;
    return [accounts.user, keys.mint, bondingCurve, PUMP_FEE_CONFIG, userTokenAccount, creatorVault, userVolumeAccumulator];
  }
  const pool = route.accounts;
  return [
    pool.user,
    keys.mint,
    pool.pool,
    PUMP_SWAP_FEE_CONFIG,
    pool.poolBaseTokenAccount,
    pool.poolQuoteTokenAccount,
    pool.userBaseTokenAccount,
    pool.userQuoteTokenAccount,
    pool.coinCreatorVaultTokenAccount,
    pool.userVolumeAccumulator,
    ...(pool.cashbackTokenAccount === null ? [] : [pool.cashbackTokenAccount]),
  ];
}

/** Throws for an address that was not read: a bug. */
export function accountOf(accounts: Accounts, address: Address): ReadAccount {
  const account = accounts.get(address);
  if (account === undefined) throw new Error(`account ${address} was not read`);
  return account;
}

/** The curve in an account of pump; null when there is none. */
export function curveOf(account: ReadAccount): BondingCurve | null {
  if (account === null || account.owner !== PUMP_PROGRAM) return null;
  const curve = decodeBondingCurve(account.data);
  return curve.ok ? curve.value : null;
}

function decoded<T>(account: ReadAccount, decode: (data: Uint8Array) => Result<T>): Result<T> {
  return account === null ? refuse("GLOBAL_MALFORMED", "missing") : decode(account.data);
}
