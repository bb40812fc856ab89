import { describe, expect, test } from "vitest";
import { keptReason, liveStopAmong, STATE_MEANING, stopsLiftedByResuming, stopText } from "./trading-state.ts";
import type { RiskLimit, RiskView } from "./types.ts";

const limit = (code: string, isReached: boolean): RiskLimit => ({ code, used: 1, limit: 1, unit: "bps", isReached });

describe("what resuming lifts", () => {
  const cases: ReadonlyArray<readonly [RiskView["state"], string | null, readonly RiskLimit[], readonly string[]]> = [
    ["ACTIVE", null, [limit("MAX_POSITIONS", true)], []],
    ["REDUCING", null, [], []],
    ["REDUCING", "DRAWDOWN_BREAKER", [limit("DRAWDOWN_BREAKER", true)], ["DRAWDOWN_BREAKER"]],
    ["HALTED", null, [limit("DAILY_LOSS_LIMIT", true), limit("ENTRY_COOLDOWN", true)], ["DAILY_LOSS_LIMIT"]],
    ["HALTED", "STATE_RESTORED", [limit("DRAWDOWN_BREAKER", true)], ["STATE_RESTORED", "DRAWDOWN_BREAKER"]],
    ["REDUCING", "PROGRAM_DRIFT", [], ["PROGRAM_DRIFT"]],
    ["ACTIVE", null, [limit("DRAWDOWN_BREAKER", true)], ["DRAWDOWN_BREAKER"]],
  ];
  test.each(cases)("%s with %s", (state, stateReason, limits, stops) => {
    expect(stopsLiftedByResuming({ state, stateReason, limits })).toEqual(stops);
  });
});

test("stops of live trading are not lifted by a state", () => {
  expect(liveStopAmong(["DRAWDOWN_BREAKER", "PROGRAM_DRIFT"])).toBe("PROGRAM_DRIFT");
  expect(liveStopAmong(["DRAWDOWN_BREAKER", "STATE_RESTORED"])).toBeNull();
});

test.each([
  ["DRAWDOWN_BREAKER", "DRAWDOWN_BREAKER"],
  ["DAILY_LOSS_LIMIT", "DAILY_LOSS_LIMIT"],
  ["STATE_RESTORED", "STATE_RESTORED"],
  ["LIVE_NOT_ENABLED", null],
  ["toString", null],
  [null, null],
])("a stop by hand after %s keeps %s", (before, kept) => {
  expect(keptReason(before)).toBe(kept);
});

test("every state says what stops and what goes on", () => {
  for (const text of [STATE_MEANING.REDUCING, STATE_MEANING.HALTED]) expect(text).toMatch(/^Entries stop.*exits go on/);
  expect(stopText("DRAWDOWN_BREAKER")).toContain("equity");
  expect(stopText("DAILY_LOSS_LIMIT")).toContain("loss");
  expect(stopText("constructor")).toBe("");
});
