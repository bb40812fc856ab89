import { describe, expect, test } from "vitest";
import { createRng } from "../random.ts";
import type { FeatureVector } from "../scoring/assessment.ts";
import { hasBothClasses, type LabelledRow, partition } from "./dataset.ts";
import { baselineReferences, compare, judge, metricsOf } from "./evaluate.ts";
import { sigmoid } from "./matrix.ts";
import { type ModelFamily, type ModelFile, parseModelFile, predictProbability } from "./model-file.ts";
import { signatureHash } from "./signature.ts";
import { predictSlice, trainModel } from "./train.ts";
import { walkForward } from "./walk-forward.ts";

const FEATURES = ["momentum", "holders", "noise"] as const;

/** Candidates one minute apart; momentum decides, holders are sometimes unknown. `leak` adds the label as a feature. */
function candidates(count: number, seed: string, strength: number): LabelledRow[] {
  const rng = createRng(seed);
  return Array.from({ length: count }, (_, i) => {
    const momentum = rng.normal();
    const holders = rng.next() < 0.2 ? Number.NaN : rng.int(500);
    const win = rng.next() < sigmoid(strength * momentum - 0.8) ? 1 : 0;
    return {
      mint: `${seed}-${i}`,
      creator: i % 9 === 0 ? null : `creator-${seed}-${i}`,
      t0Ms: i * 60_000,
      t1Ms: i * 60_000 + 90_000,
      win,
      returnBps: win === 1 ? 1_500 : -1_100,
      score: 50 + 5 * rng.normal(),
      features: Float64Array.of(momentum, holders, rng.normal()),
    };
  });
}

function train(rows: readonly LabelledRow[], family: ModelFamily): ModelFile {
  const trained = trainModel(partition(rows, FEATURES.length), {
    name: "entry-win",
    family,
    featureSetVersion: "t1",
    features: FEATURES,
    datasetHash: "d".repeat(64),
    parameterVersion: "default-000000000000",
    seed: "seed",
  });
  if (!trained.ok) throw new Error(trained.detail);
  return trained.value;
}

const rows = candidates(900, "signal", 2);

describe.each(["logistic", "gbdt"] as const)("%s model", (family) => {
  const model = train(rows, family);

  test("is the same file for the same data, and another for other data", () => {
    expect(JSON.stringify(train(rows, family))).toBe(JSON.stringify(model));
    expect(train(candidates(900, "other", 2), family).version).not.toBe(model.version);
    expect(model.version).toMatch(new RegExp(`^${family}-[0-9a-f]{12}$`));
  });

  test("survives storage and predicts the same from a feature vector", () => {
    const parsed = parseModelFile(JSON.stringify(model));
    if (!parsed.ok) throw new Error(parsed.detail);
    const parts = partition(rows, FEATURES.length);
    const probabilities = predictSlice(model, parts.holdout);
    parts.holdout.rows.forEach((row, i) => {
      const [momentum = 0, holders = 0, noise = 0] = row.features;
      const vector: FeatureVector = { noise, momentum, holders: Number.isNaN(holders) ? null : holders, unknownToTheModel: 5 };
      expect(predictProbability(parsed.value, vector)).toBe(probabilities[i]);
    });
    expect(predictProbability(parsed.value, {})).toBeGreaterThan(0);
  });

  test("beats the baselines on later data, and its figures say so", () => {
    const parts = partition(rows, FEATURES.length);
    const probabilities = predictSlice(model, parts.holdout);
    const metrics = metricsOf(parts.holdout, probabilities, model.threshold);
    expect(metrics.auc).toBeGreaterThan(0.75);
    expect(metrics.ece).toBeLessThan(0.15);
    expect(metrics.selectedReturnBps ?? 0).toBeGreaterThan(metrics.meanReturnBps);
    const [constant] = baselineReferences(parts);
    expect(judge(compare(parts.holdout, probabilities, constant === undefined ? [] : [constant], "s"))).toEqual({ ok: true, value: true });
  });

  test("shuffled labels promote nothing", () => {
    const rng = createRng("shuffle");
    const shuffled = rows.map((row) => ({ ...row, win: (rng.next() < 0.35 ? 1 : 0) as 0 | 1 }));
    const parts = partition(shuffled, FEATURES.length);
    const probabilities = predictSlice(train(shuffled, family), parts.holdout);
    expect(Math.abs((metricsOf(parts.holdout, probabilities, 0.5).auc ?? 0) - 0.5)).toBeLessThan(0.1);
    expect(judge(compare(parts.holdout, probabilities, baselineReferences(parts), "s"))).toMatchObject({ reason: "MODEL_NOT_BETTER" });
  });
});

test("walk-forward folds are trained on the past alone", () => {
  const request = { name: "m", featureSetVersion: "t1", features: FEATURES, datasetHash: "", parameterVersion: "", seed: "s" } as const;
  const folds = walkForward(rows, FEATURES.length, { ...request, family: "logistic" });
  expect(folds.map(({ rowsTest }) => rowsTest)).toEqual([225, 225, 225]);
  folds.forEach(({ auc, rowsTrain }, fold) => {
    expect(auc).toBeGreaterThan(0.75);
    // Labels of the last minutes before a fold, and before its validation part, are purged.
    expect(rowsTrain).toBeGreaterThan(225 * (fold + 1) - 8);
    expect(rowsTrain).toBeLessThan(225 * (fold + 1));
  });
  const future = rows.map((row, i) => (i >= 450 ? { ...row, win: (1 - row.win) as 0 | 1 } : row));
  expect(walkForward(future, FEATURES.length, { ...request, family: "logistic" })[0]).toEqual(folds[0]);
});

test("a model does not beat itself", () => {
  const parts = partition(rows, FEATURES.length);
  const probabilities = predictSlice(train(rows, "logistic"), parts.holdout);
  const verdict = judge(compare(parts.holdout, probabilities, [{ name: "champion", probabilities }], "s"));
  expect(verdict).toMatchObject({ ok: false, reason: "MODEL_NOT_BETTER" });
});

test("one class in any part of the time is refused, not fitted", () => {
  const late = rows.map((row) => (row.t0Ms > 500 * 60_000 ? { ...row, win: 0 as const } : row));
  const parts = partition(late, FEATURES.length);
  expect(hasBothClasses(parts.holdout)).toBe(false);
  const request = {
    name: "entry-win",
    family: "gbdt",
    featureSetVersion: "t1",
    features: FEATURES,
    datasetHash: "",
    parameterVersion: "",
    seed: "",
  } as const;
  expect(trainModel(parts, request)).toMatchObject({ ok: false, reason: "MODEL_ONE_CLASS" });
});

test("a planted leak is plain in the metrics, and the holdout is later than every training label", () => {
  const leaky = rows.map((row) => ({ ...row, features: Float64Array.of(row.win, ...row.features.slice(1)) }));
  const parts = partition(leaky, FEATURES.length);
  const auc = metricsOf(parts.holdout, predictSlice(train(leaky, "gbdt"), parts.holdout), 0.5).auc ?? 0;
  expect(auc).toBeGreaterThan(0.99);
  const known = [...parts.train.rows, ...parts.validation.rows].map((row) => row.t1Ms);
  expect(Math.max(...known)).toBeLessThan(Math.min(...parts.holdout.rows.map((row) => row.t0Ms)));
});

describe("model files from outside", () => {
  const model = train(rows, "gbdt");
  const tampered = (change: (copy: ModelFile & { parameters: { trees: Array<Record<string, number[]>> } }) => void): string => {
    const copy = structuredClone(model) as ModelFile & { parameters: { trees: Array<Record<string, number[]>> } };
    change(copy);
    return JSON.stringify(copy);
  };
  test.each([
    ["not JSON", "{"],
    ["another thing", "[]"],
    ["too large", `"${"x".repeat(1024 * 1024)}"`],
    [
      "a loop in a tree",
      tampered((copy) => Object.assign(copy.parameters.trees[0] ?? {}, { left: (copy.parameters.trees[0]?.["left"] ?? []).map(() => 0) })),
    ],
    [
      "a feature that is not there",
      tampered((copy) =>
        Object.assign(copy.parameters.trees[0] ?? {}, {
          feature: (copy.parameters.trees[0]?.["feature"] ?? []).map((f) => (f < 0 ? f : 3)),
        }),
      ),
    ],
    [
      "a changed leaf",
      tampered((copy) =>
        Object.assign(copy.parameters.trees[0] ?? {}, { value: (copy.parameters.trees[0]?.["value"] ?? []).map((v) => v + 1) }),
      ),
    ],
    ["renamed features", tampered((copy) => Object.assign(copy, { features: ["momentum", "holders", "other"] }))],
    [
      "features in another order, hash and all",
      tampered((copy) => {
        const features = ["noise", "holders", "momentum"];
        Object.assign(copy, {
          features: features.slice(1),
          signatureHash: signatureHash({ featureSetVersion: "t1", features: features.slice(1) }),
        });
      }),
    ],
    ["an infinite number", JSON.stringify(model).replace('"baseMargin":', '"baseMargin":1e999,"x":')],
  ])("%s", (_, text) => {
    expect(parseModelFile(text)).toMatchObject({ ok: false, reason: "MODEL_UNAVAILABLE" });
  });
});
