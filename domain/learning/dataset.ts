import type { UnixMs } from "../units.ts";
import { type Matrix, matrixFromRows } from "./matrix.ts";
import { timeSplit } from "./split.ts";

/** One candidate with what was known at its decision and how it ended. */
export interface LabelledRow {
  readonly mint: string;
  readonly creator: string | null;
  readonly t0Ms: UnixMs;
  readonly t1Ms: UnixMs;
  readonly win: 0 | 1;
  readonly returnBps: number;
  /** Rule score at the decision, for comparison only: it is no feature. */
  readonly score: number | null;
  /** In the feature set's order, as they were served; NaN is missing. */
  readonly features: Float64Array;
  /** The same with what was read after the decision; left out when nothing was. To train on, and for nothing else. */
  readonly completed?: Float64Array;
}

/** What a model is fitted on: the vectors that were served, or those with what was read later. */
export type TrainingRows = "served" | "completed";

/** Rows of one part of the time, ready for the kernels. */
export interface Slice {
  readonly rows: readonly LabelledRow[];
  readonly matrix: Matrix;
  readonly labels: Uint8Array;
}

export interface Partition {
  /** Fitted on. */
  readonly train: Slice;
  /** Chooses regularisation, number of trees, calibration and threshold. */
  readonly validation: Slice;
  /** Judged on, and used for nothing else. */
  readonly holdout: Slice;
  readonly purged: number;
}

export const HOLDOUT_SHARE = 0.3;
const VALIDATION_SHARE = 0.25;
/**
 * All training rows lie before the rows they are tested on, so purging overlapping labels is enough:
 * an embargo guards rows that come after a test block.
 */
export const EMBARGO_MS = 0;

/** Cuts the rows by time into train, validation and holdout, purged and grouped by mint and creator. */
export function partition(rows: readonly LabelledRow[], columns: number): Partition {
  return partitionAt(rows, columns, HOLDOUT_SHARE);
}

/** As `partition`, with another share of the rows held out. */
export function partitionAt(rows: readonly LabelledRow[], columns: number, holdoutShare: number): Partition {
  const outer = timeSplit(rows.map(splitRow), holdoutShare, EMBARGO_MS);
  const before = pick(rows, outer.train);
  const inner = timeSplit(before.map(splitRow), VALIDATION_SHARE, EMBARGO_MS);
  return {
    train: slice(pick(before, inner.train), columns),
    validation: slice(pick(before, inner.test), columns),
    holdout: slice(pick(rows, outer.test), columns),
    purged: outer.purged + outer.grouped + inner.purged + inner.grouped,
  };
}

/** Rows as a matrix and labels. */
export function slice(rows: readonly LabelledRow[], columns: number): Slice {
  return {
    rows,
    matrix: matrixFromRows(
      rows.map((row) => row.features),
      columns,
    ),
    labels: Uint8Array.from(rows, (row) => row.win),
  };
}

/** The served row with `late` where it has nothing; null when that adds nothing. */
export function completedRow(served: Float64Array, late: Float64Array): Float64Array | null {
  const row = served.map((value, i) => (Number.isNaN(value) ? (late[i] ?? Number.NaN) : value));
  return row.some((value, i) => Number.isNaN(served[i] ?? 0) && !Number.isNaN(value)) ? row : null;
}

/** The rows to fit on as they are completed. Whatever asks the rows for their features still gets the served ones. */
export function completedSlice({ rows, labels, matrix }: Slice): Slice {
  return {
    rows,
    labels,
    matrix: matrixFromRows(
      rows.map((row) => row.completed ?? row.features),
      matrix.columns,
    ),
  };
}

/** How much of a slice was read after its decisions. */
export function completionOf({ rows }: Slice): { readonly rows: number; readonly values: number } {
  const late = rows.flatMap(({ features, completed }) => (completed === undefined ? [] : [{ features, completed }]));
  const valuesOf = ({ features, completed }: (typeof late)[number]) =>
    completed.reduce((count, value, i) => count + (Number.isNaN(features[i] ?? 0) && !Number.isNaN(value) ? 1 : 0), 0);
  return { rows: late.length, values: late.reduce((sum, one) => sum + valuesOf(one), 0) };
}

/** Whether both labels occur. */
export function hasBothClasses({ labels }: Slice): boolean {
  return labels.includes(0) && labels.includes(1);
}

function splitRow({ mint, creator, t0Ms, t1Ms }: LabelledRow) {
  return { t0Ms, t1Ms, groups: creator === null ? [`mint:${mint}`] : [`mint:${mint}`, `creator:${creator}`] };
}

function pick(rows: readonly LabelledRow[], indices: Int32Array): LabelledRow[] {
  return Array.from(indices, (index) => rows[index] as LabelledRow);
}
