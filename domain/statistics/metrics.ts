/** Probabilities are kept this far from 0 and 1 before a logarithm (scikit-learn's log_loss). */
const LOG_EPSILON = 1e-15;

type Labels = ArrayLike<number>;
type Scores = ArrayLike<number>;

function at(values: ArrayLike<number>, index: number): number {
  return values[index] as number;
}

function positives(labels: Labels): number {
  let count = 0;
  for (let i = 0; i < labels.length; i++) count += at(labels, i);
  return count;
}

/** Row order by falling score. */
function descending(scores: Scores): Int32Array {
  const order = Int32Array.from({ length: scores.length }, (_, i) => i);
  return order.sort((a, b) => at(scores, b) - at(scores, a) || a - b);
}

/**
 * Area under the ROC curve, ties counted half (Mann-Whitney). `labels` are 0 or 1. Null when one
 * class is missing.
 */
export function areaUnderCurve(labels: Labels, scores: Scores): number | null {
  const positive = positives(labels);
  const negative = labels.length - positive;
  if (positive === 0 || negative === 0) return null;
  const order = descending(scores);
  let seenNegative = 0;
  let wins = 0;
  for (let i = 0; i < order.length; ) {
    const score = at(scores, at(order, i));
    let tiedPositive = 0;
    let tiedNegative = 0;
    for (; i < order.length && at(scores, at(order, i)) === score; i++) {
      if (at(labels, at(order, i)) === 1) tiedPositive++;
      else tiedNegative++;
    }
    wins += tiedPositive * (negative - seenNegative - tiedNegative / 2);
    seenNegative += tiedNegative;
  }
  return wins / (positive * negative);
}

/** Average precision: Σ (recall step) × precision over distinct scores. Null without a positive. */
export function averagePrecision(labels: Labels, scores: Scores): number | null {
  const positive = positives(labels);
  if (positive === 0) return null;
  const order = descending(scores);
  let hits = 0;
  let sum = 0;
  for (let i = 0; i < order.length; ) {
    const score = at(scores, at(order, i));
    const before = hits;
    for (; i < order.length && at(scores, at(order, i)) === score; i++) hits += at(labels, at(order, i));
    sum += ((hits - before) / positive) * (hits / i);
  }
  return sum;
}

/** Logarithmic loss of one probability. */
export function logLossOf(label: number, probability: number): number {
  const p = Math.min(1 - LOG_EPSILON, Math.max(LOG_EPSILON, probability));
  return label === 1 ? -Math.log(p) : -Math.log1p(-p);
}

/** Mean logarithmic loss; NaN for no rows. */
export function logLoss(labels: Labels, probabilities: Scores): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum += logLossOf(at(labels, i), at(probabilities, i));
  return sum / labels.length;
}

/** Mean squared error of the probabilities; NaN for no rows. */
export function brierScore(labels: Labels, probabilities: Scores): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum += (at(probabilities, i) - at(labels, i)) ** 2;
  return sum / labels.length;
}

/** Expected calibration error over equal-width bins, weighted by rows; NaN for no rows. */
export function expectedCalibrationError(labels: Labels, probabilities: Scores, bins = 10): number {
  const count = new Float64Array(bins);
  const gap = new Float64Array(bins);
  for (let i = 0; i < labels.length; i++) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(at(probabilities, i) * bins)));
    count[bin] = at(count, bin) + 1;
    gap[bin] = at(gap, bin) + at(probabilities, i) - at(labels, i);
  }
  let sum = 0;
  for (let bin = 0; bin < bins; bin++) if (at(count, bin) > 0) sum += Math.abs(at(gap, bin));
  return sum / labels.length;
}

/** Arithmetic mean; NaN for none. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += at(values, i);
  return sum / values.length;
}

/** Linearly interpolated quantile of ascending `sorted` (NumPy's default); NaN for none. */
export function quantileSorted(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = (sorted.length - 1) * share;
  const low = Math.floor(position);
  const high = Math.min(sorted.length - 1, low + 1);
  return at(sorted, low) + (position - low) * (at(sorted, high) - at(sorted, low));
}
