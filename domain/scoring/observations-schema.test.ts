import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainJson } from "../json.ts";
import { randomStream } from "./features/random-streams.ts";
import { buildFeatures } from "./features.ts";
import { observationsSchema } from "./observations-schema.ts";
import { emptyObservations, SAMPLE_OBSERVATIONS } from "./sample-observations.ts";

const parse = (text: string) => observationsSchema.parse(JSON.parse(text));

describe("observations as JSON", () => {
  test.each([
    ["sample", SAMPLE_OBSERVATIONS],
    ["empty", emptyObservations()],
  ])("%s: the same come back", (_name, observed) => {
    expect(parse(plainJson(observed))).toEqual(observed);
  });

  test("property: any stream comes back, with the same vector", () => {
    fc.assert(
      fc.property(fc.nat(100_000), (seed) => {
        const observed = randomStream(seed);
        const read = parse(plainJson(observed));
        expect(read).toEqual(observed);
        expect(buildFeatures(read)).toEqual(buildFeatures(observed));
      }),
      { numRuns: 60 },
    );
  });

  test("strangers' text comes back as it is, lone surrogates too", () => {
    const name = "\ud83d \udc00 \u0000 \u202e <b>\n";
    const observed = { ...SAMPLE_OBSERVATIONS, candidate: { ...SAMPLE_OBSERVATIONS.candidate, name } };
    expect(parse(plainJson(observed)).candidate.name).toBe(name);
  });

  const sample = JSON.parse(plainJson(SAMPLE_OBSERVATIONS)) as Record<string, unknown>;
  test.each<[string, Record<string, unknown>]>([
    ["an amount that is a number", { trades: [{ slot: 1, side: "buy", payer: "A", user: "A", baseAmount: 1, quoteLamports: "1" }] }],
    ["a fraction of a lamport", { trades: [{ slot: 1, side: "buy", payer: "A", user: "A", baseAmount: "1.5", quoteLamports: "1" }] }],
    ["a field that is left out", { marketRecord: undefined }],
    ["a mood beyond the scale", { moods: [{ scorer: "ai", readAtMs: 1, mood: 2 }] }],
    ["a moment that is none", { asOfMs: 9e15 }],
    ["too many rows", { poolHistory: { isComplete: true, rows: Array.from({ length: 3_001 }, () => ({ slot: 1, failed: false })) } }],
  ])("refused: %s", (_name, changes) => {
    expect(observationsSchema.safeParse({ ...sample, ...changes }).success).toBe(false);
  });
});
