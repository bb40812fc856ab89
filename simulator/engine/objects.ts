import { WINDOW_ENTRIES } from "../../adapters/r2/raw-tables.ts";
import { missingWindows, newestArchived, readArchived } from "../../adapters/r2/segments.ts";
import type { PoolOutcome, PoolQuery, PoolRead } from "../../adapters/rpc/read-market.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { Market, PoolKeys } from "../../domain/trading/market.ts";
import type { Address } from "../../domain/units.ts";
import { InboxCore } from "../../durable-objects/core/inbox-core.ts";
import { JournalCore } from "../../durable-objects/core/journal-core.ts";
import { MarketWatchCore } from "../../durable-objects/core/market-watch-core.ts";
import { PortfolioCore } from "../../durable-objects/core/portfolio-core.ts";
import { PositionCore } from "../../durable-objects/core/position-core.ts";
import { TableWatchStore } from "../../durable-objects/core/watch-store.ts";
import type { Host } from "../../durable-objects/host/host.ts";
import { WALLET } from "../chain/coins.ts";
import { simulatedLanding } from "../chain/landing.ts";
import { type ChainNode, refusal } from "../chain/node.ts";
import type { Actor } from "../cloud/actor.ts";
import type { Core, CreateCore } from "../cloud/cell.ts";
import { MemoryInboxStore } from "../storage/inbox-store.ts";
import { MemoryJournalStore } from "../storage/journal-store.ts";
import type { World } from "../world.ts";
import { SimulatedLiveControl } from "./live-control.ts";

/** How each kind of object is made: the engine's own cores over simulated hosts and ports. */
export function objectMakers(world: World): Readonly<Record<string, CreateCore>> {
  return {
    INBOX: (host, env) => core(new InboxCore(host, env, new MemoryInboxStore(host.storage))),
    JOURNAL: (host, env) =>
      core(
        new JournalCore(host, new MemoryJournalStore(host.storage), {
          archive: {
            newest: (fromSeq) => newestArchived(env.BUCKET, fromSeq),
            after: (seq) => readArchived(env.BUCKET, seq),
            missing: (seq) => missingWindows(env.BUCKET, seq),
          },
          nudge: async (message) => void (await env.TRADE_EVENTS.send(message)),
          windowEntries: WINDOW_ENTRIES,
        }),
      ),
    PORTFOLIO: (host, env, life) => core(new PortfolioCore(host, env, { readWallet: (mints) => readWallet(world, life, mints) })),
    POSITION: (host, env, life) =>
      core(
        new PositionCore(host, env, {
          readMarket: async (keys, clock) => marketOf(await readPool(world, life, keys, clock)),
          landing: (hooks) =>
            simulatedLanding({ actor: life, chain: world.chain, nodes: world.nodes, network: world.network, signer: world.signer }, hooks),
        }),
      ),
    MARKET_WATCH: (host, env, life) =>
      core(
        new MarketWatchCore(
          host,
          env,
          {
            readPools: (pools) => readPools(world, life, pools, host),
            readPoolKeys: async () => new Map(),
            webhook: null,
            within: (work, ms) => world.within(work, ms),
          },
          new TableWatchStore(host.storage),
        ),
      ),
    // biome-ignore lint/correctness/noComponentHookFactories: bindings, no components
    LIVE_CONTROL: (host) => core(new SimulatedLiveControl(host, world.raised)),
    // biome-ignore lint/correctness/noComponentHookFactories: bindings, no components
    GAP_FILLER: () => ({ watchdog: async () => {} }),
  };
}

/** Calls reach a core by the names of its methods. */
function core(object: object): Core {
  return object as Core;
}

function marketOf(read: Result<PoolRead>): Result<Market> {
  return read.ok ? read.value.market : read;
}

/** One pool by the first node that answers. */
async function readPool(world: World, actor: Actor, keys: PoolKeys, clock: () => number): Promise<Result<PoolRead>> {
  let failure: Result<PoolRead> = refuse("RPC_UNAVAILABLE");
  for (const node of world.nodes) {
    const read = await node.ask(actor, "pool", () => {
      const pool = poolAt(world, node, keys, clock());
      return pool === null ? refusal("UPSTREAM_MALFORMED", "no pool") : ok(pool);
    });
    if (read.ok) return ok({ ...read.value, atMs: clock(), market: stamped(read.value.market, clock()) });
    failure = read;
  }
  return failure;
}

async function readPools(world: World, actor: Actor, pools: readonly PoolQuery[], host: Host): Promise<ReadonlyMap<Address, PoolOutcome>> {
  const results = new Map<Address, PoolOutcome>();
  let failure: PoolOutcome = refuse("RPC_UNAVAILABLE");
  for (const node of world.nodes) {
    const read = await node.ask(actor, "pools", () => ok(pools.map((keys) => poolAt(world, node, keys, host.now()))));
    if (!read.ok) {
      failure = read;
      continue;
    }
    const atMs = host.now();
    for (const [index, { pool }] of pools.entries()) {
      const found = read.value[index] ?? null;
      results.set(pool, found === null ? refuse("POOL_UNAVAILABLE") : ok({ ...found, atMs, market: stamped(found.market, atMs) }));
    }
    return results;
  }
  for (const { pool } of pools) results.set(pool, failure);
  return results;
}

function stamped(market: Result<Market>, atMs: number): Result<Market> {
  return market.ok ? ok({ ...market.value, atMs }) : market;
}

function poolAt(world: World, node: ChainNode, query: PoolQuery, atMs: number): PoolRead | null {
  const { chain } = world;
  const slot = node.confirmedSlot;
  const coin = chain.coinOf(query.mint);
  const reserves = chain.reserves(query.mint, slot);
  if (coin === null || reserves === null) return null;
  const market: Market = { ...reserves, fees: chain.fees(coin, reserves), slot, atMs };
  const mint = { owner: coin.tokenProgram, data: coin.mintData };
  return { slot, atMs, reserves, market: ok(market), mint, also: (query.also ?? []).map(() => null) };
}

/** Both nodes must agree: a read that fails is no wallet. */
async function readWallet(world: World, actor: Actor, mints: readonly Address[]) {
  const reads = await Promise.all(
    world.nodes.map((node) =>
      node.ask(actor, "wallet", () => {
        const slot = node.confirmedSlot;
        const tokens = new Map(mints.map((mint) => [mint, world.chain.tokens(mint, slot) ?? 0n]));
        return ok({ slot, lamports: world.chain.lamports(slot), tokens });
      }),
    ),
  );
  const [first, second] = reads;
  if (first?.ok !== true) return first ?? refuse("RPC_UNAVAILABLE");
  if (second?.ok !== true) return second ?? refuse("RPC_UNAVAILABLE");
  const isSame =
    first.value.lamports === second.value.lamports && mints.every((mint) => first.value.tokens.get(mint) === second.value.tokens.get(mint));
  return isSame ? ok({ lamports: first.value.lamports, tokens: first.value.tokens }) : refuse("RPC_DISAGREEMENT", WALLET);
}
