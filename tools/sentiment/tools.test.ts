import { describe, expect, test } from "vitest";
import { readStudent } from "../../domain/sentiment/student.ts";
import { correlation, signAccuracy } from "./figures.ts";
import { fragmentsOf } from "./fragments.ts";
import { pack } from "./pack.ts";
import { denseRow, fitRidge, predict } from "./ridge.ts";
import { BUCKETS, studentRow } from "./rows.ts";
import { foldsOf } from "./student.ts";

describe("ridge", () => {
  test("finds the line that made the points, penalised as by hand", () => {
    const rows = [0, 1, 2, 3].map((x) => denseRow(Float64Array.of(x)));
    const free = fitRidge(rows, [1, 3, 5, 7], [1, 1, 1, 1], { buckets: 0, densePenalty: 0, sparsePenalty: 0 });
    expect([free.bias, free.dense[0]].map((value) => value?.toFixed(4))).toEqual(["1.0000", "2.0000"]);
    // Centred, x has a sum of squares of 5 and 10 with y: 10 / (5 + 5).
    const held = fitRidge(rows, [1, 3, 5, 7], [1, 1, 1, 1], { buckets: 0, densePenalty: 5, sparsePenalty: 0 });
    expect(held.dense[0]).toBeCloseTo(1, 4);
  });

  test("a row of weight 2 counts as two", () => {
    const [a, b, c] = [0, 1, 5].map((x) => denseRow(Float64Array.of(x)));
    if (a === undefined || b === undefined || c === undefined) throw new Error("rows");
    const options = { buckets: 0, densePenalty: 1, sparsePenalty: 0 };
    const weighted = fitRidge([a, b, c], [0, 1, 2], [1, 2, 1], options);
    const doubled = fitRidge([a, b, b, c], [0, 1, 1, 2], [1, 1, 1, 1], options);
    expect(predict(weighted, c)).toBeCloseTo(predict(doubled, c), 9);
  });

  test("learns a word from its bucket", () => {
    const texts = ["zebra runs", "zebra sleeps", "table runs", "table sleeps"];
    const model = fitRidge(texts.map(studentRow), [1, 1, -1, -1], [1, 1, 1, 1], { buckets: BUCKETS, densePenalty: 1, sparsePenalty: 0.1 });
    expect(predict(model, studentRow("zebra"))).toBeGreaterThan(0.5);
    expect(predict(model, studentRow("table"))).toBeLessThan(-0.5);
  });
});

test("a packed model says what it said before, but for the rounding of its bytes", () => {
  const sparse = Float64Array.from({ length: BUCKETS }, (_, i) => Math.sin(i) * 0.3);
  const packed = readStudent(pack({ bias: 0.1, dense: Float64Array.of(0.4, -0.2, 0.1, 0.2), sparse }, 0.25));
  if (!packed.ok) throw new Error(packed.detail);
  const worst = sparse.reduce((most, weight, i) => Math.max(most, Math.abs(weight - (packed.value.table[i] ?? 0))), 0);
  expect(worst).toBeLessThan(0.3 / 127);
});

test("windows and folds are the same every time", () => {
  const text = "one two three four five six seven eight nine ten eleven twelve";
  expect(fragmentsOf(text)).toEqual(fragmentsOf(text));
  for (const window of fragmentsOf(text)) expect(text).toContain(window);
  expect(fragmentsOf("too short")).toEqual([]);
  expect(foldsOf(100, 5, "a")).toEqual(foldsOf(100, 5, "a"));
  expect(new Set(foldsOf(100, 5, "a")).size).toBe(5);
});

test("figures by hand", () => {
  expect(correlation([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 12);
  expect(correlation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
  expect(signAccuracy([0.5, -0.1, 0, 0.2], [1, 1, -1, 3])).toBe(0.5);
});
