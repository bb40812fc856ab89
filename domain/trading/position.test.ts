import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReasonCode } from "../reasons.ts";
import { nextLookMs, paperEvent } from "./paper-venue.ts";
import type { Parameters } from "./parameters.ts";
import { reducePosition } from "./position.ts";
import { costOf, proceedsOf } from "./position-money.ts";
import { type Fill, isSettled, type PositionEffect, type PositionEvent, type PositionState, plannedPosition } from "./position-state.ts";
import type { RugAlert } from "./rug-alert.ts";
import { marketMoved, NOW_MS, PARAMETERS, planFor } from "./test-fixtures.ts";

const SEED = 20_261_121;

/** A position with everything it ever asked for. */
class Life {
  state: PositionState;
  readonly effects: PositionEffect[] = [];

  constructor(parameters: Parameters = PARAMETERS) {
    this.state = plannedPosition(planFor(parameters));
  }

  feed(...events: PositionEvent[]): this {
    for (const event of events) {
      const step = reducePosition(this.state, event);
      this.state = step.state;
      this.effects.push(...step.effects);
    }
    return this;
  }

  /** A read of the pool, through the paper venue. */
  look(moveBps: number, slot: number, nowMs = NOW_MS + (slot - 1_000) * 400): this {
    const event = paperEvent(this.state, marketMoved(moveBps, slot, nowMs), nowMs);
    return event === null ? this : this.feed(event);
  }

  of<T extends PositionEffect["type"]>(type: T): Array<Extract<PositionEffect, { type: T }>> {
    return this.effects.filter((effect): effect is Extract<PositionEffect, { type: T }> => effect.type === type);
  }

  journal(): unknown[] {
    return this.of("journal").map((effect) => effect.entry);
  }
}

function opened(parameters: Parameters = PARAMETERS): Life {
  return new Life(parameters).feed({ type: "start", nowMs: NOW_MS }).look(0, 1_010);
}

describe("a position's life", () => {
  test("enters, opens, takes its profit and settles to the lamport", () => {
    const life = opened();
    expect(life.state.status).toBe("open");
    const [entry] = life.of("settle-entry");
    expect(entry?.settlement).toMatchObject({ costLamports: life.state.costLamports, opened: { slot: 1_010 } });
    expect(entry?.settlement.opened?.valueLamports).toBeLessThan(life.state.costLamports);
    expect(life.of("watch")).toHaveLength(1);

    life.look(1_000, 1_020);
    expect(life.state.status).toBe("open");
    life.look(4_000, 1_030);
    expect(life.state.status).toBe("open");
    life.look(4_000, 1_033);
    expect(life.state).toMatchObject({ status: "exiting", reason: "EXIT_TAKE_PROFIT", order: { side: "sell", attempt: 1 } });
    life.look(4_000, 1_040);
    expect(life.state.status).toBe("closed");
    const [exit] = life.of("settle-exit");
    expect(exit?.settlement.proceedsLamports).toBe(life.state.proceedsLamports);
    expect(life.of("unwatch")).toHaveLength(1);

    const pnl = life.state.proceedsLamports - life.state.costLamports;
    expect(life.journal()).toMatchObject([
      { kind: "position", status: "entering" },
      { kind: "order", side: "buy", attempt: 1, reason: null },
      { kind: "position", status: "open", isDryRun: true },
      { kind: "fill", side: "buy", attempt: 1, isDryRun: true },
      { kind: "position", status: "exiting", reason: "EXIT_TAKE_PROFIT" },
      { kind: "order", side: "sell", attempt: 1, reason: "EXIT_TAKE_PROFIT" },
      { kind: "position", status: "closed" },
      { kind: "fill", side: "sell", attempt: 1 },
      { kind: "trade", isDryRun: true, exitReason: "EXIT_TAKE_PROFIT", pnlLamports: pnl.toString(), holdMs: 12_000 },
    ]);
    expect(pnl).toBeGreaterThan(0n);
  });

  test.each([
    ["stop loss", -1_500, 1_020, "EXIT_STOP_LOSS"],
    ["liquidity collapse", -6_500, 1_020, "EXIT_LIQUIDITY_COLLAPSE"],
    ["maximum hold", 0, 1_010 + 30 * 150, "EXIT_MAX_HOLD"],
  ])("leaves by %s", (_name, moveBps, slot, reason) => {
    expect(opened().look(moveBps, slot).state).toMatchObject({ status: "exiting", reason });
  });

  test("an operator's close sells at the next read, and gives up an entry that has not filled", () => {
    const life = opened().feed({ type: "close", nowMs: NOW_MS });
    expect(nextLookMs(life.state)).toBe(0);
    expect(life.look(0, 1_020).state).toMatchObject({ status: "exiting", reason: "EXIT_OPERATOR" });
    const entering = new Life().feed({ type: "start", nowMs: NOW_MS }, { type: "close", nowMs: NOW_MS }).look(0, 1_001);
    expect(entering.state).toMatchObject({ status: "abandoned", reason: "ENTRY_ABANDONED" });
  });
});

describe("entry", () => {
  test("started after its deadline it buys nothing", () => {
    const life = new Life();
    life.feed({ type: "start", nowMs: life.state.plan.entryDeadlineMs + 1 });
    expect(life.state.status).toBe("abandoned");
    expect(life.of("settle-entry")).toMatchObject([{ settlement: { costLamports: 0n, opened: null } }]);
  });

  test("tries again on a fresh quote, then gives up and books what the attempts cost", () => {
    const life = new Life().feed({ type: "start", nowMs: NOW_MS });
    life.look(2_000, 1_010);
    expect(life.state).toMatchObject({ status: "entering", order: null, costLamports: 105_000n });
    life.look(1_000, 1_011);
    expect(life.state).toMatchObject({ status: "entering", order: { attempt: 2, decidedSlot: 1_011 } });
    life.look(3_000, 1_020);
    expect(life.state).toMatchObject({ status: "abandoned", reason: "SLIPPAGE_EXCEEDED" });
    expect(life.of("settle-entry")).toMatchObject([{ settlement: { costLamports: 210_000n, opened: null } }]);
    expect(life.of("settle-exit")).toHaveLength(0);
  });

  test.each([
    ["the signal has expired", 0, NOW_MS + 20_001, "ENTRY_ABANDONED"],
    ["the price has left the assessed one", 1_600, NOW_MS + 5_000, "SIGNAL_PRICE_MOVED"],
  ])("does not try again when %s", (_name, moveBps, nowMs, reason) => {
    const life = new Life().feed({ type: "start", nowMs: NOW_MS }).look(2_000, 1_010);
    expect(life.look(moveBps, 1_011, nowMs).state).toMatchObject({ status: "abandoned", reason });
  });

  test("does not try again when the rent of others' accounts makes it too dear", () => {
    const life = new Life();
    const { plan } = life.state;
    const otherRentLamports = plan.sizeLamports / 10n;
    life.state = { ...life.state, plan: { ...plan, otherRentLamports } };
    life.feed({ type: "start", nowMs: NOW_MS }).look(2_000, 1_010).look(1_000, 1_011);
    expect(life.state).toMatchObject({ status: "abandoned", reason: "COST_TOO_HIGH" });
  });

  test("gives up when the node stays silent beyond the deadline", () => {
    const life = new Life().feed({ type: "start", nowMs: NOW_MS }).look(2_000, 1_010);
    life.feed({ type: "no-market", nowMs: NOW_MS + 6_000 });
    expect(life.state.status).toBe("entering");
    life.feed({ type: "no-market", nowMs: life.state.plan.entryDeadlineMs + 1 });
    expect(life.state.status).toBe("abandoned");
  });

  test("a cancelled order that had landed already is a position all the same", () => {
    const life = new Life().feed({ type: "start", nowMs: NOW_MS });
    const event = paperEvent(life.state, marketMoved(0, 1_010), NOW_MS);
    if (event?.type !== "filled") throw new Error("not filled");
    life.feed({ type: "cancel-entry", nowMs: NOW_MS });
    expect(life.state).toMatchObject({ status: "entering", entryCancelled: true, order: { attempt: 1 } });
    expect(life.of("settle-entry")).toHaveLength(0);
    expect(life.feed(event).state.status).toBe("open");
  });

  test("the outcome of an earlier order does not settle a later one", () => {
    const life = new Life().feed({ type: "start", nowMs: NOW_MS });
    const first = paperEvent(life.state, marketMoved(0, 1_010), NOW_MS);
    if (first?.type !== "filled") throw new Error("not filled");
    life.feed({ type: "failed", nowMs: NOW_MS, orderId: first.orderId, reason: "LANDING_FAILED", networkCostLamports: 0n }).look(0, 1_011);
    const second = life.state;
    expect(second.order?.attempt).toBe(2);
    life.feed(first, { ...first, type: "failed", reason: "SLIPPAGE_EXCEEDED", networkCostLamports: 9n });
    expect(life.state).toBe(second);
  });

  test("a cancelled entry never fills, an open position does not care", () => {
    const life = new Life().feed({ type: "start", nowMs: NOW_MS }, { type: "cancel-entry", nowMs: NOW_MS }).look(0, 1_010);
    expect(life.state).toMatchObject({ status: "abandoned", baseAmount: 0n });
    expect(opened().feed({ type: "cancel-entry", nowMs: NOW_MS }).state.status).toBe("open");
  });
});

describe("exit", () => {
  test("never gives up: each failure accepts more slippage, up to the limit, and is paid for", () => {
    const life = opened().look(-1_500, 1_020);
    const accepted: number[] = [];
    for (let attempt = 1; attempt <= 12; attempt++) {
      const { order } = life.state;
      if (order === null) throw new Error("no order");
      expect(order.id.endsWith(`:sell:${attempt}`)).toBe(true);
      const quote = marketMoved(-1_500, 1_020 + attempt);
      accepted.push(Number((order.minOut * 10_000n) / (life.state.mark?.valueLamports ?? 1n)));
      life.feed({ type: "failed", nowMs: NOW_MS, orderId: order.id, reason: "SLIPPAGE_EXCEEDED", networkCostLamports: 105_000n });
      expect(life.state).toMatchObject({ status: "exiting", order: null, proceedsLamports: -105_000n * BigInt(attempt) });
      life.feed({ type: "market", nowMs: NOW_MS, market: quote });
    }
    expect(accepted[0]).toBeGreaterThan(8_400);
    expect(accepted[5]).toBeLessThan(1_100);
    expect(accepted[11]).toBe(accepted[5]);
    life.look(-1_500, 1_100);
    expect(life.state.status).toBe("closed");
    expect(life.of("settle-exit")).toHaveLength(1);
  });

  test("a drained pool closes at what the rent is worth", () => {
    const life = opened();
    const empty = { ...marketMoved(0, 1_020), quoteReservesLamports: 0n };
    life.feed({ type: "market", nowMs: NOW_MS, market: empty });
    expect(life.state).toMatchObject({ status: "exiting", reason: "EXIT_LIQUIDITY_COLLAPSE", order: { minOut: 0n } });
    const event = paperEvent(life.state, { ...empty, slot: 1_030 }, NOW_MS);
    if (event === null) throw new Error("not filled");
    expect(life.feed(event).state).toMatchObject({ status: "closed", proceedsLamports: 2_074_080n - 305_000n });
  });
});

describe("slots that one node made up", () => {
  const readAt = (slot: number, nowMs: number, moveBps = 0): PositionEvent => ({
    type: "market",
    nowMs,
    market: marketMoved(moveBps, slot, nowMs),
  });

  test("a read whose slot the chain cannot have reached is dropped, and the next true one decides", () => {
    const life = opened();
    const before = life.state;
    for (const slot of [2 ** 52, 460_000_000, 1_010 + 14 + 150]) life.feed(readAt(slot, NOW_MS + 8_000, -1_500));
    expect({ ...life.state, doubt: null }).toEqual(before);
    life.feed(readAt(1_020, NOW_MS + 8_000, -1_500));
    expect(life.state).toMatchObject({ status: "exiting", reason: "EXIT_STOP_LOSS", mark: { slot: 1_020 } });
  });

  test("ten minutes without a mark is caught up with, and some slots ahead are believed", () => {
    const life = opened();
    life.feed(readAt(2_510, NOW_MS + 600_000));
    expect(life.state.mark?.slot).toBe(2_510);
    life.feed(readAt(2_660, NOW_MS + 600_000));
    expect(life.state.mark?.slot).toBe(2_660);
  });

  test("an entry is not tried again on such a read, and a fill at such a slot does not hide later reads", () => {
    const entering = new Life().feed({ type: "start", nowMs: NOW_MS }).look(2_000, 1_010);
    expect(entering.feed(readAt(460_000_000, NOW_MS + 5_000)).state.order).toBeNull();
    const life = new Life().feed({ type: "start", nowMs: NOW_MS });
    const event = paperEvent(life.state, marketMoved(0, 1_010), NOW_MS);
    if (event?.type !== "filled") throw new Error("not filled");
    life.feed({ ...event, market: { ...event.market, slot: 2 ** 52 } });
    expect(life.state).toMatchObject({ status: "open", mark: { slot: 1_000 } });
    expect(life.feed(readAt(1_020, NOW_MS + 8_000, -1_500)).state.status).toBe("exiting");
  });
});

describe("a live exit", () => {
  function exiting(): Life {
    const life = new Life();
    const plan = { ...life.state.plan, ledger: "live-A" as const, isDryRun: false };
    life.state = plannedPosition(plan);
    return life.feed({ type: "start", nowMs: NOW_MS }).look(0, 1_010).look(-1_500, 1_020);
  }

  function fail(life: Life, reason: ReasonCode, nowMs: number, networkCostLamports = 0n): Life {
    return life.feed({ type: "failed", nowMs, orderId: life.state.order?.id ?? "", reason, networkCostLamports });
  }

  /** The pool is read again once the pause is over. */
  function again(life: Life): number {
    const nowMs = Math.max(NOW_MS + 20_000, life.state.retryAtMs ?? 0);
    life.feed({ type: "market", nowMs, market: marketMoved(-1_500, 1_060, nowMs) });
    return nowMs;
  }

  test.each([
    ["SLIPPAGE_EXCEEDED", 3_000, null],
    ["TX_REVERTED", 3_000, null],
    ["TX_EXPIRED", 1_500, null],
    ["SIGN_RATE", 1_500, 1_000],
    ["QUOTE_UNAVAILABLE", 1_500, 1_000],
    ["SIMULATION_FAILED", 1_500, 1_000],
  ] as const)("after %s accepts %i bps and pauses %s ms", (reason, slippageBps, pauseMs) => {
    const life = exiting();
    fail(life, reason, NOW_MS + 20_000);
    expect(life.state.retryAtMs).toBe(pauseMs === null ? null : NOW_MS + 20_000 + pauseMs);
    if (pauseMs !== null) {
      life.feed({ type: "market", nowMs: NOW_MS + 20_000 + pauseMs - 1, market: marketMoved(-1_500, 1_059, NOW_MS + 20_000) });
      expect(life.state.order).toBeNull();
    }
    again(life);
    expect(life.state.order).toMatchObject({ attempt: 2, slippageBps });
  });

  test("sells with the coin's account until the programs have refused three sales, whatever else failed", () => {
    const life = exiting();
    const closes = ["TX_EXPIRED", "TX_REVERTED", "TX_EXPIRED", "TX_EXPIRED", "SIMULATION_FAILED", "TX_EXPIRED", "TX_REVERTED"].map(
      (reason) => {
        fail(life, reason as "TX_EXPIRED", Math.max(NOW_MS + 20_000, life.state.retryAtMs ?? 0));
        again(life);
        return life.state.order?.closesAccount;
      },
    );
    expect(closes).toEqual([true, true, true, true, true, true, false]);
  });

  test("at the widest slippage it pauses longer and longer, tells a person, and that is cleared when it is sold", () => {
    const life = exiting();
    let nowMs = NOW_MS + 20_000;
    const pauses: number[] = [];
    for (let i = 0; i < 14; i++) {
      fail(life, "TX_REVERTED", nowMs, 105_000n);
      if (life.state.retryAtMs !== null) pauses.push(life.state.retryAtMs - nowMs);
      nowMs = again(life);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
    expect(life.of("raise")[0]).toMatchObject({ code: "EXIT_STUCK", cause: "lasts" });
    expect(life.state).toMatchObject({ stuck: true, proceedsLamports: -105_000n * 14n, order: { slippageBps: 9_000, attempt: 15 } });
    const event = paperEvent({ ...life.state, plan: { ...life.state.plan, isDryRun: true } }, marketMoved(-1_500, 9_000, nowMs), nowMs);
    if (event?.type !== "filled") throw new Error("not filled");
    life.feed(event);
    expect(life.state.status).toBe("closed");
    expect(life.of("clear")).toEqual([{ type: "clear", code: "EXIT_STUCK" }]);
  });

  test("an operator's close ends the pause", () => {
    const life = fail(exiting(), "SIGN_RATE", NOW_MS + 20_000).feed({ type: "close", nowMs: NOW_MS + 20_001 });
    expect(life.state.retryAtMs).toBeNull();
  });

  test("tokens are written off only when they are missing three times in a row; the costs so far are booked", () => {
    const life = exiting();
    let nowMs = NOW_MS + 20_000;
    for (const reason of ["TOKENS_MISSING", "TOKENS_MISSING", "SIMULATION_FAILED", "TOKENS_MISSING", "TOKENS_MISSING"] as const) {
      fail(life, reason, nowMs, 7n);
      nowMs = again(life);
    }
    expect(life.state.status).toBe("exiting");
    fail(life, "TOKENS_MISSING", nowMs);
    expect(life.state).toMatchObject({ status: "closed", proceedsLamports: -35n });
    expect(life.of("raise").at(-1)).toMatchObject({ code: "TOKENS_MISSING", cause: "past" });
    expect(life.of("settle-exit")).toMatchObject([{ settlement: { proceedsLamports: -35n } }]);
    expect(life.of("unwatch")).toHaveLength(1);
  });

  test.each(["ALREADY_HELD", "WALLET_UNDERFUNDED", "SIGN_BUDGET", "TX_TOO_LARGE"] as const)(
    "an entry that fails with %s is not tried again",
    (reason) => {
      const life = fail(new Life().feed({ type: "start", nowMs: NOW_MS }), reason, NOW_MS);
      expect(life.state).toMatchObject({ status: "abandoned", reason });
    },
  );

  test("a close that comes too late to withdraw the entry sells what it bought", () => {
    const life = new Life().feed({ type: "start", nowMs: NOW_MS });
    const event = paperEvent(life.state, marketMoved(0, 1_010), NOW_MS);
    if (event?.type !== "filled") throw new Error("not filled");
    life.feed({ type: "close", nowMs: NOW_MS }, event).look(0, 1_020);
    expect(life.state).toMatchObject({ status: "exiting", reason: "EXIT_OPERATOR" });
  });
});

describe("events that do not fit change nothing", () => {
  test("old and stale markets do not mark", () => {
    const life = opened();
    const before = life.state;
    life.feed({ type: "market", nowMs: NOW_MS + 20_000, market: marketMoved(-9_000, 1_050, NOW_MS) });
    life.feed({ type: "market", nowMs: NOW_MS + 5_000, market: marketMoved(-9_000, 1_009, NOW_MS + 5_000) });
    expect(life.state).toBe(before);
  });

  test("whatever happens, in whatever order and however often, the books get each outcome once and to the lamport", () => {
    const look = fc.record({
      kind: fc.constant("look" as const),
      move: fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 3_000, max: 9_000 }) },
        { weight: 2, arbitrary: fc.integer({ min: -800, max: 1_200 }) },
        { weight: 1, arbitrary: fc.integer({ min: -9_500, max: 30_000 }) },
      ),
      slots: fc.integer({ min: -3, max: 20 }),
    });
    const step = fc.oneof(
      { weight: 12, arbitrary: look },
      fc.record({ kind: fc.constant("silence" as const), ms: fc.integer({ min: 0, max: 40_000 }) }),
      fc.record({ kind: fc.constantFrom("start" as const, "cancel" as const) }),
      fc.record({ kind: fc.constantFrom("close" as const, "alert" as const), isWanted: fc.nat(9) }),
      fc.record({ kind: fc.constant("replay" as const), back: fc.nat(12) }),
    );
    const run = fc.record({
      failureBps: fc.constantFrom(0, 300, 5_000),
      ladderRungs: fc.integer({ min: 1, max: 5 }),
      ladderShareBps: fc.constantFrom(500, 5_000, 9_000),
      confirmMs: fc.constantFrom(0, 1_200),
      // Most lives begin with a price that the entry accepts.
      calm: fc.constantFrom(0, 1, 1, 1),
      trailingDeltaBps: fc.constantFrom(1_000, 9_000),
      steps: fc.array(step, { minLength: 5, maxLength: 60 }),
    });
    const seen = { parts: 0, closedInParts: 0 };
    fc.assert(
      fc.property(run, ({ failureBps, ladderRungs, ladderShareBps, confirmMs, calm, trailingDeltaBps, steps }) => {
        const ladder = { ladderRungs, ladderShareBps, takeProfitConfirmMs: confirmMs, trailingDeltaBps, priceGapBps: 9_000 };
        const life = new Life({ ...PARAMETERS, ...ladder, paperFailureBps: failureBps, maxEntryAttempts: 3 });
        const past: PositionEvent[] = [{ type: "start", nowMs: NOW_MS }];
        let slot = 1_000;
        let nowMs = NOW_MS;
        let paid = 0n;
        let got = 0n;
        const feed = (event: PositionEvent) => {
          const { order } = life.state;
          life.feed(event);
          if (order === null || life.state.order === order) return;
          // Only its own outcome, or an abandonment, ends an order.
          expect("orderId" in event ? event.orderId : null).toBe(order.id);
          const outcome = event.type === "filled" ? event.fill : null;
          const cost = event.type === "failed" ? event.networkCostLamports : 0n;
          if (order.side === "buy") paid += cost + (outcome === null ? 0n : spent(outcome));
          else got += (outcome === null ? 0n : received(outcome)) - cost;
        };
        feed({ type: "start", nowMs });
        const opening: Step[] = calm === 1 ? [{ kind: "look", move: 0, slots: 10 }] : [];
        for (const one of [...opening, ...steps]) {
          if (one.kind === "look") {
            slot = Math.max(1_000, slot + one.slots);
            nowMs += Math.max(0, one.slots) * 400;
          } else if (one.kind === "silence") nowMs += one.ms;
          const event = eventOf(one, life.state, slot, nowMs, past);
          if (event === null) continue;
          past.push(event);
          const before = life.state;
          feed(event);
          if (life.state !== before) check(life, before, paid, got);
          if (life.state.sales > 1 && isSettled(life.state)) seen.closedInParts++;
          if (life.state.sales > before.sales && !isSettled(life.state)) seen.parts++;
        }
      }),
      { seed: SEED, numRuns: 400 },
    );
    expect(seen.parts).toBeGreaterThan(100);
    expect(seen.closedInParts).toBeGreaterThan(50);
  });
});

type Step =
  | { readonly kind: "look"; readonly move: number; readonly slots: number }
  | { readonly kind: "silence"; readonly ms: number }
  | { readonly kind: "replay"; readonly back: number }
  | { readonly kind: "start" | "cancel" }
  | { readonly kind: "close" | "alert"; readonly isWanted: number };

function eventOf(step: Step, state: PositionState, slot: number, nowMs: number, past: readonly PositionEvent[]): PositionEvent | null {
  switch (step.kind) {
    case "look":
      return paperEvent(state, marketMoved(step.move, slot, nowMs), nowMs);
    case "silence":
      return paperEvent(state, null, nowMs);
    case "start":
      return { type: "start", nowMs };
    case "cancel":
      return { type: "cancel-entry", nowMs };
    case "close":
      return step.isWanted === 0 ? { type: "close", nowMs } : null;
    case "alert":
      return step.isWanted === 0 ? { type: "alert", nowMs, alert: alertAt(nowMs) } : null;
    case "replay":
      return past.at(-1 - step.back) ?? null;
  }
}

function alertAt(nowMs: number): RugAlert {
  return { pool: planFor().keys.pool, reason: "EXIT_MINT_CHANGED", detail: "", atMs: nowMs, slot: 1_000 };
}

function spent(fill: Fill): bigint {
  return fill.quoteLamports + fill.networkCostLamports + fill.rentLamports;
}

function received(fill: Fill): bigint {
  return fill.quoteLamports - fill.networkCostLamports + fill.rentLamports;
}

function check(life: Life, before: PositionState, paid: bigint, got: bigint): void {
  const { state } = life;
  const entries = life.of("settle-entry");
  const exits = life.of("settle-exit");
  const fills = life.journal().filter((entry) => (entry as { kind: string }).kind === "fill");
  expect(state.costLamports).toBe(paid);
  expect(state.proceedsLamports).toBe(got);
  expect(entries.length).toBeLessThanOrEqual(1);
  expect(exits.map(({ settlement }) => settlement.n)).toEqual(Array.from({ length: state.sales }, (_, index) => index + 1));
  expect(exits.filter(({ settlement }) => settlement.isFinal)).toHaveLength(state.status === "closed" ? 1 : 0);
  expect(exits.at(-1)?.settlement.isFinal ?? false).toBe(state.status === "closed");
  expect(fills.length).toBe(state.sales + (state.openedAtMs === null ? 0 : 1));
  // Nothing is sold twice, and nothing is sold that was not bought.
  const sold = exits.reduce((sum, { settlement }) => sum + settlement.soldBase, 0n);
  expect(state.heldBase).toBe(state.openedAtMs === null ? 0n : state.baseAmount - sold);
  expect(state.heldBase === 0n).toBe(state.openedAtMs === null || state.status === "closed");
  if (state.order?.side === "sell") expect(state.order.amountIn).toBeLessThanOrEqual(state.heldBase);
  // Costs are shared out whole, lamport by lamport.
  let held = state.openedAtMs === null ? 0n : state.baseAmount;
  let cost = state.openedAtMs === null ? 0n : state.costLamports;
  for (const { settlement } of exits) {
    cost -= settlement.isFinal ? cost : (cost * settlement.soldBase) / held;
    held -= settlement.soldBase;
    expect(proceedsOf(settlement.money)).toBe(settlement.proceedsLamports);
  }
  expect(state.heldCostLamports).toBe(cost);
  // A sale of everything that has begun is not taken back.
  if (before.status === "exiting") expect(["exiting", "closed"]).toContain(state.status);
  if (state.status === "exiting" && state.order !== null) expect(state.order.isPart).toBe(false);
  expect(entries.length).toBe(state.status === "planned" || state.status === "entering" ? 0 : 1);
  const [entry] = entries;
  if (entry !== undefined) {
    expect(entry.settlement.costLamports).toBe(paid);
    expect(costOf(entry.settlement.money)).toBe(paid);
  }
  const proceeds = exits.reduce((sum, { settlement }) => sum + settlement.proceedsLamports, 0n);
  expect(proceeds - state.unsettledLamports).toBe(got);
  if (state.status === "closed") {
    expect(state.unsettledLamports).toBe(0n);
    const trade = life.journal().find((one) => (one as { kind: string }).kind === "trade");
    expect(trade).toMatchObject({ pnlLamports: `${got - paid}`, costLamports: `${paid}`, proceedsLamports: `${got}` });
  }
  // Something is always still going to happen until the position is settled.
  expect(nextLookMs(state) === null).toBe(isSettled(state));
  if (state.order !== null) expect(state.order.side).toBe(state.status === "entering" ? "buy" : "sell");
  const ids = life.of("journal").map((effect) => effect.entry.id);
  expect(new Set(ids).size).toBe(ids.length);
}
