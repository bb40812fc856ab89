import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { localSigner } from "../adapters/local-signer.ts";
import { createRpc } from "../adapters/rpc/client.ts";
import { readMarket, readPoolKeys } from "../adapters/rpc/read-market.ts";
import { walletFromSecret } from "../adapters/wallet-key.ts";
import type { StoredEntry } from "../domain/journal/entry.ts";
import { memoryStore } from "../domain/signing/memory-store.ts";
import { SAMPLE_POLICY } from "../domain/signing/sample-messages.ts";
import type { SignerPort } from "../domain/signing/types.ts";
import { PLAIN_TERMS } from "../domain/trading/entry.ts";
import { PARAMETERS, signalFor } from "../domain/trading/test-fixtures.ts";
import type { Address } from "../domain/units.ts";
import { createTestNode, type TestNode } from "../localnet/testing/node.ts";
import { testSecret } from "../workers/trader/live/test-wallet.ts";
import { PositionCore } from "./core/position-core.ts";
import { hostOf } from "./host/sqlite-host.ts";
import { positionPorts } from "./position-ports.ts";
import { journalOf, liveControlOf, portfolioOf, positionOf } from "./stubs.ts";
import { freezeClock, passTime, until } from "./test-chain.ts";
import { reset } from "./test-reset.ts";

const FUNDS = 5_000_000_000n;
const TERMS = { ...PLAIN_TERMS, otherRentLamports: 3_883_680n, maxSizeLamports: 200_000_000n };
const SECRET = testSecret("position-live");

type Position = ReturnType<typeof positionOf>;

let node: TestNode;
let signer: SignerPort;
let wallet: Address;

beforeEach(async () => {
  await reset();
  freezeClock();
  node = createTestNode({ seed: "position-live" });
  const held = await walletFromSecret(SECRET);
  if (!held.ok) throw new Error(held.reason);
  wallet = held.value.address;
  node.fund(wallet, FUNDS);
  signer = localSigner({ secretKey: SECRET, policy: SAMPLE_POLICY, nowMs: Date.now, store: memoryStore() });
  const passThrough = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    return new URL(request.url).hostname === "rpc.test" ? node.fetch(request) : passThrough(request);
  });
  const books = { ledger: "live-A", openingLamports: FUNDS, maxPositions: 10, maxDrawdownBps: 1_500, solUsd: 200 } as const;
  await portfolio().ensureOpen(books);
});

afterEach(async () => {
  await reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function portfolio() {
  return portfolioOf(env, "live-A");
}

/** A live position that has been granted and has done nothing yet. */
async function granted(): Promise<Position> {
  const coin = node.addCoin();
  const rpc = createRpc({ url: "http://rpc.test/", fetch: node.fetch });
  const keys = (await readPoolKeys(rpc, [coin])).get(coin.pool);
  if (!keys?.ok) throw new Error("no pool");
  const market = await readMarket(rpc, keys.value, Date.now);
  if (!market.ok) throw new Error(market.reason);
  const { baseReserves, quoteReservesLamports } = market.value;
  const times = { assessedAtMs: Date.now(), expiresAtMs: Date.now() + 20_000 };
  const signal = { ...signalFor(coin.mint, times), ledger: "live-A" as const, pool: coin.pool, baseReserves, quoteReservesLamports };
  const request = { signal, parameters: PARAMETERS, keys: keys.value, market: market.value, terms: TERMS };
  const answer = await portfolio().requestEntry(request, Date.now());
  if (!answer.ok) throw new Error(answer.reason);
  const position = positionOf(env, answer.value.positionId);
  await until(async () => (await position.view())?.status === "entering", "the position is entering");
  return position;
}

/** Gives the object a live deployment's bindings, lets slots pass and rings its alarm. */
async function pass(position: Position, slots: number): Promise<void> {
  await runInDurableObject(position, (instance, state) => {
    const live = { ...env, SIGNER: signer, MODE: "live", NETWORK: "localnet", RPC_URL_2: "http://rpc.test/rpc2" } as unknown as Env;
    Reflect.set(instance, "core", new PositionCore(hostOf(state), live, positionPorts(live)));
  });
  node.tick(slots);
  passTime(slots * 400);
  await runDurableObjectAlarm(position);
}

async function passUntil(position: Position, status: string, evicting = false): Promise<void> {
  for (let i = 0; i < 40; i++) {
    if ((await position.view())?.status === status) return;
    if (evicting) await evictDurableObject(position);
    await pass(position, 2);
  }
  throw new Error(
    `${JSON.stringify(await position.view(), (_key, value) => (typeof value === "bigint" ? `${value}` : value))} is not ${status}`,
  );
}

async function journal(): Promise<StoredEntry["entry"][]> {
  return ((await journalOf(env).read(0, 1_000)) as StoredEntry[]).map((link) => link.entry);
}

function walletLamports(): bigint {
  return node.chain.account(wallet)?.lamports ?? 0n;
}

describe("a live position", () => {
  test("evicted before every step, it buys and sells on chain; wallet, books and journal agree to the lamport", async () => {
    const position = await granted();
    await passUntil(position, "open", true);
    await until(async () => (await portfolio().status())?.openPositions === 1, "the entry is booked");
    expect(await portfolio().status()).toMatchObject({ cashLamports: `${walletLamports()}`, reservedLamports: "0" });
    await position.close();
    await passUntil(position, "closed", true);
    await until(async () => (await portfolio().status())?.trades === 1, "the exit is booked");
    expect(await portfolio().status()).toMatchObject({ cashLamports: `${walletLamports()}`, isDryRun: false });

    await until(async () => (await journal()).some((entry) => entry.kind === "trade"), "the trade is journalled");
    const intents = (await journal()).filter((entry) => entry.kind === "intent");
    expect(intents.filter(({ status }) => status === "landed")).toMatchObject([
      { side: "buy", ledger: "live-A", reason: null },
      { side: "sell", ledger: "live-A", reason: null },
    ]);
    for (const { predicted, actual, status } of intents) if (status === "landed") expect(actual).toEqual(predicted);
    const history = await signer.history(0);
    expect(history.ok && history.value.map(({ kind, reason }) => [kind, reason])).toEqual([
      ["entry", null],
      ["exit", null],
    ]);
    await until(async () => (await predictionsAgreed()) === 2, "live control heard of both predictions");
  });

  test("an entry that is not signed yet is withdrawn as soon as the signer says so; the wallet is untouched", async () => {
    const position = await granted();
    await position.cancelEntry();
    await passUntil(position, "abandoned");
    expect(await position.view()).toMatchObject({ status: "abandoned", reason: "ENTRY_ABANDONED" });
    expect(await signer.history(0)).toMatchObject({ value: [] });
    await pass(position, 5);
    expect(walletLamports()).toBe(FUNDS);
    await until(async () => (await portfolio().status())?.reservedLamports === "0", "the reservation is released");
  });

  test.each([
    ["halted, it is held", "cancelEntry", "open"],
    ["closed, it is sold at once", "close", "closed"],
  ] as const)("an entry that is signed cannot be called back: %s", async (_name, command, ends) => {
    const position = await granted();
    node.setFaults({ drop: 1 });
    await pass(position, 2);
    await position[command]();
    expect(await position.view()).toMatchObject({ status: "entering", entryCancelled: true });
    node.setFaults({ drop: 0 });
    await passUntil(position, ends);
    await pass(position, 4);
    expect((await position.view())?.status).toBe(ends);
  });

  test("without a signer nothing is bought, and a position that is open keeps asking for one and tells a person", async () => {
    const refused = await granted();
    const real = signer;
    signer = { ...real, describe: async () => ({ ok: false, reason: "SIGNER_UNAVAILABLE" }) };
    await passUntil(refused, "abandoned");
    expect(walletLamports()).toBe(FUNDS);

    signer = real;
    const position = await granted();
    await passUntil(position, "open");
    await evictDurableObject(position);
    signer = { ...real, describe: async () => ({ ok: false, reason: "SIGNER_UNAVAILABLE" }) };
    await position.close();
    for (let i = 0; i < 12; i++) await pass(position, 20);
    expect((await position.view())?.status).toBe("exiting");
    await until(async () => (await liveControlOf(env).incidents()).some(({ code }) => code === "EXIT_STUCK"), "a person is told");
    signer = real;
    await passUntil(position, "closed");
  });
});

async function predictionsAgreed(): Promise<number> {
  return runInDurableObject(liveControlOf(env), (_instance, state) => {
    const rows = state.storage.sql.exec<{ count: number }>("SELECT count(*) AS count FROM predictions");
    return rows.one().count;
  });
}
