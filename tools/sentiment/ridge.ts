/** One row of a linear model: a few dense columns, then sparse ones. */
export interface Row {
  readonly dense: Float64Array;
  readonly buckets: Int32Array;
  readonly values: Float64Array;
}

export interface LinearModel {
  readonly bias: number;
  readonly dense: Float64Array;
  readonly sparse: Float64Array;
}

export interface RidgeOptions {
  readonly buckets: number;
  readonly densePenalty: number;
  readonly sparsePenalty: number;
}

/** So small that it only keeps the bias from drifting. */
const BIAS_PENALTY = 1e-6;
const ROUNDS = 150;
const TOLERANCE = 1e-12;

export function predict({ bias, dense, sparse }: LinearModel, row: Row): number {
  let sum = bias;
  for (let i = 0; i < row.dense.length; i++) sum += (dense[i] ?? 0) * (row.dense[i] ?? 0);
  for (let i = 0; i < row.buckets.length; i++) sum += (sparse[row.buckets[i] ?? 0] ?? 0) * (row.values[i] ?? 0);
  return sum;
}

/** Weighted ridge regression by conjugate gradients on the normal equations. The same input gives the same model. */
export function fitRidge(rows: readonly Row[], targets: ArrayLike<number>, weights: ArrayLike<number>, options: RidgeOptions): LinearModel {
  const width = rows[0]?.dense.length ?? 0;
  const { buckets } = options;
  const size = buckets + width + 1;
  const split = (vector: Float64Array): LinearModel => ({
    bias: vector[size - 1] ?? 0,
    dense: vector.subarray(buckets, buckets + width),
    sparse: vector.subarray(0, buckets),
  });
  const addRow = (target: Float64Array, row: Row, factor: number): void => {
    target[size - 1] = (target[size - 1] ?? 0) + factor;
    for (let i = 0; i < row.dense.length; i++) target[buckets + i] = (target[buckets + i] ?? 0) + factor * (row.dense[i] ?? 0);
    for (let i = 0; i < row.buckets.length; i++) {
      const bucket = row.buckets[i] ?? 0;
      target[bucket] = (target[bucket] ?? 0) + factor * (row.values[i] ?? 0);
    }
  };
  const multiply = (vector: Float64Array): Float64Array => {
    const result = new Float64Array(size);
    const model = split(vector);
    for (const [i, row] of rows.entries()) addRow(result, row, predict(model, row) * (weights[i] ?? 0));
    for (let i = 0; i < size; i++) {
      const penalty = i < buckets ? options.sparsePenalty : i < size - 1 ? options.densePenalty : BIAS_PENALTY;
      result[i] = (result[i] ?? 0) + penalty * (vector[i] ?? 0);
    }
    return result;
  };
  const residual = new Float64Array(size);
  for (const [i, row] of rows.entries()) addRow(residual, row, (targets[i] ?? 0) * (weights[i] ?? 0));
  const solution = new Float64Array(size);
  let direction = residual.slice();
  let norm = dot(residual, residual);
  const goal = norm * TOLERANCE;
  for (let round = 0; round < ROUNDS && norm > goal; round++) {
    const image = multiply(direction);
    const step = norm / dot(direction, image);
    for (let i = 0; i < size; i++) {
      solution[i] = (solution[i] ?? 0) + step * (direction[i] ?? 0);
      residual[i] = (residual[i] ?? 0) - step * (image[i] ?? 0);
    }
    const next = dot(residual, residual);
    const turn = next / norm;
    direction = residual.map((value, i) => value + turn * (direction[i] ?? 0));
    norm = next;
  }
  return split(solution);
}

/** A row of dense columns alone. */
export function denseRow(dense: Float64Array): Row {
  return { dense, buckets: new Int32Array(), values: new Float64Array() };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
