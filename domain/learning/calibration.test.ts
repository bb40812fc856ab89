import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calibrate, fitIsotonic, fitPlatt } from "./calibration.ts";

const referenceFile = new URL("../../../shared/reference/ml.json", import.meta.url).pathname;
const hasReference = existsSync(referenceFile);
if (!hasReference) console.warn("SKIPPED: calibration against scikit-learn, ../shared/reference/ml.json is missing");

describe("calibration", () => {
  test.skipIf(!hasReference)("Platt and isotonic of scikit-learn", () => {
    const { metrics, calibration } = JSON.parse(readFileSync(referenceFile, "utf8"));
    const platt = fitPlatt(metrics.p, metrics.y);
    expect(platt.a).toBeCloseTo(calibration.platt_a, 4);
    expect(platt.b).toBeCloseTo(calibration.platt_b, 4);
    const isotonic = fitIsotonic(metrics.p, metrics.y);
    calibration.grid.forEach((x: number, i: number) => {
      expect(calibrate(platt, x)).toBeCloseTo(calibration.platt[i], 5);
      expect(calibrate(isotonic, x)).toBeCloseTo(calibration.isotonic[i], 10);
    });
    expect(isotonic.x).toEqual(calibration.isotonic_x);
    expect(isotonic.y).toEqual(calibration.isotonic_y.map((y: number) => expect.closeTo(y, 12)));
  });

  test("one class, or no signal, gives a finite probability near the base rate", () => {
    expect(calibrate(fitPlatt([1, 2, 3], [1, 1, 1]), 2)).toBeCloseTo(0.8, 6);
    const flat = fitPlatt([0, 0, 0, 0], [1, 0, 0, 0]);
    expect(calibrate(flat, 0)).toBeCloseTo((2 / 3 + 3 / 5) / 4, 6);
    expect(calibrate(fitIsotonic([5], [1]), -3)).toBe(1);
  });

  test("isotonic is monotone and keeps the mean", () => {
    const rows = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 0, max: 1 })), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(rows, (sample) => {
        const margins = sample.map(([margin]) => margin);
        const labels = sample.map(([, label]) => label);
        const fitted = fitIsotonic(margins, labels);
        const values = margins.map((margin) => calibrate(fitted, margin));
        const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);
        expect(sum(values)).toBeCloseTo(sum(labels), 9);
        const sorted = margins.toSorted((a, b) => a - b).map((margin) => calibrate(fitted, margin));
        sorted.forEach((value, i) => {
          expect(value).toBeGreaterThanOrEqual(sorted[i - 1] ?? 0);
        });
      }),
    );
  });
});
