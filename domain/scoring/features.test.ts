import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildFeatures, FEATURE_NAMES, FEATURES, type Features } from "./features.ts";
import type { Observations } from "./observations.ts";
import { SAMPLE_CANDIDATE, SAMPLE_OBSERVATIONS } from "./sample-observations.ts";

describe("buildFeatures", () => {
  test("the sample token, by hand", () => {
    const features = buildFeatures(SAMPLE_OBSERVATIONS);
    const expected: Partial<Record<keyof Features, number>> = {
      liquidityUsd: 2 * 69.038666832 * 150,
      marketCapSol: (86.62317212 / 203_000_000) * 1e9,
      liquidityToMarketCap: (2 * 69.038666832) / ((86.62317212 / 203_000_000) * 1e9),
      realQuoteShare: 69.038666832 / 86.62317212,
      priceChangeSinceOpen: 86.62317212 / 203 / (84.990359084 / 206.9) - 1,
      isMayhem: 0,
      solMove: 0.002,
      tokenAgeS: 910,
      curveTrades: 420,
      curveDurationS: 900,
      // 8 of 372 successful transactions after the creation; 28 of 401 failed.
      creationSlotShare: 8 / 372,
      busiestSlotShare: 8 / 372,
      curveFailedShare: 28 / 401,
      poolAgeS: 10,
      poolTrades: 9,
      poolTradesPerMinute: 54,
      poolFailedShare: 3 / 13,
      sampledTrades: 4,
      sampledBuyShare: 0.75,
      sampledNetFlow: (2.5 - 0.5) / 3,
      sampledUniquePayers: 0.75,
      sampledMeanTradeSol: 0.75,
      creatorShare: 0.012,
      mentions: 5,
      mentionsPerMinute: 1,
      botShare: 0.2,
      mintMentionShare: 0.2,
      distinctAuthors: 2,
    };
    for (const [name, value] of Object.entries(expected)) expect(features[name as keyof Features], name).toBeCloseTo(value, 9);
    expect(Object.keys(features)).toEqual(FEATURE_NAMES);
    expect(FEATURE_NAMES.filter((name) => features[name] === null)).toEqual([]);
  });

  test("what is not known is null, never zero", () => {
    const nothing: Observations = {
      asOfMs: SAMPLE_OBSERVATIONS.asOfMs,
      asOfSlot: SAMPLE_OBSERVATIONS.asOfSlot,
      candidate: { ...SAMPLE_CANDIDATE, graduation: { ...SAMPLE_CANDIDATE.graduation, slot: null, blockTimeMs: null } },
      supply: null,
      isMayhem: null,
      reserves: null,
      holders: { topHolder: null, top10: null, creator: null },
      curveHistory: null,
      poolHistory: null,
      trades: null,
      solUsd: null,
      social: null,
    };
    const features = buildFeatures(nothing);
    expect(FEATURE_NAMES.filter((name) => features[name] !== null)).toEqual(["tokenAgeS", "curveTrades"]);
  });

  test("a history that is cut off has no creation slot, and its rate is of what it covers", () => {
    const rows = Array.from({ length: 1_000 }, (_, i) => ({ slot: SAMPLE_OBSERVATIONS.asOfSlot - Math.floor(i / 100), failed: false }));
    const history = { isComplete: false, rows };
    const features = buildFeatures({ ...SAMPLE_OBSERVATIONS, curveHistory: history, poolHistory: history });
    expect(features).toMatchObject({ creationSlotShare: null, busiestSlotShare: null, curveFailedShare: null, poolTrades: 1_000 });
    expect(features.poolTradesPerMinute).toBe(FEATURES.poolTradesPerMinute.max);
    const slower = rows.map(({ slot, failed }) => ({
      slot: SAMPLE_OBSERVATIONS.asOfSlot - 10 * (SAMPLE_OBSERVATIONS.asOfSlot - slot),
      failed,
    }));
    // 1,000 trades in 90 slots of 0.4 s.
    expect(buildFeatures({ ...SAMPLE_OBSERVATIONS, poolHistory: { isComplete: false, rows: slower } }).poolTradesPerMinute).toBeCloseTo(
      1_000 / 0.6,
      9,
    );
  });

  test("a pool of a second has no rate", () => {
    const young = buildFeatures({ ...SAMPLE_OBSERVATIONS, asOfSlot: (SAMPLE_CANDIDATE.graduation.slot ?? 0) + 4 });
    expect(young.poolTradesPerMinute).toBeNull();
    expect(young.poolTrades).toBeGreaterThan(0);
  });

  test("absurd numbers are cut to the range; empty reserves have no price", () => {
    const huge = buildFeatures({
      ...SAMPLE_OBSERVATIONS,
      reserves: { baseReserves: 1n, quoteReservesLamports: 2n ** 127n, quoteVaultLamports: 2n ** 64n - 1n },
    });
    for (const name of FEATURE_NAMES) {
      const value = huge[name];
      if (value === null) continue;
      expect(value, name).toBeGreaterThanOrEqual(FEATURES[name].min);
      expect(value, name).toBeLessThanOrEqual(FEATURES[name].max);
    }
    const empty = buildFeatures({
      ...SAMPLE_OBSERVATIONS,
      reserves: { baseReserves: 0n, quoteReservesLamports: 0n, quoteVaultLamports: 0n },
    });
    expect(empty).toMatchObject({ liquidityUsd: 0, marketCapSol: null, priceChangeSinceOpen: null, realQuoteShare: null });
  });
});

const { asOfMs, asOfSlot } = SAMPLE_OBSERVATIONS;
const future = fc.record({
  curve: fc.array(fc.record({ slot: fc.integer({ min: asOfSlot + 1, max: asOfSlot + 1_000 }), failed: fc.boolean() }), { minLength: 1 }),
  pool: fc.array(fc.record({ slot: fc.integer({ min: asOfSlot + 1, max: asOfSlot + 1_000 }), failed: fc.boolean() }), { minLength: 1 }),
  trades: fc.array(
    fc.record({
      slot: fc.integer({ min: asOfSlot + 1, max: asOfSlot + 1_000 }),
      side: fc.constantFrom("buy" as const, "sell" as const),
      payer: fc.constantFrom("A", "Z"),
      quoteLamports: fc.bigInt({ min: 0n, max: 10n ** 12n }),
    }),
    { minLength: 1 },
  ),
  posts: fc.array(
    fc.record({
      id: fc.uuid(),
      authorId: fc.constantFrom("a", "z"),
      text: fc.constantFrom("rug, honeypot, scam", "bullish to the moon"),
      lang: fc.constant("en"),
      createdAtMs: fc.integer({ min: asOfMs + 1, max: asOfMs + 1e6 }),
      engagements: fc.nat(1e6),
    }),
    { minLength: 1 },
  ),
});

/** Names of the features that change when events after the moment of judgement are added. */
function leaks(build: (observed: Observations) => Features): readonly string[] {
  const clean = build(SAMPLE_OBSERVATIONS);
  const found = new Set<string>();
  for (const { curve, pool, trades, posts } of fc.sample(future, { numRuns: 50, seed: 7 })) {
    const poisoned = build({
      ...SAMPLE_OBSERVATIONS,
      curveHistory: { isComplete: true, rows: [...curve, ...(SAMPLE_OBSERVATIONS.curveHistory?.rows ?? [])] },
      poolHistory: { isComplete: true, rows: [...pool, ...(SAMPLE_OBSERVATIONS.poolHistory?.rows ?? [])] },
      trades: [...trades, ...(SAMPLE_OBSERVATIONS.trades ?? [])],
      social: SAMPLE_OBSERVATIONS.social && { ...SAMPLE_OBSERVATIONS.social, posts: [...posts, ...SAMPLE_OBSERVATIONS.social.posts] },
    });
    for (const name of FEATURE_NAMES) if (!Object.is(clean[name], poisoned[name])) found.add(name);
  }
  return [...found];
}

test("no feature sees what happened after its moment", () => {
  expect(leaks(buildFeatures)).toEqual([]);
});

test("the check above catches a planted leak", () => {
  const leaky = (observed: Observations): Features => ({
    ...buildFeatures(observed),
    poolTrades: observed.poolHistory?.rows.length ?? null,
  });
  expect(leaks(leaky)).toEqual(["poolTrades"]);
});
