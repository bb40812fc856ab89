import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { areaUnderCurve, averagePrecision, brierScore, expectedCalibrationError, logLoss, quantileSorted } from "./metrics.ts";

const referenceFile = new URL("../../../shared/reference/ml.json", import.meta.url).pathname;
const hasReference = existsSync(referenceFile);
if (!hasReference) console.warn("SKIPPED: metrics against scikit-learn, ../shared/reference/ml.json is missing");

describe("metrics", () => {
  test.skipIf(!hasReference)("scikit-learn's figures on tied points", () => {
    const { metrics } = JSON.parse(readFileSync(referenceFile, "utf8"));
    expect(areaUnderCurve(metrics.y, metrics.p)).toBeCloseTo(metrics.auc, 12);
    expect(averagePrecision(metrics.y, metrics.p)).toBeCloseTo(metrics.average_precision, 12);
    expect(logLoss(metrics.y, metrics.p)).toBeCloseTo(metrics.logloss, 12);
    expect(brierScore(metrics.y, metrics.p)).toBeCloseTo(metrics.brier, 12);
  });

  test("by hand", () => {
    expect(areaUnderCurve([0, 1, 0, 1], [0.1, 0.9, 0.9, 0.95])).toBeCloseTo(3.5 / 4, 12);
    expect(averagePrecision([1, 0, 1], [0.9, 0.8, 0.7])).toBeCloseTo((1 + 2 / 3) / 2, 12);
    expect(logLoss([1, 0], [0.8, 0.4])).toBeCloseTo((-Math.log(0.8) - Math.log(0.6)) / 2, 12);
    expect(logLoss([1], [0])).toBeCloseTo(-Math.log(1e-15), 6);
    expect(expectedCalibrationError([1, 0, 1, 1], [0.95, 0.95, 0.35, 0.35])).toBeCloseTo(0.5 * 0.45 + 0.5 * 0.65, 12);
    expect(quantileSorted([1, 2, 4], 0.75)).toBe(3);
  });

  test("one class has no curve", () => {
    expect(areaUnderCurve([1, 1], [0.2, 0.3])).toBeNull();
    expect(areaUnderCurve([], [])).toBeNull();
    expect(averagePrecision([0, 0], [0.2, 0.3])).toBeNull();
  });

  test("the area is the share of ordered pairs, ties half", () => {
    const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 5 })), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(rows, (sample) => {
        const labels = sample.map(([label]) => label);
        const scores = sample.map(([, score]) => score);
        let pairs = 0;
        let won = 0;
        for (const [label, score] of sample) {
          for (const [other, otherScore] of sample) {
            if (label !== 1 || other !== 0) continue;
            pairs++;
            won += score > otherScore ? 1 : score === otherScore ? 0.5 : 0;
          }
        }
        const area = areaUnderCurve(labels, scores);
        if (pairs === 0) expect(area).toBeNull();
        else expect(area).toBeCloseTo(won / pairs, 12);
      }),
    );
  });
});
