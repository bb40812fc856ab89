import { describe, expect, test } from "vitest";
import type { RiskLimit } from "../../../domain/api/types.ts";
import { limitShare, limitText, limitTone } from "./risk.ts";

const limit = (used: number, of: number, unit: RiskLimit["unit"] = "bps", isReached = used >= of): RiskLimit => ({
  code: "X",
  used,
  limit: of,
  unit,
  isReached,
});

describe("limits", () => {
  test.each([
    [limit(0, 10), 0, "free"],
    [limit(5, 10), 0.5, "free"],
    [limit(8, 10), 0.8, "near"],
    [limit(10, 10), 1, "reached"],
    [limit(15, 10), 1, "reached"],
    [limit(0, 0, "ms", false), 0, "free"],
    [limit(5, 0, "ms", true), 1, "reached"],
    [limit(-3, 10), 0, "free"],
    [limit(Number.NaN, 10, "bps", false), 0, "free"],
  ] as const)("%j", (one, share, tone) => {
    expect(limitShare(one)).toBe(share);
    expect(limitTone(one)).toBe(tone);
  });

  test("a breaker that tripped stays reached when its figure has recovered", () => {
    expect(limitTone(limit(100, 1_500, "bps", true))).toBe("reached");
  });

  test.each([
    [limit(120, 1_500), "1.2% of 15.0%"],
    [limit(3, 10, "positions"), "3 of 10 positions"],
    [limit(400, 2_000, "ms"), "400 ms of 2.0 s"],
    [limit(90_000, 86_400_000, "ms"), "1m 30s of 1d 0h"],
  ])("%j reads %s", (one, text) => {
    expect(limitText(one)).toBe(text);
  });
});
