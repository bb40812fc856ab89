import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtinParameters } from "../trading/parameters.ts";
import {
  afterPoll,
  afterWebhook,
  FAST_POLL_MS,
  FIRST_PACE,
  type GapPace,
  IDLE_POLL_MS,
  LATE_MS,
  MISTRUST_MS,
  pollDelayMs,
  SILENT_MS,
  SLOW_POLL_MS,
} from "./gap-pace.ts";

const NOW = 1_790_000_000_000;
const one = (ageMs: number | null, signature = "s") => ({ signature, blockTimeMs: ageMs === null ? null : NOW - ageMs });
const delay = (pace: GapPace, nowMs = NOW) => pollDelayMs(pace, false, nowMs);
const IN_ORDER = afterWebhook(FIRST_PACE, [one(1_000)], NOW);

describe("the gap filler's pace", () => {
  test("is fast until webhooks have shown themselves", () => {
    expect(delay(FIRST_PACE)).toBe(FAST_POLL_MS);
    expect(delay(afterPoll(FIRST_PACE, [], NOW))).toBe(FAST_POLL_MS);
    expect(delay(afterWebhook(FIRST_PACE, [], NOW))).toBe(FAST_POLL_MS);
    expect(delay(IN_ORDER)).toBe(SLOW_POLL_MS);
    expect(delay(afterWebhook(FIRST_PACE, [one(null)], NOW))).toBe(SLOW_POLL_MS);
  });

  test("the first graduation that a webhook loses may still be bought, in every built-in set", () => {
    for (const profile of ["default", "localnet"] as const)
      expect(SLOW_POLL_MS).toBeLessThanOrEqual(builtinParameters(profile).signalExpiryMs / 2);
  });

  test("is fast at once on silence, not a poll later", () => {
    expect(delay(IN_ORDER, NOW + SILENT_MS - SLOW_POLL_MS)).toBe(SLOW_POLL_MS);
    expect(delay(IN_ORDER, NOW + SILENT_MS - 7_000)).toBe(7_000);
    expect(delay(IN_ORDER, NOW + SILENT_MS)).toBe(FAST_POLL_MS);
    // A clock that was set back.
    expect(delay(IN_ORDER, NOW - 1)).toBe(FAST_POLL_MS);
  });

  test("is fast while the node does not answer", () => {
    const blind = afterPoll(IN_ORDER, null, NOW);
    expect(delay(blind)).toBe(FAST_POLL_MS);
    expect(delay(afterPoll(blind, [], NOW))).toBe(SLOW_POLL_MS);
  });

  test("what a poll saw a moment before its webhook is no gap", () => {
    const awaiting = afterPoll(IN_ORDER, [one(1_000, "early")], NOW);
    expect(delay(awaiting)).toBe(FAST_POLL_MS);
    const brought = afterWebhook(awaiting, [one(1_000, "early")], NOW + 2_000);
    expect(brought).toMatchObject({ awaited: [], gapAtMs: null });
    expect(delay(afterPoll(brought, [], NOW + 4_000), NOW + 4_000)).toBe(SLOW_POLL_MS);
    // Read again by the next poll, it has the time that it had.
    expect(afterPoll(awaiting, [one(1_000, "early")], NOW + 2_000).awaited).toEqual(awaiting.awaited);
  });

  test.each<[string, GapPace]>([
    ["a webhook that never came", afterPoll(afterPoll(IN_ORDER, [one(1_000, "lost")], NOW - LATE_MS), [], NOW)],
    ["one that an outage hid", afterPoll(IN_ORDER, [one(60_000, "old")], NOW)],
    ["a late webhook", afterWebhook(IN_ORDER, [one(LATE_MS + 1_000), one(LATE_MS + 5_000, "older")], NOW)],
  ])("after %s it is fast, until webhooks were in order for a while", (_, gap) => {
    expect(gap.gapAtMs).toBe(NOW);
    expect(delay(gap)).toBe(FAST_POLL_MS);
    // Time alone does not restore trust, nor does one webhook at once.
    expect(delay(gap, NOW + MISTRUST_MS)).toBe(FAST_POLL_MS);
    const again = afterWebhook(gap, [{ signature: "next", blockTimeMs: NOW }], NOW + 1_000);
    expect(delay(again, NOW + 1_000)).toBe(FAST_POLL_MS);
    expect(delay(again, NOW + MISTRUST_MS)).toBe(SLOW_POLL_MS);
  });

  test("a batch with a fresh transaction is in time, whatever else is in it", () => {
    expect(delay(afterWebhook(FIRST_PACE, [one(90_000), one(500, "fresh")], NOW))).toBe(SLOW_POLL_MS);
  });

  test("without credits it looks once a minute, whatever webhooks do", () => {
    for (const pace of [FIRST_PACE, IN_ORDER]) expect(pollDelayMs(pace, true, NOW)).toBe(IDLE_POLL_MS);
  });

  test("whatever happens, a dead webhook's first graduation is found within one slow poll, the others within fast ones", () => {
    const step = fc.record({ waitMs: fc.nat(30_000), kind: fc.constantFrom("webhook", "poll", "found", "failed"), ageMs: fc.nat(20_000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let nowMs = NOW;
        let pace = FIRST_PACE;
        for (const [i, { waitMs, kind, ageMs }] of steps.entries()) {
          nowMs += waitMs;
          const seen = { signature: `s${i}`, blockTimeMs: nowMs - ageMs };
          if (kind === "webhook") pace = afterWebhook(pace, [seen], nowMs);
          else pace = afterPoll(pace, kind === "failed" ? null : kind === "found" ? [seen] : [], nowMs);
          const delayMs = pollDelayMs(pace, false, nowMs);
          expect(delayMs).toBeGreaterThanOrEqual(FAST_POLL_MS);
          expect(delayMs).toBeLessThanOrEqual(SLOW_POLL_MS);
          if (kind === "found" || kind === "failed") expect(delayMs).toBe(FAST_POLL_MS);
        }
        // From here on no webhook comes: one is found, and the next polls are fast for as long as it lasts.
        let dead = afterPoll(pace, [{ signature: "first", blockTimeMs: nowMs }], nowMs);
        for (let n = 0; n < 400; n++) {
          expect(pollDelayMs(dead, false, nowMs)).toBe(FAST_POLL_MS);
          nowMs += FAST_POLL_MS;
          dead = afterPoll(dead, [], nowMs);
        }
      }),
    );
  });
});
