import { describe, expect, test } from "vitest";
import { fillTimeMs, isPlausibleSlot } from "./position-state.ts";

const DECIDED = { slot: 1_000, atMs: 1_790_000_000_000 };
const SLOT_MS = 400;

describe("a fill that is booked long after it landed", () => {
  test.each([1, 60, 360, 3_600])("%i s: the next read of the pool is believed", (lateS) => {
    const landedSlot = DECIDED.slot + 5;
    const bookedAtMs = DECIDED.atMs + 5 * SLOT_MS + lateS * 1_000;
    const mark = { slot: landedSlot, atMs: fillTimeMs(landedSlot, DECIDED, bookedAtMs) };
    const slotNow = landedSlot + Math.ceil((lateS * 1_000) / SLOT_MS) + 1;
    expect(isPlausibleSlot(slotNow, mark, bookedAtMs + SLOT_MS)).toBe(true);
    // A made-up slot is still not.
    expect(isPlausibleSlot(slotNow + 100_000, mark, bookedAtMs + SLOT_MS)).toBe(false);
  });

  test("its time is never after its booking, nor before what was known", () => {
    expect(fillTimeMs(DECIDED.slot + 1_000, DECIDED, DECIDED.atMs + 10)).toBe(DECIDED.atMs + 10);
    expect(fillTimeMs(DECIDED.slot - 5, DECIDED, DECIDED.atMs + 10)).toBe(DECIDED.atMs);
  });
});
