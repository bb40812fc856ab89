import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dueAlarms, earliestMs, leased, type NamedAlarm } from "./alarms.ts";

const alarm = (name: string, atMs: number, failures = 0): NamedAlarm => ({ name, atMs, failures });

test("due are those at or before now, earliest first, equal times by name", () => {
  const alarms = [alarm("c", 30), alarm("b", 10), alarm("a", 10), alarm("d", 5), alarm("e", 31)];
  expect(dueAlarms(alarms, 30).map((one) => one.name)).toEqual(["d", "a", "b", "c"]);
  expect(dueAlarms(alarms, 4)).toEqual([]);
});

test("the object's alarm is the earliest, or none", () => {
  expect(earliestMs([alarm("a", 7), alarm("b", 3)])).toBe(3);
  expect(earliestMs([])).toBeNull();
});

describe("leased", () => {
  test.each([
    [0, 1_000],
    [1, 2_000],
    [5, 32_000],
    [6, 60_000],
    [1_000, 60_000],
  ])("after %d failures it runs again %d ms later", (failures, delayMs) => {
    expect(leased(alarm("a", 3, failures), 100)).toEqual({ name: "a", atMs: 100 + delayMs, failures: failures + 1 });
  });

  test("whatever fails, an alarm is never lost and never rings in the past", () => {
    const alarms = fc.array(fc.record({ name: fc.string(), atMs: fc.nat(10_000), failures: fc.nat(40) }), { minLength: 1 });
    fc.assert(
      fc.property(alarms, fc.nat(10_000), (all, nowMs) => {
        const after = all.map((one) => (one.atMs <= nowMs ? leased(one, nowMs) : one));
        expect(after.length).toBe(all.length);
        expect(earliestMs(after)).toBeGreaterThan(nowMs);
        expect(earliestMs(after)).toBeLessThanOrEqual(Math.max(nowMs + 60_000, 10_000));
      }),
      { seed: 20_261_121, numRuns: 500 },
    );
  });
});
