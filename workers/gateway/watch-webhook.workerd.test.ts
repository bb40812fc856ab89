import { runDurableObjectAlarm } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PoolKeys } from "../../domain/trading/market.ts";
import { marketWatchOf } from "../../durable-objects/stubs.ts";
import { freezeClock, passTime, TestChain, until } from "../../durable-objects/test-chain.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { MAX_WEBHOOK_BYTES, MAX_WEBHOOK_ENTRIES } from "./read-delivery.ts";

const URL = "http://sniper.test/webhooks/helius/watch";
const AUTH = { authorization: "test-webhook-auth" };
const SIGNATURE = "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW";

let chain: TestChain;

beforeEach(async () => {
  await reset();
  freezeClock();
  chain = new TestChain().install();
});

afterEach(async () => {
  await reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function post(body: BodyInit, headers: Record<string, string> = AUTH): Promise<Response> {
  return exports.default.fetch(new Request(URL, { method: "POST", body, headers }));
}

/** A raw entry whose transaction names the accounts; its amounts say that the pool is drained. */
function entry(accountKeys: readonly string[]) {
  return {
    blockTime: 1,
    slot: 999_999_999,
    meta: {
      err: null,
      fee: 0,
      innerInstructions: [],
      logMessages: [],
      preBalances: accountKeys.map(() => 1),
      postBalances: accountKeys.map(() => 0),
      preTokenBalances: [],
      postTokenBalances: [],
      rewards: [],
      loadedAddresses: { readonly: [], writable: [] },
    },
    transaction: {
      signatures: [SIGNATURE],
      message: { accountKeys, header: {}, instructions: [], recentBlockhash: accountKeys[0] },
    },
  };
}

describe("POST /webhooks/helius/watch", () => {
  test.each([
    ["no authorization", "[]", {}, 401, "WEBHOOK_UNAUTHORIZED"],
    ["another authorization", "[]", { authorization: "guess" }, 401, "WEBHOOK_UNAUTHORIZED"],
    ["no JSON", "nonsense", AUTH, 400, "WEBHOOK_NOT_JSON"],
    ["no array", "{}", AUTH, 400, "WEBHOOK_NOT_ARRAY"],
    ["too many entries", JSON.stringify(Array(MAX_WEBHOOK_ENTRIES + 1).fill(0)), AUTH, 413, "WEBHOOK_TOO_MANY_ENTRIES"],
    ["too many bytes", `[${" ".repeat(MAX_WEBHOOK_BYTES)}]`, AUTH, 413, "WEBHOOK_TOO_LARGE"],
  ] as const)("refuses %s", async (_name, body, headers, status, reason) => {
    const response = await post(body, headers as Record<string, string>);
    expect([response.status, ((await response.json()) as { reason: string }).reason]).toEqual([status, reason]);
  });

  test("refuses other methods", async () => {
    expect((await exports.default.fetch(new Request(URL, { headers: AUTH }))).status).toBe(405);
  });

  test("unreadable entries are counted and make nothing", async () => {
    const response = await post(JSON.stringify([null, 7, {}, { transaction: { signatures: ["!"] } }]));
    expect(await response.json()).toEqual({ hints: 0, unreadable: 4 });
    expect(chain.calls).toBe(0);
  });

  test("a named pool is read at once, and nothing of the push is believed", async () => {
    const keys: PoolKeys = chain.addPool(1);
    const watch = marketWatchOf(env);
    await watch.watchPosition({ positionId: "unknown", ledger: "paper-A", keys, intervalMs: 60_000 });
    await runDurableObjectAlarm(watch);
    const other = chain.addPool(2);
    await watch.watchPosition({ positionId: "unknown too", ledger: "paper-A", keys: other, intervalMs: 60_000 });
    const before = chain.calls;
    passTime(500);
    const response = await post(JSON.stringify([entry([keys.mint, other.pool]), entry([keys.mint])]));
    expect(await response.json()).toEqual({ hints: 2, unreadable: 0 });
    await until(async () => {
      await runDurableObjectAlarm(watch);
      return chain.calls > before;
    }, "the pool is read");
    expect(await watch.counts()).toMatchObject({ failedPolls: 0 });
  });
});
