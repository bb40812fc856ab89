import { expect, test } from "vitest";
import { parseDurationMs } from "./duration.ts";

test.each([
  ["90s", 90_000],
  [" 2H ", 7_200_000],
  ["7d", 604_800_000],
  ["15m", 900_000],
  ["0s", null],
  ["-1h", null],
  ["1.5h", null],
  ["2", null],
  ["2w", null],
  ["99999999d", null],
  ["", null],
])("%j is %s ms", (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});
