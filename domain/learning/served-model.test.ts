import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../random.ts";
import { FEATURE_NAMES } from "../scoring/features.ts";
import { sampleFeatures, sampleModel } from "../scoring/sample-scores.ts";
import { logisticMargin, logisticShap, trainLogistic } from "./logistic.ts";
import { matrixFromRows } from "./matrix.ts";
import { checkModelFile, type ModelFile } from "./model-file.ts";
import { sampleForest, sampleModelFile } from "./sample-models.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

describe("served model", () => {
  test("an attribution adds up to the margin and is of the probability that is predicted", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = createRng(seed);
        const model = sampleModel(rng);
        const features = sampleFeatures(rng, 0.3);
        const { baseMargin, margin, probability, shap } = model.attribute(features);
        expect(baseMargin + shap.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(margin, 9);
        expect(probability).toBe(model.predict(features));
      }),
      { numRuns: 100 },
    );
  });

  test("what one feature does is what predicting anew says, at breaks and beside them, within its bounds", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = createRng(seed);
        const model = sampleModel(rng);
        const features = sampleFeatures(rng, 0.2);
        const variation = model.vary?.(features);
        for (const name of FEATURE_NAMES) {
          if (features[name] === null) continue;
          const response = variation?.of(name) ?? null;
          const breaks = response === null ? [] : Array.from(response.breaks).slice(0, 4);
          for (const value of [0, 1, 50, ...breaks, ...breaks.map((at) => at + Math.abs(at) * 1e-12)]) {
            const predicted = model.predict({ ...features, [name]: value });
            expect(response === null ? model.predict(features) : response.at(value)).toBeCloseTo(predicted, 6);
            if (response === null) continue;
            expect(predicted).toBeGreaterThanOrEqual(response.least - 1e-9);
            expect(predicted).toBeLessThanOrEqual(response.most + 1e-9);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});

test("linear SHAP: over the training rows each column's values have the mean 0, and add up to the margin", () => {
  const rng = createRng("linear");
  const rows = Array.from({ length: 400 }, () =>
    Float64Array.from({ length: 5 }, (_, c) => (rng.next() < 0.1 * c ? Number.NaN : rng.normal() + c)),
  );
  const labels = Uint8Array.from(rows, (row) => Number((row[0] ?? 0) + rng.normal() > (Number.isNaN(row[4]) ? 0.5 : -0.5)));
  const model = trainLogistic(matrixFromRows(rows, 5), labels, { l2: 1 });
  const missingShares = Array.from({ length: 5 }, (_, c) => rows.filter((row) => Number.isNaN(row[c])).length / rows.length);
  const sums = new Float64Array(5);
  for (const row of rows) {
    const { base, values } = logisticShap(model, row, missingShares);
    expect(base + values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(logisticMargin(model, row), 9);
    for (let c = 0; c < 5; c++) sums[c] = (sums[c] ?? 0) + (values[c] ?? 0);
  }
  expect(Array.from(sums)).toEqual(Array.from({ length: 5 }, () => expect.closeTo(0, 6)));
});

test("a vector with one value changed after another: the probability is what predicting anew says, and so is what each feature does", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const rng = createRng(seed);
      const model = sampleModel(rng);
      const features = { ...sampleFeatures(rng, 0.2) };
      const names = FEATURE_NAMES.filter((name) => features[name] !== null);
      let variation = model.vary?.(features);
      expect(variation?.probability).toBe(model.predict(features));
      for (let change = 0; change < 3; change++) {
        const name = names[rng.int(names.length)] ?? "liquidityUsd";
        const value = rng.int(100);
        features[name] = value;
        variation = variation?.with(name, value);
        expect(variation?.probability).toBe(model.predict(features));
        const [of, ofAnew] = [variation?.of(name), model.vary?.(features).of(name)];
        for (const at of [0, 1, 50, value]) expect(of?.at(at)).toBe(ofAnew?.at(at));
      }
      expect(variation?.of("no such feature")).toBe(null);
      expect(variation?.with("no such feature", 1).probability).toBe(model.predict(features));
    }),
    { numRuns: 100 },
  );
});

describe("a model file whose trees are none", () => {
  const sound = sampleModelFile({ family: "gbdt", parameters: sampleForest(createRng(1), 1, 3) });
  const [tree] = sound.family === "gbdt" ? sound.parameters.trees : [];
  if (tree === undefined) throw new Error("no tree");
  const withTree = (change: object): unknown =>
    ({ ...sound, parameters: { baseMargin: 0, trees: [{ ...tree, ...change }] } }) satisfies object as ModelFile;

  test("is refused: shared, unreachable and earlier children, cover below zero, too deep, not finite", () => {
    expect(checkModelFile(withTree({}))).toMatchObject({ detail: "example is not reproduced" });
    const chain = (depth: number) => ({
      feature: Array.from({ length: 2 * depth + 1 }, (_, i) => (i % 2 === 0 && i < 2 * depth ? 0 : -1)),
      threshold: new Array<number>(2 * depth + 1).fill(0),
      missingLeft: new Array<boolean>(2 * depth + 1).fill(false),
      left: Array.from({ length: 2 * depth + 1 }, (_, i) => i + 1),
      right: Array.from({ length: 2 * depth + 1 }, (_, i) => i + 2),
      value: new Array<number>(2 * depth + 1).fill(0),
      cover: new Array<number>(2 * depth + 1).fill(1),
    });
    expect(checkModelFile(withTree(chain(64)))).toMatchObject({ detail: "example is not reproduced" });
    for (const change of [
      { right: tree.left },
      { left: tree.left.map((_, i) => i), right: tree.right.map((_, i) => i) },
      { cover: tree.cover.map((cover) => -cover) },
      { feature: tree.feature.map(() => -1) },
      chain(65),
      { threshold: tree.threshold.map(() => Number.POSITIVE_INFINITY) },
    ]) {
      const refused = checkModelFile(withTree(change));
      expect(refused).toMatchObject({ ok: false, reason: "MODEL_UNAVAILABLE" });
      expect(refused).not.toMatchObject({ detail: "example is not reproduced" });
    }
  });
});
