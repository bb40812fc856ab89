import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ReplayCandidate, replayPortfolio, replayTrade } from "./backtest.ts";
import { planEntry } from "./entry.ts";
import type { Parameters } from "./parameters.ts";
import { marketAt, type PathSample, PathWalk } from "./path-walk.ts";
import { isSettled, plannedPosition, positionPlan } from "./position-state.ts";
import { keysFor, NOW_MS, PARAMETERS, randomPath, sampleMoved, signalFor } from "./test-fixtures.ts";

const SEED = 20_261_121;
const SIZE = 500_000_000n;

/** A path whose price moves are given per sample of ten seconds. */
function pathOf(...movesBps: number[]): PathSample[] {
  return movesBps.map((move, i) => sampleMoved(move, 1_000 + i * 25, NOW_MS + i * 10_000));
}

function replay(path: readonly PathSample[], parameters: Partial<Parameters> = {}, score = 75) {
  return replayTrade({ path, score, parameters: { ...PARAMETERS, ...parameters }, sizeLamports: SIZE, seed: "seed" });
}

describe("replayTrade", () => {
  test.each<[string, number[], string]>([
    ["rises", [0, 0, 4_000, 4_000, 4_000], "EXIT_TAKE_PROFIT"],
    ["falls", [0, 0, -1_500, -1_500, -1_500], "EXIT_STOP_LOSS"],
    ["is drained", [0, 0, -9_000, -9_000, -9_000], "EXIT_LIQUIDITY_COLLAPSE"],
    ["stays", Array<number>(200).fill(0), "EXIT_MAX_HOLD"],
  ])("a path that %s", (_name, moves, exitReason) => {
    const trade = replay(pathOf(...moves));
    expect(trade).toMatchObject({ entered: true, reason: null, exitReason });
    expect(trade?.pnlLamports).toBe((trade?.proceedsLamports ?? 0n) - (trade?.costLamports ?? 0n));
    expect((trade?.entryAtMs ?? 0) - NOW_MS).toBeGreaterThanOrEqual(800);
    expect((trade?.entryAtMs ?? 0) - NOW_MS).toBeLessThanOrEqual(2_400);
  });

  test("the maximum hold is looked at when it comes, between two samples", () => {
    const trade = replay(pathOf(...Array<number>(20).fill(0)), { maxHoldMs: 44_000 });
    expect((trade?.exitAtMs ?? 0) - (trade?.entryAtMs ?? 0)).toBeGreaterThanOrEqual(44_800);
    expect((trade?.exitAtMs ?? 0) - (trade?.entryAtMs ?? 0)).toBeLessThanOrEqual(46_400);
  });

  test("a flat price loses the round trip and nothing else", () => {
    const path = pathOf(...Array<number>(200).fill(0));
    const entry = planEntry(75, SIZE, marketAt(path[0] ?? sampleMoved(0, 0, 0)), PARAMETERS);
    const trade = replay(path);
    if (!entry.ok || trade === null) throw new Error("no trade");
    const spent = trade.costLamports - 2_074_080n;
    expect(Math.ceil(Number((-trade.pnlLamports * 1_000_000n) / spent) / 100)).toBe(entry.value.costBps);
  });

  test("a path that ends before the trade is censored, not a loss", () => {
    expect(replay(pathOf(0, 0, 0))).toBeNull();
    expect(replay(pathOf(0, 0, -1_500))).toBeNull();
    expect(replay([])).toBeNull();
    expect(replay(pathOf(0))).toBeNull();
  });

  test("without an entry it names why, and books what failed attempts cost", () => {
    expect(replay(pathOf(0, 0), { maxCostShareBps: 100 })).toMatchObject({ entered: false, reason: "COST_TOO_HIGH", pnlLamports: 0n });
    expect(replay(pathOf(0, 100_000, 100_000))).toMatchObject({ entered: false, reason: "SIGNAL_PRICE_MOVED", pnlLamports: -105_000n });
    expect(replay(pathOf(0, 0, 0), { paperFailureBps: 10_000 })).toMatchObject({
      entered: false,
      reason: "LANDING_FAILED",
      pnlLamports: 0n,
    });
  });

  test(`passing over certain holds changes no result (2,000 paths, seed ${SEED})`, () => {
    const exits: Record<string, number> = {};
    const input = fc.record({
      seed: fc.string(),
      volatility: fc.constantFrom(0.0005, 0.003, 0.01, 0.03, 0.1, 0.4),
      length: fc.integer({ min: 1, max: 80 }),
      score: fc.integer({ min: 0, max: 100 }),
      size: fc.bigInt({ min: 50_000_000n, max: 3_000_000_000n }),
      failureBps: fc.constantFrom(0, 300, 4_000),
      holdMs: fc.integer({ min: 5_000, max: 600_000 }),
      rent: fc.constantFrom(0, 2_074_080, 10_000_000),
      collapseBps: fc.constantFrom(500, 4_000),
      exits: fc.record({
        takeProfitConfirmMs: fc.constantFrom(0, 1_200, 15_000),
        trailingActivationBps: fc.constantFrom(100, 1_500, 20_000),
        trailingDeltaBps: fc.constantFrom(100, 1_000, 9_000),
        ladderRungs: fc.integer({ min: 1, max: 4 }),
        ladderShareBps: fc.constantFrom(500, 5_000, 9_000),
        ladderStepBps: fc.constantFrom(100, 1_000),
        priceGapBps: fc.constantFrom(500, 1_000, 3_500, 9_900),
        stopLossLowBps: fc.constantFrom(500, 2_500),
      }),
    });
    fc.assert(
      fc.property(input, ({ seed, volatility, length, score, size, failureBps, holdMs, rent, collapseBps, exits: limits }) => {
        const path = randomPath(seed, length, volatility);
        const parameters = {
          ...PARAMETERS,
          paperFailureBps: failureBps,
          maxHoldMs: holdMs,
          ataRentLamports: rent,
          liquidityCollapseBps: collapseBps,
          ...limits,
          stopLossHighBps: Math.max(limits.stopLossLowBps, PARAMETERS.stopLossHighBps),
        };
        const trade = replayTrade({ path, score, parameters, sizeLamports: size, seed });
        const full = walkEverySample(path, score, parameters, size, seed);
        expect(
          trade === null
            ? null
            : [trade.costLamports, trade.proceedsLamports, trade.exitAtMs, trade.exitReason ?? trade.reason, trade.sales],
        ).toEqual(full);
        const key = trade?.exitReason ?? trade?.reason ?? "censored";
        exits[key] = (exits[key] ?? 0) + 1;
        if ((trade?.sales ?? 0) > 1) exits["in parts"] = (exits["in parts"] ?? 0) + 1;
      }),
      { seed: SEED, numRuns: 2_000 },
    );
    const named = ["STOP_LOSS", "TAKE_PROFIT", "MAX_HOLD", "LIQUIDITY_COLLAPSE", "TRAILING_STOP", "PRICE_GAP"].map((key) => `EXIT_${key}`);
    for (const key of [...named, "censored", "in parts"]) {
      expect(exits[key], key).toBeGreaterThan(10);
    }
  });

  test("is deterministic, and its draws follow the seed", () => {
    const path = randomPath("determinism", 300, 0.01);
    const input = { path, score: 75, parameters: { ...PARAMETERS, paperFailureBps: 300 }, sizeLamports: SIZE };
    expect(replayTrade({ ...input, seed: "a" })).toEqual(replayTrade({ ...input, seed: "a" }));
    const entries = new Set(Array.from({ length: 20 }, (_, i) => replayTrade({ ...input, seed: `${i}` })?.entryAtMs));
    expect(entries.size).toBeGreaterThan(2);
  });
});

/** The same trade with every sample given to the reducer. */
function walkEverySample(path: readonly PathSample[], score: number, parameters: Parameters, sizeLamports: bigint, seed: string) {
  const [first] = path;
  if (first === undefined) return null;
  const market = marketAt(first);
  const entry = planEntry(score, sizeLamports, market, parameters);
  if (!entry.ok) return [0n, 0n, null, entry.reason, 0];
  const signal = signalFor(seed, { score, assessedAtMs: first.atMs, expiresAtMs: first.atMs + parameters.signalExpiryMs });
  const position = { positionId: seed, ledger: "paper-A", signal, keys: keysFor(signal), parameters } as const;
  const walk = new PathWalk(path, 0, plannedPosition(positionPlan(position, entry.value, market, first.atMs)), market);
  while (!isSettled(walk.state)) if (walk.next() === null) return null;
  const { costLamports, proceedsLamports, closedAtMs, status, reason, sales } = walk.state;
  return [costLamports, proceedsLamports, status === "closed" ? closedAtMs : null, reason, sales];
}

describe("replayPortfolio", () => {
  const candidates: ReplayCandidate[] = Array.from({ length: 120 }, (_, i) => {
    const shiftMs = i * 40_000;
    const path = randomPath(`candidate ${i}`, 240, 0.012).map((one) => ({
      ...one,
      atMs: one.atMs + shiftMs,
      slot: one.slot + shiftMs / 400,
    }));
    return { mint: `mint-${i}`, path, score: 50 + ((i * 7) % 50), decidedAtMs: NOW_MS + shiftMs + 3_000 };
  });
  const run = (parameters: Partial<Parameters> = {}) =>
    replayPortfolio(candidates, { ...PARAMETERS, ...parameters }, 5_000_000_000n, "seed");

  test("opening cash plus the trades' profit is the final equity, and every candidate is accounted for", () => {
    const result = run({ maxDrawdownBps: 10_000, dailyLossLimitBps: 10_000, maxConsecutiveLosses: 1_000 });
    const failed = Object.entries(result.declined);
    const pnl = result.trades.reduce((sum, trade) => sum + trade.pnlLamports, 0n);
    expect(result.trades.length).toBeGreaterThan(20);
    expect(result.censored).toBe(0);
    expect(result.trades.length + failed.reduce((sum, [, count]) => sum + count, 0)).toBe(candidates.length);
    // Abandoned entries pay for attempts that failed on chain.
    const spentOnAttempts = 5_000_000_000n + pnl - result.finalEquityLamports;
    expect(spentOnAttempts % 105_000n).toBe(0n);
    expect(spentOnAttempts >= 0n).toBe(true);
    expect(result.equity.at(-1)?.equityLamports).toBe(result.finalEquityLamports);
    expect(result.declined.SCORE_BELOW_THRESHOLD).toBe(candidates.filter((candidate) => candidate.score < 60).length);
  });

  test("trades in order of their exits, never more at once than the cap, no mint twice, no overdraft", () => {
    const { trades, equity } = run({ maxPositions: 3 });
    const exits = trades.map((trade) => trade.exitAtMs ?? 0);
    expect(exits).toEqual([...exits].sort((a, b) => a - b));
    expect(new Set(trades.map((trade) => trade.mint)).size).toBe(trades.length);
    for (const one of trades) {
      const overlapping = trades.filter(
        (other) => (other.entryAtMs ?? 0) <= (one.entryAtMs ?? 0) && (one.entryAtMs ?? 0) < (other.exitAtMs ?? 0),
      );
      expect(overlapping.length).toBeLessThanOrEqual(3);
    }
    const times = equity.map((point) => point.atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test("the breaker ends entries", () => {
    const result = run({ maxDrawdownBps: 300 });
    expect(result.declined.DRAWDOWN_BREAKER).toBeGreaterThan(20);
    expect(result.maxDrawdownBps).toBeGreaterThanOrEqual(300);
  });

  test("is deterministic, whatever the order of the candidates", () => {
    expect(replayPortfolio([...candidates].reverse(), PARAMETERS, 5_000_000_000n, "seed")).toEqual(run());
  });

  test("one candidate alone trades as replayTrade does", () => {
    const [candidate] = candidates;
    if (candidate === undefined) throw new Error("no candidate");
    const alone = replayPortfolio([{ ...candidate, score: 75 }], PARAMETERS, 5_000_000_000n, "seed").trades[0];
    const trade = replay(candidate.path);
    expect(alone).toMatchObject({ costLamports: trade?.costLamports ?? -1n, exitReason: trade?.exitReason, sizeLamports: SIZE });
  });

  test("a position whose path ends stays in the books at its last value and is no trade", () => {
    const [candidate] = candidates;
    if (candidate === undefined) throw new Error("no candidate");
    const result = replayPortfolio([{ ...candidate, score: 75, path: pathOf(0, 0, 0) }], PARAMETERS, 5_000_000_000n, "seed");
    expect(result).toMatchObject({ trades: [], censored: 1 });
    expect(result.finalEquityLamports).toBeLessThan(5_000_000_000n);
  });
});
