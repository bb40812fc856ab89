/** The market never closes, so a year has 365 trading days. */
export const DAYS_PER_YEAR = 365;
/** Fewest days for a yearly growth rate: a growth of some days raised to a year's power says nothing. */
export const MIN_DAYS_OF_GROWTH = 30;
/** A deviation below this share of the mean is rounding error of equal returns, not spread. */
const ROUNDING_SHARE = 1e-12;

type Returns = ArrayLike<number>;

/** Mean over deviation of daily returns; null where there is no deviation to divide by. */
function perYear(meanReturn: number, deviation: number): number | null {
  if (!Number.isFinite(meanReturn) || !(deviation > Math.abs(meanReturn) * ROUNDING_SHARE)) return null;
  return (meanReturn / deviation) * Math.sqrt(DAYS_PER_YEAR);
}

/**
 * Sharpe ratio of daily returns (Sharpe 1994), risk-free rate 0: mean over the sample deviation (n - 1),
 * times √365. Days without trades belong into `returns` as zeros. Null below two days or without spread.
 */
export function sharpeRatio(returns: Returns): number | null {
  const { length } = returns;
  if (length < 2) return null;
  const average = sumOf(returns, (value) => value) / length;
  return perYear(average, Math.sqrt(sumOf(returns, (value) => (value - average) ** 2) / (length - 1)));
}

/**
 * Sortino ratio of daily returns, target 0: mean over the downside deviation, times √365. The downside
 * deviation is the root of Σ min(return, 0)² over the number of all days (Sortino & Price 1994), not of the losing ones.
 * Null below two days or without a losing day.
 */
export function sortinoRatio(returns: Returns): number | null {
  const { length } = returns;
  if (length < 2) return null;
  return perYear(sumOf(returns, (value) => value) / length, Math.sqrt(sumOf(returns, (value) => Math.min(value, 0) ** 2) / length));
}

/** Deepest fall below the highest point of the compounded returns, 0 to 1; the start is a point too. */
export function compoundDrawdown(returns: Returns): number {
  let level = 1;
  let peak = 1;
  let deepest = 0;
  for (let i = 0; i < returns.length; i++) {
    level *= 1 + (returns[i] as number);
    if (level > peak) peak = level;
    else deepest = Math.max(deepest, 1 - level / peak);
  }
  return deepest;
}

/** Compound annual growth rate of a growth factor over `days`; null below 30 days or for a negative factor. */
export function annualGrowth(factor: number, days: number): number | null {
  if (days < MIN_DAYS_OF_GROWTH || !(factor >= 0)) return null;
  const growth = factor ** (DAYS_PER_YEAR / days) - 1;
  return Number.isFinite(growth) ? growth : null;
}

/** Calmar ratio (Young 1991): annual growth over the maximum drawdown; null without either. */
export function calmarRatio(growth: number | null, maxDrawdown: number | null): number | null {
  return growth === null || maxDrawdown === null || !(maxDrawdown > 0) ? null : growth / maxDrawdown;
}

function sumOf(values: Returns, of: (value: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += of(values[i] as number);
  return sum;
}
