import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../random.ts";
import { hard } from "../safety/findings.ts";
import type { Contribution } from "./assessment.ts";
import type { Attribution } from "./champion.ts";
import { explainScore, MAX_MODEL_CONTRIBUTIONS, shareModelPoints } from "./explain.ts";
import { sampleScoreInputs } from "./sample-scores.ts";
import { scoreToken } from "./score.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

function total(list: readonly Contribution[]): number {
  return list.reduce((sum, { points }) => sum + points, 0);
}

describe("contributions", () => {
  test("add up to score - neutral with any model, weight and finding; few entries are the model's", () => {
    let split = 0;
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, isVetoed) => {
        const drawn = sampleScoreInputs(createRng(seed));
        const inputs = isVetoed ? { ...drawn, findings: [...drawn.findings, hard("LP_NOT_BURNED")] } : drawn;
        const scored = scoreToken(inputs);
        const { contributions } = explainScore(inputs, scored, inputs.model);
        expect(inputs.parameters.missingPartScore + total(contributions)).toBeCloseTo(scored.score, 9);
        const model = contributions.filter(({ name }) => name.startsWith("model:"));
        expect(model.length).toBeLessThanOrEqual(MAX_MODEL_CONTRIBUTIONS + 2);
        if (model.length > 0) split++;
        const rules = (list: readonly Contribution[]) => list.filter(({ name }) => !name.startsWith("model"));
        expect(rules(contributions)).toEqual(rules(scored.contributions));
      }),
      { numRuns: 200 },
    );
    expect(split).toBeGreaterThan(30);
  });

  const attribution: Attribution = {
    baseMargin: -1,
    baseProbability: 0.25,
    margin: 1,
    probability: 0.75,
    shap: [
      { name: "a", value: 3 },
      { name: "b", value: -1 },
      { name: "c", value: 0 },
    ],
    slope: 0.2,
  };

  test("the base gets its own points, the features the rest, as their SHAP values are", () => {
    // 0.5 of probability over 2 of margin: 25 points a unit, at a weight of a fifth 5.
    expect(shareModelPoints(attribution, 0.75, 0.2, 50)).toEqual([
      { name: "model:a", points: 15 },
      { name: "model:b", points: -5 },
      { name: "model:base", points: -5 },
    ]);
  });

  test("where row and base have one margin, the slope there shares", () => {
    const shap = [
      { name: "a", value: 1 },
      { name: "b", value: -1 },
    ];
    const even = { ...attribution, margin: -1, probability: 0.25, shap };
    expect(shareModelPoints(even, 0.25, 0.5, 50)).toEqual([
      { name: "model:a", points: 10 },
      { name: "model:b", points: -10 },
      { name: "model:base", points: -12.5 },
    ]);
  });

  test("one entry stays where the shares mean nothing, or are of another answer", () => {
    const cliff = { ...attribution, margin: -1 + 1e-3 };
    expect(shareModelPoints(cliff, 0.75, 0.2, 50)).toBeNull();
    expect(shareModelPoints(attribution, 0.7, 0.2, 50)).toBeNull();
    expect(shareModelPoints({ ...attribution, shap: [{ name: "a", value: Number.NaN }] }, 0.75, 0.2, 50)).toBeNull();
  });

  test("a model that fails to explain itself counts as one entry, and stops nothing", () => {
    const drawn = sampleScoreInputs(createRng(1));
    const inputs = { ...drawn, modelProbability: 0.9, parameters: { ...drawn.parameters, modelWeight: 0.5 } };
    const scored = scoreToken(inputs);
    const fail = (): never => {
      throw new Error("no");
    };
    const broken = { version: "x", featureSetVersion: "f", predict: fail, attribute: fail, vary: fail };
    expect(explainScore(inputs, scored, broken)).toEqual({ contributions: scored.contributions, counterfactual: null });
    const plain = { version: "x", featureSetVersion: "f", predict: () => 0.9 };
    expect(explainScore(inputs, scored, plain).contributions).toEqual(scored.contributions);
  });
});
