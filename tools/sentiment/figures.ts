/** Pearson's correlation. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [left, right] = [centered(a), centered(b)];
  return product(left, right) / Math.sqrt(product(left, left) * product(right, right));
}

/** Share of texts of which the score has the sign of the rating; a score of 0 has neither. */
export function signAccuracy(scores: ArrayLike<number>, ratings: ArrayLike<number>): number {
  let right = 0;
  for (let i = 0; i < ratings.length; i++) if (Math.sign(scores[i] ?? 0) === Math.sign(ratings[i] ?? 0)) right++;
  return right / ratings.length;
}

/** -1, 0 or 1: on which side of the neutral band a number lies. */
export function classOf(value: number, band: number): number {
  return value > band ? 1 : value < -band ? -1 : 0;
}

/** Share of places at which two lists agree. */
export function agreement(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).filter((value, i) => value === b[i]).length / a.length;
}

function centered(values: ArrayLike<number>): number[] {
  const list = Array.from(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  return list.map((value) => value - mean);
}

function product(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
