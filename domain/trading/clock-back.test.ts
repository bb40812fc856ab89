import { describe, expect, test } from "vitest";
import { paperEvent } from "./paper-venue.ts";
import { reducePosition } from "./position.ts";
import { type PositionEvent, type PositionState, plannedPosition } from "./position-state.ts";
import { marketMoved, NOW_MS, PARAMETERS, planFor, signalFor } from "./test-fixtures.ts";

const SLOT_MS = 400;
const MINUTE_MS = 60_000;

/** A position that opened while the clock was `aheadMs` ahead, and the clock `lateMs` of real time later, right again. */
function openedAhead(aheadMs: number, lateMs = 0, ledger: "paper-A" | "live-A" = "paper-A") {
  let state = plannedPosition(planFor(PARAMETERS, undefined, signalFor(undefined, { ledger, expiresAtMs: NOW_MS + aheadMs + MINUTE_MS })));
  const feed = (event: PositionEvent | null): PositionState => {
    if (event !== null) state = reducePosition(state, event).state;
    return state;
  };
  /** Real time `ms` since the entry's fill; the clock is right. */
  const read = (ms: number, moveBps = 0, slot = 1_010 + Math.floor(ms / SLOT_MS)): PositionState => {
    const nowMs = NOW_MS + ms;
    return feed({ type: "market", nowMs, market: marketMoved(moveBps, slot, nowMs) });
  };
  feed({ type: "start", nowMs: NOW_MS });
  const paper = { ...state, plan: { ...state.plan, isDryRun: true } };
  feed(paperEvent(paper, marketMoved(0, 1_010, NOW_MS + aheadMs), NOW_MS + aheadMs));
  // What the position last saw, by the clock that was ahead.
  feed({ type: "market", nowMs: NOW_MS + aheadMs, market: marketMoved(0, 1_011, NOW_MS + aheadMs) });
  expect(state).toMatchObject({ status: "open", order: null, mark: { slot: 1_011 } });
  feed({ type: "close", nowMs: NOW_MS + lateMs });
  return { read, feed };
}

describe("a position that last saw its pool while the clock was ahead", () => {
  test("sells once the chain bears out for some seconds what its clock says is impossible", () => {
    // As late as the clock was ahead: its mark looks as if it were new, and 1,500 slots have passed.
    const { read } = openedAhead(10 * MINUTE_MS);
    const trueMs = 10 * MINUTE_MS + 1_000;
    expect(read(trueMs).order).toBeNull();
    expect(read(trueMs + 5_000).order).toBeNull();
    expect(read(trueMs + 10_000)).toMatchObject({ status: "exiting", doubt: null, order: { side: "sell" } });
  });

  test.each([
    ["a node that stands still", (n: number) => 500_000 + n * 0],
    ["a node that makes up a new slot at each read", (n: number) => 500_000 + n * 10_000],
    ["a node that goes back", (n: number) => 500_000 - n],
  ])("%s is not believed", (_name, slot) => {
    const { read } = openedAhead(0);
    for (let n = 0; n < 60; n++) expect(read(5_000 + n * 1_000, 0, slot(n)).mark?.slot).toBe(1_011);
    expect(read(70_000)).toMatchObject({ doubt: null, order: { side: "sell" } });
  });

  test("one read that fits ends the doubt", () => {
    const { read } = openedAhead(0);
    for (let n = 0; n < 8; n++) read(5_000 + n * 1_000, 0, 500_000 + n * 2);
    const state = read(14_000);
    expect(state).toMatchObject({ doubt: null, mark: { slot: 1_045 }, order: { side: "sell", decidedSlot: 1_045 } });
  });
});

test("a position that opened while the clock was ahead is held no longer than any other", () => {
  let state = plannedPosition(planFor(PARAMETERS, undefined, signalFor(undefined, { expiresAtMs: NOW_MS + 2 * 60 * MINUTE_MS })));
  const feed = (event: PositionEvent | null): void => {
    if (event !== null) state = reducePosition(state, event).state;
  };
  const at = (ms: number): PositionEvent => {
    const nowMs = NOW_MS + ms;
    return { type: "market", nowMs, market: marketMoved(0, 1_010 + Math.floor(ms / SLOT_MS), nowMs) };
  };
  feed({ type: "start", nowMs: NOW_MS });
  const aheadMs = NOW_MS + 50 * MINUTE_MS;
  feed(paperEvent(state, marketMoved(0, 1_010, aheadMs), aheadMs));
  expect(state).toMatchObject({ status: "open", deadlineMs: aheadMs + PARAMETERS.maxHoldMs });
  feed(at(5_000));
  expect(state.deadlineMs).toBe(NOW_MS + 5_000 + PARAMETERS.maxHoldMs);
  for (let ms = 10_000; ms < PARAMETERS.maxHoldMs; ms += 10_000) feed(at(ms));
  expect(state.order).toBeNull();
  feed(at(PARAMETERS.maxHoldMs + 5_000));
  expect(state).toMatchObject({ status: "exiting", reason: "EXIT_MAX_HOLD" });
});

test("a pause that was set while the clock was ahead does not outlast the longest one", () => {
  const { read, feed } = openedAhead(0, 0, "live-A");
  const order = read(5_000).order;
  const aheadMs = NOW_MS + 60 * MINUTE_MS;
  const failed = { orderId: order?.id ?? "", reason: "SIGNER_UNAVAILABLE", networkCostLamports: 0n } as const;
  expect(feed({ type: "failed", nowMs: aheadMs, ...failed }).retryAtMs).toBe(aheadMs + 1_000);
  expect(read(6_000).order).toMatchObject({ side: "sell", attempt: 2 });
  // A pause by a clock that is right still holds.
  const paused = feed({ type: "failed", nowMs: NOW_MS + 6_000, ...failed, orderId: read(6_000).order?.id ?? "" });
  expect(paused.retryAtMs).not.toBeNull();
  expect(read(6_500).order).toBeNull();
});
