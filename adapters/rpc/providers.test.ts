import { base58 } from "@scure/base";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAINNET_GENESIS_HASH } from "../../domain/solana/programs.ts";
import { providersFromEnv, rpcFromEnv, senderFromEnv } from "../env.ts";
import { RECOVERY_MS } from "./health.ts";
import { createProviders, type ProviderOptions } from "./providers.ts";
import { type NodeHandler, reply, rpcError, startNode, type TestNode } from "./test-node.ts";

const DEVNET_GENESIS_HASH = "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG";
const TIMEOUT_MS = 600;
const down = reply(503, "");

let first: TestNode;
let second: TestNode;
let nowMs = 0;

beforeEach(async () => {
  nowMs = 1_800_000_000_000;
  first = await startNode(answering(1_000));
  second = await startNode(answering(1_000));
});

afterEach(async () => {
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
});

/** A node at a slot: enough for reads of slots, heights and genesis. */
function answering(slot: number, genesis = MAINNET_GENESIS_HASH): NodeHandler {
  return ({ method }) => {
    switch (method) {
      case "getGenesisHash":
        return genesis;
      case "getTransaction":
        return null;
      case "getBlockHeight":
        return slot - 10;
      default:
        return slot;
    }
  };
}

function providers(changes: Partial<ProviderOptions> = {}) {
  return createProviders({ urls: [first.url, second.url], genesis: null, timeoutMs: TIMEOUT_MS, now: () => nowMs, ...changes });
}

const calls = (node: TestNode, method: string) => node.calls.filter((call) => call.method === method).length;

describe("failover", () => {
  test("reads go to the first; an error is retried on the other", async () => {
    const { rpc } = providers();
    expect(await rpc.getBlockHeight()).toEqual({ ok: true, value: 990 });
    expect(calls(second, "getBlockHeight")).toBe(0);
    first.handle = down;
    expect(await rpc.getBlockHeight()).toEqual({ ok: true, value: 990 });
    expect(calls(second, "getBlockHeight")).toBe(1);
  });

  test.each<[string, NodeHandler]>([
    ["HTML", reply(200, "<html>")],
    ["a dropped connection", (_call, response) => void response.destroy()],
    ["a node behind", rpcError(-32_005)],
    ["a rate limit", reply(429, "", { "retry-after": "5" })],
    ["a method it does not know", rpcError(-32_601)],
  ])("%s is retried on the other", async (_name, handle) => {
    first.handle = handle;
    expect(await providers().rpc.getBlockHeight()).toEqual({ ok: true, value: 990 });
  });

  test("a first one that never answers leaves time for the other within the same deadline", async () => {
    first.handle = () => undefined;
    const startedMs = performance.now();
    expect(await providers({ now: Date.now }).rpc.getBlockHeight()).toEqual({ ok: true, value: 990 });
    expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS);
  });

  test("both silent: a refusal at the deadline, not at twice the deadline", async () => {
    first.handle = () => undefined;
    second.handle = () => undefined;
    const startedMs = performance.now();
    expect(await providers({ now: Date.now }).rpc.getBlockHeight()).toMatchObject({ ok: false, reason: "RPC_UNAVAILABLE" });
    expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS + 300);
  });

  test("null is an answer: the other is not asked", async () => {
    expect(await providers().rpc.getTransaction("s")).toEqual({ ok: true, value: null });
    expect(calls(second, "getTransaction")).toBe(0);
  });

  test("one provider alone gets the whole deadline and no retry", async () => {
    first.handle = down;
    expect(await providers({ urls: [first.url] }).rpc.getBlockHeight()).toMatchObject({ ok: false, reason: "RPC_UNAVAILABLE" });
    expect(first.calls.length).toBe(1);
  });

  test("one that keeps failing is left, and taken back after it has been well for a while", async () => {
    const { rpc } = providers();
    first.handle = down;
    for (let i = 0; i < 5; i++) await rpc.getBlockHeight();
    expect(calls(first, "getBlockHeight"), "asked until three failures in a row").toBe(3);
    first.handle = answering(1_000);
    // It answers the probes from now on; every step is one call of ours.
    const askedFirst: boolean[] = [];
    for (let passedMs = 0; passedMs <= RECOVERY_MS + 20_000; passedMs += 5_000) {
      nowMs += 5_000;
      const before = calls(first, "getBlockHeight");
      await rpc.getBlockHeight();
      await new Promise((resolve) => setTimeout(resolve, 20));
      askedFirst.push(calls(first, "getBlockHeight") > before);
    }
    expect(askedFirst.slice(0, 5), "no sooner than it has been well for long enough").toEqual([false, false, false, false, false]);
    expect(askedFirst.at(-1)).toBe(true);
    expect(askedFirst.indexOf(true), "and it stays").toBe(askedFirst.length - askedFirst.filter(Boolean).length);
  });

  test("a rate limit parks one for as long as it asks", async () => {
    first.handle = reply(429, "", { "retry-after": "20" });
    const { rpc } = providers();
    await rpc.getBlockHeight();
    nowMs += 19_000;
    await rpc.getBlockHeight();
    expect(first.calls.length, "not even a probe").toBe(1);
    nowMs += 2_000;
    first.handle = answering(1_000);
    await rpc.getBlockHeight();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(first.calls.length).toBeGreaterThan(1);
  });

  test("one that lags is left as soon as the other shows a newer slot", async () => {
    const { rpc, health } = providers();
    first.handle = answering(900);
    expect(await health()).toMatchObject([
      { name: "primary", ok: false, slot: 900, lagSlots: 100, reason: "RPC_LAGGING" },
      { name: "secondary", ok: true, slot: 1_000, lagSlots: 0, reason: null },
    ]);
    expect(await rpc.getBlockHeight()).toEqual({ ok: true, value: 990 });
  });

  test("the view names no URL", async () => {
    first.handle = down;
    const view = await providers().health();
    expect(view).toMatchObject([
      { ok: false, reason: "RPC_UNAVAILABLE", errorShareBps: 10_000, slot: null },
      { ok: true, errorShareBps: 0 },
    ]);
    expect(JSON.stringify(view)).not.toMatch(/SECRET|127\.0\.0\.1/);
  });
});

describe("the right cluster", () => {
  test("is asked for once before the first use", async () => {
    const { rpc } = providers({ genesis: MAINNET_GENESIS_HASH });
    for (let i = 0; i < 3; i++) expect(await rpc.getBlockHeight()).toEqual({ ok: true, value: 990 });
    expect(first.calls.map(({ method }) => method)).toEqual(["getGenesisHash", "getBlockHeight", "getBlockHeight", "getBlockHeight"]);
  });

  test("a provider of another one is passed over, and answers nothing by itself", async () => {
    first.handle = answering(2_000, DEVNET_GENESIS_HASH);
    const { rpc, all, health } = providers({ genesis: MAINNET_GENESIS_HASH });
    expect(await rpc.getBlockHeight()).toEqual({ ok: true, value: 990 });
    expect(await all[0]?.rpc.getBlockHeight()).toMatchObject({ ok: false, reason: "RPC_WRONG_CLUSTER" });
    expect(await all[0]?.rpc.getGenesisHash()).toEqual({ ok: true, value: DEVNET_GENESIS_HASH });
    expect(await health()).toMatchObject([{ ok: false, reason: "RPC_WRONG_CLUSTER" }, { ok: true }]);
    expect(calls(first, "getBlockHeight"), "nothing of it was believed").toBe(0);
  });

  test("alone, it refuses", async () => {
    first.handle = answering(2_000, DEVNET_GENESIS_HASH);
    const { rpc } = providers({ urls: [first.url], genesis: MAINNET_GENESIS_HASH });
    expect(await rpc.getBlockHeight()).toMatchObject({ ok: false, reason: "RPC_WRONG_CLUSTER" });
    expect(await rpc.sendTransaction(btoa("\u0001".repeat(100)))).toMatchObject({ ok: false, reason: "RPC_WRONG_CLUSTER" });
    expect(calls(first, "sendTransaction")).toBe(0);
  });

  test("that cannot be asked for is not taken for right", async () => {
    first.handle = ({ method }, response) => (method === "getGenesisHash" ? void response.writeHead(500).end() : 7);
    expect(await providers({ urls: [first.url], genesis: MAINNET_GENESIS_HASH }).rpc.getSlot()).toMatchObject({
      reason: "RPC_UNAVAILABLE",
    });
    expect(calls(first, "getSlot")).toBe(0);
  });

  test("on a local chain is whatever the first one says", async () => {
    for (const node of [first, second]) node.handle = answering(5, DEVNET_GENESIS_HASH);
    const same = providers({ genesis: "same" });
    expect(await same.all[1]?.rpc.getSlot()).toEqual({ ok: true, value: 5 });
    second.handle = answering(5, MAINNET_GENESIS_HASH);
    expect(await providers({ genesis: "same" }).all[1]?.rpc.getSlot()).toMatchObject({ reason: "RPC_WRONG_CLUSTER" });
    expect(await providers({ genesis: "same" }).rpc.getSlot()).toEqual({ ok: true, value: 5 });
  });
});

describe("sending through two", () => {
  // One signature of 64 bytes of 1, then something.
  const wire = btoa("\u0001".repeat(120));
  const signature = base58.encode(new Uint8Array(64).fill(1));

  test("takes the other when the first does not answer, with the same bytes", async () => {
    first.handle = down;
    second.handle = () => signature;
    expect(await providers().rpc.sendTransaction(wire)).toEqual({ ok: true, value: signature });
    expect(second.calls.find(({ method }) => method === "sendTransaction")?.params).toEqual(
      first.calls.find(({ method }) => method === "sendTransaction")?.params,
    );
  });

  test("a refusal is final only while nobody else may have taken the bytes", async () => {
    first.handle = rpcError(-32_602);
    expect(await providers().rpc.sendTransaction(wire)).toMatchObject({ ok: false, reason: "TX_REFUSED" });
    expect(calls(second, "sendTransaction")).toBe(0);
    first.handle = reply(504, "");
    second.handle = rpcError(-32_602);
    expect(await providers().rpc.sendTransaction(wire)).toMatchObject({ ok: false, reason: "RPC_UNAVAILABLE" });
    expect(calls(second, "sendTransaction")).toBe(1);
  });
});

describe("providers of a deployment", () => {
  test("one, two, or two that are the same", () => {
    const names = (env: object) => providersFromEnv(env).all.map(({ name }) => name);
    expect(names({})).toEqual(["primary"]);
    expect(names({ RPC_URL: first.url, RPC_URL_2: second.url })).toEqual(["primary", "secondary"]);
    expect(names({ RPC_URL: first.url, RPC_URL_2: first.url }), "no second opinion").toEqual(["primary"]);
    expect(names({ HELIUS_API_KEY: "k", RPC_URL_2: second.url })).toEqual(["primary", "secondary"]);
  });

  test("health outlives a request", () => {
    expect(providersFromEnv({ RPC_URL: first.url })).toBe(providersFromEnv({ RPC_URL: first.url, MODE: "paper" }));
    expect(providersFromEnv({ RPC_URL: first.url })).not.toBe(providersFromEnv({ RPC_URL: second.url }));
  });

  test("live on mainnet refuses another cluster, paper on one provider does not ask", async () => {
    first.handle = answering(5, DEVNET_GENESIS_HASH);
    const env = { RPC_URL: first.url, NETWORK: "mainnet" };
    expect(await rpcFromEnv({ ...env, MODE: "live" }).getSlot()).toMatchObject({ reason: "RPC_WRONG_CLUSTER" });
    expect(await rpcFromEnv({ ...env, MODE: "live", NETWORK: undefined }).getSlot()).toMatchObject({ reason: "RPC_WRONG_CLUSTER" });
    expect(await rpcFromEnv({ ...env, MODE: "paper" }).getSlot()).toEqual({ ok: true, value: 5 });
    expect(await rpcFromEnv({ ...env, MODE: "live", NETWORK: "localnet" }).getSlot()).toEqual({ ok: true, value: 5 });
  });

  test("Sender only where it is configured", () => {
    expect(senderFromEnv({})).toBeNull();
    expect(senderFromEnv({ SENDER_URL: first.url })).not.toBeNull();
  });
});
