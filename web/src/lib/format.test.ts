import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DASH,
  formatClock,
  formatDuration,
  formatFixed,
  formatLatency,
  formatNumber,
  formatPercent,
  formatSol,
  formatUnits,
  formatUsdValue,
  parseLamports,
  shortAddress,
} from "./format.ts";

test.each([
  [18446744073709551615n, false, "18,446,744,073,709,551,615"],
  [-1n, true, "−1"],
  [34_800n, true, "+34,800"],
  [0n, true, "0"],
  [null, false, DASH],
])("%s in its smallest unit", (amount, signed, expected) => {
  expect(formatUnits(amount, signed)).toBe(expected);
});

describe("parseLamports", () => {
  test.each([
    ["0", 0n],
    ["-15", -15n],
    ["18446744073709551615", 18446744073709551615n],
    ["", null],
    ["1.5", null],
    ["1e9", null],
    [" 1", null],
    ["0x10", null],
    [null, null],
    [undefined, null],
  ])("%j", (text, expected) => {
    expect(parseLamports(text)).toBe(expected);
  });
});

describe("formatSol", () => {
  test.each([
    [1_234_567_891_234n, {}, "1,234.5679"],
    [-1_500_000_000n, {}, "−1.5000"],
    [1_500_000_000n, { signed: true }, "+1.5000"],
    [49_999n, {}, "0.0000"],
    [50_000n, {}, "0.0001"],
    [-49_999n, { signed: true }, "0.0000"],
    [-50_000n, {}, "−0.0001"],
    [999_999_950_000n, {}, "1,000.0000"],
    [1n, { decimals: 9 }, "0.000000001"],
    [2_500_000_000n, { decimals: 0 }, "3"],
    [null, {}, DASH],
  ])("%s", (lamports, format, expected) => {
    expect(formatSol(lamports, format)).toBe(expected);
  });

  test("nine decimals lose nothing, above 2^53 too", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 64n), max: 1n << 64n }), (lamports) => {
        const text = formatSol(lamports, { decimals: 9 }).replaceAll(",", "").replace("−", "-").replace(".", "");
        expect(BigInt(text)).toBe(lamports);
      }),
    );
  });
});

describe("formatUsdValue", () => {
  test.each([
    [7_000_000_000n, 142.86, "$1,000.02"],
    [-500_000_000n, 100, "−$50.00"],
    [1n, 142.86, "$0.00"],
    [7_000_000_000n, null, DASH],
    [7_000_000_000n, Number.NaN, DASH],
    [7_000_000_000n, 0, DASH],
    [null, 142.86, DASH],
  ])("%s at %s", (lamports, price, expected) => {
    expect(formatUsdValue(lamports, price)).toBe(expected);
  });
});

describe("numbers", () => {
  test.each([
    [1_234, { signed: true }, "+12.3%"],
    [-2, { signed: true }, "0.0%"],
    [-1_000, {}, "−10.0%"],
    [1_500, { decimals: 0 }, "15%"],
    [2_345_678, {}, "23,456.8%"],
    [Number.NaN, {}, DASH],
    [null, {}, DASH],
  ])("formatPercent %s", (bps, format, expected) => {
    expect(formatPercent(bps, format)).toBe(expected);
  });

  test.each([
    [0, "0"],
    [1_234_567, "1,234,567"],
    [-3, "−3"],
    [0.123456, "0.1235"],
    [12.3456, "12.35"],
    [-4_321.98, "−4,322.0"],
    [0.00001, "1.00e-5"],
    [Number.POSITIVE_INFINITY, DASH],
    [null, DASH],
  ])("formatNumber %s", (value, expected) => {
    expect(formatNumber(value)).toBe(expected);
  });

  test.each([
    [0.71234, 3, "0.712"],
    [1_234.5, 1, "1,234.5"],
    [null, 3, DASH],
    [Number.NaN, 3, DASH],
  ])("formatFixed %s", (value, decimals, expected) => {
    expect(formatFixed(value, decimals)).toBe(expected);
  });
});

describe("time", () => {
  test.each([
    [0, "0s"],
    [59_999, "59s"],
    [61_000, "1m 01s"],
    [3_600_000, "1h 00m"],
    [90_000_000, "1d 1h"],
    [-5, "0s"],
    [null, DASH],
  ])("formatDuration %s", (ms, expected) => {
    expect(formatDuration(ms)).toBe(expected);
  });

  test.each([
    [840.4, "840 ms"],
    [2_449, "2.4 s"],
    [65_000, "1m 05s"],
    [-1, DASH],
  ])("formatLatency %s", (ms, expected) => {
    expect(formatLatency(ms)).toBe(expected);
  });

  test("formatClock names the day only when it is not today", () => {
    const now = new Date(2026, 10, 21, 14, 3, 22).getTime();
    expect(formatClock(now, now)).toBe("14:03:22");
    expect(formatClock(now - 86_400_000, now)).toBe("20 Nov 14:03");
    expect(formatClock(null, now)).toBe(DASH);
  });
});

test("shortAddress keeps both ends and leaves short text alone", () => {
  expect(shortAddress("7UVimffxr9ow1uXYxsr4LHAcV58mLzhmwaeKvJ1pjLiE")).toBe("7UVi…jLiE");
  expect(shortAddress("short")).toBe("short");
});
