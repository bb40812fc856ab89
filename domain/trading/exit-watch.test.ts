import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ExitLevels,
  type ExitWatch,
  isProfitConfirmed,
  isSameWatch,
  NOTHING_WATCHED,
  watchAfterSale,
  watchMark,
} from "./exit-watch.ts";

const SEED = 20_261_121;
const LEVELS: ExitLevels = { costLamports: 10_000n, profitBps: 2_000, activationBps: 1_500, confirmMs: 1_200 };

/** Marks of one value each, `[ms, value]`, from the first on. */
function watched(marks: ReadonlyArray<readonly [number, number]>, levels: ExitLevels = LEVELS): ExitWatch {
  return marks.reduce((watch, [atMs, value]) => watchMark(watch, BigInt(value), atMs, levels), NOTHING_WATCHED);
}

describe("a take-profit", () => {
  test.each<[string, ReadonlyArray<readonly [number, number]>, boolean]>([
    ["one mark", [[0, 99_999]], false],
    [
      "two marks within the window",
      [
        [0, 12_000],
        [1_199, 12_000],
      ],
      false,
    ],
    [
      "two marks a window apart",
      [
        [0, 12_000],
        [1_200, 12_000],
      ],
      true,
    ],
    [
      "a mark below between them",
      [
        [0, 12_000],
        [600, 11_999],
        [1_200, 12_000],
      ],
      false,
    ],
    [
      "the window counts from the return",
      [
        [0, 12_000],
        [600, 11_999],
        [1_200, 12_000],
        [2_400, 12_000],
      ],
      true,
    ],
    [
      "a clock that went back",
      [
        [5_000, 12_000],
        [1_000, 12_000],
        [2_199, 12_000],
      ],
      false,
    ],
  ])("%s", (_name, marks, isConfirmed) => {
    expect(isProfitConfirmed(watched(marks), marks.at(-1)?.[0] ?? 0, LEVELS.confirmMs)).toBe(isConfirmed);
  });

  test("without a window one mark is enough", () => {
    const levels = { ...LEVELS, confirmMs: 0 };
    expect(isProfitConfirmed(watched([[0, 12_000]], levels), 0, 0)).toBe(true);
    expect(watched([[0, 12_000]], levels).peakLamports).toBe(12_000n);
  });
});

describe("the trailing stop's peak", () => {
  test.each<[string, ReadonlyArray<readonly [number, number]>, number | null]>([
    [
      "below the activation there is none",
      [
        [0, 11_499],
        [2_000, 11_499],
      ],
      null,
    ],
    [
      "a spike makes none",
      [
        [0, 10_000],
        [800, 50_000],
        [1_600, 10_000],
        [3_200, 10_000],
      ],
      null,
    ],
    [
      "what lasts does, at its lowest",
      [
        [0, 12_000],
        [600, 13_000],
        [1_200, 12_500],
      ],
      12_000,
    ],
    [
      "a steady rise is followed a window behind",
      [
        [0, 12_000],
        [1_200, 13_000],
        [2_400, 14_000],
        [3_600, 15_000],
      ],
      14_000,
    ],
    [
      "it never falls",
      [
        [0, 12_000],
        [1_200, 12_000],
        [2_400, 11_800],
        [9_000, 11_800],
      ],
      12_000,
    ],
    [
      "equal values raise nothing",
      [
        [0, 12_000],
        [1_200, 12_000],
        [2_400, 12_000],
        [3_600, 12_000],
      ],
      12_000,
    ],
  ])("%s", (_name, marks, peak) => {
    expect(watched(marks).peakLamports).toBe(peak === null ? null : BigInt(peak));
  });

  test("after a part it keeps its distance from the cost, and what was under way begins anew", () => {
    const watch = watched([
      [0, 15_000],
      [1_200, 15_000],
      [2_000, 16_000],
    ]);
    expect(watch.rising).not.toBeNull();
    expect(watchAfterSale(watch, 10_000n, 4_000n)).toEqual({ profitSinceMs: null, peakLamports: 6_000n, rising: null });
    expect(watchAfterSale(watch, 0n, 0n).peakLamports).toBeNull();
    expect(watchAfterSale(NOTHING_WATCHED, 10_000n, 4_000n)).toEqual(NOTHING_WATCHED);
  });
});

test("memories are the same when every part is", () => {
  const watch = watched([
    [0, 15_000],
    [1_200, 15_000],
    [2_000, 16_000],
  ]);
  expect(isSameWatch(watch, { ...watch })).toBe(true);
  expect(isSameWatch(watch, { ...watch, profitSinceMs: 1 })).toBe(false);
  expect(isSameWatch(watch, { ...watch, peakLamports: 1n })).toBe(false);
  expect(isSameWatch(watch, { ...watch, rising: null })).toBe(false);
  expect(isSameWatch(watch, { ...watch, rising: { sinceMs: 2_000, lowestLamports: 1n } })).toBe(false);
});

test(`as a plain search through all marks says (seed ${SEED})`, () => {
  const mark = fc.tuple(fc.integer({ min: 1, max: 1_500 }), fc.integer({ min: 9_000, max: 16_000 }));
  fc.assert(
    fc.property(fc.array(mark, { minLength: 1, maxLength: 40 }), fc.constantFrom(0, 700, 1_200, 3_000), (steps, confirmMs) => {
      let atMs = 0;
      const marks = steps.map(([ms, value]) => {
        atMs += ms;
        return [atMs, value] as const;
      });
      const watch = watched(marks, { ...LEVELS, confirmMs });
      const below = marks.findLastIndex(([, value]) => value < 12_000);
      const since = marks[below + 1]?.[0] ?? null;
      expect(watch.profitSinceMs).toBe(since);
      expect(isProfitConfirmed(watch, atMs, confirmMs)).toBe(since !== null && atMs - since >= confirmMs);
      // The peak is a value that some stretch of at least the window never went below, and no stretch stayed above it twice as long.
      const lowestOf = (from: number, to: number) => Math.min(...marks.slice(from, to + 1).map(([, value]) => value));
      let reached = 0;
      let surely = 0;
      for (let from = 0; from < marks.length; from++) {
        for (let to = from; to < marks.length; to++) {
          const ms = (marks[to]?.[0] ?? 0) - (marks[from]?.[0] ?? 0);
          const lowest = lowestOf(from, to);
          if (ms >= confirmMs && lowest >= 11_500) reached = Math.max(reached, lowest);
          if (ms >= 2 * confirmMs + 1_500 && lowest >= 11_500) surely = Math.max(surely, lowest);
        }
      }
      const peak = Number(watch.peakLamports ?? 0n);
      expect(peak).toBeLessThanOrEqual(reached);
      expect(peak).toBeGreaterThanOrEqual(surely);
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});
