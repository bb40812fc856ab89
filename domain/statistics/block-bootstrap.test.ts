import { describe, expect, test } from "vitest";
import { createRng } from "../random.ts";
import { blockLength, type DaySample, dayIntervals, MIN_FOR_INTERVAL, RESAMPLES, tradeIntervals } from "./block-bootstrap.ts";
import { compoundDrawdown, sharpeRatio } from "./returns.ts";

const flat = (dayReturn: number): DaySample => ({ dayReturn, lowReturn: dayReturn });

test("blocks of n^(1/3) points, never more than 500 of them", () => {
  expect([1, 8, 9, 27, 28, 365, 1_000, 2_000].map(blockLength)).toEqual([1, 2, 3, 3, 4, 8, 10, 13]);
  expect(100_000 / blockLength(100_000)).toBeLessThanOrEqual(500);
});

describe("dayIntervals", () => {
  test("is a function of its seed and has the measured value inside", () => {
    const rng = createRng("days");
    const returns = Array.from({ length: 101 }, () => 0.002 + 0.03 * rng.normal());
    const once = dayIntervals(returns.map(flat), createRng("a"));
    expect(dayIntervals(returns.map(flat), createRng("a"))).toEqual(once);
    expect(dayIntervals(returns.map(flat), createRng("b"))).not.toEqual(once);
    const sharpe = sharpeRatio(returns) ?? Number.NaN;
    expect(once.sharpe?.low).toBeLessThan(sharpe);
    expect(once.sharpe?.high).toBeGreaterThan(sharpe);
    expect(once.maxDrawdown?.low).toBeLessThan(compoundDrawdown(returns));
    expect(once.maxDrawdown?.high).toBeGreaterThan(compoundDrawdown(returns));
  });

  test("too few days, days without spread and days without a loss have none", () => {
    const few = Array.from({ length: MIN_FOR_INTERVAL - 1 }, (_, i) => flat(i / 1_000));
    expect(dayIntervals(few, createRng("x"))).toEqual({ meanReturn: null, sharpe: null, sortino: null, maxDrawdown: null });
    const same = dayIntervals(new Array<DaySample>(40).fill(flat(0.01)), createRng("x"));
    expect(same).toMatchObject({ sharpe: null, sortino: { low: null, high: null }, maxDrawdown: { low: 0, high: 0 } });
    expect(same.meanReturn?.low).toBeCloseTo(0.01, 12);
    const zero = dayIntervals(new Array<DaySample>(40).fill(flat(0)), createRng("x"));
    expect(zero).toMatchObject({ sharpe: null, sortino: null, meanReturn: { low: 0, high: 0 } });
  });

  test("what falls within a day counts for the drawdown, and a steady fall has one answer", () => {
    const days = Array.from({ length: 30 }, () => ({ dayReturn: 0, lowReturn: -0.07 }));
    expect(dayIntervals(days, createRng("x")).maxDrawdown?.low).toBeCloseTo(0.07, 12);
    expect(dayIntervals(days, createRng("x")).maxDrawdown?.high).toBeCloseTo(0.07, 12);
    const falling = Array.from({ length: 30 }, () => flat(-0.01));
    expect(dayIntervals(falling, createRng("x")).maxDrawdown?.high).toBeCloseTo(1 - 0.99 ** 30, 12);
  });

  test.each([
    { days: 20, correlation: 0, least: 0.92 },
    { days: 60, correlation: 0, least: 0.92 },
    { days: 60, correlation: 0.3, least: 0.87 },
  ])("covers the truth about as often as it says: $days days, correlation $correlation", ({ days, correlation, least }) => {
    const truth = 0.003;
    let [mean, sharpe, expectancy] = [0, 0, 0];
    const runs = 300;
    for (let run = 0; run < runs; run++) {
      const rng = createRng(`coverage-${days}-${correlation}-${run}`);
      let noise = rng.normal() / Math.sqrt(1 - correlation ** 2);
      const returns = Array.from({ length: days }, () => {
        noise = correlation * noise + rng.normal();
        return truth + 0.03 * noise * Math.sqrt(1 - correlation ** 2);
      });
      const intervals = dayIntervals(returns.map(flat), rng, 300);
      mean += Number(holds(intervals.meanReturn, truth));
      sharpe += Number(holds(intervals.sharpe, 0.1 * Math.sqrt(365)));
      expectancy += Number(holds(tradeIntervals(returns, rng, 300).expectancy, truth));
    }
    for (const covered of [mean, sharpe, expectancy]) {
      expect(covered / runs).toBeGreaterThan(least);
      expect(covered / runs).toBeLessThan(0.995);
    }
  });
});

describe("tradeIntervals", () => {
  test("few trades have none, and without a loss the profit factor has no bound", () => {
    expect(tradeIntervals([1, 2, 3], createRng("x"))).toEqual({ profitFactor: null, expectancy: null });
    const wins = tradeIntervals(new Array<number>(25).fill(3), createRng("x"));
    expect(wins).toEqual({ profitFactor: { low: null, high: null }, expectancy: { low: 3, high: 3 } });
    const oneLoss = tradeIntervals([...new Array<number>(24).fill(3), -3], createRng("x"));
    expect(oneLoss.profitFactor?.low).toBeGreaterThan(1);
    expect(oneLoss.profitFactor?.high).toBeNull();
  });

  test("blocks keep spells together: alternating results vary less than results in spells", () => {
    const alternating = Array.from({ length: 216 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const spells = Array.from({ length: 216 }, (_, i) => (Math.floor(i / 12) % 2 === 0 ? 1 : -1));
    const width = (results: number[]): number => {
      const bounds = tradeIntervals(results, createRng("x")).expectancy;
      return (bounds?.high ?? 0) - (bounds?.low ?? 0);
    };
    expect(width(spells)).toBeGreaterThan(3 * width(alternating));
  });

  test("the longest history stays within its budget", () => {
    const rng = createRng("long");
    const days = Array.from({ length: 2_000 }, () => flat(0.03 * rng.normal()));
    const results = Float64Array.from({ length: 100_000 }, () => rng.normal());
    let draws = 0;
    const counted = {
      ...rng,
      int: (bound: number) => {
        draws += 1;
        return rng.int(bound);
      },
    };
    dayIntervals(days, counted);
    // 2,000 days in blocks of 13; each draw is a handful of look-ups, 8 ms together.
    expect(draws).toBe(RESAMPLES * 154);
    draws = 0;
    tradeIntervals(results, counted);
    // 100,000 trades in 500 blocks, 23 ms.
    expect(draws).toBe(RESAMPLES * 500);
  });
});

function holds(bounds: { low: number | null; high: number | null } | null, truth: number): boolean {
  return bounds !== null && (bounds.low ?? -Infinity) <= truth && truth <= (bounds.high ?? Infinity);
}
