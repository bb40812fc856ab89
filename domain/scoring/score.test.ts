import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hard, soft } from "../safety/findings.ts";
import { builtinParameters } from "../trading/parameters.ts";
import { buildFeatures, FEATURE_NAMES, FEATURES, type Features } from "./features.ts";
import { MIN_KNOWN_SHARE, ON_CHAIN_CURVES, pointsOf, SOCIAL_CURVES, scorePart, scoreSentiment } from "./parts.ts";
import { SAMPLE_OBSERVATIONS } from "./sample-observations.ts";
import { type ScoreInputs, scoreToken } from "./score.ts";

const PARAMETERS = builtinParameters("default");
const SAMPLE = buildFeatures(SAMPLE_OBSERVATIONS);
const UNKNOWN = Object.fromEntries(FEATURE_NAMES.map((name) => [name, null])) as Features;

function score(changes: Partial<ScoreInputs> = {}) {
  return scoreToken({ features: SAMPLE, findings: [], parameters: PARAMETERS, modelProbability: null, ...changes });
}

function total(values: ReadonlyArray<{ readonly points: number }>): number {
  return values.reduce((sum, { points }) => sum + points, 0);
}

describe("curves", () => {
  test.each([...ON_CHAIN_CURVES, ...SOCIAL_CURVES])(
    "$feature rises or falls throughout, inside its range",
    ({ feature, at, points, weight }) => {
      expect(points.length).toBe(at.length);
      expect(weight).toBeGreaterThan(0);
      const steps = at.slice(1).map((x, i) => ({ dx: x - (at[i] ?? 0), dy: (points[i + 1] ?? 0) - (points[i] ?? 0) }));
      expect(steps.every(({ dx }) => dx > 0)).toBe(true);
      expect(steps.every(({ dy }) => dy > 0) || steps.every(({ dy }) => dy < 0)).toBe(true);
      expect(points.every((y) => y >= 0 && y <= 100)).toBe(true);
      expect(at.every((x) => x >= FEATURES[feature].min && x <= FEATURES[feature].max)).toBe(true);
    },
  );

  test("linear between knots, flat outside", () => {
    const curve = { at: [0, 10, 20], points: [0, 40, 100] };
    expect([-5, 0, 5, 10, 15, 20, 99].map((x) => pointsOf(curve, x))).toEqual([0, 0, 20, 40, 70, 100, 100]);
  });
});

describe("parts", () => {
  test("an unknown feature is neutral", () => {
    const without = scorePart(ON_CHAIN_CURVES, { ...SAMPLE, top10Share: null }, 50);
    const withIt = scorePart(ON_CHAIN_CURVES, SAMPLE, 50);
    const lost = withIt.contributions.find(({ name }) => name === "top10Share")?.points ?? 0;
    expect(lost).toBeGreaterThan(0);
    expect(without.value).toBeCloseTo((withIt.value ?? 0) - lost, 9);
  });

  test("with less than half of the weight known there is no score", () => {
    const weights = ON_CHAIN_CURVES.map(({ weight }) => weight);
    let known = 0;
    const features = { ...UNKNOWN } as Record<string, number | null>;
    for (const [i, { feature }] of ON_CHAIN_CURVES.entries()) {
      expect(scorePart(ON_CHAIN_CURVES, features as Features, 50).value === null).toBe(
        known < total(weights.map((points) => ({ points }))) * MIN_KNOWN_SHARE,
      );
      features[feature] = 0;
      known += weights[i] ?? 0;
    }
  });

  test("sentiment: two posts move less than ten, none not at all", () => {
    const mood = (sentimentWeighted: number | null, effectivePosts: number | null) =>
      scoreSentiment({ ...UNKNOWN, sentimentWeighted, effectivePosts }, 50).value;
    expect(mood(1, 3)).toBe(75);
    expect(mood(-1, 3)).toBe(25);
    expect(mood(0.5, 9)).toBe(68.75);
    expect([mood(null, 0), mood(null, null), mood(0.4, 0)]).toEqual([null, null, null]);
  });
});

describe("scoreToken", () => {
  test("is 0.60, 0.15 and 0.25 of the parts", () => {
    const { score: value, parts } = score();
    expect(value).toBeCloseTo(0.6 * (parts.onChain ?? 0) + 0.15 * (parts.sentiment ?? 0) + 0.25 * (parts.social ?? 0), 9);
    expect(score().recommendation).toBe("BUY");
    expect(score().reasons).toEqual([]);
  });

  test("a token of which nothing is known is neutral, flagged, and not bought", () => {
    const unknown = score({ features: UNKNOWN });
    expect(unknown).toMatchObject({ score: 50, parts: { onChain: null, sentiment: null, social: null, model: null }, contributions: [] });
    expect(unknown.missing).toEqual(["part:onChain", "part:sentiment", "part:social", ...FEATURE_NAMES]);
    expect(unknown.recommendation).toBe("WATCH");
  });

  test("without posts both parts are neutral, never zero", () => {
    const silent = buildFeatures({ ...SAMPLE_OBSERVATIONS, social: null });
    const { score: value, parts } = score({ features: silent });
    expect(parts).toMatchObject({ sentiment: null, social: null });
    expect(value).toBeCloseTo(0.6 * (parts.onChain ?? 0) + 0.4 * 50, 9);
  });

  test("BUY, WATCH and DECLINE at the threshold and the margin", () => {
    const at = score().score;
    const recommend = (threshold: number, watchMargin = 10) =>
      score({ parameters: { ...PARAMETERS, qualityThreshold: threshold, watchMargin } });
    expect(recommend(at).recommendation).toBe("BUY");
    expect(recommend(at + 1e-9).recommendation).toBe("WATCH");
    expect(recommend(at + 10).recommendation).toBe("WATCH");
    expect(recommend(at + 10 + 1e-9).recommendation).toBe("DECLINE");
    expect(recommend(at + 5).reasons).toEqual([{ code: "SCORE_WATCH", detail: `${at.toFixed(1)} of ${at + 5}` }]);
    expect(recommend(at + 20).reasons[0]?.code).toBe("SCORE_BELOW_THRESHOLD");
  });

  test("a hard finding vetoes whatever the score", () => {
    const vetoed = score({
      findings: [soft("CREATOR_HOLDS"), hard("FREEZE_AUTHORITY_SET", "x"), hard("LP_NOT_BURNED")],
      modelProbability: 1,
    });
    expect(vetoed).toMatchObject({ score: 0, recommendation: "DECLINE" });
    expect(vetoed.reasons).toEqual([{ code: "FREEZE_AUTHORITY_SET", detail: "x" }, { code: "LP_NOT_BURNED" }]);
    expect(vetoed.contributions[0]?.name).toBe("veto");
  });

  test("soft findings cost points", () => {
    expect(score({ findings: [soft("CREATOR_HOLDS"), soft("METADATA_MUTABLE")] }).score).toBeCloseTo(score().score - 13, 9);
  });

  test("the model is blended by its weight, and only shown at weight zero", () => {
    const blended = score({ modelProbability: 0.9, parameters: { ...PARAMETERS, modelWeight: 0.25 } });
    expect(blended.score).toBeCloseTo(0.75 * score().score + 0.25 * 90, 9);
    const shown = score({ modelProbability: 0.9 });
    expect(shown.score).toBe(score().score);
    expect(shown.parts.model).toBe(90);
  });

  test("contributions add up to the score, for any features, findings and weights", () => {
    const value = fc.option(fc.double({ min: -10, max: 1e6, noNaN: true }), { nil: null });
    const features = fc.record(Object.fromEntries(FEATURE_NAMES.map((name) => [name, value])) as Record<keyof Features, typeof value>);
    const findings = fc.array(
      fc.constantFrom(soft("CREATOR_HOLDS"), soft("LIQUIDITY_FELL"), soft("PRICE_JUMPED"), soft("TOKEN_TOO_OLD"), hard("LP_NOT_BURNED")),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(
        features,
        findings,
        fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 100 }),
        (drawn, found, modelProbability, modelWeight, missingPartScore) => {
          const parameters = { ...PARAMETERS, modelWeight, missingPartScore };
          const result = scoreToken({ features: drawn as Features, findings: found, parameters, modelProbability });
          expect(result.score).toBeGreaterThanOrEqual(0);
          expect(result.score).toBeLessThanOrEqual(100);
          expect(missingPartScore + total(result.contributions)).toBeCloseTo(result.score, 6);
          expect(result.recommendation === "BUY" || result.reasons.length > 0).toBe(true);
          if (found.some(({ severity }) => severity === "hard")) expect(result.recommendation).toBe("DECLINE");
        },
      ),
    );
  });

  test("a better feature never lowers the score", () => {
    for (const { feature, at, points } of [...ON_CHAIN_CURVES, ...SOCIAL_CURVES]) {
      const isRising = (points.at(-1) ?? 0) > (points[0] ?? 0);
      const scores = at.map((x) => score({ features: { ...SAMPLE, [feature]: x } }).score);
      for (let i = 1; i < scores.length; i++) {
        const [before = 0, after = 0] = [scores[i - 1], scores[i]];
        expect(isRising ? after >= before : after <= before, feature).toBe(true);
      }
    }
  });
});
