import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wilsonInterval } from "./wilson.ts";

describe("wilsonInterval", () => {
  // Published values: Newcombe 1998, table I (81/263, 15/148, 0/20, 1/29).
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("%s of %s", (wins, n, low, high) => {
    const interval = wilsonInterval(wins, n);
    expect(interval?.low).toBeCloseTo(low, 4);
    expect(interval?.high).toBeCloseTo(high, 4);
  });

  test.each([
    [0, 0],
    [3, 2],
    [-1, 2],
    [0.5, 2],
    [1, Number.NaN],
  ])("has no answer for %s of %s", (wins, n) => {
    expect(wilsonInterval(wins, n)).toBeNull();
  });

  test("contains the share, mirrors, and stays in [0, 1]", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const wins = Math.round(share * n);
        const interval = wilsonInterval(wins, n);
        const mirror = wilsonInterval(n - wins, n);
        if (interval === null || mirror === null) throw new Error("no interval");
        expect(interval.low).toBeGreaterThanOrEqual(0);
        expect(interval.high).toBeLessThanOrEqual(1);
        expect(interval.low).toBeLessThanOrEqual(wins / n + 1e-12);
        expect(interval.high).toBeGreaterThanOrEqual(wins / n - 1e-12);
        expect(mirror.low).toBeCloseTo(1 - interval.high, 10);
      }),
    );
  });
});
