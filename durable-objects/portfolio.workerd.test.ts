import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { StoredEntry } from "../domain/journal/entry.ts";
import { PLAIN_TERMS } from "../domain/trading/entry.ts";
import { marketAt } from "../domain/trading/path-walk.ts";
import type { EntryRequest } from "../domain/trading/portfolio-state.ts";
import { PARAMETERS, sampleMoved, signalFor } from "../domain/trading/test-fixtures.ts";
import { hostOf } from "./host/sqlite-host.ts";
import { journalOf, portfolioOf, positionOf } from "./stubs.ts";
import { freezeClock, TestChain, until } from "./test-chain.ts";
import { reset } from "./test-reset.ts";

const OPENING = { ledger: "paper-A", openingLamports: 5_000_000_000n, maxPositions: 10, maxDrawdownBps: 1_500, solUsd: 200 } as const;
let chain: TestChain;
let nowMs: number;

beforeEach(async () => {
  await reset();
  nowMs = freezeClock();
  chain = new TestChain().install();
});

afterEach(async () => {
  // A record that is still on its way would reach the next test's journal, which then knows a ledger that is new.
  for (let i = 0; i < 20 && (await waiting()) > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  await reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function portfolio() {
  return portfolioOf(env, "paper-A");
}

function request(n: number, score = 75): EntryRequest {
  const keys = chain.addPool(n);
  const signal = { ...signalFor(keys.mint, { score, assessedAtMs: nowMs, expiresAtMs: nowMs + 20_000 }), pool: keys.pool };
  return { signal, parameters: PARAMETERS, keys, market: marketAt(sampleMoved(0, chain.slot, nowMs)), terms: PLAIN_TERMS };
}

function waiting(): Promise<number> {
  return runInDurableObject(portfolio(), (_instance, { storage }) =>
    hostOf({ storage } as DurableObjectState)
      .storage.log("journal_outbox")
      .count(),
  );
}

async function journal(): Promise<StoredEntry["entry"][]> {
  return ((await journalOf(env).read(0, 1_000)) as StoredEntry[]).map((link) => link.entry);
}

describe("entries", () => {
  test("fifty concurrent requests of one signal reserve once, start one position and get one answer", async () => {
    await portfolio().ensureOpen(OPENING);
    const one = request(1);
    const answers = await Promise.all(Array.from({ length: 50 }, () => portfolio().requestEntry(one, nowMs)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer, (_, v) => (typeof v === "bigint" ? `${v}` : v)))).size).toBe(1);
    const [answer] = answers;
    if (answer?.ok !== true) throw new Error("not granted");
    expect(answer.value.sizeLamports).toBe(500_000_000n);
    expect(await portfolio().status()).toMatchObject({ cashLamports: "4497515920", reservedLamports: "502484080" });
    const started = positionOf(env, answer.value.positionId);
    await until(async () => (await started.view())?.status === "entering", "the position has started");
  });

  test("concurrent requests of different signals never exceed the exposure cap", async () => {
    await portfolio().ensureOpen(OPENING);
    const requests = Array.from({ length: 12 }, (_, i) => request(i, 95));
    const answers = await Promise.all(requests.map((one) => portfolio().requestEntry(one, nowMs)));
    expect(answers.filter((answer) => answer.ok)).toHaveLength(6);
    expect(answers.flatMap((answer) => (answer.ok ? [] : [answer.reason]))).toEqual(Array(6).fill("EXPOSURE_TOTAL"));
    expect(BigInt((await portfolio().status())?.cashLamports ?? "-1")).toBeGreaterThan(0n);
  });

  test("before the books are open nothing is entered, and opening twice changes nothing", async () => {
    // A ledger of its own: nothing of the tests before can have opened it.
    const unopened = portfolioOf(env, "paper-B");
    expect(await unopened.requestEntry(request(1), nowMs)).toMatchObject({ ok: false, reason: "NOT_FOUND" });
    expect(await unopened.status()).toBeNull();
    await unopened.ensureOpen({ ...OPENING, ledger: "paper-B" });
    await unopened.ensureOpen({ ...OPENING, ledger: "paper-B", openingLamports: 9n });
    expect(await unopened.status()).toMatchObject({ openingLamports: "5000000000", state: "ACTIVE" });
  });
});

describe("restarts", () => {
  test("books and answers survive an eviction to the lamport", async () => {
    await portfolio().ensureOpen(OPENING);
    const one = request(1);
    await portfolio().requestEntry(one, nowMs);
    const refused = { ...request(2), parameters: { ...PARAMETERS, maxPositions: 1 } };
    expect(await portfolio().requestEntry(refused, nowMs)).toMatchObject({ ok: false, reason: "MAX_POSITIONS" });
    const read = async () => [await portfolio().status(), await portfolio().positions(), await portfolio().decided(one.signal.id)];
    const before = await read();
    await evictDurableObject(portfolio());
    expect(await read()).toEqual(before);
    expect(await portfolio().requestEntry(refused, nowMs)).toMatchObject({ ok: false, reason: "MAX_POSITIONS" });
    expect(await portfolio().requestEntry({ ...one, signal: { ...one.signal, id: "again" } }, nowMs)).toMatchObject({
      reason: "MINT_ALREADY_TRADED",
    });
  });

  test("amounts beyond 53 bits are kept", async () => {
    await portfolio().ensureOpen({ ...OPENING, openingLamports: 2n ** 63n - 1n });
    await evictDurableObject(portfolio());
    expect(await portfolio().status()).toMatchObject({ cashLamports: "9223372036854775807", equityLamports: "9223372036854775807" });
  });

  test("a tripped breaker stays tripped, and an operator's halt before the opening holds", async () => {
    await portfolio().setState("HALTED", "operator");
    await evictDurableObject(portfolio());
    await portfolio().ensureOpen(OPENING);
    expect(await portfolio().requestEntry(request(1), nowMs)).toMatchObject({ ok: false, reason: "TRADING_HALTED" });
    await portfolio().setState("ACTIVE", "operator");
    const one = request(2);
    const answer = await portfolio().requestEntry(one, nowMs);
    if (!answer.ok) throw new Error(answer.reason);
    const { positionId } = answer.value;
    const ids = { positionId, signalId: one.signal.id, atMs: nowMs };
    const opened = { baseAmount: 1n, rentLamports: 0n, valueLamports: 1n, slot: 1, slippageBps: 0 };
    const nothing = { venueFeeLamports: 0n, networkFeeLamports: 0n, tipLamports: 0n, rentLamports: 0n, otherRentLamports: 0n };
    const bought = { ...nothing, grossLamports: 502_000_000n };
    expect(await portfolio().settleEntry({ ...ids, costLamports: 502_000_000n, money: bought, opened })).toBe(true);
    const lost = { ...nothing, grossLamports: 0n, networkFeeLamports: 300_000_000n };
    const sale = { n: 1, isFinal: true, soldBase: 1n, slippageBps: 0, reason: "EXIT_STOP_LOSS" } as const;
    expect(await portfolio().settleExit({ ...ids, ...sale, proceedsLamports: -300_000_000n, money: lost })).toBe(true);
    expect(await portfolio().status()).toMatchObject({ state: "REDUCING", stateReason: "DAILY_LOSS_LIMIT", drawdownBps: 1_604 });
    await evictDurableObject(portfolio());
    expect(await portfolio().requestEntry(request(3), nowMs)).toMatchObject({ ok: false, reason: "DAILY_LOSS_LIMIT" });
  });
});

test("books that were set back halt, and say so in the journal", async () => {
  await portfolio().ensureOpen(OPENING);
  const answer = await portfolio().requestEntry(request(1), nowMs);
  expect(answer.ok).toBe(true);
  await until(async () => (await journal()).length >= 3, "the journal has what was booked");
  await runInDurableObject(portfolio(), (_instance, { storage }) => {
    const rows = storage.sql.exec<{ body: string }>("SELECT body FROM books WHERE key = 'books'").toArray();
    const figures = JSON.parse(rows[0]?.body ?? "") as Record<string, unknown>;
    storage.sql.exec("UPDATE books SET body = ? WHERE key = 'books'", JSON.stringify({ ...figures, records: 1 }));
  });
  await evictDurableObject(portfolio());
  // The entry under way is cancelled: its settlement comes first.
  await until(() => portfolio().reconcile(), "the books are reconciled");
  expect(await portfolio().requestEntry(request(2), nowMs)).toMatchObject({ ok: false, reason: "STATE_RESTORED" });
  expect(await portfolio().risk()).toMatchObject({ state: "HALTED", stateReason: "STATE_RESTORED", isReconciled: true });
  await until(async () => (await journal()).some((entry) => entry.kind === "trading-state"), "the halt is journalled");
  expect(await portfolio().setState("ACTIVE", "operator", null, "compared by hand")).toBe(true);
  await evictDurableObject(portfolio());
  expect(await portfolio().requestEntry(request(3), nowMs)).toMatchObject({ ok: true });
});

test("locks and limits are seen, and survive an eviction", async () => {
  await portfolio().ensureOpen(OPENING);
  const one = request(1);
  const set = await portfolio().setLock({ scope: "mint", value: one.signal.mint, untilMs: null, reason: "looks odd", author: "ann" });
  if (!set.ok) throw new Error(set.reason);
  await evictDurableObject(portfolio());
  expect(await portfolio().requestEntry(one, nowMs)).toMatchObject({ ok: false, reason: "LOCKED_MINT" });
  expect((await portfolio().risk())?.locks).toEqual([set.value]);
  expect(await portfolio().liftLock(set.value.lockId, "ann")).toBe(true);
  expect((await portfolio().risk())?.locks).toEqual([]);
});

describe("operators", () => {
  test("once a halt is acknowledged, an entry under way cannot fill", async () => {
    await portfolio().ensureOpen(OPENING);
    const one = request(1);
    const answer = await portfolio().requestEntry(one, nowMs);
    if (!answer.ok) throw new Error(answer.reason);
    const position = positionOf(env, answer.value.positionId);
    await until(async () => (await position.view()) !== null, "the position has started");
    expect(await portfolio().setState("HALTED", "operator")).toBe(true);
    chain.slot += 100;
    await position.onMark({ pool: one.keys.pool, market: marketAt(sampleMoved(0, chain.slot, nowMs)) });
    expect(await position.view()).toMatchObject({ status: "abandoned", baseAmount: 0n });
    await until(async () => (await portfolio().status())?.reservedLamports === "0", "the reservation is released");
    expect(await portfolio().status()).toMatchObject({ cashLamports: "5000000000", trades: 0 });
    await until(async () => (await journal()).some((entry) => entry.kind === "trading-state"), "the halt is journalled");
    expect(await portfolio().decided(one.signal.id)).toMatchObject({ ok: true });
  });
});
