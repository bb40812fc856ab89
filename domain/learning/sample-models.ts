import type { Rng } from "../random.ts";
import { FEATURE_NAMES, FEATURE_SET_VERSION, FEATURES, type FeatureName } from "../scoring/features.ts";
import { type Calibration, calibrate } from "./calibration.ts";
import type { GbdtModel, Tree } from "./gbdt.ts";
import { MODEL_FORMAT_VERSION, type ModelFile, type ModelParameters, modelMargin } from "./model-file.ts";
import { signatureHash } from "./signature.ts";

/** A random tree for tests and benchmarks: `depth` splits on each path unless `stop` ends it before. */
export function sampleTree(rng: Rng, depth: number, columns: number, thresholdOf: (column: number) => number, stop = 0): Tree {
  const tree = {
    feature: [] as number[],
    threshold: [] as number[],
    missingLeft: [] as boolean[],
    left: [] as number[],
    right: [] as number[],
    value: [] as number[],
    cover: [] as number[],
  };
  const add = (left: number, cover: number): number => {
    const node = tree.feature.length;
    const isLeaf = left === 0 || (left < depth && rng.next() < stop);
    const column = rng.int(columns);
    tree.feature.push(isLeaf ? -1 : column);
    tree.threshold.push(isLeaf ? 0 : thresholdOf(column));
    tree.missingLeft.push(rng.next() < 0.5);
    tree.value.push(isLeaf ? rng.normal() / 10 : 0);
    tree.cover.push(cover);
    tree.left.push(-1);
    tree.right.push(-1);
    if (!isLeaf) {
      const share = 0.02 + 0.96 * rng.next();
      tree.left[node] = add(left - 1, cover * share);
      tree.right[node] = add(left - 1, cover * (1 - share));
    }
    return node;
  };
  add(depth, 1000);
  return tree;
}

/** A random forest over the present features, its thresholds where the curves have their knots. */
export function sampleForest(rng: Rng, trees: number, depth: number): GbdtModel {
  const thresholdOf = (column: number): number => {
    const { min, max } = FEATURES[FEATURE_NAMES[column] as FeatureName];
    // Ranges of many powers of ten are drawn by size.
    return max - min > 1_000 ? min + 10 ** (rng.next() * Math.log10(Math.min(max - min, 1e6))) : min + rng.next() * (max - min);
  };
  return { baseMargin: -0.5, trees: Array.from({ length: trees }, () => sampleTree(rng, depth, FEATURE_NAMES.length, thresholdOf)) };
}

/** A model file around trained or drawn parameters, for the present features. */
export function sampleModelFile(
  model: ModelParameters,
  calibration: Calibration = { kind: "platt", a: -1, b: 0 },
  changes: Partial<Pick<ModelFile, "name" | "version" | "featureSetVersion" | "features" | "baseline">> = {},
): ModelFile {
  const { featureSetVersion = FEATURE_SET_VERSION, features = FEATURE_NAMES, baseline = [] } = changes;
  const input = features.map(() => null);
  const row = new Float64Array(features.length).fill(Number.NaN);
  return {
    ...model,
    formatVersion: MODEL_FORMAT_VERSION,
    name: changes.name ?? "entry-win",
    version: changes.version ?? `${model.family}-sample`,
    featureSetVersion,
    features,
    signatureHash: signatureHash({ featureSetVersion, features }),
    calibration,
    training: {
      datasetHash: "",
      label: "",
      parameterVersion: "",
      fromMs: 0,
      toMs: 0,
      rowsTrain: 1,
      rowsValidation: 1,
      rowsHoldout: 1,
      positiveRate: 0.5,
      purged: 0,
      embargoMs: 0,
      seed: "",
      hyperparameters: {},
    },
    threshold: 0.5,
    baseline,
    example: { input, output: calibrate(calibration, modelMargin(model, row)) },
  };
}
