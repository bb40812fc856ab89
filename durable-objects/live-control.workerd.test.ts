import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { ed25519 } from "@noble/curves/ed25519.js";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { applyPending } from "../adapters/d1/migrate.ts";
import { projectEntries } from "../adapters/d1/project.ts";
import { localSigner } from "../adapters/local-signer.ts";
import { appendEntries, GENESIS } from "../domain/journal/chain.ts";
import type { StoredEntry } from "../domain/journal/entry.ts";
import { sampleIntent } from "../domain/journal/sample-entries.ts";
import { memoryStore } from "../domain/signing/memory-store.ts";
import type { SignerPolicy, SignerPort } from "../domain/signing/types.ts";
import { encodeBase58 } from "../domain/solana/base58.ts";
import { PUMP_SWAP_PROGRAM } from "../domain/solana/programs.ts";
import { LAMPORTS_PER_SOL } from "../domain/units.ts";
import { createChain } from "../localnet/chain/chain.ts";
import { labelAddress } from "../localnet/chain/fixture.ts";
import { genesisAccounts } from "../localnet/chain/genesis.ts";
import { transferInstruction } from "../localnet/chain/programs/system.ts";
import { createTestNode, type TestNode } from "../localnet/testing/node.ts";
import { journalOf, liveControlOf, portfolioOf } from "./stubs.ts";
import { freezeClock, passTime, until } from "./test-chain.ts";
import { reset } from "./test-reset.ts";

const SEED = new Uint8Array(32).fill(7);
const PUBLIC_KEY = ed25519.getPublicKey(SEED);
const WALLET = encodeBase58(PUBLIC_KEY);
const COLD = labelAddress("cold wallet");
const SOL = LAMPORTS_PER_SOL;
const POLICY: SignerPolicy = {
  network: "localnet",
  maxSpendPerTxLamports: SOL,
  maxFeePerTxLamports: 1_000_000n,
  entryHourLamports: 5n * SOL,
  entryDayLamports: 20n * SOL,
  entrySignaturesPerHour: 20,
  entrySignaturesPerDay: 100,
  exitHourLamports: 50_000_000n,
  exitDayLamports: 200_000_000n,
  exitSignaturesPerHour: 60,
  exitSignaturesPerDay: 400,
  sweepAddress: COLD,
  sweepAboveLamports: 10n * SOL,
  tipAccounts: [],
};
const OPENING = { ledger: "live-A", maxPositions: 10, maxDrawdownBps: 1_500, solUsd: 200 } as const;

let node: TestNode;
let signer: SignerPort;
let bindings: Env;
let run = 0;

/** The object with the bindings of a live deployment; the deployed ones are those of a paper one. */
async function bind(overrides: Partial<Env> = {}): Promise<void> {
  await runInDurableObject(liveControlOf(env) as DurableObjectStub<undefined>, (instance: unknown) => {
    (instance as { env: Env }).env = { ...bindings, ...overrides };
  });
}

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
  const nowMs = freezeClock();
  const seed = `live-control-${++run}`;
  const chain = createChain({
    seed,
    clock: { slot: 460_000_000, unixMs: nowMs },
    feeCollector: labelAddress("fees"),
    accounts: genesisAccounts(),
  });
  node = createTestNode({ seed, chain });
  node.fund(WALLET, 3n * SOL);
  const secretKey = encodeBase58(Uint8Array.from([...SEED, ...PUBLIC_KEY]));
  signer = localSigner({ secretKey, policy: POLICY, nowMs: Date.now, store: memoryStore() });
  const host = `http://${seed}.test`;
  const passThrough = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    return request.url.startsWith(host) ? node.fetch(request) : passThrough(request);
  });
  bindings = {
    ...env,
    MODE: "live",
    NETWORK: "localnet",
    RPC_URL: `${host}/rpc`,
    RPC_URL_2: `${host}/rpc2`,
    SIGNER: signer,
  } as unknown as Env;
  await bind();
  await runInDurableObject(journalOf(env) as DurableObjectStub<undefined>, (instance: unknown) => {
    (instance as { env: Env }).env = { ...env, TRADE_EVENTS: { send: async () => {} } as unknown as Env["TRADE_EVENTS"] };
  });
});

afterEach(async () => {
  await reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const live = () => liveControlOf(env);

/** Lets time pass on our clock and the chain's, then rings the alarm. */
async function pass(ms: number): Promise<void> {
  passTime(ms);
  node.tick(Math.round(ms / 400));
  await runDurableObjectAlarm(live());
}

async function check(): Promise<void> {
  await live().watchdog();
  await pass(60_000);
}

async function goLive(): Promise<void> {
  const { confirmation, checks } = await live().preflight();
  if (confirmation === null) throw new Error(JSON.stringify(checks.filter(({ ok }) => !ok)));
  expect(await live().enable(confirmation, "ann")).toEqual({ ok: true, value: null });
}

async function openBooks(lamports = 3n * SOL): Promise<void> {
  await portfolioOf(env, "live-A").ensureOpen({ ...OPENING, openingLamports: lamports });
}

async function open(): Promise<string[]> {
  return (await live().incidents()).map(({ code, subject, severity, status }) => `${severity} ${status} ${code} ${subject}`);
}

async function journal(kind: string): Promise<StoredEntry["entry"][]> {
  await until(async () => (await runInDurableObject(live() as DurableObjectStub<undefined>, pendingEntries)) === 0, "the outbox is empty");
  const entries = ((await journalOf(env).read(0, 1_000)) as StoredEntry[]).map((link) => link.entry);
  return entries.filter((entry) => entry.kind === kind);
}

function pendingEntries(_: unknown, state: DurableObjectState): number {
  return state.storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM journal_outbox").one().n;
}

describe("going live", () => {
  test("needs a passing preflight and its text, and journals both", async () => {
    expect(await live().mode()).toBe("paper");
    expect(await live().enable("GO LIVE", "ann")).toMatchObject({ ok: false, reason: "CONFIRMATION_REQUIRED" });
    const preflight = await live().preflight();
    expect(preflight.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(preflight.confirmation).toMatch(new RegExp(`^GO LIVE ${WALLET.slice(0, 4)}…${WALLET.slice(-4)} [0-9a-f]{6}$`));
    const text = preflight.confirmation ?? "";
    expect(await live().enable(`${text}0`, "ann")).toMatchObject({ reason: "CONFIRMATION_REQUIRED" });
    expect(await live().mode()).toBe("paper");
    expect(await live().enable(text, "ann")).toEqual({ ok: true, value: null });
    expect(await live().mode()).toBe("live");
    expect(await live().enable(text, "ann")).toMatchObject({ reason: "CONFIRMATION_REQUIRED" });
    const [record] = await journal("live-mode");
    expect(record).toMatchObject({ mode: "live", author: "ann", reason: null });
    expect(JSON.parse(record?.kind === "live-mode" ? (record.preflightJson ?? "") : "")).toMatchObject({
      ok: true,
      checks: preflight.checks,
    });
    const status = await live().status();
    expect(status).toMatchObject({ ceiling: "live", mode: "live", author: "ann", wallet: WALLET, walletLamports: "3000000000", agreed: 0 });
    expect(status.programs.map(({ name, pinnedSlot, ok }) => [name, pinnedSlot, ok])).toEqual([
      ["pump", 440_000_000, true],
      ["pump_amm", 440_000_000, true],
      ["pump_fees", 440_000_000, true],
    ]);
    expect(status.programs[0]?.pinnedSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(status.providers).toMatchObject([
      { name: "primary", ok: true },
      { name: "secondary", ok: true },
    ]);
    expect(status.budgets.length).toBeGreaterThan(0);
    expect(await live().wallet()).toMatchObject({ ok: true, value: { address: WALLET, lamports: 3n * SOL } });
  });

  test("a text is good for a minute", async () => {
    const { confirmation } = await live().preflight();
    passTime(60_000);
    node.tick(150);
    expect(await live().enable(confirmation ?? "", "ann")).toMatchObject({ reason: "CONFIRMATION_REQUIRED" });
    expect(await live().mode()).toBe("paper");
  });

  test("what fails between preflight and confirmation keeps it on paper", async () => {
    const { confirmation } = await live().preflight();
    node.setProvider(2, { inflatesBalances: true });
    expect(await live().enable(confirmation ?? "", "ann")).toMatchObject({
      reason: "PREFLIGHT_FAILED",
      detail: expect.stringContaining("wallet"),
    });
    node.setProvider(2, {});
    node.fund(WALLET, 0n);
    expect(await live().preflight()).toMatchObject({ ok: false, confirmation: null });
    expect(await live().mode()).toBe("paper");
  });

  test("two who confirm at once go live once", async () => {
    const { confirmation } = await live().preflight();
    const answers = await Promise.all(["ann", "bob"].map((author) => live().enable(confirmation ?? "", author)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await journal("live-mode")).toHaveLength(1);
  });

  test("a paper deployment and one without a signer do not", async () => {
    await bind({ MODE: "paper", SIGNER: undefined } as unknown as Env);
    const { ok, checks, confirmation } = await live().preflight();
    expect({ ok, confirmation }).toEqual({ ok: false, confirmation: null });
    expect(checks.filter((one) => !one.ok).map(({ name }) => name)).toEqual(["mode", "wallet", "policy", "books"]);
    expect(await live().wallet()).toMatchObject({ ok: false, reason: "SIGNER_UNAVAILABLE" });
  });

  test("a restart keeps everything; a lowered ceiling ends it for good", async () => {
    await goLive();
    await live().raise({ code: "EXIT_STUCK", subject: "p1", detail: "", severity: "page" });
    await evictDurableObject(live());
    await bind();
    expect(await live().mode()).toBe("live");
    expect(await open()).toEqual(["page raised EXIT_STUCK p1"]);
    await bind({ MODE: "paper" } as Partial<Env>);
    expect(await live().mode()).toBe("paper");
    await bind();
    expect(await live().mode()).toBe("paper");
    expect(await journal("live-mode")).toMatchObject([{ mode: "live" }, { mode: "paper", reason: "MODE_NOT_ALLOWED", author: "system" }]);
  });

  test("off stops entries, on again allows them", async () => {
    await openBooks();
    await goLive();
    await live().disable("ann");
    expect(await portfolioOf(env, "live-A").status()).toMatchObject({ state: "REDUCING", stateReason: "LIVE_NOT_ENABLED" });
    await goLive();
    expect(await portfolioOf(env, "live-A").status()).toMatchObject({ state: "ACTIVE" });
  });

  test("a ledger that stopped for its own reasons stays stopped", async () => {
    await openBooks();
    await portfolioOf(env, "live-A").setState("HALTED", "ann");
    await goLive();
    await live().observe({ kind: "event-size", event: "BuyEvent", bytes: 1, where: "i1" });
    await check();
    expect(await portfolioOf(env, "live-A").status()).toMatchObject({ state: "HALTED", stateReason: null });
  });
});

describe("incidents", () => {
  const stuck = { code: "EXIT_STUCK", subject: "p1", detail: "d", severity: "page" } as const;

  test("are one per cause, told again every five minutes until a person answers", async () => {
    const ids = await Promise.all([live().raise(stuck), live().raise(stuck), live().raise(stuck)]);
    expect(new Set(ids).size).toBe(1);
    const [id = ""] = ids;
    await pass(299_000);
    await pass(1_000);
    expect(await live().acknowledge("unknown", "ann")).toBe(false);
    expect(await live().acknowledge(id, "ann")).toBe(true);
    await pass(3_600_000);
    await live().clear("EXIT_STUCK", "p1");
    expect(await journal("incident")).toMatchObject([
      { status: "raised" },
      { status: "raised" },
      { status: "acknowledged", author: "ann" },
      { status: "cleared" },
    ]);
    expect(await open()).toEqual([]);
  });

  test("reach the journal although it is away at first", async () => {
    await runInDurableObject(live() as DurableObjectStub<undefined>, (instance: unknown) => {
      (instance as { env: Env }).env = {
        ...bindings,
        JOURNAL: { idFromName: () => null, get: () => ({ append: () => Promise.reject(new Error("away")) }) } as unknown as Env["JOURNAL"],
      };
    });
    await live().raise(stuck);
    await bind();
    await evictDurableObject(live());
    await bind();
    await pass(60_000);
    expect(await journal("incident")).toMatchObject([{ status: "raised", subject: "p1" }]);
  });
});

describe("the watch", () => {
  test("an upgraded program stops entries until a person has looked and confirmed", async () => {
    await openBooks();
    await goLive();
    await check();
    expect(await open()).toEqual([]);
    node.upgradeProgram("pump_amm");
    await check();
    expect(await open()).toEqual([`page raised PROGRAM_DRIFT ${PUMP_SWAP_PROGRAM}`]);
    expect(await portfolioOf(env, "live-A").status()).toMatchObject({ state: "REDUCING", stateReason: "PROGRAM_DRIFT" });
    expect(await live().terms({ liveTrialTrades: 3, liveTrialSizeLamports: 5 })).toEqual({
      mode: "live",
      holds: ["PROGRAM_DRIFT"],
      maxSizeLamports: 5n,
    });
    expect((await live().status()).programs[1]).toMatchObject({ name: "pump_amm", ok: false });
    // An operator's word does not lift it.
    await portfolioOf(env, "live-A").setState("ACTIVE", "ann");
    await check();
    expect(await portfolioOf(env, "live-A").status()).toMatchObject({ state: "REDUCING" });
    const refused = await live().preflight();
    expect(refused.checks.filter(({ ok }) => !ok)).toMatchObject([{ name: "incidents" }]);
    const [incident] = await live().incidents();
    await live().acknowledge(incident?.incidentId ?? "", "ann");
    await goLive();
    expect(await open()).toEqual([]);
    expect(await portfolioOf(env, "live-A").status()).toMatchObject({ state: "ACTIVE" });
    expect((await live().status()).programs[1]).toMatchObject({ ok: true, pinnedSlot: expect.any(Number) });
  });

  test("a deposit is booked as capital", async () => {
    await openBooks();
    await goLive();
    node.fund(WALLET, 4n * SOL);
    await check();
    expect(await portfolioOf(env, "live-A").status()).toMatchObject({ cashLamports: "3000000000" });
    await check();
    await check();
    expect(await portfolioOf(env, "live-A").status()).toMatchObject({
      cashLamports: "4000000000",
      openingLamports: "4000000000",
      drawdownBps: 0,
    });
    expect(await open()).toEqual([]);
    expect(await journal("incident")).toMatchObject([{ code: "WALLET_DEPOSIT", status: "raised" }, { status: "cleared" }]);
  });

  test("missing lamports page and stop entries, once they were missing twice", async () => {
    await openBooks();
    await goLive();
    node.fund(WALLET, 2n * SOL);
    await check();
    expect(await open()).toEqual([]);
    await check();
    expect(await open()).toEqual(["page raised BOOKS_MISMATCH live-A"]);
    expect(await portfolioOf(env, "live-A").status()).toMatchObject({
      state: "REDUCING",
      stateReason: "BOOKS_MISMATCH",
      cashLamports: "3000000000",
    });
    node.fund(WALLET, 3n * SOL);
    await check();
    const [incident] = await live().incidents();
    await live().acknowledge(incident?.incidentId ?? "", "ann");
    expect(await open()).toEqual([]);
    expect(await portfolioOf(env, "live-A").status()).toMatchObject({ state: "REDUCING" });
  });

  test("what is above the limit is swept to the one address, and leaves the books with it", async () => {
    await openBooks();
    await goLive();
    node.fund(WALLET, 12n * SOL);
    for (let i = 0; i < 3; i++) await check();
    expect(await signer.history(0)).toMatchObject({ value: [{ kind: "sweep", signature: expect.any(String) }] });
    for (let i = 0; i < 4; i++) await pass(2_000);
    expect(node.chain.account(COLD)?.lamports).toBe(2n * SOL - 6_000n);
    expect(node.chain.account(WALLET)?.lamports).toBe(10n * SOL);
    for (let i = 0; i < 3; i++) await check();
    expect(await portfolioOf(env, "live-A").status()).toMatchObject({ cashLamports: "10000000000", realisedLamports: "0", drawdownBps: 0 });
    expect(await open()).toEqual([]);
    expect((await journal("incident")).map((entry) => (entry.kind === "incident" ? `${entry.code} ${entry.status}` : ""))).toEqual([
      "WALLET_DEPOSIT raised",
      "WALLET_DEPOSIT cleared",
      "WALLET_SWEPT raised",
      "WALLET_SWEPT cleared",
    ]);
    for (let i = 0; i < 20; i++) await check();
    const history = await signer.history(0);
    expect(history.ok && history.value).toHaveLength(1);
  });

  test("a signature that the signer does not know pages; a deposit's does not", async () => {
    await goLive();
    const stranger = labelAddress("stranger");
    node.fund(stranger, SOL);
    await check();
    node.perform(stranger, [transferInstruction(stranger, WALLET, 1_000n)]);
    await check();
    expect(await open()).toEqual([]);
    const theft = node.perform(WALLET, [transferInstruction(WALLET, stranger, 1_000n)]);
    await check();
    expect(await open()).toEqual([`page raised WALLET_FOREIGN_SIGNATURE ${WALLET}`]);
    expect((await live().incidents())[0]?.detail).toContain(theft.transaction.signatures[0]);
    expect(await live().terms({ liveTrialTrades: 3, liveTrialSizeLamports: 5 })).toMatchObject({ holds: ["WALLET_FOREIGN_SIGNATURE"] });
    await check();
    expect(await open()).toHaveLength(1);
  });

  test("an order without an outcome pages until it has one", async () => {
    const stuck = sampleIntent("p1:buy:1", { id: "a", status: "unknown", atMs: Date.now() });
    const [link] = appendEntries(GENESIS, [stuck]);
    await projectEntries(env.DB, appendEntries(GENESIS, [stuck]), 1);
    await check();
    expect(await open()).toEqual([]);
    await check();
    await check();
    expect(await open()).toEqual(["page raised OUTCOME_UNKNOWN p1"]);
    const head = { seq: link?.seq ?? 0, hash: link?.hash ?? "" };
    await projectEntries(env.DB, appendEntries(head, [sampleIntent("p1:buy:1", { id: "b", atMs: Date.now() })]), 1);
    await check();
    const [incident] = await live().incidents();
    await live().acknowledge(incident?.incidentId ?? "", "ann");
    expect(await open()).toEqual([]);
  });

  test("a provider that lags for two looks is told of, and forgotten when it is back", async () => {
    node.setProvider(2, { lagSlots: 40 });
    await check();
    expect(await open()).toEqual([]);
    await check();
    expect(await open()).toEqual(["warn raised RPC_LAGGING secondary"]);
    node.setProvider(2, {});
    await check();
    expect(await open()).toEqual([]);
  });

  test("a prediction counts once per order; a miss caps the size again and stops entries", async () => {
    await openBooks();
    await goLive();
    const trial = { liveTrialTrades: 2, liveTrialSizeLamports: 5 };
    const prediction = (intentId: string, agreed: boolean) => live().observe({ kind: "prediction", intentId, agreed, detail: "d" });
    for (let i = 0; i < 3; i++) await prediction("p1:buy:1", true);
    expect(await live().terms(trial)).toMatchObject({ holds: [], maxSizeLamports: 5n });
    await prediction("p1:sell:1", true);
    expect(await live().terms(trial)).toMatchObject({ holds: [], maxSizeLamports: null });
    await prediction("p2:buy:1", false);
    expect(await live().terms(trial)).toMatchObject({ holds: ["PREDICTION_MISSED"], maxSizeLamports: 5n });
    await until(async () => (await portfolioOf(env, "live-A").status())?.state === "REDUCING", "entries have stopped");
    expect(await open()).toEqual(["page raised PREDICTION_MISSED p2:buy:1"]);
  });

  test("a signer that is silent for two looks pages while live", async () => {
    await check();
    await goLive();
    const away = () => Promise.reject(new Error("away"));
    await bind({ SIGNER: { sign: away, describe: away, history: away } } as unknown as Partial<Env>);
    await check();
    expect(await open()).toEqual([]);
    await check();
    expect(await open()).toEqual(["page raised SIGNER_UNAVAILABLE signer"]);
    expect(await live().status()).toMatchObject({ mode: "live", wallet: null, budgets: [] });
  });

  test("sleeps in a paper deployment", async () => {
    await bind({ MODE: "paper" } as Partial<Env>);
    await live().watchdog();
    expect(await runDurableObjectAlarm(live())).toBe(false);
  });
});
