import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildFeatures, FEATURE_NAMES, FEATURES, type FeatureName, type Features } from "../features.ts";
import type { Observations } from "../observations.ts";
import { poisoned, randomStream, truncated } from "./random-streams.ts";

const STREAMS = 150;
const SEED = 20_261_121;

type Build = (observed: Observations) => Features;

/** Features that another version of the same stream changes, though the two agree up to the judgement. */
function changed(build: Build, stream: Observations, other: Observations): FeatureName[] {
  const [a, b] = [build(stream), build(other)];
  return FEATURE_NAMES.filter((name) => !Object.is(a[name], b[name]));
}

/** Names of all features through which `build` sees the future, over many streams. */
function leaks(build: Build): FeatureName[] {
  const found = new Set<FeatureName>();
  for (let seed = 0; seed < STREAMS; seed++) {
    const stream = randomStream(seed);
    for (const name of changed(build, stream, truncated(stream))) found.add(name);
    for (const name of changed(build, stream, poisoned(stream, seed))) found.add(name);
  }
  return FEATURE_NAMES.filter((name) => found.has(name));
}

/** What depends on the candidate and the clock alone, which a recording cannot change. */
const OF_THE_CANDIDATE: readonly FeatureName[] = ["poolAgeS", "tokenAgeS", "curveTrades", "curveDurationS"];

describe("no feature sees what happened after its moment", () => {
  test("prefix invariance: cutting the stream after the moment changes nothing", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), (seed) => {
        const stream = randomStream(seed);
        expect(changed(buildFeatures, stream, truncated(stream))).toEqual([]);
      }),
      { seed: SEED, numRuns: STREAMS },
    );
  });

  test("future poison: garbage after the moment changes nothing", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), fc.integer({ min: 0 }), (seed, poison) => {
        const stream = randomStream(seed);
        expect(changed(buildFeatures, stream, poisoned(stream, poison))).toEqual([]);
      }),
      { seed: SEED, numRuns: STREAMS },
    );
  });

  const vectors = Array.from({ length: STREAMS }, (_, seed) => buildFeatures(randomStream(seed)));
  test.each(FEATURE_NAMES)("%s is put to the test: the streams know it, with different values", (name) => {
    const values = vectors.map((features) => features[name]).filter((value) => value !== null);
    expect(values.length).toBeGreaterThan(STREAMS / 10);
    expect(new Set(values).size).toBeGreaterThan(1);
  });
});

describe("the checker catches leaks", () => {
  test("of one feature that counts the uncut history", () => {
    const leaky: Build = (observed) => ({ ...buildFeatures(observed), poolTrades: observed.poolHistory?.rows.length ?? null });
    expect(leaks(leaky)).toEqual(["poolTrades"]);
  });

  test("of one feature that reads the outcome of a coin that was still open", () => {
    const leaky: Build = (observed) => ({
      ...buildFeatures(observed),
      creatorMedianChange: observed.creatorRecord?.coins[0]?.change ?? null,
    });
    expect(leaks(leaky)).toEqual(["creatorMedianChange"]);
  });

  test("of every feature whose data could leak, when the judgement is dated a moment later than it was", () => {
    const leaky: Build = (observed) => buildFeatures({ ...observed, asOfMs: observed.asOfMs + 300_000, asOfSlot: observed.asOfSlot + 750 });
    expect(leaks(leaky)).toEqual(FEATURE_NAMES.filter((name) => !OF_THE_CANDIDATE.includes(name)));
    expect(OF_THE_CANDIDATE.every((name) => FEATURES[name].source === "candidate")).toBe(true);
  });
});
