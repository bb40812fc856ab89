import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { IntentStatus } from "../../journal/entry.ts";
import type { Order } from "../position-state.ts";
import { marketMoved, NOW_MS, planFor, signalFor } from "../test-fixtures.ts";
import {
  type Booking,
  type Forgotten,
  type Intent,
  type IntentEffect,
  type IntentEvent,
  isTerminal,
  nextAction,
  outcomeOf,
  POLL_MS,
  type Prepared,
  plannedIntent,
  RESEND_MS,
  reduceIntent,
} from "./intent.ts";

const SEED = 20_261_121;
const PLAN = planFor(undefined, undefined, signalFor(undefined, { ledger: "live-A" }));
const ORDER: Order = {
  id: "live-A-x:buy:1",
  side: "buy",
  attempt: 1,
  amountIn: 500_000_000n,
  minOut: 1_000n,
  quotedOut: 1_050n,
  slippageBps: 500,
  isPart: false,
  closesAccount: false,
  decidedAtMs: NOW_MS,
  decidedSlot: 1_000,
  marketAtMs: NOW_MS - 300,
};
const COSTS = {
  baseAmount: "1000",
  quoteLamports: "500000000",
  venueFeeLamports: "6250000",
  networkFeeLamports: "105000",
  tipLamports: "0",
  rentLamports: "2074080",
  otherRentLamports: "0",
};
const PREPARED: Prepared = {
  preparedAtMs: NOW_MS,
  messageBase64: "AAAA",
  lastValidBlockHeight: 1_150,
  computeUnitLimit: 250_000,
  priorityFeeLamports: 100_000n,
  tipLamports: 0n,
  amountIn: 500_000_000n,
  minOut: 1_000n,
  basis: {
    venue: "curve",
    wallet: "w",
    baseAccount: "b",
    baseRentLamports: 2_074_080n,
    closesBase: false,
    creatables: [],
    curveAddress: "c",
    fees: { lpBps: 0n, protocolBps: 95n, creatorBps: 30n },
  },
  predicted: COSTS,
};
const FILL = {
  slot: 1_010,
  baseAmount: 1_000n,
  quoteLamports: 500_000_000n,
  venueFeeLamports: 6_250_000n,
  networkCostLamports: 105_000n,
  tipLamports: 0n,
  rentLamports: 2_074_080n,
  otherRentLamports: 0n,
  impactBps: 10,
};
const BOOKING: Booking = { fill: FILL, actual: COSTS, market: marketMoved(0, 1_010), expected: COSTS, differences: [] };
const at = NOW_MS + 1_000;

const PREPARE: IntentEvent = { type: "prepared", nowMs: at, prepared: PREPARED };
const SIGN: IntentEvent = { type: "signed", nowMs: at, signature: "sig", wireBase64: "wire" };
const SENDING: IntentEvent = { type: "sending", nowMs: at };
const ACCEPTED: IntentEvent = { type: "send-answered", nowMs: at, accepted: true, detail: null };
const LOST: IntentEvent = { type: "send-answered", nowMs: at, accepted: false, detail: "RPC_UNAVAILABLE" };
const SEEN: IntentEvent = { type: "seen", nowMs: at, seen: { slot: 1_010, failed: false, detail: null } };
const SEEN_FAILED: IntentEvent = { type: "seen", nowMs: at, seen: { slot: 1_010, failed: true, detail: "6040" } };
const BOOKED: IntentEvent = { type: "booked", nowMs: at, booking: BOOKING };
const REVERTED: IntentEvent = { type: "reverted", nowMs: at, networkCostLamports: 105_000n, detail: "6040" };
const WITHDRAW: IntentEvent = { type: "withdrawn", nowMs: at, reason: "ENTRY_ABANDONED" };
const TAKEN = { prepared: PREPARED, signature: "old", wireBase64: "old wire" };
const FORGOTTEN: Forgotten = { ...ORDER, ...TAKEN };
const REMEMBER = { type: "remembered", nowMs: at, forgotten: FORGOTTEN } as const;
const absentAt = (ms: number): IntentEvent => ({ type: "absent", nowMs: at + ms });

/** An intent with everything it ever asked for. */
class Life {
  intent: Intent;
  readonly effects: IntentEffect[];

  constructor(order: Order = ORDER) {
    const step = plannedIntent(PLAN, order, NOW_MS);
    this.intent = step.intent;
    this.effects = [...step.effects];
  }

  feed(...events: IntentEvent[]): this {
    for (const event of events) {
      const step = reduceIntent(this.intent, event);
      this.intent = step.intent;
      this.effects.push(...step.effects);
    }
    return this;
  }

  statuses(): IntentStatus[] {
    return this.effects.filter((effect) => effect.type === "journal").map(({ entry }) => entry.status);
  }
}

describe("an intent's life", () => {
  test.each<[string, IntentEvent[], IntentStatus[], Partial<Intent>]>([
    ["lands", [PREPARE, SIGN, SENDING, ACCEPTED, SEEN, BOOKED], ["planned", "signed", "sent", "landed"], { sends: 1, reason: null }],
    [
      "lands although every send was unanswered",
      [PREPARE, SIGN, SENDING, LOST, SENDING, LOST, SEEN, BOOKED],
      ["planned", "signed", "unknown", "landed"],
      { sends: 2 },
    ],
    [
      "lands although it was never sent, as far as we remember",
      [PREPARE, SIGN, SEEN, BOOKED],
      ["planned", "signed", "landed"],
      { sends: 0 },
    ],
    [
      "reverts",
      [PREPARE, SIGN, SENDING, ACCEPTED, SEEN_FAILED, REVERTED],
      ["planned", "signed", "sent", "failed"],
      { reason: "TX_REVERTED", networkCostLamports: 105_000n },
    ],
    [
      "expires after two looks",
      [PREPARE, SIGN, SENDING, ACCEPTED, absentAt(0), absentAt(2_000)],
      ["planned", "signed", "sent", "expired"],
      { reason: "TX_EXPIRED" },
    ],
    [
      "does not expire by two looks at once",
      [PREPARE, SIGN, SENDING, ACCEPTED, absentAt(0), absentAt(1), absentAt(1_999)],
      ["planned", "signed", "sent"],
      { absences: 1 },
    ],
    [
      "does not expire when a look in between finds it in a processed block",
      [PREPARE, SIGN, SENDING, ACCEPTED, absentAt(0), { type: "pending", nowMs: at + 1, processed: true }, absentAt(2_500)],
      ["planned", "signed", "sent"],
      { absences: 1 },
    ],
    [
      "is refused before it is signed",
      [{ type: "refused", nowMs: at, reason: "SIMULATION_FAILED", detail: "6023" }],
      ["planned", "failed"],
      { reason: "SIMULATION_FAILED", detail: "6023" },
    ],
    [
      "is withdrawn, and ends once it is known that it was not signed",
      [PREPARE, WITHDRAW, { type: "refused", nowMs: at, reason: "ENTRY_ABANDONED", detail: null }],
      ["planned", "failed"],
      { reason: "ENTRY_ABANDONED" },
    ],
    [
      "is withdrawn while it is being signed: it is looked for, and not sent",
      [PREPARE, WITHDRAW, SIGN, absentAt(0), absentAt(2_000)],
      ["planned", "signed", "expired"],
      { signature: "sig", wireBase64: null, sends: 0 },
    ],
    [
      "was signed before and forgotten: a buy is looked for, and not sent",
      [REMEMBER, SEEN, BOOKED],
      ["planned", "signed", "landed"],
      { signature: "old", wireBase64: null, prepared: PREPARED, sends: 0 },
    ],
    ["is not what was signed under another number", [{ ...REMEMBER, forgotten: { ...FORGOTTEN, id: "live-A-x:buy:2" } }], ["planned"], {}],
    [
      "is not withdrawn once it is signed",
      [PREPARE, SIGN, WITHDRAW, { type: "refused", nowMs: at, reason: "SIGN_BUDGET", detail: null }],
      ["planned", "signed"],
      {},
    ],
    [
      "is unknown while not every provider can be asked",
      [PREPARE, SIGN, SENDING, ACCEPTED, { type: "unanswered", nowMs: at, detail: "secondary: RPC_UNAVAILABLE" }],
      ["planned", "signed", "sent", "unknown"],
      { reason: "OUTCOME_UNKNOWN" },
    ],
  ])("%s", (_name, events, statuses, expected) => {
    const life = new Life().feed(...events);
    expect(life.statuses()).toEqual(statuses);
    expect(life.intent).toMatchObject(expected);
  });

  test("a sale that was signed before and forgotten goes out again, with the terms of its signature", () => {
    const sale: Order = { ...ORDER, id: "live-A-x:sell:1", side: "sell", closesAccount: true };
    const forgotten: Forgotten = { ...sale, amountIn: 7n, isPart: true, closesAccount: false, ...TAKEN };
    const life = new Life(sale).feed({ ...REMEMBER, forgotten });
    expect(life.intent).toMatchObject({ amountIn: 7n, isPart: true, closesAccount: false, wireBase64: "old wire" });
    expect(nextAction(life.intent, at)).toBe("send");
    expect(nextAction(new Life().feed(REMEMBER).intent, at + 60_000)).toBe("poll");
  });

  test("a second message and a second signature are not taken", () => {
    const life = new Life().feed(PREPARE, { ...PREPARE, prepared: { ...PREPARED, messageBase64: "BBBB" } } as IntentEvent, SIGN);
    life.feed({ type: "signed", nowMs: at, signature: "another", wireBase64: "another" });
    expect(life.intent).toMatchObject({ signature: "sig", wireBase64: "wire", prepared: { messageBase64: "AAAA" } });
  });

  test("nothing is signed without a stored message, nothing is sent without a stored signature", () => {
    expect(new Life().feed(SIGN, SENDING, ACCEPTED, SEEN, BOOKED, absentAt(0), absentAt(9_000)).intent).toMatchObject({
      status: "planned",
      signature: null,
      sends: 0,
    });
  });

  test("the next thing to do follows the state, and a resend waits its turn", () => {
    const life = new Life();
    const next = (ms = 0) => nextAction(life.intent, at + ms);
    expect(next()).toBe("prepare");
    life.feed(PREPARE);
    expect(next()).toBe("sign");
    life.feed(SIGN);
    expect(next()).toBe("send");
    life.feed(SENDING, ACCEPTED);
    expect([next(POLL_MS), next(RESEND_MS), next(60_000)]).toEqual(["poll", "poll", "poll"]);
    life.feed({ type: "pending", nowMs: at + POLL_MS, processed: false });
    expect([next(POLL_MS), next(RESEND_MS)]).toEqual(["poll", "send"]);
    life.feed(SEEN);
    expect(next()).toBe("book");
    life.feed(BOOKED);
    expect(next()).toBeNull();
  });

  test("a pause grows with every outside fault, and goes with the first answer", () => {
    const life = new Life();
    const pauses = Array.from({ length: 8 }, () => {
      life.feed({ type: "stalled", nowMs: at, reason: "RPC_UNAVAILABLE", detail: null });
      return life.intent.nextAtMs - at;
    });
    expect(pauses).toEqual([600, 1_200, 2_400, 4_800, 9_600, 10_000, 10_000, 10_000]);
    expect(life.feed(PREPARE).intent).toMatchObject({ stalls: 0, nextAtMs: at });
  });

  test.each([
    ["of a further attempt", 2, [{ code: "ALREADY_HELD", cause: "past" }]],
    ["of the first", 1, []],
  ])("an account that is there before the buy %s", (_name, attempt, raised) => {
    const life = new Life({ ...ORDER, attempt });
    life.feed({ type: "refused", nowMs: at, reason: "ALREADY_HELD", detail: null });
    expect(life.intent).toMatchObject({ status: "failed", reason: "ALREADY_HELD" });
    expect(life.effects.filter(({ type }) => type === "raise")).toMatchObject(raised);
  });

  test("a person is told of one that stays pending, since a node may never come past its expiry", () => {
    const life = new Life().feed(PREPARE, SIGN, SENDING, ACCEPTED, { type: "pending", nowMs: at + 179_999, processed: true });
    expect(life.effects.filter(({ type }) => type === "raise")).toEqual([]);
    life.feed({ type: "pending", nowMs: at + 180_000, processed: true });
    expect(life.effects.at(-1)).toMatchObject({ type: "raise", code: "OUTCOME_UNKNOWN" });
  });

  test.each([
    ["a signed one of unknown outcome", ORDER, [PREPARE, SIGN, SENDING, LOST], "OUTCOME_UNKNOWN", 180_000],
    ["a sale that cannot be built", { ...ORDER, side: "sell" as const }, [], "EXIT_STUCK", 60_000],
  ])("a person is told once of %s, and it is cleared when it ends", (_name, order, events, code, afterMs) => {
    const life = new Life(order).feed(...(events as IntentEvent[]));
    const stall = (ms: number): IntentEvent => ({ type: "stalled", nowMs: at + ms, reason: "RPC_UNAVAILABLE", detail: null });
    life.feed(stall(afterMs - 2_000));
    expect(life.effects.filter(({ type }) => type === "raise")).toEqual([]);
    life.feed(stall(afterMs), stall(afterMs + 1));
    expect(life.effects.filter(({ type }) => type === "raise")).toMatchObject([{ code }]);
    life.feed(...(events.length > 0 ? [SEEN, BOOKED] : [{ type: "refused", nowMs: at, reason: "TOKENS_MISSING", detail: null } as const]));
    expect(life.effects.at(-1)).toEqual({ type: "clear", code });
  });
});

describe("what an ended intent tells its order", () => {
  test.each<[string, IntentEvent[], object | null]>([
    ["under way", [PREPARE, SIGN], null],
    ["landed", [PREPARE, SIGN, SEEN, BOOKED], { type: "filled", orderId: ORDER.id, fill: FILL }],
    ["reverted", [PREPARE, SIGN, SEEN_FAILED, REVERTED], { type: "failed", reason: "TX_REVERTED", networkCostLamports: 105_000n }],
    ["expired", [PREPARE, SIGN, absentAt(0), absentAt(5_000)], { type: "failed", reason: "TX_EXPIRED", networkCostLamports: 0n }],
  ])("%s", (_name, events, expected) => {
    const outcome = outcomeOf(new Life().feed(...events).intent, at);
    if (expected === null) expect(outcome).toBeNull();
    else expect(outcome).toMatchObject(expected);
  });
});

test("whatever happens in whatever order: one signature, no send before it, ends absorb, and only the chain ends what was signed", () => {
  const ms = fc.integer({ min: 0, max: 400_000 });
  const event: fc.Arbitrary<IntentEvent> = fc.oneof(
    ms.map((t): IntentEvent => ({ type: "prepared", nowMs: at + t, prepared: { ...PREPARED, messageBase64: `m${t}` } })),
    ms.map((t): IntentEvent => ({ type: "refused", nowMs: at + t, reason: "SIGN_BUDGET", detail: null })),
    ms.map((t): IntentEvent => ({ type: "stalled", nowMs: at + t, reason: "RPC_UNAVAILABLE", detail: null })),
    ms.map((t): IntentEvent => ({ type: "withdrawn", nowMs: at + t, reason: "ENTRY_ABANDONED" })),
    ms.map((t): IntentEvent => ({ ...REMEMBER, nowMs: at + t, forgotten: { ...FORGOTTEN, signature: `f${t}` } })),
    ms.map((t): IntentEvent => ({ type: "signed", nowMs: at + t, signature: `s${t}`, wireBase64: `w${t}` })),
    ms.map((t): IntentEvent => ({ type: "sending", nowMs: at + t })),
    fc.tuple(ms, fc.boolean()).map(([t, accepted]): IntentEvent => ({ type: "send-answered", nowMs: at + t, accepted, detail: null })),
    fc
      .tuple(ms, fc.boolean())
      .map(([t, failed]): IntentEvent => ({ type: "seen", nowMs: at + t, seen: { slot: 1, failed, detail: null } })),
    fc.tuple(ms, fc.boolean()).map(([t, processed]): IntentEvent => ({ type: "pending", nowMs: at + t, processed })),
    ms.map((t): IntentEvent => ({ type: "absent", nowMs: at + t })),
    ms.map((t): IntentEvent => ({ type: "unanswered", nowMs: at + t, detail: "down" })),
    ms.map((t): IntentEvent => ({ type: "booked", nowMs: at + t, booking: BOOKING })),
    ms.map((t): IntentEvent => ({ type: "moved-nothing", nowMs: at + t, costLamports: 1n, detail: null })),
    ms.map((t): IntentEvent => {
      const earlier = new Life({ ...ORDER, id: "live-A-x:buy:0" }).feed(PREPARE, { ...SIGN, signature: `e${t}` } as IntentEvent).intent;
      return { type: "late", nowMs: at + t, earlier, seen: { slot: 1, failed: false, detail: null }, booking: BOOKING };
    }),
    ms.map((t): IntentEvent => ({ type: "reverted", nowMs: at + t, networkCostLamports: 1n, detail: null })),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const life = new Life();
      const signatures = new Set<string>();
      let seen = false;
      let absences = 0;
      for (const one of events) {
        const before = life.intent;
        life.feed(one);
        const { intent } = life;
        if (intent.signature !== null) signatures.add(intent.signature);
        if (isTerminal(before)) expect(intent).toBe(before);
        if (intent.sends > before.sends) expect(before.signature).not.toBeNull();
        if (before.withdrawal !== null && !isTerminal(intent) && before.signature === null) expect(intent.wireBase64).toBeNull();
        if (intent.signature !== before.signature) expect(before.signature).toBeNull();
        if (intent.prepared !== before.prepared) expect(before.signature).toBeNull();
        seen ||= intent.seen !== null;
        if (one.type === "absent" && before.signature !== null && !isTerminal(before)) absences++;
        if (isTerminal(intent) && intent.signature !== null) {
          if (intent.status === "expired") expect(seen ? 0 : absences).toBeGreaterThanOrEqual(2);
          else expect(seen).toBe(true);
        }
        if (intent.status === "landed") expect(intent.booking).not.toBeNull();
      }
      expect(signatures.size).toBeLessThanOrEqual(1);
      const ids = life.effects.flatMap((effect) => (effect.type === "journal" ? [effect.entry.id] : []));
      expect(new Set(ids).size).toBe(ids.length);
    }),
    { seed: SEED, numRuns: 3_000 },
  );
});
