import { describe, expect, test } from "vitest";
import { isComplete, nextSampleMs, type PathWatch, pathEnd, pathRecord } from "./path-recorder.ts";

const WATCH: PathWatch = { mint: "mint", pool: "pool", vaults: null, startedAtMs: 1_000_000, horizonMs: 60_000, sampleMs: 10_000 };

describe("nextSampleMs", () => {
  test.each([
    [999_000, 1_000_000],
    [1_000_000, 1_010_000],
    [1_009_999, 1_010_000],
    [1_055_000, 1_060_000],
    [1_500_000, 1_060_000],
  ])("after %d comes %d: the path's own grid, its horizon at the latest", (nowMs, next) => {
    expect(nextSampleMs(WATCH, nowMs)).toBe(next);
  });

  test("a horizon off the grid is sampled too", () => {
    expect(nextSampleMs({ ...WATCH, horizonMs: 25_000 }, 1_021_000)).toBe(1_025_000);
  });
});

describe("pathEnd", () => {
  test.each([
    [1_050_000, 1_059_999, null],
    [1_050_000, 1_060_000, "horizon"],
    [1_000_000, 1_050_000, null],
    [1_000_000, 1_050_001, "broken"],
    [null, 1_050_000, null],
    [null, 1_050_001, "broken"],
  ])("last sample %s, now %d: %s", (lastSampleMs, nowMs, end) => {
    expect(pathEnd(WATCH, lastSampleMs, nowMs)).toBe(end);
  });
});

describe("a recorded path", () => {
  const at = (...times: number[]) => times.map((atMs) => ({ atMs }));

  test.each<[string, number[], boolean]>([
    ["reaches from start to horizon", [1_000_000, 1_030_000, 1_060_000], true],
    ["starts late", [1_050_001, 1_060_000], false],
    ["ends early", [1_000_000, 1_009_999], false],
    ["has a gap at the limit", [1_005_000, 1_055_000], true],
    ["has nothing", [], false],
  ])("%s", (_name, times, complete) => {
    expect(isComplete(WATCH, at(...times))).toBe(complete);
  });

  test("keeps amounts beyond 53 bits", () => {
    const samples = [{ atMs: 1_000_000, slot: 7, baseReserves: 2n ** 64n - 1n, quoteReservesLamports: 2n ** 63n + 1n }];
    const record = pathRecord({ ...WATCH, horizonMs: 10_000 }, samples, 1_010_000);
    expect(record).toMatchObject({
      id: "price-path:mint:1000000",
      complete: true,
      samples: [{ baseReserves: "18446744073709551615", quoteReservesLamports: "9223372036854775809" }],
    });
  });
});
