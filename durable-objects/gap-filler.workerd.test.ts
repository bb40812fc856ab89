import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { applyPending } from "../adapters/d1/migrate.ts";
import { GAP_FILLING_SHARE, PROVIDERS } from "../domain/budget.ts";
import { FAST_POLL_MS, IDLE_POLL_MS, LATE_MS, MISTRUST_MS, SILENT_MS, SLOW_POLL_MS } from "../domain/pipeline/gap-pace.ts";
import { encodeBase58 } from "../domain/solana/base58.ts";
import { PUMP_PROGRAM, PUMP_WITHDRAW_AUTHORITY } from "../domain/solana/programs.ts";
import type { Budget } from "./budget.ts";
import { budgetPort } from "./budget-port.ts";
import { gapFillerOf, inboxOf } from "./stubs.ts";
import { freezeClock } from "./test-chain.ts";
import { reset } from "./test-reset.ts";

const DAY_MS = 86_400_000;
const { dailyCost, exitReserve } = PROVIDERS.rpc;

/** A transaction of the withdraw authority, as getTransaction and a raw webhook have it. */
interface Happened {
  readonly signature: string;
  readonly entry: { readonly blockTime: number };
}

/** Of all tests: an inbox that was not emptied in time must not know one of another test. */
let made = 0;
let happened: Happened[] = [];
let calls: string[] = [];
let isDown = false;

function happen(): Happened {
  made += 1;
  const signature = encodeBase58(
    new Uint8Array(64)
      .fill(1)
      .with(0, made & 255)
      .with(1, made >> 8),
  );
  const message = { accountKeys: [PUMP_PROGRAM, PUMP_WITHDRAW_AUTHORITY], instructions: [] };
  const meta = { err: null, innerInstructions: [], logMessages: [] };
  const one = {
    signature,
    entry: { slot: made, blockTime: Math.floor(Date.now() / 1_000), transaction: { signatures: [signature], message }, meta },
  };
  happened.push(one);
  return one;
}

/** The node behind `http://rpc.test/`: no more than what the gap filler asks. */
function answer(method: string, [subject, range]: readonly [string, { readonly until?: string }?]): unknown {
  if (method === "getTransaction") return happened.find(({ signature }) => signature === subject)?.entry ?? null;
  const from = happened.findIndex(({ signature }) => signature === range?.until) + 1;
  const rows = happened.slice(from).map(({ signature, entry: { blockTime } }, i) => ({ signature, slot: from + i, err: null, blockTime }));
  return rows.reverse();
}

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
  freezeClock();
  happened = [];
  calls = [];
  isDown = false;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const { method, params } = (await new Request(input, init).json()) as { method: string; params: [string] };
    calls.push(method);
    if (isDown) return new Response("down", { status: 503 });
    return Response.json({ jsonrpc: "2.0", id: 1, result: answer(method, params) });
  });
});

afterEach(async () => {
  await reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function alarmAtMs(): Promise<number> {
  return (await runInDurableObject(gapFillerOf(env), (_, state) => state.storage.getAlarm())) ?? Number.NaN;
}

/** Time until the next poll. */
async function delayMs(): Promise<number> {
  return (await alarmAtMs()) - Date.now();
}

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

/** Lets time pass up to the next poll, which then runs. */
async function poll(): Promise<void> {
  pass(Math.max(0, await delayMs()));
  expect(await runDurableObjectAlarm(gapFillerOf(env))).toBe(true);
}

/** The first poll, with nothing to find. */
async function start(): Promise<void> {
  await gapFillerOf(env).watchdog();
  await poll();
}

/** Brings one through the gateway, as a webhook does. */
async function deliver({ entry }: Happened): Promise<void> {
  const headers = { authorization: "test-webhook-auth" };
  const request = new Request("http://sniper.test/webhooks/helius", { method: "POST", headers, body: JSON.stringify([entry]) });
  expect((await exports.default.fetch(request)).status).toBe(200);
}

/** A webhook has shown itself, and the poll after it. */
async function startInOrder(): Promise<void> {
  await start();
  await deliver(happen());
  await vi.waitFor(async () => {
    await poll();
    expect(await delayMs()).toBe(SLOW_POLL_MS);
  });
}

async function isDelivered({ signature }: Happened): Promise<boolean> {
  return (await inboxOf(env, signature).unknown([signature])).length === 0;
}

async function rpcBudget() {
  return (env.BUDGET.get(env.BUDGET.idFromName("budget")) as DurableObjectStub<Budget>).status("rpc");
}

describe("the gap filler's pace", () => {
  test("without webhooks it polls every two seconds", async () => {
    await start();
    for (let i = 0; i < 3; i++) {
      expect(await delayMs()).toBe(FAST_POLL_MS);
      await poll();
    }
  });

  test("webhooks in order slow it down, also over an eviction; a fault of the node makes it fast until it answers", async () => {
    await startInOrder();
    await evictDurableObject(gapFillerOf(env));
    await poll();
    expect(await delayMs()).toBe(SLOW_POLL_MS);
    vi.spyOn(console, "warn").mockImplementation(() => {});
    isDown = true;
    await poll();
    expect(await delayMs()).toBe(FAST_POLL_MS);
    isDown = false;
    await poll();
    await poll();
    expect(await delayMs()).toBe(SLOW_POLL_MS);
  });

  test("silence makes it fast, a late webhook at once", async () => {
    await startInOrder();
    await gapFillerOf(env).onWebhook([{ signature: "late", blockTimeMs: Date.now() - LATE_MS - 1_000 }], Date.now());
    expect(await delayMs()).toBe(FAST_POLL_MS);
    pass(MISTRUST_MS);
    await gapFillerOf(env).onWebhook([{ signature: "fresh", blockTimeMs: Date.now() }], Date.now());
    await poll();
    await poll();
    expect(await delayMs()).toBe(SLOW_POLL_MS);
    pass(SILENT_MS);
    await poll();
    expect(await delayMs()).toBe(FAST_POLL_MS);
  });

  test("the first that a webhook loses is found within one slow poll, the next within a fast one", async () => {
    await startInOrder();
    pass(1);
    const lost = happen();
    const lostAtMs = Date.now();
    await poll();
    expect(await isDelivered(lost)).toBe(true);
    expect(Date.now() - lostAtMs).toBeLessThanOrEqual(SLOW_POLL_MS);
    const next = happen();
    expect(await delayMs()).toBe(FAST_POLL_MS);
    await poll();
    expect(await isDelivered(next)).toBe(true);
    // The webhook that never comes is a gap, which is remembered.
    pass(LATE_MS);
    await poll();
    await deliver(happen());
    await poll();
    expect(await delayMs()).toBe(FAST_POLL_MS);
  });

  test("what a poll saw before its webhook came changes nothing for long", async () => {
    await startInOrder();
    pass((await delayMs()) - 1_000);
    const early = happen();
    await poll();
    expect(await delayMs()).toBe(FAST_POLL_MS);
    await deliver(early);
    await vi.waitFor(async () => {
      await poll();
      expect(await delayMs()).toBe(SLOW_POLL_MS);
    });
  });

  test("an alarm that is lost, overdue or beyond any pace is armed anew", async () => {
    await gapFillerOf(env).watchdog();
    for (const [atMs, isKept] of [
      [Date.now() + IDLE_POLL_MS, true],
      [Date.now() + SLOW_POLL_MS, true],
      [Date.now() + IDLE_POLL_MS + 1, false],
      [Date.now() + DAY_MS, false],
    ] as const) {
      await runInDurableObject(gapFillerOf(env), (_, state) => state.storage.setAlarm(atMs));
      await gapFillerOf(env).watchdog();
      expect((await alarmAtMs()) === atMs).toBe(isKept);
    }
  });
});

describe("the gap filler's credits", () => {
  const spent = async () => (await rpcBudget()).spent;

  test("are told once a minute, every call of them, found or not", async () => {
    await start();
    await vi.waitFor(async () => expect(await spent()).toBe(10));
    happen();
    for (let i = 0; i < 29; i++) await poll();
    expect(await spent()).toBe(10);
    await poll();
    // One look in two seconds, and the transaction that was found.
    await vi.waitFor(async () => expect(await spent()).toBe(10 * 32));
    expect(calls).toHaveLength(32);
    expect(await rpcBudget()).toMatchObject({ spentOnExits: 0 });
  });

  test("are never refused: when they are short it looks once a minute, and finds all the same", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    await budgetPort(env, "rpc").claim({ requests: 0, cost: Math.ceil((dailyCost - exitReserve) * GAP_FILLING_SHARE) });
    await start();
    await vi.waitFor(async () => {
      await poll();
      expect(await delayMs()).toBe(IDLE_POLL_MS);
    });
    const lost = happen();
    await evictDurableObject(gapFillerOf(env));
    await poll();
    expect(await isDelivered(lost)).toBe(true);
    expect(await delayMs()).toBe(IDLE_POLL_MS);
    // The next day has credits of its own.
    pass(DAY_MS);
    await vi.waitFor(async () => {
      await poll();
      expect(await delayMs()).toBe(FAST_POLL_MS);
    });
  });
});
