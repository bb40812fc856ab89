import { expect, test } from "vitest";
import { plannedPosition } from "../position-state.ts";
import { NOW_MS, planFor } from "../test-fixtures.ts";
import { leastReadSlot } from "./live-position.ts";

const held = { ...plannedPosition(planFor()), status: "open" as const, openedAtMs: NOW_MS + 6_000 };

test.each<[string, number | null, number]>([
  ["nothing has landed", null, 0],
  ["the buy landed", 1_012, 1_012],
  ["a node made the slot up", 460_000_000, 0],
])("no account is read from before our own landing, if %s", (_name, landedSlot, expected) => {
  expect(leastReadSlot(held, landedSlot)).toBe(expected);
  // A mark, whose slot is one node's word, has no say.
  expect(leastReadSlot({ ...held, mark: { atMs: NOW_MS, slot: 2 ** 52, valueLamports: 0n } }, landedSlot)).toBe(expected);
});
