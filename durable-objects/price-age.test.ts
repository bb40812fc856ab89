import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { createRpc } from "../adapters/rpc/client.ts";
import { readPoolKeys, readPools } from "../adapters/rpc/read-market.ts";
import { createRng } from "../domain/random.ts";
import type { PoolMark } from "../domain/trading/portfolio-state.ts";
import { createHttpServer } from "../localnet/server/http.ts";
import { createTestNode } from "../localnet/testing/node.ts";
import { tickByWallClock } from "../localnet/testing/workers.ts";
import { MemoryStorage } from "../simulator/storage/memory-storage.ts";
import { MarketWatchCore } from "./core/market-watch-core.ts";
import { TableWatchStore } from "./core/watch-store.ts";
import { within } from "./market-watch-ports.ts";

/** A node as far away as a good provider is: milliseconds from the request to the reply, a slow one now and then. */
const NEAR_MS = [30, 90] as const;
const SLOW_MS = [150, 350] as const;
const SLOW_SHARE = 0.03;
const SLOT_MS = 400;
const MEASURED_MS = 20_000;
/** The first polls do not know yet how long polls take. */
const WARM_UP_MS = 5_000;
const SAMPLE_MS = 50;
const MAX_AGE_MS = 1_000;

const closing: Array<() => void> = [];
afterAll(() => {
  for (const close of closing) close();
});

/** 50 graduated coins on the TypeScript node, over HTTP on loopback, with trades in every slot. */
async function market(count: number) {
  const node = createTestNode({ seed: "price age" });
  const coins = Array.from({ length: count }, () => node.addCoin());
  const rng = createRng("price age latency");
  const server = createHttpServer(async (request) => {
    const [from, to] = rng.next() < SLOW_SHARE ? SLOW_MS : NEAR_MS;
    await new Promise((resolve) => setTimeout(resolve, from + (to - from) * rng.next()));
    return node.fetch(request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  let slot = 0;
  const ticking = setInterval(() => {
    tickByWallClock(node);
    const coin = coins[slot++ % coins.length];
    if (coin !== undefined) node.trade(coin, { side: "buy", amount: 10_000_000n });
  }, SLOT_MS);
  closing.push(() => {
    clearInterval(ticking);
    server.closeAllConnections();
    server.close();
  });
  const rpc = createRpc({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/rpc` });
  return { coins, rpc };
}

interface Figures {
  readonly pools: number;
  readonly calls: number;
  /** Age of the price that a position has, looked at every 50 ms. */
  readonly ages: number[];
  /** From a read's time to the position's hearing of it. */
  readonly deliveries: number[];
}

/** A market watch on the wall clock; positions that note what they hear. */
async function measure({ coins, rpc }: Awaited<ReturnType<typeof market>>, pools: number): Promise<Figures> {
  const latest = new Map<string, PoolMark>();
  const figures = { pools, calls: 0, ages: [] as number[], deliveries: [] as number[] };
  let isMeasured = false;
  const stub = (positionId: string) => ({
    onMark: async (mark: PoolMark) => {
      latest.set(positionId, mark);
      if (isMeasured) figures.deliveries.push(Date.now() - mark.market.atMs);
      return true;
    },
    onAlert: async () => true,
  });
  const namespace = (get: (name: string) => unknown) => ({ idFromName: (name: string) => name, get });
  const books = { mark: async () => {}, health: async () => {} };
  const env = { POSITION: namespace(stub), PORTFOLIO: namespace(() => books) } as unknown as Env;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let isOver = false;
  const storage = new MemoryStorage({
    onDirty: () => {},
    onAlarm: (atMs) => {
      clearTimeout(timer);
      if (atMs !== null && !isOver) timer = setTimeout(ring, Math.max(0, atMs - Date.now()));
    },
  });
  const host = { storage, now: Date.now, background: () => {} };
  const counted: typeof rpc = {
    ...rpc,
    getAccounts: (addresses, options) => {
      if (isMeasured) figures.calls++;
      return rpc.getAccounts(addresses, options);
    },
  };
  const core = new MarketWatchCore(
    host,
    env,
    {
      readPools: (queries, timeoutMs) => readPools(counted, queries, Date.now, timeoutMs),
      readPoolKeys: (queries) => readPoolKeys(counted, queries),
      webhook: null,
      within,
    },
    new TableWatchStore(storage),
  );
  function ring(): void {
    running = running.then(() => core.alarm());
  }
  const keys = await readPoolKeys(
    rpc,
    coins.slice(0, pools).map(({ mint, pool }) => ({ mint, pool })),
  );
  for (const { pool, creator } of coins.slice(0, pools)) {
    const found = keys.get(pool);
    if (found?.ok !== true) throw new Error("no pool");
    await core.watchPosition({
      positionId: pool,
      ledger: "paper-A",
      keys: found.value,
      intervalMs: MAX_AGE_MS,
      creator,
      creatorSellBps: 5_000,
    });
  }
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
  isMeasured = true;
  const sampling = setInterval(() => {
    for (const { market: read } of latest.values()) figures.ages.push(Date.now() - read.atMs);
  }, SAMPLE_MS);
  await new Promise((resolve) => setTimeout(resolve, MEASURED_MS));
  clearInterval(sampling);
  isOver = true;
  clearTimeout(timer);
  await running;
  expect(latest.size).toBe(pools);
  return figures;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}

describe("price age while positions are open", () => {
  test("is at most a second for 95 % of the time, with 10 and with 50 pools", { timeout: 60_000, retry: 2 }, async () => {
    const all = await market(50);
    const measured = await Promise.all([measure(all, 10), measure(all, 50)]);
    for (const { pools, calls, ages, deliveries } of measured) {
      const shares = (values: readonly number[]) => [0.5, 0.95, 1].map((share) => quantile(values, share)).join(" / ");
      console.log(
        `price age, ${pools} open pools: p50 / p95 / max ${shares(ages)} ms; read to mark ${shares(deliveries)} ms; ` +
          `${(calls / (MEASURED_MS / 1_000)).toFixed(2)} calls a second`,
      );
      expect(ages.length).toBeGreaterThan(pools * 200);
      expect(quantile(ages, 0.95)).toBeLessThanOrEqual(MAX_AGE_MS);
      expect(quantile(deliveries, 0.95)).toBeLessThanOrEqual(250);
      // 19 pools to a call, about once a second.
      expect(calls / (MEASURED_MS / 1_000)).toBeLessThanOrEqual(Math.ceil(pools / 19) * 1.6);
    }
  });
});
