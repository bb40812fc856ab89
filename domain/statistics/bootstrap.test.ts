import { describe, expect, test } from "vitest";
import { createRng } from "../random.ts";
import { bootstrap, groupIndex, pairedDifference } from "./bootstrap.ts";

describe("bootstrap", () => {
  test("is a function of its seed", () => {
    const differences = Array.from({ length: 40 }, (_, i) => Math.sin(i));
    const groups = differences.map((_, i) => `g${i % 13}`);
    const once = pairedDifference(differences, groups, createRng("a"), 0.05);
    expect(pairedDifference(differences, groups, createRng("a"), 0.05)).toEqual(once);
    expect(pairedDifference(differences, groups, createRng("b"), 0.05)).not.toEqual(once);
    expect(once.lower).toBeLessThan(once.estimate);
    expect(once.upper).toBeGreaterThan(once.estimate);
  });

  test("covers the truth about as often as it says", () => {
    let covered = 0;
    const runs = 200;
    for (let run = 0; run < runs; run++) {
      const rng = createRng(`coverage-${run}`);
      const sample = Array.from({ length: 60 }, () => 0.3 + rng.normal());
      const interval = pairedDifference(
        sample,
        sample.map((_, i) => String(i)),
        rng,
        0.05,
        400,
      );
      if (interval.lower <= 0.3 && interval.upper >= 0.3) covered++;
    }
    expect(covered / runs).toBeGreaterThan(0.83);
    expect(covered / runs).toBeLessThan(0.96);
  });

  test("rows of one group count as one: copying them narrows nothing", () => {
    const rng = createRng("rows");
    const sample = Array.from({ length: 30 }, () => rng.normal());
    const single = pairedDifference(sample, sample.map(String), createRng("s"), 0.05);
    const copied = pairedDifference(
      sample.flatMap((value) => [value, value, value, value]),
      sample.flatMap((value) => [value, value, value, value].map(String)),
      createRng("s"),
      0.05,
    );
    expect(copied.lower).toBeCloseTo(single.lower, 9);
    expect(copied.upper).toBeCloseTo(single.upper, 9);
  });

  test("an undefined statistic widens to infinity", () => {
    expect(bootstrap(0, () => Number.NaN, createRng("x"), 0.05)).toMatchObject({ lower: -Infinity, upper: Infinity });
    expect(groupIndex(["b", "a", "b"])).toEqual({ index: Int32Array.of(0, 1, 0), count: 2 });
  });
});
