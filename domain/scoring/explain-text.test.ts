import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../random.ts";
import { hard } from "../safety/findings.ts";
import { builtinParameters } from "../trading/parameters.ts";
import { explainScore } from "./explain.ts";
import { type Explainable, explainText, shadowText } from "./explain-text.ts";
import { featureLabel, featureValue } from "./feature-text.ts";
import { buildFeatures, FEATURE_NAMES } from "./features.ts";
import { SAMPLE_OBSERVATIONS } from "./sample-observations.ts";
import { sampleScoreInputs } from "./sample-scores.ts";
import { type ScoreInputs, scoreToken } from "./score.ts";

function explainable(inputs: ReturnType<typeof sampleScoreInputs>): Explainable {
  const scored = scoreToken(inputs);
  const { contributions, counterfactual } = explainScore(inputs, scored, inputs.model);
  const modelVersion = scored.parts.model === null ? null : (inputs.model?.version ?? null);
  return { ...scored, features: inputs.features, contributions, explanation: { counterfactual, shadows: [] }, modelVersion };
}

const SAMPLE: ScoreInputs = {
  features: buildFeatures(SAMPLE_OBSERVATIONS),
  findings: [],
  parameters: builtinParameters("default"),
  modelProbability: null,
};

function text(changes: Partial<ScoreInputs>): string {
  return explainText(explainable({ ...SAMPLE, ...changes, model: null })).join("\n");
}

describe("explainText", () => {
  test("a buy: the score, what spoke for and against it with figures and units", () => {
    const said = text({});
    expect(said).toMatch(/^Buy: score \d\d\.\d of 100, 60 or more buys\.\n/);
    expect(said).toMatch(/\nFor it: .+ \(.+\) \+\d/);
    expect(said).toMatch(/\nAgainst it: .+ \(.+\) -\d/);
    expect(said).toContain("not have been bought with");
  });

  test("a watch: what would have been needed, by how much", () => {
    const { score } = scoreToken(SAMPLE);
    const said = text({ parameters: { ...SAMPLE.parameters, qualityThreshold: score + 1 } });
    expect(said).toMatch(/^Watch, do not buy: /);
    expect(said).toMatch(/It would have been bought with .+ at .+ instead of .+\.$/);
  });

  test("a score just below the threshold is not shown as the threshold", () => {
    const { score } = scoreToken(SAMPLE);
    const qualityThreshold = Math.ceil(score * 10) / 10;
    const shown = text({ parameters: { ...SAMPLE.parameters, qualityThreshold } }).match(/score ([\d.]+)/)?.[1];
    expect(Number(shown)).toBeLessThan(qualityThreshold);
  });

  test("a veto: the gates, and what the score alone would have said", () => {
    const bought = text({ findings: [hard("FREEZE_AUTHORITY_SET")] });
    expect(bought).toMatch(/^Decline, whatever the score: Holders can be frozen\.\n/);
    expect(bought).toMatch(/Without this it would have scored \d\d\.\d and been bought\.$/);
    const declined = text({ findings: [hard("LP_NOT_BURNED")], parameters: { ...SAMPLE.parameters, qualityThreshold: 95 } });
    expect(declined).toMatch(/Without this it would have scored \d\d\.\d, not enough either/);
  });

  test("what is missing is said, and a model that was refused", () => {
    const silent = buildFeatures({ ...SAMPLE_OBSERVATIONS, social: null });
    expect(text({ features: silent })).toContain(
      "Too little is known of the mood of posts and attention on social media, which counts as neutral.",
    );
    expect(text({ modelProbability: Number.NaN })).toContain("The model was not used, the rules judged alone: The model's answer is no");
  });

  test("a token that was never scored gets its reasons", () => {
    const never: Explainable = {
      recommendation: "DECLINE",
      score: null,
      parts: null,
      reasons: [{ code: "RPC_UNAVAILABLE", detail: "late" }],
      features: null,
      contributions: [],
      explanation: null,
      missing: [],
      modelVersion: null,
    };
    expect(explainText(never)).toEqual([expect.stringMatching(/^Decline: .+: late\.$/)]);
  });

  test("is short and whole for any token, and says no NaN", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (seed) => {
        for (const sentence of explainText(explainable(sampleScoreInputs(createRng(seed))))) {
          expect(sentence).toMatch(/^[A-Z].*\.$/);
          expect(sentence).not.toMatch(/NaN|undefined|null|Infinity|model:|finding:/);
          expect(sentence.length).toBeLessThan(700);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("features in words", () => {
  test("every feature has a name of its own", () => {
    const labels = FEATURE_NAMES.map(featureLabel);
    expect(new Set(labels).size).toBe(labels.length);
    expect(featureLabel("someNewShare2")).toBe("some new share 2");
  });

  test.each([
    ["liquidityUsd", 20_711.6, "$20,700", "$20,700"],
    ["top10Share", 0.31249, "31.2 % of the supply", "31.2 %"],
    ["sampledBuyShare", 0.75, "75 %", "75 %"],
    ["priceChangeSinceOpen", 0.0388, "+3.88 %", "+3.88 %"],
    ["priceChangeSinceOpen", -0.5, "-50 %", "-50 %"],
    ["curveDurationS", 90, "90 s", "90 s"],
    ["curveDurationS", 900, "15 min", "15 min"],
    ["tokenAgeS", 86_400, "24 h", "24 h"],
    ["isMayhem", 1, "on", "on"],
    ["reachLog10", 3.5, "3,160 followers", "3,160 followers"],
    ["poolTradesPerMinute", 54, "54 a minute", "54 a minute"],
    ["sentimentWeighted", 0.514, "0.514 of -1 to 1", "0.514"],
    ["curveTrades", 420, "420", "420"],
    ["curveTrades", 1e-9, "0.000000001", "0.000000001"],
    ["unknownFeature", 1234.5, "1,230", "1,230"],
  ])("%s %d: %s", (name, value, full, short) => {
    expect([featureValue(name, value), featureValue(name, value, "short")]).toEqual([full, short]);
  });
});

describe("shadowText", () => {
  test("names each model with its chance, and is silent when none was asked", () => {
    const shadows = [
      { version: "a-1", probability: 0.214 },
      { version: "b-2", probability: 0 },
    ];
    expect(shadowText({ explanation: { counterfactual: null, shadows } })).toBe(
      "Models that do not count gave it a chance of 21.4 % (a-1) and 0 % (b-2).",
    );
    expect(shadowText({ explanation: { counterfactual: null, shadows: [] } })).toBeNull();
    expect(shadowText({ explanation: null })).toBeNull();
  });
});
