import { describe, expect, test } from "vitest";
import { createRng } from "../random.ts";
import { areaUnderCurve } from "../statistics/metrics.ts";
import { ablateMood, type MoodOutcome } from "./ablation.ts";

/** Tokens that win by a hidden worth; each mood sees it through noise of its own. */
function rowsOf(
  count: number,
  noise: { readonly used: number; readonly other: number },
  changes: Partial<MoodOutcome> = {},
): MoodOutcome[] {
  const rng = createRng("ablation test");
  const bounded = (value: number) => Math.max(-1, Math.min(1, value / 3));
  return Array.from({ length: count }, (_, i) => {
    const worth = rng.normal();
    return {
      atMs: i * 1_000,
      group: `g${i}`,
      won: worth + rng.normal() > 0,
      used: bounded(worth + noise.used * rng.normal()),
      other: bounded(worth + noise.other * rng.normal()),
      ...changes,
    };
  });
}

describe("ablateMood", () => {
  test("a mood that tells far more gets a weight", () => {
    const { verdict, weight, aucUsed, aucBlended, gainAtLeast } = ablateMood(rowsOf(2_000, { used: 5, other: 0.2 }));
    expect(verdict).toBe("gain");
    expect(weight).toBeGreaterThan(0);
    expect(gainAtLeast).toBeGreaterThan(0);
    expect(aucBlended ?? 0).toBeGreaterThan(aucUsed ?? 1);
  });

  test.each<[string, { used: number; other: number }]>([
    ["noise", { used: 0.5, other: 50 }],
    ["as good as the one that is used", { used: 0.5, other: 0.5 }],
  ])("a mood that is %s brings little or nothing: never a loss", (_, noise) => {
    const { weight, gainAtLeast } = ablateMood(rowsOf(1_500, noise));
    expect(weight === 0 || (gainAtLeast ?? 0) > 0).toBe(true);
    if (noise.other > 10) expect(weight).toBe(0);
  });

  test("a copy of the mood that is used gets no weight", () => {
    const rows = rowsOf(1_500, { used: 1, other: 1 }).map((row) => ({ ...row, other: row.used }));
    expect(ablateMood(rows)).toMatchObject({ weight: 0, verdict: "no certain gain" });
  });

  test.each<[string, MoodOutcome[]]>([
    ["nothing recorded", []],
    ["never an answer of it", rowsOf(2_000, { used: 1, other: 0 }, { other: null })],
    ["few rows", rowsOf(300, { used: 5, other: 0 })],
    ["one outcome only", rowsOf(2_000, { used: 5, other: 0 }, { won: true })],
    ["one creator only", rowsOf(2_000, { used: 5, other: 0 }, { group: "g" })],
  ])("%s: too few rows, weight 0", (_, rows) => {
    expect(ablateMood(rows)).toMatchObject({ weight: 0, verdict: "too few rows", gainAtLeast: null });
  });

  test("the area is the area under the curve", () => {
    const rows = rowsOf(1_000, { used: 3, other: 1 }).map((row) => ({ ...row, used: Math.round((row.used ?? 0) * 5) / 5 }));
    const later = rows.slice(700);
    const labels = later.map(({ won }) => (won ? 1 : 0));
    const area = areaUnderCurve(
      labels,
      later.map(({ used }) => used),
    );
    expect(ablateMood(rows).aucUsed).toBeCloseTo(area ?? Number.NaN, 12);
  });

  test("the order of the rows does not matter", () => {
    const rows = rowsOf(1_000, { used: 3, other: 1 });
    expect(ablateMood(rows.toReversed())).toEqual(ablateMood(rows));
  });
});
