import { describe, expect, test } from "vitest";
import { type Fill, plannedPosition } from "../position-state.ts";
import { marketMoved, NOW_MS, planFor, signalFor } from "../test-fixtures.ts";
import type { Booking, Forgotten, IntentEvent, Prepared } from "./intent.ts";
import { feedIntent, feedPosition, leastReadSlot, nextLiveLookMs } from "./live-position.ts";

const held = { ...plannedPosition(planFor()), status: "open" as const, openedAtMs: NOW_MS + 6_000 };
/** An order that was signed so long after the decision, and landed in that slot. */
const landed = (slot: number, afterMs: number) => ({ signedAtMs: NOW_MS + afterMs, booking: { fill: { slot } as Fill } as Booking });
const unlanded = { signedAtMs: NOW_MS + 9_000, booking: null };

test.each([
  ["nothing has landed", [unlanded], 0],
  ["the buy landed", [landed(1_012, 2_000)], 1_012],
  ["a part was sold since", [landed(1_012, 2_000), landed(1_400, 160_000), unlanded], 1_400],
  ["a node made the slot up", [landed(460_000_000, 2_000)], 0],
  ["a node made the sale's slot up", [landed(1_012, 2_000), landed(460_000_000, 160_000)], 1_012],
])("no account is read from before our own landings, if %s", (_name, own, expected) => {
  expect(leastReadSlot(held, own)).toBe(expected);
  // A mark, whose slot is one node's word, has no say.
  expect(leastReadSlot({ ...held, mark: { atMs: NOW_MS, slot: 2 ** 52, valueLamports: 0n } }, own)).toBe(expected);
});

const PLAN = planFor(undefined, undefined, signalFor(undefined, { ledger: "live-A" }));
const ENTERING = feedPosition({ position: plannedPosition(PLAN), intent: null }, { type: "start", nowMs: NOW_MS }).live;

const NOT_SIGNED: IntentEvent = { type: "refused", nowMs: NOW_MS, reason: "ENTRY_ABANDONED", detail: null };

test("an unsigned entry is withdrawn, and abandoned once it is known to be unsigned; a signed one is not", () => {
  const withdrawn = feedPosition(ENTERING, { type: "cancel-entry", nowMs: NOW_MS });
  expect(withdrawn.live).toMatchObject({ position: { status: "entering" }, intent: { status: "planned", withdrawal: "ENTRY_ABANDONED" } });
  const given = feedIntent(withdrawn.live, NOT_SIGNED);
  expect(given.live).toMatchObject({ position: { status: "abandoned" }, intent: { status: "failed", reason: "ENTRY_ABANDONED" } });
  const intent = { ...(ENTERING.intent ?? expect.fail()), signature: "s" };
  const kept = feedPosition({ ...ENTERING, intent }, { type: "cancel-entry", nowMs: NOW_MS });
  expect(kept.live).toMatchObject({ position: { status: "entering", entryCancelled: true }, intent: { status: "planned" } });
});

test("a sale is not withdrawn, however often a close is asked for after a late entry", () => {
  const open = {
    ...ENTERING.position,
    status: "open",
    order: null,
    entryCancelled: true,
    openedAtMs: NOW_MS,
    baseAmount: 10n ** 12n,
  } as const;
  const held = { ...open, heldBase: open.baseAmount, costLamports: 1n, heldCostLamports: 1n, deadlineMs: NOW_MS };
  const market = marketMoved(0, 1_010, NOW_MS);
  const selling = feedPosition({ position: held, intent: ENTERING.intent }, { type: "market", nowMs: NOW_MS, market }).live;
  expect(selling.intent).toMatchObject({ side: "sell", status: "planned" });
  const again = feedPosition(selling, { type: "close", nowMs: NOW_MS + 1 }).live;
  expect(again).toMatchObject({ position: { status: "exiting", closeRequested: true }, intent: { status: "planned" } });
});

test("what there is no intent for changes nothing", () => {
  const idle = { position: held, intent: null };
  expect(feedIntent(idle, { type: "withdrawn", nowMs: NOW_MS, reason: "ENTRY_ABANDONED" })).toEqual({ live: idle, effects: [] });
  expect(feedIntent(ENTERING, { type: "absent", nowMs: NOW_MS }).live).toBe(ENTERING);
});

test("an intent under way sets the pace, then a pause of the exit, then the position", () => {
  expect(nextLiveLookMs(ENTERING)).toBe(NOW_MS);
  const exiting = { ...held, status: "exiting" as const };
  expect(nextLiveLookMs({ position: exiting, intent: null })).toBe(0);
  expect(nextLiveLookMs({ position: { ...exiting, retryAtMs: 7 }, intent: null })).toBe(7);
  expect(nextLiveLookMs({ position: { ...held, status: "closed" }, intent: null })).toBeNull();
});

test("an entry between two attempts asks before it is given up, and keeps what was asked of it", () => {
  const failed = feedIntent(ENTERING, { ...NOT_SIGNED, reason: "SLIPPAGE_EXCEEDED" } as IntentEvent).live;
  expect(failed).toMatchObject({ position: { status: "entering", order: null, attempts: 1 } });
  const asking = feedPosition(failed, { type: "close", nowMs: NOW_MS + 1 }).live;
  expect(asking).toMatchObject({
    position: { status: "entering", order: { id: `${PLAN.positionId}:buy:2` }, attempts: 2, closeRequested: true },
    intent: { id: `${PLAN.positionId}:buy:2`, status: "planned", withdrawal: "ENTRY_ABANDONED" },
  });
  expect(feedIntent(asking, NOT_SIGNED).live.position).toMatchObject({ status: "abandoned", reason: "ENTRY_ABANDONED" });
  const late = feedPosition({ position: plannedPosition(PLAN), intent: null }, { type: "start", nowMs: PLAN.entryDeadlineMs + 1 }).live;
  expect(late).toMatchObject({ position: { status: "entering", attempts: 1 }, intent: { withdrawal: "ENTRY_ABANDONED" } });
});

describe("an order that was signed and forgotten", () => {
  const { order, plan } = ENTERING.position;
  if (order === null) throw new Error("no order");
  const prepared = { lastValidBlockHeight: 9, priorityFeeLamports: 1n, tipLamports: 0n, amountIn: 1n, minOut: 1n } as Prepared;
  const forgotten: Forgotten = { ...order, prepared, signature: "s", wireBase64: "w" };
  const remember = (one: Forgotten): IntentEvent => ({ type: "remembered", nowMs: NOW_MS + 5, forgotten: one });

  test("goes on from its signature", () => {
    const { live, replaced } = feedIntent(ENTERING, remember(forgotten));
    expect(live).toMatchObject({ position: { status: "entering", attempts: 1 }, intent: { status: "signed", signature: "s" } });
    expect(replaced).toBeUndefined();
  });

  test("takes the place of an earlier attempt, which ends unsigned", () => {
    const id = `${plan.positionId}:buy:3`;
    const step = feedIntent(ENTERING, remember({ ...forgotten, id, attempt: 3 }));
    expect(step.live).toMatchObject({ position: { order: { id, attempt: 3 }, attempts: 3 }, intent: { id, attempt: 3, signature: "s" } });
    expect(step.replaced).toMatchObject({ id: order.id, status: "failed", reason: "SIGN_POSITION_AHEAD", signature: null });
    expect(
      step.effects.flatMap((effect) => (effect.type === "journal" && effect.entry.kind === "intent" ? [effect.entry.status] : [])),
    ).toEqual([...["failed", "planned", "signed"]]);
  });

  test("is not taken for a later attempt, for one that is signed, or by an order of the other side", () => {
    const { intent } = ENTERING;
    const third = { ...order, id: `${plan.positionId}:buy:3`, attempt: 3 };
    const later = { position: { ...ENTERING.position, order: third }, intent: intent && { ...intent, id: third.id, attempt: 3 } };
    expect(feedIntent(later, remember(forgotten)).live).toBe(later);
    const signed = { ...ENTERING, intent: intent && { ...intent, signature: "mine" } };
    expect(feedIntent(signed, remember(forgotten)).live).toBe(signed);
    expect(feedIntent(ENTERING, remember({ ...forgotten, side: "sell" })).live).toBe(ENTERING);
  });
});
