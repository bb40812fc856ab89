import { type Ok, ok, type Refusal, type Result, refuse } from "../../domain/result.ts";
import { PUMP_SWAP_FEE_CONFIG, PUMP_SWAP_GLOBAL_CONFIG } from "../../domain/solana/programs.ts";
import { type AccountData, decodePoolOf, decodePoolState, type Market, marketOf, type PoolKeys } from "../../domain/trading/market.ts";
import type { Address, UnixMs } from "../../domain/units.ts";
import type { PoolReserves } from "../../domain/venues/pump-swap.ts";
import { MAX_ACCOUNTS_PER_CALL, type Rpc } from "./client.ts";

/** What every pool's fees depend on, read with each call. */
const CONFIGURATION = [PUMP_SWAP_FEE_CONFIG, PUMP_SWAP_GLOBAL_CONFIG];

/** A pool to read, and what to read along at the same slot. */
export interface PoolQuery extends PoolKeys {
  readonly also?: readonly Address[];
}

export interface PoolRead {
  readonly slot: number;
  readonly atMs: UnixMs;
  readonly reserves: PoolReserves;
  /** A refusal when the reserves are known and their price is not. */
  readonly market: Result<Market>;
  readonly mint: AccountData;
  /** The accounts of the query's `also`, in its order. */
  readonly also: readonly AccountData[];
}

/** A pool as read, or why not; with what the node asked for, if it did (`RpcRefusal`). */
export type PoolOutcome = Ok<PoolRead> | (Refusal & { readonly retryAfterMs?: number });

/**
 * Reads many pools, up to 100 accounts to a call, each with its vaults, mint and fees at one slot, the
 * first ones in the first call. Every pool asked for has its own result, by pool address: a call that
 * fails refuses the pools of that call only.
 * @param timeoutMs for each call; the client's own when absent
 */
export async function readPools(
  rpc: Rpc,
  pools: readonly PoolQuery[],
  clock: () => UnixMs,
  timeoutMs?: number,
): Promise<Map<Address, PoolOutcome>> {
  const results = new Map<Address, PoolOutcome>();
  const options = timeoutMs === undefined ? {} : { timeoutMs };
  await Promise.all(
    poolCalls(pools).map(async (chunk) => {
      const reply = await rpc.getAccounts([...chunk.flatMap(accountsOf), ...CONFIGURATION], options);
      if (!reply.ok) {
        for (const { pool } of chunk) results.set(pool, reply);
        return;
      }
      const { slot, accounts } = reply.value;
      const read = { slot, atMs: clock() };
      const [feeConfig = null, globalConfig = null] = accounts.slice(-CONFIGURATION.length);
      let at = 0;
      for (const query of chunk) {
        const own = accounts.slice(at, at + accountsOf(query).length);
        at += own.length;
        const [pool = null, baseVault = null, quoteVault = null, mint = null, ...also] = own;
        const state = decodePoolState(query, { pool, baseVault, quoteVault });
        if (!state.ok) results.set(query.pool, state);
        else {
          const market = marketOf(state.value, mint, feeConfig, globalConfig, read);
          results.set(query.pool, ok({ ...read, reserves: state.value.reserves, market, mint, also }));
        }
      }
    }),
  );
  return results;
}

/** Splits pools into calls of at most 100 accounts, in their order. */
export function poolCalls(pools: readonly PoolQuery[]): PoolQuery[][] {
  const calls: PoolQuery[][] = [];
  let call: PoolQuery[] = [];
  let size: number = CONFIGURATION.length;
  for (const query of pools) {
    const accounts = accountsOf(query).length;
    if (call.length === 0 || size + accounts > MAX_ACCOUNTS_PER_CALL) {
      call = [];
      size = CONFIGURATION.length;
      calls.push(call);
    }
    call.push(query);
    size += accounts;
  }
  return calls;
}

function accountsOf({ pool, baseVault, quoteVault, mint, also = [] }: PoolQuery): readonly Address[] {
  return [pool, baseVault, quoteVault, mint, ...also];
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
