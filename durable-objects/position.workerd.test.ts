import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { StoredEntry } from "../domain/journal/entry.ts";
import { PLAIN_TERMS } from "../domain/trading/entry.ts";
import type { PoolKeys } from "../domain/trading/market.ts";
import { marketAt } from "../domain/trading/path-walk.ts";
import { PARAMETERS, sampleMoved, signalFor } from "../domain/trading/test-fixtures.ts";
import { PositionCore } from "./core/position-core.ts";
import { hostOf } from "./host/sqlite-host.ts";
import { positionPorts } from "./position-ports.ts";
import { journalOf, marketWatchOf, portfolioOf, positionOf } from "./stubs.ts";
import { freezeClock, passTime, TestChain, until } from "./test-chain.ts";
import { reset } from "./test-reset.ts";

const OPENING = { ledger: "paper-A", openingLamports: 5_000_000_000n, maxPositions: 10, maxDrawdownBps: 1_500, solUsd: 200 } as const;
let chain: TestChain;
let nowMs: number;

beforeEach(async () => {
  await reset();
  nowMs = freezeClock();
  chain = new TestChain().install();
  await portfolio().ensureOpen(OPENING);
});

afterEach(async () => {
  await reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function portfolio() {
  return portfolioOf(env, "paper-A");
}

/** A position that has just begun to enter pool `n`. */
async function entering(n = 1) {
  const keys = chain.addPool(n);
  const signal = { ...signalFor(keys.mint, { assessedAtMs: nowMs, expiresAtMs: nowMs + 20_000 }), pool: keys.pool };
  const market = marketAt(sampleMoved(0, chain.slot, nowMs));
  const answer = await portfolio().requestEntry({ signal, parameters: PARAMETERS, keys, market, terms: PLAIN_TERMS }, nowMs);
  if (!answer.ok) throw new Error(answer.reason);
  const position = positionOf(env, answer.value.positionId);
  await until(async () => (await position.view())?.status === "entering", "the position is entering");
  return { keys, position };
}

function mark(keys: PoolKeys, moveBps: number) {
  return { pool: keys.pool, market: marketAt(sampleMoved(moveBps, chain.slot, Date.now())) };
}

/** Lets slots and time pass, and rings the position's alarm. */
async function pass(position: ReturnType<typeof positionOf>, slots: number): Promise<void> {
  chain.slot += slots;
  passTime(slots * 400);
  await runDurableObjectAlarm(position);
}

async function journal(): Promise<StoredEntry["entry"][]> {
  return ((await journalOf(env).read(0, 1_000)) as StoredEntry[]).map((link) => link.entry);
}

async function status(position: ReturnType<typeof positionOf>) {
  return (await position.view())?.status;
}

describe("a position on alarms alone", () => {
  test("enters and exits on its own reads of the chain, and books, journal and state agree to the lamport", async () => {
    const { keys, position } = await entering();
    await pass(position, 1);
    expect(await status(position)).toBe("entering");
    await pass(position, 6);
    expect(await status(position)).toBe("open");
    await until(async () => (await portfolio().status())?.openPositions === 1, "the entry is booked");
    await until(async () => (await marketWatchOf(env).counts()).positions === 1, "the pool is watched");

    chain.move(keys, 4_000);
    await pass(position, 20);
    expect(await status(position)).toBe("open");
    await pass(position, 20);
    expect(await position.view()).toMatchObject({ status: "exiting", reason: "EXIT_TAKE_PROFIT" });
    await pass(position, 7);
    expect(await status(position)).toBe("closed");
    await until(async () => (await portfolio().status())?.trades === 1, "the exit is booked");
    await until(async () => (await marketWatchOf(env).counts()).positions === 0, "the pool is watched no more");

    const state = await position.view();
    const pnl = (state?.proceedsLamports ?? 0n) - (state?.costLamports ?? 0n);
    expect(pnl).toBeGreaterThan(0n);
    expect(await portfolio().status()).toMatchObject({
      cashLamports: `${OPENING.openingLamports + pnl}`,
      equityLamports: `${OPENING.openingLamports + pnl}`,
      realisedLamports: `${pnl}`,
      reservedLamports: "0",
      wins: 1,
    });
    await until(async () => (await journal()).some((entry) => entry.kind === "trade"), "the trade is journalled");
    const entries = await journal();
    expect(entries.filter((entry) => entry.kind === "fill")).toMatchObject([
      { side: "buy", isDryRun: true },
      { side: "sell", isDryRun: true },
    ]);
    expect(entries.filter((entry) => entry.kind === "trade")).toMatchObject([{ pnlLamports: `${pnl}`, isDryRun: true }]);
    expect(new Set(entries.map((entry) => entry.id)).size).toBe(entries.length);
  });

  test("sells at its deadline although nobody sends marks", async () => {
    const { position } = await entering();
    await pass(position, 7);
    for (let minute = 0; minute < 30; minute++) await pass(position, 150);
    expect(await position.view()).toMatchObject({ reason: "EXIT_MAX_HOLD" });
    await pass(position, 7);
    expect(await status(position)).toBe("closed");
  });

  test("while the node is down an exit waits and an entry gives up; neither is lost", async () => {
    const { keys, position } = await entering(1);
    await pass(position, 7);
    chain.move(keys, -2_000);
    chain.isDown = true;
    for (let i = 0; i < 5; i++) await pass(position, 30);
    expect(await status(position)).toBe("open");
    chain.isDown = false;
    await pass(position, 30);
    expect(await position.view()).toMatchObject({ status: "exiting", reason: "EXIT_STOP_LOSS" });
    await pass(position, 7);
    expect(await status(position)).toBe("closed");

    nowMs = Date.now();
    const late = await entering(2);
    chain.isDown = true;
    await pass(late.position, 10);
    expect(await status(late.position)).toBe("entering");
    await pass(late.position, 80);
    expect(await late.position.view()).toMatchObject({ status: "abandoned", reason: "ENTRY_ABANDONED" });
    await until(async () => (await portfolio().status())?.reservedLamports === "0", "the reservation is released");
  });
});

describe("marks and commands", () => {
  test("fills and exits on marks, tells who sends them when to stop, and takes duplicates calmly", async () => {
    const { keys, position } = await entering();
    chain.slot += 7;
    await Promise.all(Array.from({ length: 10 }, () => position.onMark(mark(keys, 0))));
    expect(await status(position)).toBe("open");
    chain.slot += 5;
    await position.onMark(mark(keys, -3_000));
    chain.slot += 7;
    expect(await position.onMark(mark(keys, -3_000))).toBe(true);
    expect(await position.onMark(mark(keys, -3_000))).toBe(false);
    expect(await position.view()).toMatchObject({ status: "closed", reason: "EXIT_STOP_LOSS" });
    await until(async () => (await portfolio().status())?.trades === 1, "the exit is booked");
    expect((await journal()).filter((entry) => entry.kind === "fill").length).toBeLessThanOrEqual(2);
  });

  test("an operator's close sells at the next read", async () => {
    const { position } = await entering();
    await pass(position, 7);
    await portfolio().closeAll("operator");
    await until(async () => (await position.view())?.closeRequested === true, "the close has arrived");
    await pass(position, 1);
    await pass(position, 7);
    expect(await position.view()).toMatchObject({ status: "closed", reason: "EXIT_OPERATOR" });
  });

  test("a position that never started wants no marks", async () => {
    const keys = chain.addPool(9);
    expect(await positionOf(env, "unknown").onMark(mark(keys, 0))).toBe(false);
  });
});

describe("restarts", () => {
  test("evicted before every step, the life goes on from SQLite", async () => {
    const { keys, position } = await entering();
    const evicted = async (slots: number) => {
      await evictDurableObject(position);
      await pass(position, slots);
    };
    await evicted(7);
    expect(await status(position)).toBe("open");
    await evictDurableObject(portfolio());
    chain.move(keys, -2_000);
    await evicted(20);
    expect(await status(position)).toBe("exiting");
    await evicted(7);
    expect(await status(position)).toBe("closed");
    await evictDurableObject(position);
    await runDurableObjectAlarm(position);
    await until(async () => (await portfolio().status())?.trades === 1, "the exit is booked");
  });

  test("a settlement that the books did not acknowledge is sent again after a restart, and counts once", async () => {
    const { position } = await entering();
    let answersLost = 0;
    const real = env.PORTFOLIO;
    const lossy = {
      idFromName: (name: string) => real.idFromName(name),
      get: (id: DurableObjectId) => ({
        settleEntry: async (settlement: never) => {
          await (real.get(id) as unknown as { settleEntry(one: never): Promise<boolean> }).settleEntry(settlement);
          answersLost++;
          throw new Error("answer lost");
        },
      }),
    };
    await runInDurableObject(position, (instance, state) => {
      const other = { ...env, PORTFOLIO: lossy } as unknown as Env;
      Reflect.set(instance, "core", new PositionCore(hostOf(state), other, positionPorts(other)));
    });
    await pass(position, 7);
    await until(() => answersLost > 0, "an answer was lost");
    const booked = await portfolio().status();
    expect(booked).toMatchObject({ openPositions: 1 });
    await evictDurableObject(position);
    await pass(position, 5);
    await until(async () => (await marketWatchOf(env).counts()).positions === 1, "the other effects went on");
    expect(await portfolio().status()).toMatchObject({ cashLamports: booked?.cashLamports, openPositions: 1 });
  });

  test("the watchdog sets a lost alarm again", async () => {
    const { position } = await entering();
    await runInDurableObject(position, async (_instance, state) => {
      state.storage.sql.exec("DELETE FROM alarms");
      await state.storage.deleteAlarm();
    });
    await pass(position, 7);
    expect(await status(position)).toBe("entering");
    await portfolio().watchdog();
    await pass(position, 2);
    expect(await status(position)).toBe("open");
  });
});
