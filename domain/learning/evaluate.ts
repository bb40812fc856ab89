import { createRng } from "../random.ts";
import { ok, type Result, refuse } from "../result.ts";
import { type Interval, pairedDifference } from "../statistics/bootstrap.ts";
import { areaUnderCurve, averagePrecision, brierScore, expectedCalibrationError, logLoss, logLossOf } from "../statistics/metrics.ts";
import { baselineProbability, bestRule, constantBaseline } from "./baselines.ts";
import type { Partition, Slice } from "./dataset.ts";
import { logisticMargin, trainLogistic } from "./logistic.ts";
import { matrixFromRows, sigmoid } from "./matrix.ts";

/** How a set of probabilities did on a slice. Null where it is not defined. */
export interface Metrics {
  readonly auc: number | null;
  readonly averagePrecision: number | null;
  readonly logLoss: number;
  readonly brier: number;
  readonly ece: number;
  readonly baseRate: number;
  /** Rows at or above the model's threshold, and their mean net return. */
  readonly selected: number;
  readonly selectedReturnBps: number | null;
  readonly meanReturnBps: number;
}

/** Metrics of `probabilities` on a slice of at least one row. */
export function metricsOf({ rows, labels }: Slice, probabilities: ArrayLike<number>, threshold: number): Metrics {
  let selected = 0;
  let selectedReturn = 0;
  let allReturn = 0;
  rows.forEach((row, i) => {
    allReturn += row.returnBps;
    if ((probabilities[i] ?? 0) < threshold) return;
    selected++;
    selectedReturn += row.returnBps;
  });
  return {
    auc: areaUnderCurve(labels, probabilities),
    averagePrecision: averagePrecision(labels, probabilities),
    logLoss: logLoss(labels, probabilities),
    brier: brierScore(labels, probabilities),
    ece: expectedCalibrationError(labels, probabilities),
    baseRate: labels.reduce((sum, label) => sum + label, 0) / labels.length,
    selected,
    selectedReturnBps: selected === 0 ? null : selectedReturn / selected,
    meanReturnBps: allReturn / rows.length,
  };
}

/** Probabilities on the holdout of something that a challenger must beat. */
export interface Reference {
  readonly name: string;
  readonly probabilities: ArrayLike<number>;
}

/** The baselines, fitted on train and validation rows: base rate, best single rule, logistic fit on the rule score. */
export function baselineReferences({ train, validation, holdout }: Partition): Reference[] {
  const rows = [...train.rows, ...validation.rows];
  const labels = Uint8Array.from(rows, (row) => row.win);
  const columns = train.matrix.columns;
  const fitted = {
    constant: constantBaseline(labels),
    "best rule": bestRule(
      matrixFromRows(
        rows.map((row) => row.features),
        columns,
      ),
      labels,
    ),
  };
  const onHoldout = Object.entries(fitted).map(([name, baseline]) => ({
    name,
    probabilities: holdout.rows.map((row) => baselineProbability(baseline, row.features)),
  }));
  const score = trainLogistic(
    matrixFromRows(
      rows.map((row) => [row.score]),
      1,
    ),
    labels,
    { l2: 1 },
  );
  const byScore = holdout.rows.map((row) => sigmoid(logisticMargin(score, [row.score ?? Number.NaN])));
  return [...onHoldout, { name: "rule score", probabilities: byScore }];
}

export interface Comparison extends Interval {
  readonly reference: string;
}

/** Probability left out on each side of a comparison's interval: 90 % between. */
export const COMPARISON_ALPHA = 0.05;

/**
 * Log loss of each reference less the challenger's, on the same rows: positive is better. The rows of
 * one creator are drawn together.
 */
export function compare(holdout: Slice, challenger: ArrayLike<number>, references: readonly Reference[], seed: string): Comparison[] {
  const groups = holdout.rows.map((row) => row.creator ?? row.mint);
  return references.map(({ name, probabilities }) => {
    const differences = holdout.rows.map(
      (row, i) => logLossOf(row.win, probabilities[i] as number) - logLossOf(row.win, challenger[i] as number),
    );
    return { reference: name, ...pairedDifference(differences, groups, createRng(`${seed}/${name}`), COMPARISON_ALPHA) };
  });
}

/** Promotes only what is better than every reference with its whole interval; else MODEL_NOT_BETTER and the figures. */
export function judge(comparisons: readonly Comparison[]): Result<true, "MODEL_NOT_BETTER"> {
  const failed = comparisons.filter(({ lower }) => !(lower > 0));
  if (failed.length === 0) return ok(true);
  const figures = failed.map(
    ({ reference, estimate, lower, upper }) => `${reference}: ${estimate.toFixed(4)} [${lower.toFixed(4)}, ${upper.toFixed(4)}]`,
  );
  return refuse("MODEL_NOT_BETTER", `log loss gain over ${figures.join("; ")}`);
}
