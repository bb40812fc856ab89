import { describe, expect, test } from "vitest";
import { createRng } from "../random.ts";
import { builtinParameters } from "../trading/parameters.ts";
import { askModels, probabilityOf, type ScoringModel } from "./champion.ts";
import { FEATURE_SET_VERSION } from "./features.ts";
import { sampleFeatures } from "./sample-scores.ts";
import { scoreToken } from "./score.ts";

const FEATURES = sampleFeatures(createRng(3));

function model(predict: () => unknown, featureSetVersion = FEATURE_SET_VERSION): ScoringModel {
  return { version: "m", featureSetVersion, predict: predict as () => number };
}

const HARMFUL: ReadonlyArray<readonly [string, ScoringModel, string]> = [
  ["NaN", model(() => Number.NaN), "MODEL_OUT_OF_RANGE"],
  ["infinity", model(() => Number.POSITIVE_INFINITY), "MODEL_OUT_OF_RANGE"],
  ["above one", model(() => 1 + Number.EPSILON), "MODEL_OUT_OF_RANGE"],
  ["below zero", model(() => -Number.MIN_VALUE), "MODEL_OUT_OF_RANGE"],
  ["no number", model(() => "0.5"), "MODEL_OUT_OF_RANGE"],
  ["nothing", model(() => undefined), "MODEL_OUT_OF_RANGE"],
  [
    "an exception",
    model(() => {
      throw new Error("tree");
    }),
    "MODEL_FAILED",
  ],
  ["another feature set", model(() => 0.9, "f0"), "MODEL_SIGNATURE_MISMATCH"],
];

describe("a model that", () => {
  test.each(HARMFUL)("answers with %s is not used, and named", (_, harmful, reason) => {
    expect(probabilityOf(harmful, FEATURES)).toMatchObject({ ok: false, reason });
    const answers = askModels(harmful, [harmful, model(() => 0.25)], FEATURES);
    expect(answers).toMatchObject({ probability: null, modelVersion: null, shadows: [{ version: "m", probability: 0.25 }] });
    expect(answers.failure).toMatchObject({ version: "m", reason });
  });

  test("answers with a probability is used", () => {
    expect(
      [0, 1, 0.5].map((p) =>
        probabilityOf(
          model(() => p),
          FEATURES,
        ),
      ),
    ).toEqual([0, 1, 0.5].map((p) => ({ ok: true, value: p })));
    expect(
      askModels(
        model(() => 0.5),
        [],
        FEATURES,
      ),
    ).toEqual({ probability: 0.5, modelVersion: "m", shadows: [], failure: null });
    expect(askModels(null, [], FEATURES)).toEqual({ probability: null, modelVersion: null, shadows: [], failure: null });
  });
});

describe("the score", () => {
  const parameters = builtinParameters("default");
  const plain = scoreToken({ features: FEATURES, findings: [], parameters, modelProbability: null });

  test.each([Number.NaN, -0.1, 1.1, Number.POSITIVE_INFINITY])("takes no probability of %d", (modelProbability) => {
    const scored = scoreToken({ features: FEATURES, findings: [], parameters: { ...parameters, modelWeight: 0.5 }, modelProbability });
    expect(scored).toEqual({ ...plain, missing: ["part:model (MODEL_OUT_OF_RANGE)", ...plain.missing] });
  });

  test.each([Number.NaN, -0.1, 1.1, 100])("takes no weight of %d", (modelWeight) => {
    const scored = scoreToken({ features: FEATURES, findings: [], parameters: { ...parameters, modelWeight }, modelProbability: 0.9 });
    expect(scored).toEqual({ ...plain, missing: ["part:model (PARAMETERS_INVALID)", ...plain.missing] });
  });
});
