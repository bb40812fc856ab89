import type { Rng } from "../random.ts";
import { normalMass } from "../statistics/normal.ts";
import { type Axis, axisOf, type Point, type SearchSpace } from "./search-space.ts";

const SQRT_2PI = Math.sqrt(2 * Math.PI);
const PRIOR_WEIGHT = 1;
/** Newest observations that count fully; older ones fade linearly (Optuna's default_weights). */
const FULL_WEIGHT_OBSERVATIONS = 25;

interface NumericKernels {
  readonly kind: "numeric";
  readonly name: string;
  readonly axis: Axis;
  readonly mu: Float64Array;
  readonly sigma: Float64Array;
  /** Mass of each kernel inside the bounds. */
  readonly mass: Float64Array;
}

interface CategoricalKernels {
  readonly kind: "categorical";
  readonly name: string;
  readonly choices: readonly string[];
  /** `probabilities[kernel * choices + choice]`. */
  readonly probabilities: Float64Array;
}

/** A multivariate mixture: one kernel per observation and one prior, each a product over the dimensions. */
export interface ParzenEstimator {
  readonly weights: Float64Array;
  readonly dimensions: ReadonlyArray<NumericKernels | CategoricalKernels>;
}

/** Weights of `n` observations in order of age, oldest first. */
export function observationWeights(n: number): Float64Array {
  const weights = new Float64Array(n).fill(1);
  const fading = n - FULL_WEIGHT_OBSERVATIONS;
  if (fading <= 0) return weights;
  for (let i = 0; i < fading; i++) weights[i] = fading === 1 ? 1 / n : 1 / n + (i * (1 - 1 / n)) / (fading - 1);
  return weights;
}

/** Builds the estimator of Optuna 5's multivariate TPE from observations ordered by trial number. */
export function buildParzen(space: SearchSpace, observations: readonly Point[]): ParzenEstimator {
  const n = observations.length;
  const weights = new Float64Array(n + 1);
  weights.set(observationWeights(n));
  weights[n] = PRIOR_WEIGHT;
  let total = 0;
  for (const weight of weights) total += weight;
  const dimensions = Object.entries(space).map(([name, dimension]) => {
    if (dimension.kind === "categorical") {
      const chosen = observations.map((point) => dimension.choices.indexOf(String(point[name])));
      return categoricalKernels(name, dimension.choices, chosen);
    }
    const axis = axisOf(dimension);
    return numericKernels(
      name,
      axis,
      observations.map((point) => axis.toAxis(Number(point[name]))),
    );
  });
  return { weights: weights.map((weight) => weight / total), dimensions };
}

function numericKernels(name: string, axis: Axis, positions: readonly number[]): NumericKernels {
  const n = positions.length;
  const { low, high } = axis;
  const range = high - low;
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => (positions[i] as number) - (positions[j] as number));
  const mu = Float64Array.from([...positions, (low + high) / 2]);
  const sigma = new Float64Array(n + 1).fill(range);
  const smallest = range / Math.min(100, n + 2);
  order.forEach((index, rank) => {
    const position = positions[index] as number;
    const below = positions[order[rank - 1] ?? -1];
    const above = positions[order[rank + 1] ?? -1];
    // An outermost observation looks to its only neighbour; a lone one to the bounds.
    const gap =
      below === undefined && above === undefined
        ? Math.max(position - low, high - position)
        : Math.max(below === undefined ? 0 : position - below, above === undefined ? 0 : above - position);
    sigma[index] = Math.min(range, Math.max(smallest, gap));
  });
  const mass = mu.map((center, k) => normalMass((low - center) / (sigma[k] as number), (high - center) / (sigma[k] as number)));
  return { kind: "numeric", name, axis, mu, sigma, mass };
}

function categoricalKernels(name: string, choices: readonly string[], chosen: readonly number[]): CategoricalKernels {
  const kernels = chosen.length + 1;
  const width = choices.length;
  const probabilities = new Float64Array(kernels * width);
  for (let k = 0; k < kernels; k++) {
    const isPrior = k === chosen.length;
    const sum = 1 * (isPrior ? 0 : 1) + width / kernels;
    for (let c = 0; c < width; c++) probabilities[k * width + c] = ((chosen[k] === c ? 1 : 0) + 1 / kernels) / sum;
  }
  return { kind: "categorical", name, choices, probabilities };
}

/** Draws a point: a kernel by weight, then each dimension from that kernel. */
export function sampleParzen(estimator: ParzenEstimator, rng: Rng): Point {
  const kernel = pick(estimator.weights, rng.next());
  const point: Record<string, number | string> = {};
  for (const dimension of estimator.dimensions) {
    if (dimension.kind === "categorical") {
      const { choices, probabilities } = dimension;
      const row = probabilities.subarray(kernel * choices.length, (kernel + 1) * choices.length);
      point[dimension.name] = choices[pick(row, rng.next())] as string;
    } else {
      const { axis, mu, sigma } = dimension;
      point[dimension.name] = axis.fromAxis(truncatedNormal(mu[kernel] as number, sigma[kernel] as number, axis, rng));
    }
  }
  return point;
}

/** By rejection: a kernel's centre lies inside the bounds and its sigma is at most their distance, so a third or more is kept. */
function truncatedNormal(mu: number, sigma: number, axis: Axis, rng: Rng): number {
  for (;;) {
    const value = mu + sigma * rng.normal();
    if (value >= axis.low && value <= axis.high) return value;
  }
}

function pick(weights: Float64Array, draw: number): number {
  let sum = 0;
  for (let i = 0; i < weights.length - 1; i++) {
    sum += weights[i] as number;
    if (draw < sum) return i;
  }
  return weights.length - 1;
}

/** Log density of a point; a grid value has the mass of its cell. */
export function logPdf(estimator: ParzenEstimator, point: Point): number {
  const { weights, dimensions } = estimator;
  const logs = weights.map(Math.log);
  for (const dimension of dimensions) {
    if (dimension.kind === "categorical") {
      const { choices, probabilities } = dimension;
      const choice = choices.indexOf(String(point[dimension.name]));
      for (let k = 0; k < logs.length; k++) {
        logs[k] = (logs[k] as number) + Math.log(probabilities[k * choices.length + choice] as number);
      }
    } else {
      const value = Number(point[dimension.name]);
      const { axis, mu, sigma, mass } = dimension;
      const position = axis.toAxis(value);
      const cell = axis.cell?.(value) ?? null;
      for (let k = 0; k < logs.length; k++) {
        const center = mu[k] as number;
        const width = sigma[k] as number;
        const inside = mass[k] as number;
        const z = (position - center) / width;
        const density =
          cell === null
            ? -0.5 * z * z - Math.log(width * SQRT_2PI * inside)
            : Math.log(normalMass((cell[0] - center) / width, (cell[1] - center) / width) / inside);
        logs[k] = (logs[k] as number) + density;
      }
    }
  }
  let peak = -Infinity;
  for (const value of logs) peak = Math.max(peak, value);
  let sum = 0;
  for (const value of logs) sum += Math.exp(value - peak);
  return peak + Math.log(sum);
}
