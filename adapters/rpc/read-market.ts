import { ok, type Result, refuse } from "../../domain/result.ts";
import { PUMP_SWAP_FEE_CONFIG, PUMP_SWAP_GLOBAL_CONFIG } from "../../domain/solana/programs.ts";
import { decodePoolOf, decodePoolState, type Market, marketOf, type PoolKeys } from "../../domain/trading/market.ts";
import type { Address, UnixMs } from "../../domain/units.ts";
import type { PoolReserves } from "../../domain/venues/pump-swap.ts";
import { MAX_ACCOUNTS_PER_CALL, type Rpc } from "./client.ts";

/** Pool, vaults and mint of one pool. */
const ACCOUNTS_PER_POOL = 4;
/** What every pool's fees depend on, read with each call. */
const CONFIGURATION = [PUMP_SWAP_FEE_CONFIG, PUMP_SWAP_GLOBAL_CONFIG];
export const POOLS_PER_CALL = Math.floor((MAX_ACCOUNTS_PER_CALL - CONFIGURATION.length) / ACCOUNTS_PER_POOL);

export interface PoolRead {
  readonly slot: number;
  readonly atMs: UnixMs;
  readonly reserves: PoolReserves;
  /** A refusal when the reserves are known and their price is not. */
  readonly market: Result<Market>;
}

/**
 * Reads many pools, 24 to a call, each with its vaults, mint and fees at one slot. Every pool asked
 * for has its own result, by pool address: a call that fails refuses the pools of that call only.
 */
export async function readPools(rpc: Rpc, pools: readonly PoolKeys[], clock: () => UnixMs): Promise<Map<Address, Result<PoolRead>>> {
  const results = new Map<Address, Result<PoolRead>>();
  const chunks: PoolKeys[][] = [];
  for (let i = 0; i < pools.length; i += POOLS_PER_CALL) chunks.push(pools.slice(i, i + POOLS_PER_CALL));
  await Promise.all(
    chunks.map(async (chunk) => {
      const addresses = chunk.flatMap((keys) => [keys.pool, keys.baseVault, keys.quoteVault, keys.mint]);
      const reply = await rpc.getAccounts([...addresses, ...CONFIGURATION]);
      const atMs = clock();
      for (const [index, keys] of chunk.entries()) {
        if (!reply.ok) {
          results.set(keys.pool, reply);
          continue;
        }
        const { slot, accounts } = reply.value;
        const [pool = null, baseVault = null, quoteVault = null, mint = null] = accounts.slice(index * ACCOUNTS_PER_POOL);
        const state = decodePoolState(keys, { pool, baseVault, quoteVault });
        if (!state.ok) {
          results.set(keys.pool, state);
          continue;
        }
        const [feeConfig = null, globalConfig = null] = accounts.slice(-CONFIGURATION.length);
        const market = marketOf(state.value, mint, feeConfig, globalConfig, { slot, atMs });
        results.set(keys.pool, ok({ slot, atMs, reserves: state.value.reserves, market }));
      }
    }),
  );
  return results;
}

/** Reads one pool as a market. Refuses as the RPC, `decodePoolState` and `marketOf` do. */
export async function readMarket(rpc: Rpc, keys: PoolKeys, clock: () => UnixMs): Promise<Result<Market>> {
  const read = (await readPools(rpc, [keys], clock)).get(keys.pool) ?? refuse("POOL_UNAVAILABLE");
  return read.ok ? read.value.market : read;
}

/**
 * Finds the vaults of pools in their accounts, 100 to a call; results by pool address. Refuses as
 * the RPC and `decodePoolOf` do.
 */
export async function readPoolKeys(
  rpc: Rpc,
  pools: ReadonlyArray<Pick<PoolKeys, "mint" | "pool">>,
): Promise<Map<Address, Result<PoolKeys>>> {
  const results = new Map<Address, Result<PoolKeys>>();
  for (let i = 0; i < pools.length; i += MAX_ACCOUNTS_PER_CALL) {
    const chunk = pools.slice(i, i + MAX_ACCOUNTS_PER_CALL);
    const reply = await rpc.getAccounts(chunk.map(({ pool }) => pool));
    for (const [index, { mint, pool }] of chunk.entries()) {
      const decoded = reply.ok ? decodePoolOf(mint, reply.value.accounts[index] ?? null) : reply;
      const vaults = decoded.ok
        ? ok({ mint, pool, baseVault: decoded.value.poolBaseTokenAccount, quoteVault: decoded.value.poolQuoteTokenAccount })
        : decoded;
      results.set(pool, vaults);
    }
  }
  return results;
}
