import { describe, expect, test } from "vitest";
import { builtinParameters } from "./parameters.ts";
import { positionSizeLamports, sizeShareBps, stopLossBps, takeProfitBps } from "./sizing.ts";

const parameters = builtinParameters("default");

describe("size by score", () => {
  test.each([
    [100, 1_500],
    [80, 1_500],
    [79.9, 1_000],
    [60, 1_000],
    [59.9, 500],
    [0, 500],
  ])("score %d is worth %d bps of equity", (score, bps) => {
    expect(sizeShareBps(score, parameters)).toBe(bps);
  });

  test("rounds down to the lamport, and is null below the smallest position", () => {
    expect(positionSizeLamports(85, 5_000_000_001n, parameters)).toBe(750_000_000n);
    expect(positionSizeLamports(65, 500_000_000n, parameters)).toBe(50_000_000n);
    expect(positionSizeLamports(65, 499_999_999n, parameters)).toBeNull();
    expect(positionSizeLamports(65, -1n, parameters)).toBeNull();
  });

  test("a cap holds, and a cap below the smallest position leaves none", () => {
    expect(positionSizeLamports(85, 5_000_000_000n, parameters, 100_000_000n)).toBe(100_000_000n);
    expect(positionSizeLamports(65, 500_000_000n, parameters, 100_000_000n)).toBe(50_000_000n);
    expect(positionSizeLamports(85, 5_000_000_000n, parameters, 49_999_999n)).toBeNull();
  });
});

describe("stop loss and take profit by score", () => {
  test.each([
    [0, 1_000, 2_000],
    [60, 1_000, 2_000],
    [70, 1_250, 2_250],
    [80, 1_500, 2_500],
    [99.99, 2_000, 3_000],
    [100, 2_000, 3_000],
    [120, 2_000, 3_000],
  ])("score %d: stop %d bps, take %d bps", (score, stop, take) => {
    expect(stopLossBps(score, parameters)).toBe(stop);
    expect(takeProfitBps(score, parameters)).toBe(take);
  });
});
