import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Assessment } from "../../domain/scoring/assessment.ts";
import type { ParameterSet, Parameters } from "../../domain/trading/parameters.ts";
import { OPENING_BASE, OPENING_QUOTE, PARAMETERS } from "../../domain/trading/test-fixtures.ts";
import { portfolioOf, positionOf } from "../../durable-objects/stubs.ts";
import { freezeClock, passTime, TestChain, until } from "../../durable-objects/test-chain.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { openingBooks, tradeSignal } from "./trade.ts";

let chain: TestChain;
let nowMs: number;
/** Every test has a coin of its own: what a ledger decided on another's cannot answer for it. */
let coin = 0;

beforeEach(async () => {
  await reset();
  coin++;
  nowMs = freezeClock();
  chain = new TestChain().install();
});

afterEach(async () => {
  await reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function parameterSet(overrides: Partial<Parameters> = {}): ParameterSet {
  const parameters = { ...PARAMETERS, ...overrides };
  return { version: "test-1", name: "test", parent: null, author: "test", createdAtMs: 0, parameters };
}

function assessment(overrides: Partial<Assessment> = {}): Assessment {
  const { mint, pool } = chain.addPool(coin);
  const graduation = {
    signature: `signature-${coin}`,
    slot: 1,
    blockTimeMs: nowMs,
    mint,
    pool,
    bondingCurve: "curve",
    user: "user",
    creator: null,
    quoteMint: "So11111111111111111111111111111111111111112",
    baseAmount: OPENING_BASE,
    quoteAmountLamports: OPENING_QUOTE,
    instruction: "migrate_v2" as const,
  };
  const candidate = {
    graduation,
    source: "webhook" as const,
    discoveredAtMs: nowMs,
    symbol: "TEST",
    name: "Test",
    uri: "",
    metadataHash: "",
    creator: null,
    liquidityLamports: 2n * OPENING_QUOTE,
    liquidityUsd: 34_000,
    ageMs: 60_000,
    tradeCount: 200,
    solUsd: 200,
  };
  return {
    candidate,
    assessedAtMs: nowMs,
    slot: 1_000,
    score: 75,
    parts: { onChain: 80, sentiment: null, social: null, model: null },
    recommendation: "BUY",
    reasons: [],
    findings: [],
    featureSetVersion: "1",
    features: {},
    contributions: [],
    explanation: { counterfactual: null, shadows: [] },
    missing: [],
    parameterVersion: "test-1",
    modelVersion: null,
    baseReserves: OPENING_BASE,
    quoteReservesLamports: OPENING_QUOTE,
    ...overrides,
  };
}

function trade(one: Assessment, parameters: Partial<Parameters> = {}, ledger: "paper-A" | "paper-B" | "live-A" = "paper-A") {
  return tradeSignal(one, { ledger, parameters: parameterSet(parameters), nowMs: Date.now(), env });
}

describe("tradeSignal", () => {
  test("buys: opens the ledger at its capital, reserves the size, and starts the position", async () => {
    const answer = await trade(assessment());
    // 1,000 USD at 200 USD are 5 SOL; score 75 is worth a tenth.
    expect(answer).toMatchObject({ outcome: "BUY", reasons: [], sizeLamports: 500_000_000n });
    expect(await portfolioOf(env, "paper-A").status()).toMatchObject({ openingLamports: "5000000000", isDryRun: true });
    const position = positionOf(env, answer.positionId ?? "");
    await until(async () => (await position.view())?.status === "entering", "the position is entering");
    expect((await position.view())?.plan).toMatchObject({ isDryRun: true, decidedSlot: 1_000, signal: { parameterVersion: "test-1" } });
  });

  test("called again, at once or later, or with the node down, it gives the first answer and buys nothing more", async () => {
    const one = assessment();
    const answers = await Promise.all(Array.from({ length: 8 }, () => trade(one)));
    const position = positionOf(env, answers[0]?.positionId ?? "");
    await until(async () => (await position.view())?.status === "entering", "the position is entering");
    chain.isDown = true;
    passTime(60_000);
    answers.push(await trade(one));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await portfolioOf(env, "paper-A").positions()).toHaveLength(1);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ["a late signal", () => trade(assessment({ assessedAtMs: nowMs - 20_001 })), "SIGNAL_EXPIRED"],
    ["a price that moved", () => trade(assessment({ quoteReservesLamports: OPENING_QUOTE / 2n })), "SIGNAL_PRICE_MOVED"],
    ["what was only to be watched", () => trade(assessment({ recommendation: "WATCH" })), "SCORE_BELOW_THRESHOLD"],
    ["a cost above its share", () => trade(assessment(), { maxCostShareBps: 100 }), "COST_TOO_HIGH"],
    ["a live ledger below a paper ceiling", () => trade(assessment(), {}, "live-A"), "MODE_NOT_ALLOWED"],
  ])("declines %s", async (_name, act, reason) => {
    expect(await act()).toMatchObject({ outcome: "DECLINE", reasons: [{ code: reason }], positionId: null, sizeLamports: null });
  });

  test("what cannot be read is not bought", async () => {
    const one = assessment();
    chain.remove(chain.addPool(coin));
    // A ledger that no other test opens.
    expect(await trade(one, {}, "paper-B")).toMatchObject({ outcome: "DECLINE", reasons: [{ code: "POOL_UNAVAILABLE" }] });
    expect(await portfolioOf(env, "paper-B").status()).toBeNull();
  });

  test("a node that does not answer is asked again while the signal holds, and is a reason after that", async () => {
    const one = assessment();
    chain.isDown = true;
    await expect(trade(one)).rejects.toThrow("RPC_UNAVAILABLE");
    passTime(20_001);
    expect(await trade(one)).toMatchObject({ outcome: "DECLINE", reasons: [{ code: "RPC_UNAVAILABLE" }] });
    chain.isDown = false;
    expect(await trade(one)).toMatchObject({ outcome: "DECLINE", reasons: [{ code: "SIGNAL_EXPIRED" }] });
    expect((await portfolioOf(env, "paper-A").positions()).length).toBe(0);
  });
});

describe("openingBooks", () => {
  test.each([
    [1_000, 200, 5_000_000_000n],
    [1_000, 187.123456, 5_344_065_470n],
    [10, 0.000001, 10_000_000_000_000_000n],
  ])("%d USD at %d are %d lamports", (paperCapitalUsd, solUsd, lamports) => {
    expect(openingBooks("paper-A", { ...PARAMETERS, paperCapitalUsd }, solUsd)).toMatchObject({
      ok: true,
      value: { openingLamports: lamports },
    });
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e-9])("no price, no books: %d", (solUsd) => {
    expect(openingBooks("paper-A", PARAMETERS, solUsd)).toMatchObject({ ok: false, reason: "SOL_PRICE_STALE" });
  });
});
