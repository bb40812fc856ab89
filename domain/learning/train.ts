import { ok, type Result, refuse } from "../result.ts";
import { logLoss, quantileSorted } from "../statistics/metrics.ts";
import type { UnixMs } from "../units.ts";
import { type Calibration, calibrate, fitIsotonic, fitPlatt } from "./calibration.ts";
import { completedSlice, completionOf, EMBARGO_MS, hasBothClasses, type Partition, type Slice, type TrainingRows } from "./dataset.ts";
import { GBDT_DEFAULTS, trainGbdt } from "./gbdt.ts";
import { LABEL_DEFINITION } from "./label.ts";
import { trainLogistic } from "./logistic.ts";
import { column, sigmoid } from "./matrix.ts";
import {
  type DriftBaseline,
  MODEL_FORMAT_VERSION,
  type ModelFamily,
  type ModelFile,
  type ModelParameters,
  modelMargin,
} from "./model-file.ts";
import { sha256Hex, signatureHash } from "./signature.ts";

export interface TrainingRequest {
  readonly name: string;
  readonly family: ModelFamily;
  readonly featureSetVersion: string;
  readonly features: readonly string[];
  readonly datasetHash: string;
  readonly parameterVersion: string;
  readonly seed: string;
  /** What is fitted on; `served` unless told. */
  readonly rows?: TrainingRows;
}

/** Strengths of the L2 penalty that the validation rows choose from. */
const LOGISTIC_L2 = [1, 10, 100] as const;
const GBDT_ROUNDS = 300;
const GBDT_PATIENCE = 20;
/** Fewer rows cannot carry the steps of an isotonic curve (scikit-learn's advice: about 1,000). */
const ISOTONIC_MIN_ROWS = 1_000;
const DRIFT_BINS = 10;

/**
 * Trains one family, calibrates it and packs the model file. A function of its arguments: the same
 * rows, settings and seed give the same file, byte for byte. Only fitting may see completed rows: settings, calibration,
 * threshold, drift baseline and example are of served ones, as serving is. Refuses with MODEL_ONE_CLASS when a part of
 * the time lacks wins or losses.
 */
export function trainModel(parts: Partition, request: TrainingRequest): Result<ModelFile, "MODEL_ONE_CLASS"> {
  const { train, validation, holdout } = parts;
  for (const [name, part] of Object.entries({ train, validation, holdout })) {
    if (!hasBothClasses(part)) return refuse("MODEL_ONE_CLASS", `${name}: ${part.rows.length} rows`);
  }
  const isCompleted = request.rows === "completed";
  const { fitted, hyperparameters } = fitFamily(isCompleted ? completedSlice(train) : train, validation, request);
  const margins = marginsOf(fitted, validation);
  const calibration: Calibration =
    validation.rows.length < ISOTONIC_MIN_ROWS ? fitPlatt(margins, validation.labels) : fitIsotonic(margins, validation.labels);
  const exampleRow = rowOf(train, 0);
  const { featureSetVersion, features, datasetHash, parameterVersion, seed } = request;
  const times = [...train.rows, ...validation.rows].map((row) => row.t0Ms);
  const content: Omit<ModelFile, "version" | keyof ModelParameters> & ModelParameters = {
    ...fitted,
    formatVersion: MODEL_FORMAT_VERSION,
    name: request.name,
    featureSetVersion,
    features,
    signatureHash: signatureHash({ featureSetVersion, features }),
    calibration,
    training: {
      datasetHash,
      label: LABEL_DEFINITION,
      parameterVersion,
      fromMs: least(times),
      toMs: greatest(times),
      rowsTrain: train.rows.length,
      rowsValidation: validation.rows.length,
      rowsHoldout: holdout.rows.length,
      positiveRate: train.labels.reduce((sum, label) => sum + label, 0) / train.rows.length,
      purged: parts.purged,
      embargoMs: EMBARGO_MS,
      seed,
      ...(isCompleted ? { completed: completionOf(train) } : {}),
      hyperparameters,
    },
    threshold: bestThreshold(
      validation,
      Array.from(margins, (margin) => calibrate(calibration, margin)),
    ),
    baseline: features.map((name, c) => driftBaseline(name, column(train.matrix, c))),
    example: {
      input: Array.from(exampleRow, (value) => (Number.isNaN(value) ? null : value)),
      output: calibrate(calibration, modelMargin(fitted, exampleRow)),
    },
  };
  const version = `${request.family}-${sha256Hex(JSON.stringify(content)).slice(0, 12)}`;
  return ok({ ...content, version } as ModelFile);
}

/** Calibrated probabilities of every row of a slice. */
export function predictSlice(model: ModelParameters & Pick<ModelFile, "calibration">, part: Slice): Float64Array {
  return marginsOf(model, part).map((margin) => calibrate(model.calibration, margin));
}

function fitFamily(
  train: Slice,
  validation: Slice,
  { family, seed }: TrainingRequest,
): { fitted: ModelParameters; hyperparameters: Record<string, number> } {
  if (family === "gbdt") {
    // Fewer rows, larger leaves relative to them: a leaf of one or two rows is a memory, not a rule.
    const minChildRows = Math.max(5, Math.min(GBDT_DEFAULTS.minChildRows, Math.floor(train.rows.length / 20)));
    const settings = { ...GBDT_DEFAULTS, rounds: GBDT_ROUNDS, minChildRows };
    const early = { matrix: validation.matrix, labels: validation.labels, patience: GBDT_PATIENCE };
    const parameters = trainGbdt(train.matrix, train.labels, { ...settings, seed, validation: early });
    return { fitted: { family, parameters }, hyperparameters: { ...settings, trees: parameters.trees.length } };
  }
  const tried = LOGISTIC_L2.map((l2) => {
    const fitted = { family, parameters: trainLogistic(train.matrix, train.labels, { l2 }) } as const;
    const probabilities = marginsOf(fitted, validation).map(sigmoid);
    return { fitted, l2, loss: logLoss(validation.labels, probabilities) };
  });
  const best = tried.reduce((a, b) => (b.loss < a.loss ? b : a));
  return { fitted: best.fitted, hyperparameters: { l2: best.l2 } };
}

function marginsOf(model: ModelParameters, part: Slice): Float64Array {
  return Float64Array.from({ length: part.rows.length }, (_, i) => modelMargin(model, rowOf(part, i)));
}

function rowOf(part: Slice, index: number): Float64Array {
  return part.rows[index]?.features ?? new Float64Array(part.matrix.columns).fill(Number.NaN);
}

/** The probability from which on the summed net return of the validation rows is largest; 1 when none pays. */
function bestThreshold({ rows }: Slice, probabilities: readonly number[]): number {
  const order = rows.map((_, i) => i).sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0));
  let sum = 0;
  let best = 0;
  let threshold = 1;
  order.forEach((index, rank) => {
    sum += rows[index]?.returnBps ?? 0;
    const isLastOfTie = probabilities[order[rank + 1] ?? -1] !== probabilities[index];
    if (isLastOfTie && sum > best) {
      best = sum;
      threshold = probabilities[index] ?? 1;
    }
  });
  return threshold;
}

function driftBaseline(name: string, values: Float64Array): DriftBaseline {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const edges: number[] = [];
  for (let bin = 1; bin < DRIFT_BINS && sorted.length > 0; bin++) {
    const edge = quantileSorted(sorted, bin / DRIFT_BINS);
    if (edge !== edges.at(-1)) edges.push(edge);
  }
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of sorted) {
    const bin = edges.findIndex((edge) => value <= edge);
    const index = bin < 0 ? edges.length : bin;
    counts[index] = (counts[index] ?? 0) + 1;
  }
  const share = (count: number): number => (sorted.length === 0 ? 0 : count / sorted.length);
  return { name, edges, shares: counts.map(share), missingShare: values.length === 0 ? 0 : 1 - sorted.length / values.length };
}

function least(times: readonly UnixMs[]): UnixMs {
  return times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function greatest(times: readonly UnixMs[]): UnixMs {
  return times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}
