import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { annualGrowth, calmarRatio, compoundDrawdown, sharpeRatio, sortinoRatio } from "./returns.ts";

const referenceFile = new URL("../../../shared/reference/ml.json", import.meta.url).pathname;
const hasReference = existsSync(referenceFile);
if (!hasReference) console.warn("SKIPPED: ratios of daily returns against the reference, ../shared/reference/ml.json is missing");

const YEAR = Math.sqrt(365);

test.skipIf(!hasReference)("the reference's figures of 250 daily returns", () => {
  const { finance } = JSON.parse(readFileSync(referenceFile, "utf8"));
  expect(finance.returns).toHaveLength(250);
  expect(sharpeRatio(finance.returns)).toBeCloseTo(finance.sharpe_ann365, 12);
  expect((sharpeRatio(finance.returns) ?? 0) / YEAR).toBeCloseTo(finance.sharpe_daily, 13);
  expect((sortinoRatio(finance.returns) ?? 0) / YEAR).toBeCloseTo(finance.sortino_daily_target0, 13);
  expect(compoundDrawdown(finance.returns)).toBeCloseTo(finance.max_drawdown_compound, 13);
});

describe("by hand", () => {
  test("four days: mean 0.005, sample variance 0.0009/3, downside 0.0001/4", () => {
    const returns = [0.02, -0.01, 0.02, -0.01];
    expect(sharpeRatio(returns)).toBeCloseTo((0.005 / Math.sqrt(0.0003)) * YEAR, 10);
    expect(sortinoRatio(returns)).toBeCloseTo((0.005 / Math.sqrt(0.0002 / 4)) * YEAR, 10);
  });

  test.each([
    { name: "up, down a quarter of it, up", returns: [0.2, -0.25, 0.5], deepest: 0.25 },
    { name: "the start is a peak", returns: [-0.1, -0.1], deepest: 1 - 0.81 },
    { name: "two falls, the second from a higher peak", returns: [-0.1, 0.5, -0.2, 0.1, -0.2], deepest: 1 - 0.8 * 1.1 * 0.8 },
    { name: "only up", returns: [0.1, 0, 0.2], deepest: 0 },
    { name: "everything lost", returns: [0.1, -1, 0.5], deepest: 1 },
    { name: "no day", returns: [], deepest: 0 },
  ])("drawdown: $name", ({ returns, deepest }) => {
    expect(compoundDrawdown(returns)).toBeCloseTo(deepest, 12);
  });

  test("growth and Calmar", () => {
    expect(annualGrowth(1.1, 73)).toBeCloseTo(1.1 ** 5 - 1, 12);
    expect(annualGrowth(1, 365)).toBe(0);
    expect(annualGrowth(0, 100)).toBe(-1);
    expect(calmarRatio(0.3, 0.15)).toBeCloseTo(2, 12);
    expect(calmarRatio(-0.3, 0.15)).toBeCloseTo(-2, 12);
  });
});

describe("undefined is null, never a sentinel", () => {
  test.each([
    { name: "no day", returns: [] },
    { name: "one day", returns: [0.1] },
    { name: "all zero", returns: [0, 0, 0] },
    { name: "equal returns, whose deviation is rounding error", returns: Array.from({ length: 7 }, () => 0.1) },
    { name: "not a number", returns: [0.1, Number.NaN, 0.2] },
  ])("$name", ({ returns }) => {
    expect(sharpeRatio(returns)).toBeNull();
    if (returns.every((value) => !(value < 0))) expect(sortinoRatio(returns)).toBeNull();
  });

  test("Sortino without a losing day, growth of a few days, Calmar without a drawdown", () => {
    expect(sortinoRatio([0.1, 0.2, 0])).toBeNull();
    expect(sharpeRatio([0.1, 0.2, 0])).not.toBeNull();
    expect(annualGrowth(1.5, 29)).toBeNull();
    expect(annualGrowth(1.5, 30)).not.toBeNull();
    expect(annualGrowth(-0.1, 100)).toBeNull();
    expect(annualGrowth(1e300, 30)).toBeNull();
    expect(calmarRatio(null, 0.1)).toBeNull();
    expect(calmarRatio(0.1, null)).toBeNull();
    expect(calmarRatio(0.1, 0)).toBeNull();
  });
});

describe("properties", () => {
  const returns = fc.array(
    fc.integer({ min: -2_000, max: 3_000 }).map((bps) => bps / 10_000),
    { minLength: 2, maxLength: 60 },
  );

  test("neither the size of the returns nor their order changes the ratios", () => {
    fc.assert(
      fc.property(returns, fc.double({ min: 0.01, max: 3, noNaN: true }), (sample, scale) => {
        const sharpe = sharpeRatio(sample);
        fc.pre(sharpe === null || Math.abs(sharpe) > 1e-6);
        const scaled = sample.map((value) => value * scale);
        expectSame(sharpeRatio(scaled), sharpe);
        expectSame(sortinoRatio(scaled), sortinoRatio(sample));
        expectSame(sharpeRatio(sample.toReversed()), sharpe);
        expectSame(sortinoRatio(sample.toReversed()), sortinoRatio(sample));
      }),
    );
  });

  test("a day without trades moves the Sharpe ratio as the formula says", () => {
    fc.assert(
      fc.property(returns, (sample) => {
        const n = sample.length;
        const sharpe = sharpeRatio(sample);
        fc.pre(sharpe !== null && Math.abs(sharpe) > 1e-3);
        const total = sample.reduce((sum, value) => sum + value, 0);
        const squares = sample.reduce((sum, value) => sum + value * value, 0);
        const longer = Math.sqrt((squares - (total * total) / (n + 1)) / n);
        const expected = (total / (n + 1) / longer) * YEAR;
        expect((sharpeRatio([...sample, 0]) ?? 0) / expected).toBeCloseTo(1, 6);
      }),
    );
  });

  test("zero days lower the Sortino ratio by the root of their share", () => {
    fc.assert(
      fc.property(returns, fc.integer({ min: 1, max: 50 }), (sample, zeros) => {
        const before = sortinoRatio(sample);
        fc.pre(before !== null && Math.abs(before) > 1e-6);
        const after = sortinoRatio([...sample, ...new Array<number>(zeros).fill(0)]);
        expectSame(after, (before ?? 0) * Math.sqrt(sample.length / (sample.length + zeros)));
      }),
    );
  });

  test("a drawdown is between 0 and 1, and a later day never lowers it", () => {
    fc.assert(
      fc.property(returns, fc.double({ min: -1, max: 1, noNaN: true }), (sample, next) => {
        const deepest = compoundDrawdown(sample);
        expect(deepest).toBeGreaterThanOrEqual(0);
        expect(deepest).toBeLessThanOrEqual(1);
        expect(compoundDrawdown([...sample, next])).toBeGreaterThanOrEqual(deepest);
      }),
    );
  });
});

function expectSame(actual: number | null, expected: number | null): void {
  if (expected === null) expect(actual).toBeNull();
  else expect((actual ?? Number.NaN) / expected).toBeCloseTo(1, 6);
}
