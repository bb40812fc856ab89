import { column, type Matrix } from "./matrix.ts";

/** A model must beat these to be worth anything. */
export type Baseline =
  | { readonly kind: "constant"; readonly probability: number }
  /** One column, one cut: the probability of each side. Missing values go with `missing`. */
  | {
      readonly kind: "rule";
      readonly column: number;
      readonly threshold: number;
      readonly below: number;
      readonly above: number;
      readonly missing: number;
    };

/** Probability of a row (NaN is missing). */
export function baselineProbability(baseline: Baseline, row: ArrayLike<number>): number {
  if (baseline.kind === "constant") return baseline.probability;
  const value = row[baseline.column] as number;
  if (Number.isNaN(value)) return baseline.missing;
  return value <= baseline.threshold ? baseline.below : baseline.above;
}

/** The training rows' base rate, smoothed so that it is never 0 or 1 (Laplace). */
export function constantBaseline(labels: Uint8Array): Baseline {
  let positive = 0;
  for (const label of labels) positive += label;
  return { kind: "constant", probability: smoothed(positive, labels.length) };
}

/** Cuts tried per column. */
const CUTS = 32;

/**
 * The single rule "column at most threshold" with the least log loss on the training rows; the
 * constant when there is none. Ties go to the first column and the lowest cut.
 */
export function bestRule(matrix: Matrix, labels: Uint8Array): Baseline {
  let best = constantBaseline(labels);
  let bestLoss = Number.POSITIVE_INFINITY;
  for (let c = 0; c < matrix.columns; c++) {
    const values = column(matrix, c);
    const sorted = values.filter((value) => !Number.isNaN(value)).sort();
    const missing = tally(values, labels, Number.isNaN);
    let previous = Number.NaN;
    for (let cut = 1; cut < CUTS; cut++) {
      const threshold = sorted[Math.floor((cut * sorted.length) / CUTS)];
      if (threshold === undefined || threshold === previous || threshold === sorted.at(-1)) continue;
      previous = threshold;
      const below = tally(values, labels, (value) => value <= threshold);
      const above = tally(values, labels, (value) => value > threshold);
      const loss = lossOf(below) + lossOf(above) + lossOf(missing);
      if (loss < bestLoss) {
        bestLoss = loss;
        best = {
          kind: "rule",
          column: c,
          threshold,
          below: smoothed(below.positive, below.rows),
          above: smoothed(above.positive, above.rows),
          missing: smoothed(missing.positive, missing.rows),
        };
      }
    }
  }
  return best;
}

interface Tally {
  readonly positive: number;
  readonly rows: number;
}

function tally(values: Float64Array, labels: Uint8Array, belongs: (value: number) => boolean): Tally {
  let positive = 0;
  let rows = 0;
  for (let i = 0; i < values.length; i++) {
    if (!belongs(values[i] as number)) continue;
    rows++;
    positive += labels[i] as number;
  }
  return { positive, rows };
}

function smoothed(positive: number, rows: number): number {
  return (positive + 1) / (rows + 2);
}

function lossOf({ positive, rows }: Tally): number {
  const p = smoothed(positive, rows);
  return -positive * Math.log(p) - (rows - positive) * Math.log(1 - p);
}
