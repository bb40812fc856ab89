import { expect, test } from "vitest";
import { checkExpiry } from "./expiry.ts";

test.each([
  [-1, false],
  [0, false],
  [1, true],
  [150, true],
  [170, true],
  [171, false],
  [1_000_000, false],
  [Number.NaN, false],
])("a blockhash that is said to be good for %d blocks is believed: %s", (blocks, isBelieved) => {
  expect(checkExpiry(400_000_000 + blocks, 400_000_000).ok).toBe(isBelieved);
});
