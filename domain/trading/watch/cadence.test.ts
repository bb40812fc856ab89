import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backOffMs, MIN_GAP_MS, nextReadMs, pollLeadMs, REMEMBERED_POLLS, rememberPoll } from "./cadence.ts";

const SEED = 20_261_121;

describe("lead", () => {
  test.each([
    ["nothing known: the margin", [], 1_000, 50],
    ["one poll", [80], 1_000, 130],
    ["90 % of twenty, not the slowest two", [...Array.from({ length: 18 }, (_, i) => 10 * (i + 1)), 350, 400], 1_000, 230],
    ["never more than half the interval", [900, 900], 1_000, 500],
    ["a short interval", [900], 80, 40],
  ])("%s", (_name, takenMs, intervalMs, leadMs) => {
    expect(pollLeadMs(takenMs, intervalMs)).toBe(leadMs);
  });

  test("the newest polls are remembered", () => {
    let taken: readonly number[] = [];
    for (let i = 0; i < 100; i++) taken = rememberPoll(taken, i);
    expect(taken).toHaveLength(REMEMBERED_POLLS);
    expect(taken.at(-1)).toBe(99);
    expect(rememberPoll([], -5)).toEqual([0]);
  });

  test("a price is replaced before it is too old whenever the poll takes no longer than planned", () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1_000, max: 5_000 }), fc.nat(500), (takenMs, intervalMs, thisMs) => {
        const leadMs = pollLeadMs(takenMs, intervalMs);
        const readAtMs = 1_000_000;
        const ageMs = nextReadMs(readAtMs, intervalMs, leadMs) + thisMs - readAtMs;
        if (thisMs <= leadMs) expect(ageMs).toBeLessThanOrEqual(intervalMs);
        // However slow the node, it is asked at most twice as often as the interval says.
        expect(nextReadMs(readAtMs, intervalMs, leadMs) - readAtMs).toBeGreaterThanOrEqual(intervalMs / 2);
      }),
      { seed: SEED },
    );
  });

  test("a short interval is kept to, a long one never polls faster than a slot", () => {
    expect(nextReadMs(0, 250, 125)).toBe(250);
    expect(nextReadMs(0, 500, 250)).toBe(MIN_GAP_MS);
  });
});

describe("back-off", () => {
  test.each([
    [0, 1_000, 0, 1_000],
    [1, 1_000, 0, 1_000],
    [2, 1_000, 0, 2_000],
    [3, 1_000, 0, 4_000],
    [4, 1_000, 0, 5_000],
    [1_000, 1_000, 0, 5_000],
    [1, 1_000, 3_000, 3_000],
    [1, 1_000, 3_600_000, 10_000],
    [1, 100, 0, 400],
  ])("%d failures at %d ms, asked to wait %d ms: %d ms", (failures, intervalMs, wantedMs, pauseMs) => {
    expect(backOffMs(failures, intervalMs, wantedMs)).toBe(pauseMs);
  });

  test("is finite and positive for whatever comes", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 60_000 }), fc.nat(), (failures, intervalMs, wantedMs) => {
        const pauseMs = backOffMs(failures, intervalMs, wantedMs);
        expect(pauseMs).toBeGreaterThanOrEqual(MIN_GAP_MS);
        expect(pauseMs).toBeLessThanOrEqual(10_000);
      }),
      { seed: SEED },
    );
  });
});
