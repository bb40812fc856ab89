import { expect, test } from "vitest";
import { barrierPosition, relativeBps } from "./statistics.ts";

test("relativeBps", () => {
  expect(relativeBps(1_000n, 1_123n)).toBe(1_230);
  expect(relativeBps(7_000_000_000n, 6_999_300_000n)).toBe(-1);
  expect(relativeBps(0n, 5n)).toBeNull();
  expect(relativeBps(null, 5n)).toBeNull();
});

test("barrierPosition", () => {
  expect(barrierPosition(-1_000, 1_000, 2_000)).toBe(0);
  expect(barrierPosition(0, 1_000, 2_000)).toBeCloseTo(1 / 3);
  expect(barrierPosition(5_000, 1_000, 2_000)).toBe(1);
  expect(barrierPosition(0, 0, 0)).toBeNull();
});
