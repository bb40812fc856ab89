import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { timeSplit, walkForwardFolds } from "./split.ts";

const referenceFile = new URL("../../../shared/reference/ml.json", import.meta.url).pathname;
const hasReference = existsSync(referenceFile);
if (!hasReference) console.warn("SKIPPED: splits against scikit-learn, ../shared/reference/ml.json is missing");

describe("splits", () => {
  test.skipIf(!hasReference)("walk-forward folds are scikit-learn's TimeSeriesSplit", () => {
    const { n50_k5, n53_k4_gap3_test8 } = JSON.parse(readFileSync(referenceFile, "utf8")).time_series_split;
    const flat = (folds: ReturnType<typeof walkForwardFolds>): number[][] => folds.map((f) => [0, f.trainEnd, f.testStart, f.testEnd]);
    expect(flat(walkForwardFolds(50, 5))).toEqual(n50_k5);
    expect(flat(walkForwardFolds(53, 4, 3, 8))).toEqual(n53_k4_gap3_test8);
    expect(walkForwardFolds(3, 5)).toEqual([]);
  });

  test("purges labels that reach into the test and groups that have a row there", () => {
    const row = (t0Ms: number, t1Ms: number, ...groups: string[]) => ({ t0Ms, t1Ms, groups });
    const rows = [row(90, 95, "b"), row(0, 10, "a"), row(20, 99, "c"), row(30, 40, "b"), row(100, 110, "d"), row(50, 85, "e")];
    const split = timeSplit(rows, 1 / 3, 10);
    expect([...split.test]).toEqual([0, 4]);
    expect([...split.train]).toEqual([1]);
    expect(split).toMatchObject({ cutMs: 90, purged: 2, grouped: 1 });
  });

  test("no train label is known later than the first test decision, and no group stands on both sides", () => {
    const row = fc.record({
      t0Ms: fc.integer({ min: 0, max: 500 }),
      lengthMs: fc.integer({ min: 0, max: 60 }),
      groups: fc.array(fc.constantFrom("a", "b", "c", "d", "e", "f", "g"), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 80 }),
        fc.double({ min: 0.05, max: 0.6, noNaN: true }),
        fc.integer({ min: 0, max: 40 }),
        (raw, share, embargo) => {
          const rows = raw.map(({ t0Ms, lengthMs, groups }) => ({ t0Ms, t1Ms: t0Ms + lengthMs, groups }));
          const { train, test: held, cutMs, purged, grouped } = timeSplit(rows, share, embargo);
          const heldGroups = new Set([...held].flatMap((i) => rows[i]?.groups ?? []));
          for (const i of train) {
            expect((rows[i]?.t1Ms ?? 0) + embargo).toBeLessThan(cutMs);
            expect(rows[i]?.groups.some((group) => heldGroups.has(group))).toBe(false);
          }
          for (const i of held) expect(rows[i]?.t0Ms).toBeGreaterThanOrEqual(cutMs);
          expect(train.length + held.length + purged + grouped).toBe(rows.length);
        },
      ),
    );
  });
});
