import { createExecutionContext, createMessageBatch, getQueueResult, runDurableObjectAlarm } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { PROVIDERS } from "../../domain/budget.ts";
import type { DecisionRecord, JournalEntry } from "../../domain/journal/entry.ts";
import { stringifyExact } from "../../domain/json.ts";
import { STAGES, type Stage } from "../../domain/pipeline/inbox.ts";
import { decodeBase58, encodeBase58 } from "../../domain/solana/base58.ts";
import { PUMP_PROGRAM } from "../../domain/solana/programs.ts";
import { builtinParameters } from "../../domain/trading/parameters.ts";
import type { Budget, BudgetStatus } from "../../durable-objects/budget.ts";
import { budgetPort } from "../../durable-objects/budget-port.ts";
import { gapFillerOf, inboxOf, journalOf, portfolioOf } from "../../durable-objects/stubs.ts";
import { freezeClock, until } from "../../durable-objects/test-chain.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { type RawEntry, TestMarket, type Watched } from "../../localnet/server/test-market.ts";
import { DISCOVERY_CLAIM } from "../discoverer/credits.ts";
import { acceptTransactions } from "../gateway/accept.ts";
import worker from "../index.ts";
import { runStage } from "./stages.ts";

const { signalExpiryMs } = builtinParameters("default");
const QUEUES: Record<Stage, string> = { discover: "sniper-discoveries", analyze: "sniper-analyses", trade: "sniper-signals" };

/** Of markets with these seeds the first coin is worth a buy. A queue outlives `reset`, so no two tests share coins. */
let seed = 4;
let market: TestMarket;

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
  freezeClock();
  market = new TestMarket(`pipeline-${seed++}`);
  market.install();
});

afterEach(async () => {
  await reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

interface Answer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejections: ReadonlyArray<{ readonly signature: string | null; readonly reason: string }>;
}

async function deliver(...entries: readonly RawEntry[]): Promise<Answer> {
  const headers = { authorization: "test-webhook-auth" };
  const request = new Request("http://sniper.test/webhooks/helius", { method: "POST", headers, body: JSON.stringify(entries) });
  const response = await exports.default.fetch(request);
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

async function journal(): Promise<JournalEntry[]> {
  return (await journalOf(env).read(0, 1_000)).map(({ entry }) => entry);
}

async function decisions(signature: string): Promise<DecisionRecord[]> {
  return (await journal()).filter((entry) => entry.kind === "decision").filter((entry) => entry.signature === signature);
}

async function decided({ signature }: Watched): Promise<DecisionRecord[]> {
  const isEnd = ({ stage, outcome }: DecisionRecord) => stage === "trade" || outcome !== "BUY";
  await until(async () => (await decisions(signature)).some(isEnd), `${signature} is decided`);
  return decisions(signature);
}

/** Decisions as `stage outcome REASONS`. */
function brief(records: readonly DecisionRecord[]): string[] {
  return records.map(({ stage, outcome, reasons }) => [stage, outcome, ...reasons.map(({ code }) => code)].join(" "));
}

/** Hands a stage's queue message to the worker. @returns whether it was acknowledged. */
async function redeliver(stage: Stage, key: string): Promise<boolean> {
  const batch = createMessageBatch(QUEUES[stage], [{ id: "m", timestamp: new Date(), attempts: 1, body: { v: 1, key } }]);
  const ctx = createExecutionContext();
  await worker.queue(batch, env, ctx);
  return (await getQueueResult(batch, ctx)).explicitAcks.includes("m");
}

async function rpcBudget(): Promise<BudgetStatus> {
  return (env.BUDGET.get(env.BUDGET.idFromName("budget")) as DurableObjectStub<Budget>).status("rpc");
}

async function positionCount(): Promise<number> {
  return (await portfolioOf(env, "paper-A").positions()).length;
}

/** What the Portfolio decided on a graduation; null when it was never asked. */
async function grantOf({ key, signature }: Watched): Promise<unknown> {
  return portfolioOf(env, "paper-A").decided(`${key.split(":")[1]}:${signature}`);
}

/** Runs stages one by one, as a worker would that dies after the last of them. */
async function runUpTo(one: Watched, stages: readonly Stage[]): Promise<void> {
  await acceptTransactions(env, [one.entry], "webhook", Date.now());
  const inbox = inboxOf(env, one.signature);
  for (const stage of stages) {
    const work = await inbox.lease(one.key, stage, Date.now());
    if (work?.answer !== "granted") throw new Error(`${stage} was not granted`);
    const { next, result, entries } = await runStage(stage, work, env, Date.now);
    await inbox.complete(one.key, stage, { next, resultJson: stringifyExact(result), entries }, Date.now());
  }
}

describe("one graduation", () => {
  test("is decided with reasons, and a good one is bought once", async () => {
    const bought = market.next("graduation");
    expect(await deliver(bought.entry)).toEqual({ accepted: 1, duplicates: 0, rejections: [] });
    expect(brief(await decided(bought))).toEqual(["analyze BUY", "trade BUY"]);
    expect(await grantOf(bought)).toMatchObject({ ok: true });
    expect(await positionCount()).toBe(1);
    for (let i = 0; i < 3; i++) {
      const one = market.next("graduation");
      await deliver(one.entry);
      const last = (await decided(one)).at(-1);
      expect(last).toMatchObject({ mint: one.key.split(":")[1], source: "webhook", isDryRun: true, arm: "A" });
      expect(last?.reasons.length === 0).toBe(last?.outcome === "BUY");
    }
  });

  test("without credits for a judgement it is declined before its first call, and says so", async () => {
    const { dailyCost, exitReserve } = PROVIDERS.rpc;
    const { cost, leaving } = DISCOVERY_CLAIM;
    const left = dailyCost - exitReserve - cost - leaving;
    expect(await budgetPort(env, "rpc").claim({ requests: 0, cost: left + 1 })).toMatchObject({ ok: true });
    const one = market.next("graduation");
    market.calls.length = 0;
    await deliver(one.entry);
    expect(brief(await decided(one))).toEqual(["discover DECLINE BUDGET_EXHAUSTED"]);
    expect(market.calls.filter((call) => call.includes(one.signature))).toEqual([]);
    expect(await positionCount()).toBe(0);
  });

  test("delivered again and again, at once and later, and redriven in every stage, it is decided once", async () => {
    const one = market.next("graduation");
    const answers = await Promise.all(Array.from({ length: 5 }, () => deliver(one.entry, one.entry)));
    expect(answers.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(1);
    expect(answers.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(9);
    const redriven = Promise.all(STAGES.flatMap((stage) => [redeliver(stage, one.key), redeliver(stage, one.key)]));
    const first = await decided(one);
    expect(await redriven).toEqual(STAGES.flatMap(() => [true, true]));
    market.pass(5_000);
    expect(await deliver(one.entry)).toMatchObject({ accepted: 0, duplicates: 1 });
    for (const stage of STAGES) expect(await redeliver(stage, one.key)).toBe(true);
    expect(brief(first)).toEqual(["analyze BUY", "trade BUY"]);
    expect(await decisions(one.signature)).toEqual(first);
    expect(await positionCount()).toBe(1);
  });
});

describe("a late redrive never buys", () => {
  /** Down from the n-th reading of accounts on: the Discoverer's is the first, the Analyzer's the second. */
  const downFrom = (reading: number) => (method: string) =>
    method === "getMultipleAccounts" && market.calls.filter((call) => call.startsWith(method)).length >= reading;

  test.each<[Stage, number, string, number]>([
    ["discover", 0, "trade BUY", 1],
    ["discover", signalExpiryMs + 1, "trade DECLINE SIGNAL_EXPIRED", 0],
    ["analyze", 0, "trade BUY", 1],
    ["analyze", signalExpiryMs + 1, "trade DECLINE SIGNAL_EXPIRED", 0],
  ])("when the node fails in stage %s and is back after %d ms", async (stage, lateMs, decision, positions) => {
    const one = market.next("graduation");
    market.isDown = downFrom(stage === "discover" ? 1 : 2);
    await deliver(one.entry);
    // While the fast lane holds the lease the message is done with; after that its own try fails.
    await until(async () => !(await redeliver(stage, one.key)), "the fast lane gives up");
    expect(await decisions(one.signature)).toEqual([]);
    market.isDown = () => false;
    market.pass(lateMs);
    expect(await redeliver(stage, one.key)).toBe(true);
    expect(brief(await decisions(one.signature))).toEqual(["analyze BUY", decision]);
    expect(await positionCount()).toBe(positions);
  });

  test.each([
    [0, "trade BUY", 1],
    [signalExpiryMs + 1, "trade DECLINE SIGNAL_EXPIRED", 0],
  ])("when the worker died before the Trader and is followed %d ms later", async (lateMs, decision, positions) => {
    const one = market.next("graduation");
    await runUpTo(one, ["discover", "analyze"]);
    market.pass(lateMs);
    expect(await redeliver("trade", one.key)).toBe(true);
    expect(brief(await decisions(one.signature))).toEqual(["analyze BUY", decision]);
    expect(await positionCount()).toBe(positions);
  });

  test("when the node stays down, the stage that waited for it declines", async () => {
    const one = market.next("graduation");
    await runUpTo(one, ["discover"]);
    market.isDown = () => true;
    vi.setSystemTime(Date.now() + 120_000);
    expect(await redeliver("analyze", one.key)).toBe(true);
    expect(brief(await decisions(one.signature))).toEqual(["analyze DECLINE ASSESSMENT_FAILED"]);
  });
});

describe("what is no graduation", () => {
  /** The graduation's own transaction, its events emitted by a program that is not pump. */
  function foreign({ entry }: Watched): RawEntry {
    const copy = structuredClone(entry);
    const { accountKeys } = copy.transaction.message;
    const pump = accountKeys.indexOf(PUMP_PROGRAM);
    const stranger = accountKeys.findIndex((key, index) => index > 0 && key !== PUMP_PROGRAM);
    for (const { instructions } of copy.meta.innerInstructions)
      for (const inner of instructions) if (inner.programIdIndex === pump) inner.programIdIndex = stranger;
    copy.meta.logMessages = copy.meta.logMessages.filter((line) => !line.startsWith("Program data: "));
    return copy;
  }

  test("is recorded with its reason and goes no further", async () => {
    const graduation = market.next("graduation");
    const failed = market.next("TX_FAILED");
    const noop = market.next("MIGRATION_NOOP");
    const expected = [
      { signature: failed.signature, reason: "TX_FAILED" },
      { signature: graduation.signature, reason: "EVENT_FOREIGN_PROGRAM" },
      { signature: noop.signature, reason: "MIGRATION_NOOP" },
    ];
    const answer = await deliver(failed.entry, foreign(graduation), noop.entry);
    expect(answer).toMatchObject({ accepted: 0, rejections: expected });
    const entries = await journal();
    expect(entries).toHaveLength(3);
    for (const one of expected) expect(entries).toContainEqual(expect.objectContaining({ kind: "rejection", source: "webhook", ...one }));
    for (const stage of STAGES) expect(await redeliver(stage, graduation.key)).toBe(true);
    expect(await journal()).toHaveLength(3);
  });

  test.each<[string, () => string, string]>([
    ["that the chain does not know", () => encodeBase58(new Uint8Array(64).fill(7)), "TX_NOT_FOUND"],
    ["under the signature of another transaction", () => market.next("MIGRATION_NOOP").signature, "MIGRATION_NOOP"],
  ])("a forged graduation %s is declined", async (_name, signatureOf, reason) => {
    const real = market.next("graduation");
    const signature = signatureOf();
    const entry = structuredClone(real.entry);
    entry.transaction.signatures = [signature];
    expect(decodeBase58(signature)).toHaveLength(64);
    expect(await deliver(entry)).toMatchObject({ accepted: 1, rejections: [] });
    expect(brief(await decided({ ...real, signature }))).toEqual([`discover DECLINE ${reason}`]);
    expect(await positionCount()).toBe(0);
  });
});

describe("the gap filler", () => {
  const fetches = ({ signature }: Watched) => market.calls.filter((call) => call === `getTransaction ${signature}`).length;

  test("finds and buys what only the chain knows, and fetches nothing that was delivered", async () => {
    const missed = market.next("graduation");
    expect(await runDurableObjectAlarm(gapFillerOf(env))).toBe(false);
    await gapFillerOf(env).watchdog();
    expect(await runDurableObjectAlarm(gapFillerOf(env))).toBe(true);
    const records = await decided(missed);
    expect(brief(records)).toEqual(["analyze BUY", "trade BUY"]);
    expect(records.every(({ source }) => source === "gap-filler")).toBe(true);

    const delivered = market.next("graduation");
    await deliver(delivered.entry);
    await decided(delivered);
    market.calls.length = 0;
    await gapFillerOf(env).fill();
    expect([fetches(missed), fetches(delivered)]).toEqual([0, 0]);
    expect(await deliver(missed.entry)).toMatchObject({ accepted: 0, duplicates: 1 });
  });

  test("does not buy what it finds late", async () => {
    const missed = market.next("graduation");
    market.pass(signalExpiryMs + 1);
    await gapFillerOf(env).fill();
    expect(brief(await decided(missed))).toEqual(["analyze BUY", "trade DECLINE SIGNAL_EXPIRED"]);
    // Younger graduations of the same poll may well be bought.
    expect(await grantOf(missed)).toBeNull();
  });

  test("tries again what the node could not give, without holding up the rest", async () => {
    await gapFillerOf(env).fill();
    const [hidden, shown] = [market.next("graduation"), market.next("graduation")];
    market.hidden.add(hidden.signature);
    await gapFillerOf(env).fill();
    await decided(shown);
    expect(await decisions(hidden.signature)).toEqual([]);
    market.hidden.clear();
    market.calls.length = 0;
    expect(await gapFillerOf(env).fill()).toBe(1);
    expect(fetches(shown)).toBe(0);
    await decided(hidden);
  });
});

describe("a judgement that lacked something", () => {
  test("has it read after it and journaled beside it; the decision stays, and its message is done with", async () => {
    const one = market.next("graduation");
    // The Discoverer reads accounts first, the Analyzer after it.
    const isJudging = () => market.calls.filter((call) => call.startsWith("getMultipleAccounts")).length >= 2;
    market.isDown = (method) => method === "getTransaction" && isJudging();
    await deliver(one.entry);
    const first = await decided(one);
    expect(first[0]?.missing).toContain("source:creation slot (RPC_UNAVAILABLE)");
    expect(await redeliver("analyze", one.key)).toBe(true);
    market.isDown = () => false;
    await until(async () => (await journal()).some(({ kind }) => kind === "late-features"), "the late values are journaled");
    const late = (await journal()).filter((entry) => entry.kind === "late-features");
    expect(late).toMatchObject([{ decisionId: first[0]?.id, asOfMs: expect.any(Number) }]);
    expect(late[0]?.features["creationBoughtShare"]).toBeGreaterThanOrEqual(0);
    expect(first[0]?.features?.["creationBoughtShare"]).toBeNull();
    expect(await decisions(one.signature)).toEqual(first);
  });
});

describe("credits", () => {
  test("when others take the credits meanwhile, its judgement is declined", async () => {
    const { dailyCost, exitReserve } = PROVIDERS.rpc;
    const one = market.next("graduation");
    await runUpTo(one, ["discover"]);
    const { spent } = await rpcBudget();
    // A transaction, four accounts and a page of the curve's history at least.
    expect(spent).toBeGreaterThanOrEqual(21);
    expect(spent).toBeLessThanOrEqual(DISCOVERY_CLAIM.cost);
    expect(await budgetPort(env, "rpc").claim({ requests: 0, cost: dailyCost - exitReserve - spent })).toMatchObject({ ok: true });
    expect(await redeliver("analyze", one.key)).toBe(true);
    expect(brief(await decisions(one.signature))).toEqual(["analyze DECLINE BUDGET_EXHAUSTED"]);
  });
});
