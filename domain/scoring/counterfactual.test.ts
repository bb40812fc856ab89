import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../random.ts";
import { hard, soft } from "../safety/findings.ts";
import { builtinParameters } from "../trading/parameters.ts";
import type { Change } from "./assessment.ts";
import { probabilityOf } from "./champion.ts";
import { counterfactualOf } from "./counterfactual.ts";
import { FEATURE_NAMES, FEATURES, type FeatureName, type Features } from "./features.ts";
import { scoreResponses } from "./response.ts";
import { sampleFeatures, sampleScoreInputs } from "./sample-scores.ts";
import { type Score, type ScoreInputs, scoreToken } from "./score.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
type Inputs = ReturnType<typeof sampleScoreInputs>;

/** Scores the token with the changes made, from scratch. */
function rescore({ model, ...inputs }: Inputs, changes: readonly Change[]): Score {
  const features = { ...inputs.features } as Record<FeatureName, number | null>;
  for (const { name, to } of changes) if (to !== null) features[name as FeatureName] = to;
  const findings = inputs.findings.filter(({ code }) => !changes.some(({ name }) => name === `finding:${code}`));
  const said = model === null ? null : probabilityOf(model, features as Features);
  return scoreToken({ ...inputs, features: features as Features, findings, modelProbability: said?.ok ? said.value : null });
}

describe("counterfactual", () => {
  test("every alternative, scored anew, gives the other answer, by features that were known, within their ranges", () => {
    const kinds = { single: 0, pair: 0, few: 0, none: 0, finding: 0, bought: 0, model: 0 };
    fc.assert(
      fc.property(seeds, (seed) => {
        const inputs = sampleScoreInputs(createRng(seed));
        const scored = scoreToken(inputs);
        const { alternatives, vetoes, withoutVetoes, threshold } = counterfactualOf(inputs, scored, inputs.model);
        expect([vetoes, withoutVetoes, threshold]).toEqual([[], null, inputs.parameters.qualityThreshold]);
        for (const { changes, score, recommendation } of alternatives) {
          const again = rescore(inputs, changes);
          expect([again.score, again.recommendation]).toEqual([score, recommendation]);
          expect(recommendation === "BUY").toBe(scored.recommendation !== "BUY");
          for (const { name, from, to } of changes) {
            if (name.startsWith("finding:")) continue;
            const { min, max } = FEATURES[name as FeatureName];
            expect(from).toBe(inputs.features[name as FeatureName]);
            expect(to === null || (to >= min && to <= max && to !== from)).toBe(true);
          }
        }
        const first = alternatives[0];
        kinds[first === undefined ? "none" : first.changes.length === 1 ? "single" : first.changes.length === 2 ? "pair" : "few"]++;
        if (first?.changes.some(({ name }) => name.startsWith("finding:"))) kinds.finding++;
        if (scored.recommendation === "BUY" && first !== undefined) kinds.bought++;
        if (first !== undefined && scored.parts.model !== null && inputs.parameters.modelWeight > 0) kinds.model++;
      }),
      { numRuns: 600 },
    );
    // Each way was met.
    expect(
      Object.values(kinds).every((count) => count > 3),
      JSON.stringify(kinds),
    ).toBe(true);
  });

  test("no smaller change of that feature is enough", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const inputs = sampleScoreInputs(createRng(seed));
        const scored = scoreToken(inputs);
        for (const { changes } of counterfactualOf(inputs, scored, inputs.model).alternatives) {
          const [change] = changes;
          if (changes.length !== 1 || change?.from == null || change.to === null) continue;
          // Short of the rounding to three digits, and of the next whole number.
          const slack = Math.max(0.011 * Math.abs(change.to), Number.isInteger(change.to) ? 1 : 0);
          const span = change.to - change.from;
          for (let step = 0; step < 40; step++) {
            const to = change.from + (span * step) / 40;
            if (Math.abs(change.to - to) <= slack) break;
            const { recommendation } = rescore(inputs, [{ ...change, to }]);
            expect(recommendation === "BUY", `${change.name} ${change.from} -> ${to} of ${change.to}`).toBe(
              scored.recommendation === "BUY",
            );
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test("what one feature can do is found", () => {
    let found = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const inputs = sampleScoreInputs(createRng(seed));
        const scored = scoreToken(inputs);
        const { alternatives } = counterfactualOf(inputs, scored, inputs.model);
        const responses = scoreResponses({ ...inputs, model: inputs.parameters.modelWeight > 0 ? inputs.model : null });
        const able = responses.some(({ feature, from, range, isCounted }) => {
          if (isCounted) return false;
          const { min, max } = range();
          return Array.from({ length: 21 }, (_, i) => min + ((max - min) * i) / 20).some((to) => {
            const { recommendation } = rescore(inputs, [{ name: feature, from, to }]);
            return (recommendation === "BUY") !== (scored.recommendation === "BUY");
          });
        });
        if (!able) return;
        found++;
        expect(alternatives[0]?.changes.length).toBe(1);
      }),
      { numRuns: 150 },
    );
    expect(found).toBeGreaterThan(15);
  });

  test("a veto: its gates, and what the score alone would have said", () => {
    const parameters = { ...builtinParameters("default"), modelWeight: 0 };
    const features = sampleFeatures(createRng(5));
    const free = scoreToken({ features, findings: [], parameters, modelProbability: null }).score;
    const inputs = (qualityThreshold: number): ScoreInputs => ({
      features,
      findings: [hard("LP_NOT_BURNED"), soft("METADATA_MUTABLE"), hard("FREEZE_AUTHORITY_SET"), hard("LP_NOT_BURNED")],
      parameters: { ...parameters, qualityThreshold },
      modelProbability: null,
    });
    const bought = inputs(free - 4);
    expect(counterfactualOf(bought, scoreToken(bought), null)).toEqual({
      threshold: free - 4,
      vetoes: ["LP_NOT_BURNED", "FREEZE_AUTHORITY_SET"],
      withoutVetoes: { score: free - 3, recommendation: "BUY" },
      alternatives: [],
    });
    const watched = inputs(free - 1);
    const answer = counterfactualOf(watched, scoreToken(watched), null);
    expect(answer.withoutVetoes).toEqual({ score: free - 3, recommendation: "WATCH" });
    expect(answer.alternatives.length).toBeGreaterThan(0);
    for (const { changes, recommendation } of answer.alternatives) {
      expect(recommendation).toBe("BUY");
      const soften = { ...watched, findings: [soft("METADATA_MUTABLE")], model: null };
      expect(rescore(soften, changes).recommendation).toBe("BUY");
    }
  });

  test("of nothing known nothing is said", () => {
    const features = Object.fromEntries(FEATURE_NAMES.map((name) => [name, null])) as Features;
    const inputs = { features, findings: [], parameters: builtinParameters("default"), modelProbability: null };
    expect(counterfactualOf(inputs, scoreToken(inputs), null).alternatives).toEqual([]);
  });

  test("the same token, the same answer", () => {
    const [a, b] = [sampleScoreInputs(createRng(9)), sampleScoreInputs(createRng(9))];
    expect(counterfactualOf(a, scoreToken(a), a.model)).toEqual(counterfactualOf(b, scoreToken(b), b.model));
  });
});
