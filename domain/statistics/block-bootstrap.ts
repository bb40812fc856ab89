import type { Rng } from "../random.ts";
import { quantileSorted } from "./metrics.ts";
import { normalCdf, studentQuantile } from "./normal.ts";
import { DAYS_PER_YEAR } from "./returns.ts";
import type { Bounds } from "./wilson.ts";

/** Resamples per interval. */
export const RESAMPLES = 1_000;
/** Fewest days or trades for an interval: with fewer there are not seven blocks to draw from. */
export const MIN_FOR_INTERVAL = 20;
/** Probability left out on each side of a 95 % interval. */
const TAIL = 0.025;
/** An interval is undefined when more than this share of the resamples is. */
const MAX_UNDEFINED_SHARE = 0.05;
/** Bounds the work for long histories: 1,000 resamples then draw at most 500,000 blocks. */
const MAX_BLOCKS = 500;
/** A variance below this is rounding error of equal returns. */
const MIN_VARIANCE = 1e-24;

/** One day of the equity curve for resampling. */
export interface DaySample {
  readonly dayReturn: number;
  /** Lowest equity seen in the day against the end of the day before; at most `dayReturn`. */
  readonly lowReturn: number;
}

export interface DayIntervals {
  readonly meanReturn: Bounds | null;
  readonly sharpe: Bounds | null;
  readonly sortino: Bounds | null;
  readonly maxDrawdown: Bounds | null;
}

export interface TradeIntervals {
  readonly profitFactor: Bounds | null;
  /** Of the mean result, in the unit of the results. */
  readonly expectancy: Bounds | null;
}

/**
 * Length of a block for `count` points in time order: ⌈n^(1/3)⌉, the rate that is best for the variance of a mean
 * (Künsch 1989; Hall, Horowitz & Jing 1995), longer for more than 11,180 points. Blocks keep what neighbours have
 * in common: good and bad spells.
 */
export function blockLength(count: number): number {
  // A cube's root may come out a bit above the whole number.
  return Math.max(1, Math.ceil(Math.cbrt(count) - 1e-9), Math.ceil(count / MAX_BLOCKS));
}

/**
 * 95 % intervals of figures of daily returns, by the circular block bootstrap (Politis & Romano 1992) over days in
 * time order. All null below 20 days. That of the drawdown says what the same days could have done in another order.
 * Cost: a few look-ups per block and resample.
 */
export function dayIntervals(days: readonly DaySample[], rng: Rng, resamples = RESAMPLES): DayIntervals {
  const count = days.length;
  if (count < MIN_FOR_INTERVAL) return { meanReturn: null, sharpe: null, sortino: null, maxDrawdown: null };
  const length = blockLength(count);
  const rest = count % length;
  const centre = days.reduce((sum, day) => sum + day.dayReturn, 0) / count;
  const whole = dayBlocks(days, length, centre);
  const last = rest === 0 ? whole : dayBlocks(days, rest, centre);
  const means = new Float64Array(resamples);
  const sharpes = new Float64Array(resamples);
  const sortinos = new Float64Array(resamples);
  const drawdowns = new Float64Array(resamples);
  const year = Math.sqrt(DAYS_PER_YEAR);
  for (let round = 0; round < resamples; round++) {
    let sum = 0;
    let squares = 0;
    let downside = 0;
    let level = 1;
    let peak = 1;
    let deepest = 0;
    for (let drawn = 0; drawn < count; drawn += length) {
      const { sums, squareSums, downsides, growths, lows, highs, drawdowns: inside } = count - drawn < length ? last : whole;
      const start = rng.int(count);
      sum += sums[start] as number;
      squares += squareSums[start] as number;
      downside += downsides[start] as number;
      // A point of the block is below the peak before the block, or below one within it.
      deepest = Math.max(deepest, inside[start] as number, 1 - (level * (lows[start] as number)) / peak);
      peak = Math.max(peak, level * (highs[start] as number));
      level *= growths[start] as number;
    }
    const average = centre + sum / count;
    const variance = (squares - (sum * sum) / count) / (count - 1);
    means[round] = average;
    sharpes[round] = variance > MIN_VARIANCE ? (average / Math.sqrt(variance)) * year : Number.NaN;
    sortinos[round] = ratio(average, Math.sqrt(downside / count)) * year;
    drawdowns[round] = deepest;
  }
  const blocks = count / length;
  return {
    meanReturn: percentiles(means, blocks),
    sharpe: percentiles(sharpes, blocks),
    sortino: percentiles(sortinos, blocks),
    maxDrawdown: percentiles(drawdowns, blocks),
  };
}

/**
 * 95 % intervals of profit factor and mean of trade results in time order, by the circular block bootstrap over
 * trades. Both null below 20 trades. A resample without a loss has an infinite profit factor, so the upper bound
 * may be missing. Cost: two look-ups per block and resample, whatever the number of trades.
 */
export function tradeIntervals(results: ArrayLike<number>, rng: Rng, resamples = RESAMPLES): TradeIntervals {
  const count = results.length;
  if (count < MIN_FOR_INTERVAL) return { profitFactor: null, expectancy: null };
  const length = blockLength(count);
  const gains = circularSums(results, length, (result) => Math.max(0, result));
  const losses = circularSums(results, length, (result) => Math.max(0, -result));
  const factors = new Float64Array(resamples);
  const means = new Float64Array(resamples);
  for (let round = 0; round < resamples; round++) {
    let gained = 0;
    let lost = 0;
    for (let drawn = 0; drawn < count; drawn += length) {
      const start = rng.int(count);
      const end = start + Math.min(length, count - drawn);
      gained += (gains[end] as number) - (gains[start] as number);
      lost += (losses[end] as number) - (losses[start] as number);
    }
    factors[round] = ratio(gained, lost);
    means[round] = (gained - lost) / count;
  }
  const blocks = count / length;
  return { profitFactor: percentiles(factors, blocks), expectancy: percentiles(means, blocks) };
}

/** Running sums once around the circle and one block further: the sum of any block is one subtraction. */
function circularSums(values: ArrayLike<number>, length: number, of: (value: number) => number): Float64Array {
  const sums = new Float64Array(values.length + length + 1);
  for (let i = 0; i < values.length + length; i++) sums[i + 1] = (sums[i] as number) + of(values[i % values.length] as number);
  return sums;
}

/** Per first day of a block: sums around `centre` (so that squares do not cancel), and the path relative to the day before. */
function dayBlocks(days: readonly DaySample[], length: number, centre: number) {
  const column = () => new Float64Array(days.length);
  const blocks = {
    sums: column(),
    squareSums: column(),
    downsides: column(),
    growths: column(),
    lows: column(),
    highs: column(),
    drawdowns: column(),
  };
  for (let start = 0; start < days.length; start++) {
    let sum = 0;
    let squares = 0;
    let downside = 0;
    let level = 1;
    let low = 1;
    let high = 1;
    let deepest = 0;
    for (let i = 0; i < length; i++) {
      const { dayReturn, lowReturn } = days[(start + i) % days.length] as DaySample;
      sum += dayReturn - centre;
      squares += (dayReturn - centre) ** 2;
      downside += Math.min(0, dayReturn) ** 2;
      low = Math.min(low, level * (1 + lowReturn));
      deepest = Math.max(deepest, 1 - (level * (1 + lowReturn)) / high);
      level *= 1 + dayReturn;
      high = Math.max(high, level);
    }
    blocks.sums[start] = sum;
    blocks.squareSums[start] = squares;
    blocks.downsides[start] = downside;
    blocks.growths[start] = level;
    blocks.lows[start] = low;
    blocks.highs[start] = high;
    blocks.drawdowns[start] = deepest;
  }
  return blocks;
}

function ratio(part: number, whole: number): number {
  return part === 0 && whole === 0 ? Number.NaN : part / whole;
}

/**
 * The percentile interval, with the quantiles taken further out as Student's t asks for so few blocks, because the
 * plain one is too narrow (Hesterberg 2015, section 4.2). A bound among infinite values is none; with too many
 * undefined values there is no interval.
 */
function percentiles(values: Float64Array, blocks: number): Bounds | null {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  if (sorted.length < values.length * (1 - MAX_UNDEFINED_SHARE)) return null;
  const share = normalCdf(-Math.sqrt(blocks / (blocks - 1)) * studentQuantile(1 - TAIL, blocks - 1));
  return { low: bound(sorted, share), high: bound(sorted, 1 - share) };
}

function bound(sorted: Float64Array, share: number): number | null {
  const value = quantileSorted(sorted, share);
  return Number.isFinite(value) ? value : null;
}
