import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PricePathRecord, StoredEntry } from "../domain/journal/entry.ts";
import { PLAIN_TERMS } from "../domain/trading/entry.ts";
import { marketAt } from "../domain/trading/path-walk.ts";
import { PARAMETERS, sampleMoved, signalFor } from "../domain/trading/test-fixtures.ts";
import { journalOf, marketWatchOf, portfolioOf, positionOf } from "./stubs.ts";
import { freezeClock, passTime, TestChain, until } from "./test-chain.ts";
import { reset } from "./test-reset.ts";

let chain: TestChain;
let nowMs: number;

beforeEach(async () => {
  await reset();
  nowMs = freezeClock();
  chain = new TestChain().install();
});

afterEach(async () => {
  await reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function watch() {
  return marketWatchOf(env);
}

/** Lets time and slots pass and rings the poll. */
async function pass(ms: number): Promise<void> {
  chain.slot += Math.round(ms / 400);
  passTime(ms);
  await runDurableObjectAlarm(watch());
}

async function paths(): Promise<PricePathRecord[]> {
  const entries = ((await journalOf(env).read(0, 1_000)) as StoredEntry[]).map((link) => link.entry);
  return entries.filter((entry) => entry.kind === "price-path");
}

async function journalledPath(): Promise<PricePathRecord> {
  await until(async () => (await paths()).length > 0, "the path is journalled");
  const [path] = await paths();
  if (path === undefined) throw new Error("no path");
  return path;
}

function candidate(n: number, horizonMs = 60_000) {
  const { mint, pool } = chain.addPool(n);
  return { mint, pool, startedAtMs: Date.now(), horizonMs, sampleMs: 10_000 };
}

describe("price paths", () => {
  test("are sampled from start to horizon, survive evictions, and are journalled once", async () => {
    const keys = chain.addPool(1);
    const one = candidate(1);
    expect(await watch().watchCandidate(one)).toEqual({ ok: true, value: null });
    await pass(0);
    for (let i = 1; i <= 6; i++) {
      chain.move(keys, i * 100);
      if (i === 3) await evictDurableObject(watch());
      await pass(10_000);
    }
    const path = await journalledPath();
    expect(path).toMatchObject({ mint: one.mint, complete: true, startedAtMs: one.startedAtMs, horizonMs: 60_000 });
    expect(path.samples.map((sample) => sample.atMs - one.startedAtMs)).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
    expect(path.samples.map((sample) => sample.quoteReservesLamports)).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((i) => `${sampleMoved(i * 100, 0, 0).quoteReservesLamports}`),
    );
    await watch().watchCandidate({ ...one, startedAtMs: Date.now() });
    expect(await watch().counts()).toMatchObject({ paths: 0 });
    expect(await paths()).toHaveLength(1);
  });

  test("a node that stays down censors the path instead of inventing a price", async () => {
    const one = candidate(1, 600_000);
    await watch().watchCandidate(one);
    await pass(0);
    await pass(10_000);
    chain.isDown = true;
    for (let i = 0; i < 6; i++) await pass(10_000);
    const path = await journalledPath();
    expect(path.complete).toBe(false);
    expect(path.samples).toHaveLength(2);
    expect(await watch().counts()).toMatchObject({ paths: 0 });
  });

  test("a pool that disappears is censored, the others go on", async () => {
    const gone = candidate(1);
    const stays = candidate(2);
    await watch().watchCandidate(gone);
    await watch().watchCandidate(stays);
    await pass(0);
    chain.remove(chain.addPool(1));
    for (let i = 0; i < 6; i++) await pass(10_000);
    await until(async () => (await paths()).length === 2, "both paths are journalled");
    const complete = Object.fromEntries((await paths()).map((path) => [path.mint, path.complete]));
    expect(complete).toEqual({ [gone.mint]: false, [stays.mint]: true });
  });

  test("a slot seen before is no new sample", async () => {
    const one = candidate(1);
    await watch().watchCandidate(one);
    await pass(0);
    passTime(10_000);
    await runDurableObjectAlarm(watch());
    for (let i = 0; i < 5; i++) await pass(10_000);
    expect((await journalledPath()).samples).toHaveLength(6);
  });

  test("a horizon that is over and a list that is full are refused", async () => {
    const late = { ...candidate(1), startedAtMs: nowMs - 60_000 };
    expect(await watch().watchCandidate(late)).toMatchObject({ ok: false, reason: "REQUEST_INVALID" });
    const template = candidate(2);
    for (let i = 0; i < 300; i++) await watch().watchCandidate({ ...template, mint: `mint-${i}` });
    expect(await watch().watchCandidate({ ...template, mint: "one-more" })).toMatchObject({ ok: false, reason: "WATCH_LIST_FULL" });
    expect(await watch().counts()).toMatchObject({ paths: 300 });
  });

  test("one round of many pools is few calls", async () => {
    for (let i = 0; i < 100; i++) await watch().watchCandidate(candidate(i));
    const before = chain.calls;
    await pass(0);
    // One call for the vaults of 100 pools, five for the pools, 24 each.
    expect(chain.calls - before).toBe(6);
    await pass(10_000);
    expect(chain.calls - before).toBe(11);
  });
});

describe("positions", () => {
  async function openPosition(creator: string | null = null) {
    const portfolio = portfolioOf(env, "paper-A");
    await portfolio.ensureOpen({
      ledger: "paper-A",
      openingLamports: 5_000_000_000n,
      maxPositions: 10,
      maxDrawdownBps: 1_500,
      solUsd: 200,
    });
    const keys = chain.addPool(1);
    const signal = { ...signalFor(keys.mint, { assessedAtMs: nowMs, expiresAtMs: nowMs + 20_000 }), pool: keys.pool, creator };
    const market = marketAt(sampleMoved(0, chain.slot, nowMs));
    const answer = await portfolio.requestEntry({ signal, parameters: PARAMETERS, keys, market, terms: PLAIN_TERMS }, nowMs);
    if (!answer.ok) throw new Error(answer.reason);
    const position = positionOf(env, answer.value.positionId);
    await until(async () => (await position.view())?.status === "entering", "the position is entering");
    chain.slot += 7;
    await position.onMark({ pool: keys.pool, market: marketAt(sampleMoved(0, chain.slot, Date.now())) });
    await until(async () => (await watch().counts()).positions === 1, "the pool is watched");
    return { keys, portfolio, position };
  }

  test("are marked at their interval, and so are their books; the exit ends the watch", async () => {
    const { keys, portfolio, position } = await openPosition();
    chain.move(keys, 500);
    await pass(1_000);
    const value = (await position.view())?.mark?.valueLamports;
    expect((await position.view())?.mark).toMatchObject({ slot: chain.slot });
    expect(await portfolio.positions()).toMatchObject([{ valueLamports: `${value}` }]);
    chain.move(keys, -3_000);
    await pass(1_000);
    expect(await position.view()).toMatchObject({ status: "exiting", reason: "EXIT_STOP_LOSS" });
    await pass(3_000);
    expect((await position.view())?.status).toBe("closed");
    await until(async () => (await watch().counts()).positions === 0, "the watch ends");
    await until(async () => (await portfolio.status())?.trades === 1, "the exit is booked");
  });

  test("a watch whose position is settled or unknown removes itself", async () => {
    const keys = chain.addPool(7);
    await watch().watchPosition({ positionId: "unknown", ledger: "paper-A", keys, intervalMs: 1_000 });
    await pass(1_000);
    expect(await watch().counts()).toMatchObject({ positions: 0 });
  });

  test("watches survive an eviction, and the watchdog sets a lost alarm again", async () => {
    const { position } = await openPosition();
    await evictDurableObject(watch());
    await watch().watchdog();
    await pass(1_000);
    expect((await position.view())?.mark).toMatchObject({ slot: chain.slot });
  });

  test("a creator who sells and a mint that changes end the position, and the alert goes with the watch", async () => {
    const creator = "39azUYFWPz3VHgKCf3VChUwbpURdCHRxjWVowf5jUJjg";
    chain.setHolding(chain.addPool(1), creator, 1_000_000n);
    const { keys, position } = await openPosition(creator);
    await pass(1_000);
    await pass(1_000);
    expect((await position.view())?.status).toBe("open");
    await evictDurableObject(watch());
    chain.setHolding(keys, creator, 400_000n);
    await pass(1_000);
    expect(await position.view()).toMatchObject({ status: "exiting", reason: "EXIT_CREATOR_SOLD" });
    await pass(3_000);
    await until(async () => (await watch().counts()).positions === 0, "the watch ends");
  });

  test("a push of a watched pool brings its price at once", async () => {
    const { keys, position } = await openPosition();
    await pass(1_000);
    chain.slot += 2;
    passTime(500);
    expect(await watch().onPush([["unknown"], [keys.pool]])).toBe(1);
    await runDurableObjectAlarm(watch());
    expect((await position.view())?.mark).toMatchObject({ slot: chain.slot });
  });
});
