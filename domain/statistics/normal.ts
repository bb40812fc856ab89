const SQRT1_2 = Math.SQRT1_2;
const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
/** Where the series (terms of one sign, no cancellation) hands over to the continued fraction. */
const SERIES_LIMIT = 2.2;

/** erf(x) for small |x|: 2/√π e^(-x²) Σ 2ⁿ x^(2n+1) / (2n+1)!! (DLMF 7.6.2). */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
    if (Math.abs(term) < Math.abs(sum) * 1e-17) break;
  }
  return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
}

/** erfc(x) for large positive x, by the continued fraction of DLMF 7.9.1, evaluated backwards. */
function erfcFraction(x: number): number {
  const terms = x > 6 ? 30 : 90;
  let tail = 0;
  for (let k = terms; k >= 1; k--) tail = k / 2 / (x + tail);
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + tail));
}

/** Complementary error function; relative error below 1e-13 on both sides. */
export function erfc(x: number): number {
  if (x > SERIES_LIMIT) return erfcFraction(x);
  if (x < -SERIES_LIMIT) return 2 - erfcFraction(-x);
  return 1 - erfSeries(x);
}

/** Standard normal distribution function. */
export function normalCdf(z: number): number {
  return 0.5 * erfc(-z * SQRT1_2);
}

/** Probability that a standard normal falls in [a, b]; keeps relative precision in both tails. */
export function normalMass(a: number, b: number): number {
  if (a > 0) return 0.5 * (erfc(a * SQRT1_2) - erfc(b * SQRT1_2));
  if (b < 0) return 0.5 * (erfc(-b * SQRT1_2) - erfc(-a * SQRT1_2));
  return 1 - 0.5 * (erfc(b * SQRT1_2) + erfc(-a * SQRT1_2));
}

/** Upper tail of the chi-square distribution with one degree of freedom. */
export function chiSquare1UpperTail(statistic: number): number {
  return erfc(Math.sqrt(Math.max(0, statistic) / 2));
}

/** Standard normal quantile of 0 < p < 1, by bisection on the distribution function. */
export function normalQuantile(p: number): number {
  let low = -38;
  let high = 38;
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Student's t quantile by its expansion in 1/df (Abramowitz & Stegun 26.7.5); good to about 1 % from 4 degrees of freedom on. */
export function studentQuantile(p: number, degrees: number): number {
  const z = normalQuantile(p);
  const z2 = z * z;
  const first = (z * (z2 + 1)) / 4;
  const second = (z * (5 * z2 * z2 + 16 * z2 + 3)) / 96;
  const third = (z * (3 * z2 * z2 * z2 + 19 * z2 * z2 + 17 * z2 - 15)) / 384;
  return z + first / degrees + second / degrees ** 2 + third / degrees ** 3;
}
