import { sigmoid } from "./matrix.ts";

/** Maps a model's margin to a probability. */
export type Calibration =
  | { readonly kind: "platt"; readonly a: number; readonly b: number }
  | { readonly kind: "isotonic"; readonly x: readonly number[]; readonly y: readonly number[] };

/** p = 1 / (1 + e^(a·m + b)) for Platt; linear between the isotonic points, flat outside. */
export function calibrate(calibration: Calibration, margin: number): number {
  if (calibration.kind === "platt") return sigmoid(-(calibration.a * margin + calibration.b));
  const { x, y } = calibration;
  let low = 0;
  let high = x.length - 1;
  if (margin <= (x[low] as number)) return y[low] as number;
  if (margin >= (x[high] as number)) return y[high] as number;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((x[middle] as number) <= margin) low = middle;
    else high = middle;
  }
  const x0 = x[low] as number;
  const y0 = y[low] as number;
  return y0 + ((margin - x0) / ((x[high] as number) - x0)) * ((y[high] as number) - y0);
}

/**
 * Platt scaling with his target smoothing, fitted by Newton's method with step halving (Platt 1999;
 * Lin, Lin & Weng 2007). Deterministic; needs no holding of one class.
 */
export function fitPlatt(margins: ArrayLike<number>, labels: ArrayLike<number>): Calibration & { readonly kind: "platt" } {
  const n = labels.length;
  let positive = 0;
  for (let i = 0; i < n; i++) positive += labels[i] as number;
  const high = (positive + 1) / (positive + 2);
  const low = 1 / (n - positive + 2);
  let a = 0;
  let b = Math.log((n - positive + 1) / (positive + 1));
  const lossAt = (a1: number, b1: number): number => {
    let loss = 0;
    for (let i = 0; i < n; i++) {
      const f = a1 * (margins[i] as number) + b1;
      const target = labels[i] === 1 ? high : low;
      loss += f >= 0 ? target * f + Math.log1p(Math.exp(-f)) : (target - 1) * f + Math.log1p(Math.exp(f));
    }
    return loss;
  };
  let loss = lossAt(a, b);
  for (let iteration = 0; iteration < 200; iteration++) {
    let haa = 1e-12;
    let hbb = 1e-12;
    let hab = 0;
    let ga = 0;
    let gb = 0;
    for (let i = 0; i < n; i++) {
      const m = margins[i] as number;
      const p = sigmoid(-(a * m + b));
      const curvature = p * (1 - p);
      const residual = (labels[i] === 1 ? high : low) - p;
      haa += m * m * curvature;
      hbb += curvature;
      hab += m * curvature;
      ga += m * residual;
      gb += residual;
    }
    if (Math.abs(ga) < 1e-10 && Math.abs(gb) < 1e-10) break;
    const determinant = haa * hbb - hab * hab;
    const da = -(hbb * ga - hab * gb) / determinant;
    const db = -(haa * gb - hab * ga) / determinant;
    let step = 1;
    for (; step > 1e-10; step /= 2) {
      const next = lossAt(a + step * da, b + step * db);
      if (next < loss) {
        a += step * da;
        b += step * db;
        loss = next;
        break;
      }
    }
    if (step <= 1e-10) break;
  }
  return { kind: "platt", a, b };
}

/** Isotonic regression by pooling adjacent violators (Barlow et al. 1972); tied margins are pooled first. */
export function fitIsotonic(margins: ArrayLike<number>, labels: ArrayLike<number>): Calibration & { readonly kind: "isotonic" } {
  const order = Array.from({ length: labels.length }, (_, i) => i).sort((i, j) => (margins[i] as number) - (margins[j] as number));
  const points: Array<{ first: number; last: number; sum: number; rows: number }> = [];
  for (const i of order) {
    const margin = margins[i] as number;
    const label = labels[i] as number;
    const tied = points.at(-1);
    if (tied?.last === margin) {
      tied.sum += label;
      tied.rows += 1;
    } else points.push({ first: margin, last: margin, sum: label, rows: 1 });
  }
  const blocks: typeof points = [];
  for (const point of points) {
    let block = point;
    for (let below = blocks.at(-1); below !== undefined && below.sum / below.rows >= block.sum / block.rows; below = blocks.at(-1)) {
      block = { first: below.first, last: block.last, sum: below.sum + block.sum, rows: below.rows + block.rows };
      blocks.pop();
    }
    blocks.push(block);
  }
  const x: number[] = [];
  const y: number[] = [];
  for (const { first, last, sum, rows } of blocks) {
    x.push(first);
    y.push(sum / rows);
    if (last > first) {
      x.push(last);
      y.push(sum / rows);
    }
  }
  return { kind: "isotonic", x, y };
}
