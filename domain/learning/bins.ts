import { column, type Matrix } from "./matrix.ts";

/** Code of a missing value; values take the codes from 1 on. One byte per cell. */
export const MISSING_BIN = 0;
const MAX_BINS = 255;
const MAX_EDGES = MAX_BINS - 2;

/** A table cut into quantile bins. */
export interface BinnedMatrix {
  readonly rows: number;
  readonly columns: number;
  /** `codes[row * columns + column]`. */
  readonly codes: Uint8Array;
  /** Ascending upper edges per column: a value `v` has the code 1 + (number of edges below v). */
  readonly edges: readonly Float64Array[];
  /** Where each column's bins begin in a histogram of all columns; the last element is its length. */
  readonly offsets: Int32Array;
}

/** Bins every column by its own quantiles: at most 254 value bins and the missing bin. */
export function binMatrix(matrix: Matrix): BinnedMatrix {
  const codes = new Uint8Array(matrix.rows * matrix.columns);
  const edges: Float64Array[] = [];
  for (let c = 0; c < matrix.columns; c++) {
    const values = column(matrix, c);
    const cuts = quantileEdges(values);
    edges.push(cuts);
    for (let r = 0; r < matrix.rows; r++) {
      const value = values[r] as number;
      codes[r * matrix.columns + c] = Number.isNaN(value) ? MISSING_BIN : 1 + edgesBelow(cuts, value);
    }
  }
  const offsets = new Int32Array(matrix.columns + 1);
  edges.forEach((cuts, c) => {
    offsets[c + 1] = (offsets[c] as number) + cuts.length + 2;
  });
  return { rows: matrix.rows, columns: matrix.columns, codes, edges, offsets };
}

/** Midpoints between neighbouring distinct values; above 254 distinct values, those nearest to equal shares of the rows. */
function quantileEdges(values: Float64Array): Float64Array {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const ranks: number[] = [];
  for (let i = 1; i < sorted.length; i++) if (sorted[i] !== sorted[i - 1]) ranks.push(i);
  const kept = ranks.length <= MAX_EDGES ? ranks : thin(ranks, sorted.length);
  return Float64Array.from(kept, (rank) => midpoint(sorted[rank - 1] as number, sorted[rank] as number));
}

/** Of ascending `ranks`, the first at or after each of MAX_EDGES equal shares of `total`, each once. */
function thin(ranks: readonly number[], total: number): number[] {
  const kept: number[] = [];
  let next = 0;
  for (let share = 1; share <= MAX_EDGES; share++) {
    const target = (share * total) / (MAX_EDGES + 1);
    while (next < ranks.length && (ranks[next] as number) < target) next++;
    if (next === ranks.length) break;
    kept.push(ranks[next] as number);
    next++;
  }
  return kept;
}

/** A number at or above `below` and under `above`, even between neighbouring floats. */
function midpoint(below: number, above: number): number {
  const middle = below / 2 + above / 2;
  return middle < above ? Math.max(below, middle) : below;
}

function edgesBelow(edges: Float64Array, value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
