/** A table of numbers, column by column. NaN is a missing value. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** `values[column * rows + row]`. */
  readonly values: Float64Array;
}

/** One column, without copying. */
export function column(matrix: Matrix, index: number): Float64Array {
  return matrix.values.subarray(index * matrix.rows, (index + 1) * matrix.rows);
}

/** The named rows, in that order. */
export function selectRows(matrix: Matrix, rows: ArrayLike<number>): Matrix {
  const values = new Float64Array(rows.length * matrix.columns);
  for (let c = 0; c < matrix.columns; c++) {
    const source = column(matrix, c);
    for (let i = 0; i < rows.length; i++) values[c * rows.length + i] = source[rows[i] as number] as number;
  }
  return { rows: rows.length, columns: matrix.columns, values };
}

/** Builds a matrix from row arrays of equal length; null becomes NaN. */
export function matrixFromRows(rows: ReadonlyArray<ArrayLike<number | null>>, columns: number): Matrix {
  const values = new Float64Array(rows.length * columns);
  rows.forEach((row, r) => {
    for (let c = 0; c < columns; c++) values[c * rows.length + r] = row[c] ?? Number.NaN;
  });
  return { rows: rows.length, columns, values };
}

/** The named elements of `values`, in that order. */
export function selectLabels(values: Uint8Array, rows: ArrayLike<number>): Uint8Array {
  return Uint8Array.from({ length: rows.length }, (_, i) => values[rows[i] as number] as number);
}

/** The logistic function, stable on both sides. */
export function sigmoid(margin: number): number {
  if (margin >= 0) return 1 / (1 + Math.exp(-margin));
  const e = Math.exp(margin);
  return e / (1 + e);
}
