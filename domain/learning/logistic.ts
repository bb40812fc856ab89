import { column, type Matrix, sigmoid } from "./matrix.ts";

/**
 * Logistic regression on standardised inputs. A missing value stands at the training mean; a column
 * that had missing values in training also has an indicator with its own coefficient, because that
 * something could not be had is information.
 */
export interface LogisticModel {
  readonly means: readonly number[];
  readonly scales: readonly number[];
  readonly coefficients: readonly number[];
  /** Added to the margin when the column is missing; 0 where training never saw it missing. */
  readonly missing: readonly number[];
  readonly intercept: number;
}

export interface LogisticOptions {
  /** Weight of ½‖w‖² against the summed loss (scikit-learn's 1/C); the intercept is free. */
  readonly l2: number;
  readonly maxIterations?: number;
}

const GRADIENT_TOLERANCE = 1e-9;

/** Fits by Newton's method with step halving, to a gradient norm of 1e-9. Labels are 0 or 1, both present. */
export function trainLogistic(matrix: Matrix, labels: Uint8Array, options: LogisticOptions): LogisticModel {
  const n = matrix.rows;
  const { means, scales, indicators } = standardisation(matrix);
  const inputs: Float64Array[] = [];
  for (let c = 0; c < matrix.columns; c++) {
    const source = column(matrix, c);
    const mean = means[c] as number;
    const scale = scales[c] as number;
    inputs.push(source.map((value) => (Number.isNaN(value) ? 0 : (value - mean) / scale)));
  }
  for (const c of indicators) inputs.push(column(matrix, c).map((value) => (Number.isNaN(value) ? 1 : 0)));
  inputs.push(new Float64Array(n).fill(1));
  const weights = newton(inputs, labels, options.l2, options.maxIterations ?? 100);
  const missing = new Array<number>(matrix.columns).fill(0);
  indicators.forEach((c, i) => {
    missing[c] = weights[matrix.columns + i] as number;
  });
  return {
    means,
    scales,
    coefficients: Array.from(weights.subarray(0, matrix.columns)),
    missing,
    intercept: weights[weights.length - 1] as number,
  };
}

/** Margin (log-odds) of one row; NaN is missing. */
export function logisticMargin(model: LogisticModel, row: ArrayLike<number>): number {
  let margin = model.intercept;
  for (let c = 0; c < model.coefficients.length; c++) {
    const value = row[c] as number;
    margin += Number.isNaN(value)
      ? (model.missing[c] as number)
      : ((model.coefficients[c] as number) * (value - (model.means[c] as number))) / (model.scales[c] as number);
  }
  return margin;
}

/**
 * Exact SHAP values of a linear model, on the margin: what each column's term is, less its mean over the
 * training rows, of which `missingShares` had no value. `base` is the margin of the mean row.
 */
export function logisticShap(
  model: LogisticModel,
  row: ArrayLike<number>,
  missingShares: ArrayLike<number>,
): { readonly base: number; readonly values: Float64Array } {
  let base = model.intercept;
  const values = Float64Array.from(model.coefficients, (coefficient, c) => {
    const value = row[c] as number;
    const missing = model.missing[c] as number;
    const term = Number.isNaN(value) ? missing : (coefficient * (value - (model.means[c] as number))) / (model.scales[c] as number);
    // A column that is known has the mean 0: it was standardised.
    const mean = (missingShares[c] ?? 0) * missing;
    base += mean;
    return term - mean;
  });
  return { base, values };
}

function standardisation(matrix: Matrix): { means: number[]; scales: number[]; indicators: number[] } {
  const means: number[] = [];
  const scales: number[] = [];
  const indicators: number[] = [];
  for (let c = 0; c < matrix.columns; c++) {
    const values = column(matrix, c);
    let count = 0;
    let sum = 0;
    for (const value of values) {
      if (Number.isNaN(value)) continue;
      count++;
      sum += value;
    }
    const mean = count === 0 ? 0 : sum / count;
    let squares = 0;
    for (const value of values) if (!Number.isNaN(value)) squares += (value - mean) ** 2;
    const deviation = count === 0 ? 0 : Math.sqrt(squares / count);
    means.push(mean);
    scales.push(deviation > 1e-12 * Math.max(1, Math.abs(mean)) ? deviation : 1);
    if (count > 0 && count < values.length) indicators.push(c);
  }
  return { means, scales, indicators };
}

/** Minimises Σ log(1 + e^(-y·m)) + l2/2 ‖w‖², the last input being the unpenalised intercept. */
function newton(inputs: readonly Float64Array[], labels: Uint8Array, l2: number, maxIterations: number): Float64Array {
  const d = inputs.length;
  let weights = new Float64Array(d);
  let margins = new Float64Array(labels.length);
  let loss = objective(margins, labels, weights, l2);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const { gradient, hessian } = derivatives(inputs, labels, margins, weights, l2);
    if (Math.hypot(...gradient) < GRADIENT_TOLERANCE * Math.max(1, labels.length)) break;
    const direction = solveCholesky(hessian, gradient, d);
    let step = 1;
    let improved = false;
    for (let halving = 0; halving < 40; halving++, step /= 2) {
      const candidate = weights.map((weight, j) => weight - step * (direction[j] as number));
      const candidateMargins = marginsOf(inputs, candidate, labels.length);
      const candidateLoss = objective(candidateMargins, labels, candidate, l2);
      if (candidateLoss < loss) {
        improved = true;
        weights = candidate;
        margins = candidateMargins;
        loss = candidateLoss;
        break;
      }
    }
    if (!improved) break;
  }
  return weights;
}

function marginsOf(inputs: readonly Float64Array[], weights: Float64Array, n: number): Float64Array<ArrayBuffer> {
  const margins = new Float64Array(n);
  inputs.forEach((input, j) => {
    const weight = weights[j] as number;
    for (let i = 0; i < n; i++) margins[i] = (margins[i] as number) + weight * (input[i] as number);
  });
  return margins;
}

function objective(margins: Float64Array, labels: Uint8Array, weights: Float64Array, l2: number): number {
  let loss = 0;
  for (let i = 0; i < margins.length; i++) {
    const m = labels[i] === 1 ? (margins[i] as number) : -(margins[i] as number);
    loss += m > 0 ? Math.log1p(Math.exp(-m)) : Math.log1p(Math.exp(m)) - m;
  }
  let norm = 0;
  for (let j = 0; j < weights.length - 1; j++) norm += (weights[j] as number) ** 2;
  return loss + (l2 / 2) * norm;
}

function derivatives(inputs: readonly Float64Array[], labels: Uint8Array, margins: Float64Array, weights: Float64Array, l2: number) {
  const d = inputs.length;
  const n = labels.length;
  const residual = new Float64Array(n);
  const curvature = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const p = sigmoid(margins[i] as number);
    residual[i] = p - (labels[i] as number);
    curvature[i] = p * (1 - p);
  }
  const gradient = new Float64Array(d);
  const hessian = new Float64Array(d * d);
  const scaled = new Float64Array(n);
  for (let j = 0; j < d; j++) {
    const input = inputs[j] as Float64Array;
    const penalty = j === d - 1 ? 0 : l2;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      sum += (input[i] as number) * (residual[i] as number);
      scaled[i] = (input[i] as number) * (curvature[i] as number);
    }
    gradient[j] = sum + penalty * (weights[j] as number);
    for (let k = 0; k <= j; k++) {
      const other = inputs[k] as Float64Array;
      let product = 0;
      for (let i = 0; i < n; i++) product += (scaled[i] as number) * (other[i] as number);
      hessian[j * d + k] = product;
      hessian[k * d + j] = product;
    }
    // The ridge keeps a constant or duplicated column solvable even without a penalty.
    hessian[j * d + j] = (hessian[j * d + j] as number) + penalty + 1e-10;
  }
  return { gradient, hessian };
}

/** Solves A x = b for symmetric positive definite A (row-major, overwritten by its factor). */
function solveCholesky(a: Float64Array, b: Float64Array, d: number): Float64Array {
  for (let j = 0; j < d; j++) {
    for (let i = j; i < d; i++) {
      let sum = a[i * d + j] as number;
      for (let k = 0; k < j; k++) sum -= (a[i * d + k] as number) * (a[j * d + k] as number);
      a[i * d + j] = i === j ? Math.sqrt(Math.max(sum, 1e-300)) : sum / (a[j * d + j] as number);
    }
  }
  const x = Float64Array.from(b);
  for (let i = 0; i < d; i++) {
    let sum = x[i] as number;
    for (let k = 0; k < i; k++) sum -= (a[i * d + k] as number) * (x[k] as number);
    x[i] = sum / (a[i * d + i] as number);
  }
  for (let i = d - 1; i >= 0; i--) {
    let sum = x[i] as number;
    for (let k = i + 1; k < d; k++) sum -= (a[k * d + i] as number) * (x[k] as number);
    x[i] = sum / (a[i * d + i] as number);
  }
  return x;
}
