import type { Attribution, FeatureResponse, ScoringModel, Variation } from "../scoring/champion.ts";
import { type Calibration, calibrate } from "./calibration.ts";
import { compileForest, type Forest, forestMargin } from "./forest.ts";
import { changePaths, forestPaths, forestSteps, type RowPaths } from "./forest-steps.ts";
import { type LogisticModel, logisticMargin, logisticShap } from "./logistic.ts";
import { type ModelFile, orderedRow } from "./model-file.ts";
import { treeShap } from "./tree-shap.ts";

/** Isotonic knots that the answer to one feature is bent at; a curve with more is thinned. */
const MAX_KNOTS = 64;
/** Half the step, in log-odds, over which the calibration's slope at the base is taken. */
const SLOPE_STEP = 1e-4;

/** A verified model file, compiled for prediction and explanation. */
export interface ServedModel extends ScoringModel {
  readonly name: string;
  readonly family: ModelFile["family"];
  /** Columns, in the order that rows are fed. */
  readonly features: readonly string[];
  /** Calibrated probability of an ordered row; NaN is missing. */
  predictRow(row: ArrayLike<number>): number;
  attribute(features: Parameters<ScoringModel["predict"]>[0]): Attribution;
  /** Of an ordered row. */
  attributeRow(row: ArrayLike<number>): Attribution;
}

/** A margin that can be computed, explained and varied. */
interface Engine {
  margin(row: ArrayLike<number>): number;
  shap(row: ArrayLike<number>): { readonly base: number; readonly values: Float64Array };
  vary(row: Float64Array): RowVariation;
}

/** As `Variation`, by columns. */
interface RowVariation {
  readonly probability: number;
  of(column: number): FeatureResponse | null;
  with(column: number, value: number): RowVariation;
}

/** Compiles a model file that `parseModelFile` accepted. */
export function serveModel(file: ModelFile): ServedModel {
  const { name, version, family, featureSetVersion, features, calibration } = file;
  const missingShares = features.map((feature) => file.baseline.find((one) => one.name === feature)?.missingShare ?? 0);
  const engine =
    file.family === "gbdt"
      ? forestEngine(compileForest(file.parameters), features.length, calibration)
      : logisticEngine(file.parameters, missingShares, rangesOf(file), calibration);
  const indices = new Map(features.map((feature, i) => [feature, i]));
  const predictRow = (row: ArrayLike<number>): number => calibrate(calibration, engine.margin(row));
  const attributeRow = (row: ArrayLike<number>): Attribution => {
    const { base, values } = engine.shap(row);
    const margin = engine.margin(row);
    const at = (x: number): number => calibrate(calibration, x);
    return {
      baseMargin: base,
      baseProbability: at(base),
      margin,
      probability: at(margin),
      shap: features.map((feature, i) => ({ name: feature, value: values[i] ?? 0 })),
      slope: (at(base + SLOPE_STEP) - at(base - SLOPE_STEP)) / (2 * SLOPE_STEP),
    };
  };
  return {
    name,
    version,
    family,
    featureSetVersion,
    features,
    predictRow,
    predict: (vector) => predictRow(orderedRow(features, vector)),
    attributeRow,
    attribute: (vector) => attributeRow(orderedRow(features, vector)),
    vary: (vector) => nameColumns(engine.vary(orderedRow(features, vector)), indices),
  };
}

function nameColumns(row: RowVariation, indices: ReadonlyMap<string, number>): Variation {
  const variation: Variation = {
    probability: row.probability,
    of(feature) {
      const column = indices.get(feature);
      return column === undefined ? null : row.of(column);
    },
    with(feature, value) {
      const column = indices.get(feature);
      return column === undefined ? variation : nameColumns(row.with(column, value), indices);
    },
  };
  return variation;
}

function forestEngine(forest: Forest, columns: number, calibration: Calibration): Engine {
  return {
    margin: (row) => forestMargin(forest, row),
    shap: (row) => treeShap(forest, row, columns),
    vary: (row) => varyForest(forest, forestPaths(forest, row), calibration),
  };
}

function varyForest(forest: Forest, paths: RowPaths, calibration: Calibration): RowVariation {
  return {
    probability: calibrate(calibration, paths.margin),
    of(column) {
      const { breaks, margins } = forestSteps(forest, paths, column);
      if (breaks.length === 0) return null;
      let least = 1;
      let most = 0;
      const probabilities = margins.slice();
      for (let i = 0; i < margins.length; i++) {
        const probability = calibrate(calibration, margins[i] as number);
        probabilities[i] = probability;
        least = Math.min(least, probability);
        most = Math.max(most, probability);
      }
      const at = (value: number): number => probabilities[countBelow(breaks, value)] as number;
      return { breaks, least, most, range: null, isStepped: true, at };
    },
    with: (column, value) => varyForest(forest, changePaths(forest, paths, column, value), calibration),
  };
}

function logisticEngine(
  model: LogisticModel,
  missingShares: readonly number[],
  ranges: ReadonlyArray<FeatureResponse["range"]>,
  calibration: Calibration,
): Engine {
  return {
    margin: (row) => logisticMargin(model, row),
    shap: (row) => logisticShap(model, row, missingShares),
    vary: (row) => varyLogistic(model, row, ranges, calibration),
  };
}

function varyLogistic(
  model: LogisticModel,
  row: Float64Array,
  ranges: ReadonlyArray<FeatureResponse["range"]>,
  calibration: Calibration,
): RowVariation {
  return {
    probability: calibrate(calibration, logisticMargin(model, row)),
    of(column) {
      const coefficient = model.coefficients[column] as number;
      const scale = model.scales[column] as number;
      const mean = model.means[column] as number;
      const slope = coefficient / scale;
      if (slope === 0 || !Number.isFinite(slope)) return null;
      const rest = logisticMargin(model, withValue(row, column, mean));
      const knots = calibration.kind === "isotonic" ? thin(calibration.x) : [];
      return {
        breaks: knots.map((margin) => mean + (margin - rest) / slope).sort((a, b) => a - b),
        least: 0,
        most: 1,
        range: ranges[column] ?? null,
        isStepped: false,
        at: (value) => calibrate(calibration, rest + (coefficient * (value - mean)) / scale),
      };
    },
    with: (column, value) => varyLogistic(model, withValue(row, column, value), ranges, calibration),
  };
}

function withValue(row: Float64Array, column: number, value: number): Float64Array {
  const changed = row.slice();
  changed[column] = value;
  return changed;
}

/** From the first to the last decile of the training rows. */
function rangesOf({ features, baseline }: ModelFile): ReadonlyArray<FeatureResponse["range"]> {
  return features.map((feature) => {
    const edges = baseline.find(({ name }) => name === feature)?.edges ?? [];
    const [min, max] = [edges[0], edges.at(-1)];
    return min === undefined || max === undefined || !(max > min) ? null : { min, max };
  });
}

function thin(knots: readonly number[]): readonly number[] {
  if (knots.length <= MAX_KNOTS) return knots;
  return Array.from({ length: MAX_KNOTS }, (_, i) => knots[Math.round((i * (knots.length - 1)) / (MAX_KNOTS - 1))] as number);
}

/** How many of the ascending `breaks` lie below `value`. */
function countBelow(breaks: Float64Array, value: number): number {
  let low = 0;
  let high = breaks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((breaks[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
