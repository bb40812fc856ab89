import { describe, expect, test } from "vitest";
import type { ReasonCode } from "../reasons.ts";
import { nextLookMs, paperEvent } from "./paper-venue.ts";
import type { Parameters } from "./parameters.ts";
import { reducePosition } from "./position.ts";
import { exitMoney } from "./position-money.ts";
import {
  type ExitSettlement,
  type Fill,
  isSettled,
  type PositionEffect,
  type PositionEvent,
  type PositionState,
  plannedPosition,
  restoredPosition,
} from "./position-state.ts";
import { marketMoved, NOW_MS, PARAMETERS, planFor, signalFor } from "./test-fixtures.ts";

const LADDER: Parameters = {
  ...PARAMETERS,
  ladderRungs: 3,
  ladderShareBps: 4_000,
  ladderStepBps: 1_000,
  trailingActivationBps: 50_000,
  takeProfitConfirmMs: 1_000,
};

/** An open position, paper or live, whose orders are settled by hand. */
class Held {
  state: PositionState;
  slot = 1_010;
  nowMs = NOW_MS + 4_000;
  readonly effects: PositionEffect[] = [];

  constructor(parameters: Parameters = LADDER, ledger: "paper-A" | "live-A" = "live-A") {
    this.state = plannedPosition(planFor(parameters, undefined, signalFor(undefined, { ledger })));
    this.feed({ type: "start", nowMs: NOW_MS });
    this.fill(0);
  }

  feed(event: PositionEvent): this {
    const step = reducePosition(this.state, event);
    this.state = step.state;
    this.effects.push(...step.effects);
    return this;
  }

  /** A mark `ms` after the one before. */
  mark(moveBps: number, ms = 800): this {
    this.nowMs += ms;
    this.slot += Math.floor(ms / 400);
    return this.feed({ type: "market", nowMs: this.nowMs, market: marketMoved(moveBps, this.slot, this.nowMs) });
  }

  /** The take-profit lasts, and an order is made. */
  confirm(moveBps: number): this {
    return this.mark(moveBps).mark(moveBps, 1_000);
  }

  /** The order under way executes as the paper venue would have it. */
  fill(moveBps: number, change: Partial<Fill> = {}): this {
    const paper = { ...this.state, plan: { ...this.state.plan, isDryRun: true } };
    const event = paperEvent(paper, marketMoved(moveBps, this.slot + 20, this.nowMs), this.nowMs);
    if (event?.type !== "filled") throw new Error(`not filled: ${JSON.stringify(event?.type)}`);
    this.slot += 20;
    return this.feed({ ...event, fill: { ...event.fill, ...change } });
  }

  fail(reason: ReasonCode, networkCostLamports = 0n): this {
    return this.feed({ type: "failed", nowMs: this.nowMs, orderId: this.state.order?.id ?? "", reason, networkCostLamports });
  }

  exits(): ExitSettlement[] {
    return this.effects.flatMap((effect) => (effect.type === "settle-exit" ? [effect.settlement] : []));
  }

  raised(): string[] {
    return this.effects.flatMap((effect) => (effect.type === "raise" || effect.type === "clear" ? [`${effect.type} ${effect.code}`] : []));
  }
}

describe("the ladder", () => {
  test("each rung but the last sells its share of what is held, the last one the rest", () => {
    const held = new Held();
    const bought = held.state.baseAmount;
    held.confirm(4_000);
    expect(held.state).toMatchObject({ status: "open", order: { isPart: true, closesAccount: false, amountIn: (bought * 4n) / 10n } });
    held.fill(4_000);
    expect(held.state).toMatchObject({ status: "open", order: null, sales: 1, rungs: 1, heldBase: bought - (bought * 4n) / 10n });
    held.confirm(6_000).fill(6_000);
    expect(held.state).toMatchObject({ status: "open", sales: 2, rungs: 2 });
    held.confirm(8_000);
    expect(held.state).toMatchObject({
      status: "exiting",
      reason: "EXIT_TAKE_PROFIT",
      order: { isPart: false, amountIn: held.state.heldBase },
    });
    held.fill(8_000);
    expect(held.state).toMatchObject({ status: "closed", sales: 3, heldBase: 0n, heldCostLamports: 0n });
    expect(held.exits().map(({ n, isFinal, reason }) => [n, isFinal, reason])).toEqual([
      [1, false, "EXIT_LADDER"],
      [2, false, "EXIT_LADDER"],
      [3, true, "EXIT_TAKE_PROFIT"],
    ]);
    // The account's rent comes back once.
    expect(held.exits().map(({ money }) => money.rentLamports)).toEqual([0n, 0n, 2_074_080n]);
  });

  test("a rung's value is measured against the cost of what is left", () => {
    const held = new Held().confirm(4_000).fill(4_000);
    const { heldCostLamports, costLamports, heldBase, baseAmount, mark } = held.state;
    expect(heldCostLamports).toBe(costLamports - (costLamports * (baseAmount - heldBase)) / baseAmount);
    // The value of the rest, at the price at which the part sold: no fall that looks like a gap.
    expect(Number(mark?.valueLamports ?? 0n) / Number(heldCostLamports)).toBeGreaterThan(1.2);
  });

  test("the next rung has to last by itself, and lies a step higher", () => {
    const held = new Held().confirm(3_200).fill(3_200);
    held.mark(3_200).mark(3_200, 5_000).mark(3_200, 5_000);
    expect(held.state).toMatchObject({ status: "open", order: null });
    held.mark(6_000);
    expect(held.state.order).toBeNull();
    held.mark(6_000, 1_000);
    expect(held.state.order?.isPart).toBe(true);
  });

  test("a part that would not pay for its own transaction is not sold alone", () => {
    const dear = { ...LADDER, ladderShareBps: 500, priorityFeeLamports: 60_000_000, stopLossLowBps: 9_000, stopLossHighBps: 9_000 };
    const held = new Held();
    held.state = { ...held.state, plan: { ...held.state.plan, parameters: dear } };
    held.confirm(9_000);
    expect(held.state).toMatchObject({ status: "exiting", reason: "EXIT_TAKE_PROFIT", order: { isPart: false } });
  });

  test("a part of nothing sells everything", () => {
    const held = new Held();
    held.state = {
      ...held.state,
      heldBase: 1n,
      baseAmount: 1n,
      heldCostLamports: 1n,
      costLamports: 1n,
      rentLamports: 10_000_000n,
      mark: null,
    };
    held.mark(4_000).mark(4_000, 1_000);
    expect(held.state).toMatchObject({ status: "exiting", reason: "EXIT_TAKE_PROFIT", order: { amountIn: 1n, isPart: false } });
  });
});

describe("spikes", () => {
  test("shorter than the window sell nothing, neither at once nor after", () => {
    const held = new Held({ ...LADDER, trailingActivationBps: 1_500 });
    held.mark(0).mark(4_500).mark(0).mark(4_500, 400).mark(200, 400).mark(200, 5_000);
    expect(held.state).toMatchObject({ status: "open", order: null, sales: 0 });
    expect(held.state.watch.peakLamports).toBeNull();
  });

  test("a stop loss does not wait", () => {
    expect(new Held().mark(-1_500).state).toMatchObject({ status: "exiting", reason: "EXIT_STOP_LOSS" });
  });
});

describe("the trailing stop and the gap", () => {
  const TRAILING = { ...LADDER, trailingActivationBps: 1_000, trailingDeltaBps: 1_000, takeProfitHighBps: 5_000, takeProfitLowBps: 5_000 };

  test("it follows the peak that lasted and sells everything", () => {
    const held = new Held(TRAILING).mark(4_000).mark(4_000, 1_000).mark(3_000);
    expect(held.state).toMatchObject({ status: "open" });
    held.mark(1_500);
    expect(held.state).toMatchObject({ status: "exiting", reason: "EXIT_TRAILING_STOP" });
  });

  test("after a part it follows what is left, at the same distance", () => {
    const held = new Held({ ...TRAILING, trailingActivationBps: 1_000 }).mark(4_000).mark(4_000, 1_000);
    held.state = { ...held.state, plan: { ...held.state.plan, takeProfitBps: 2_000 } };
    held.mark(4_000).mark(4_000, 1_000);
    expect(held.state.order?.isPart).toBe(true);
    const before = held.state.watch.peakLamports ?? 0n;
    held.fill(4_000);
    const after = held.state.watch.peakLamports ?? 0n;
    expect(Number(after) / Number(before)).toBeCloseTo(0.6, 3);
    held.mark(3_500);
    expect(held.state.status).toBe("open");
    held.mark(1_500);
    expect(held.state).toMatchObject({ status: "exiting", reason: "EXIT_TRAILING_STOP" });
  });

  test("a fall between two marks names the gap, also where the stop loss holds", () => {
    const held = new Held({ ...LADDER, trailingActivationBps: 50_000, liquidityCollapseBps: 9_500 });
    held.mark(3_000).mark(-4_500);
    expect(held.state).toMatchObject({ status: "exiting", reason: "EXIT_PRICE_GAP" });
  });
});

describe("a part that fails", () => {
  test.each<[ReasonCode, string[]]>([
    ["SLIPPAGE_EXCEEDED", []],
    ["TX_REVERTED", []],
    ["TX_EXPIRED", []],
    ["SIGN_RATE", ["raise EXIT_STUCK", "raise EXIT_STUCK"]],
  ])("by %s leaves the position held; the rung is tried again after a pause, at the first slippage", (reason, raised) => {
    const held = new Held().confirm(4_000);
    const slippages: number[] = [];
    for (let attempt = 1; attempt <= 4; attempt++) {
      slippages.push(held.state.order?.slippageBps ?? 0);
      held.fail(reason, 105_000n);
      expect(held.state).toMatchObject({ status: "open", order: null, heldBase: held.state.baseAmount, watch: { profitSinceMs: null } });
      const pauseMs = (held.state.retryAtMs ?? 0) - held.nowMs;
      expect(pauseMs).toBe(1_000 * 2 ** (attempt - 1));
      held.mark(4_000, 10).mark(4_000, 1_000 - 20);
      expect(held.state.order).toBeNull();
      held.mark(4_000, pauseMs + 100);
      expect(held.state.order).toMatchObject({ isPart: true, attempt: attempt + 1 });
    }
    expect(slippages).toEqual([1_500, 1_500, 1_500, 1_500]);
    expect(held.raised()).toEqual(raised);
    expect(held.state.unsettledLamports).toBe(420_000n);
    held.fill(4_000);
    expect(held.exits()).toMatchObject([{ n: 1, isFinal: false, money: { networkFeeLamports: 105_000n + 420_000n } }]);
    expect(held.state).toMatchObject({ backOffs: 0, retryAtMs: null, stuck: false, unsettledLamports: 0n });
    if (raised.length > 0) expect(held.raised().at(-1)).toBe("clear EXIT_STUCK");
  });

  test("does not keep the other exits waiting", () => {
    const held = new Held().confirm(4_000).fail("SIGN_RATE");
    held.mark(-1_500, 10);
    expect(held.state).toMatchObject({ status: "exiting", retryAtMs: null, backOffs: 0, order: { isPart: false, slippageBps: 1_500 } });
  });

  test("because the tokens are gone, three times in a row, closes the position at what it cost", () => {
    const held = new Held().confirm(4_000);
    for (let attempt = 1; attempt <= 3; attempt++) {
      held.fail("TOKENS_MISSING", 7n);
      if (attempt < 3) held.mark(4_000, 10).mark(4_000, 5_000);
    }
    expect(held.state).toMatchObject({ status: "closed", reason: "TOKENS_MISSING", heldBase: 0n, proceedsLamports: -21n });
    expect(held.exits()).toMatchObject([{ n: 1, isFinal: true, soldBase: held.state.baseAmount, money: exitMoney(null, 21n) }]);
    expect(held.raised()).toEqual(["raise TOKENS_MISSING"]);
  });
});

describe("while a part is under way", () => {
  test.each<[string, PositionEvent["type"], ReasonCode]>([
    ["a close", "close", "EXIT_OPERATOR"],
    ["an alert", "alert", "EXIT_MINT_CHANGED"],
  ])("%s is kept: the part ends first, then everything left is sold", (_name, type, reason) => {
    for (const ends of ["filled", "failed"] as const) {
      const held = new Held().confirm(4_000);
      const { order } = held.state;
      const alert = { pool: "", reason: "EXIT_MINT_CHANGED", detail: "", atMs: held.nowMs, slot: held.slot } as const;
      held.feed(type === "close" ? { type, nowMs: held.nowMs } : { type: "alert", nowMs: held.nowMs, alert });
      expect(held.state).toMatchObject({ status: "open", order });
      if (ends === "filled") held.fill(4_000);
      else held.fail("TX_REVERTED");
      expect(held.state).toMatchObject({ status: "open", order: null });
      expect(nextLookMs(held.state)).toBe(0);
      held.mark(9_000, 10);
      expect(held.state).toMatchObject({ status: "exiting", reason, order: { isPart: false, amountIn: held.state.heldBase } });
    }
  });

  test("marks decide nothing; the first after it does", () => {
    const held = new Held().confirm(4_000);
    const before = held.state;
    held.mark(-9_000);
    expect(held.state).toBe(before);
    held.fill(4_000).mark(-1_500);
    expect(held.state).toMatchObject({ status: "exiting", reason: "EXIT_PRICE_GAP" });
  });
});

describe("fills that are not as ordered", () => {
  test("a part that sold everything there was closes the position", () => {
    const held = new Held().confirm(4_000);
    held.fill(4_000, { baseAmount: held.state.heldBase });
    expect(held.state).toMatchObject({ status: "closed", reason: "EXIT_LADDER", heldBase: 0n });
    expect(held.exits()).toMatchObject([{ n: 1, isFinal: true, soldBase: held.state.baseAmount, slippageBps: null }]);
  });

  test("a part that sold less leaves more", () => {
    const held = new Held().confirm(4_000);
    const { heldBase } = held.state;
    held.fill(4_000, { baseAmount: 1_000n });
    expect(held.state).toMatchObject({ status: "open", heldBase: heldBase - 1_000n, rungs: 1 });
  });

  test("on reserves that cannot be read the value stays in proportion, and no gap is seen", () => {
    const held = new Held().confirm(4_000);
    const { order } = held.state;
    const before = held.state.mark?.valueLamports ?? 0n;
    const paper = paperEvent(
      { ...held.state, plan: { ...held.state.plan, isDryRun: true } },
      marketMoved(4_000, 1_100, held.nowMs),
      held.nowMs,
    );
    if (paper?.type !== "filled" || order === null) throw new Error("not filled");
    const unread = { ...paper.market, baseReserves: 0n, quoteReservesLamports: 0n, slot: 2 ** 50 };
    held.feed({ ...paper, market: unread });
    expect(Number(held.state.mark?.valueLamports ?? 0n) / Number(before)).toBeCloseTo(0.6, 6);
    expect(held.state.mark?.slot).toBeLessThan(2_000);
    expect(held.mark(4_000).state.status).toBe("open");
  });

  test("slippage is told against the decision's quote, and not where amounts differ", () => {
    const exact = new Held().mark(-1_500);
    const quoted = exact.state.order?.quotedOut ?? 0n;
    exact.fill(-1_500, { quoteLamports: (quoted * 99n) / 100n });
    expect(exact.exits()[0]?.slippageBps).toBe(100);
    const dusty = new Held().mark(-1_500);
    const { amountIn, quotedOut } = dusty.state.order ?? { amountIn: 0n, quotedOut: 0n };
    dusty.fill(-1_500, { baseAmount: amountIn + 1_000n, quoteLamports: quotedOut ?? 0n });
    expect(dusty.exits()[0]?.slippageBps).toBe(0);
    const other = new Held().mark(-1_500);
    other.fill(-1_500, { baseAmount: (other.state.order?.amountIn ?? 0n) / 2n });
    expect(other.exits()[0]?.slippageBps).toBeNull();
  });
});

describe("a fill that is booked long after it landed", () => {
  test("does not make the next reads of the pool look impossible", () => {
    const held = new Held().confirm(4_000);
    const lateMs = 600_000;
    held.nowMs += lateMs;
    const { order } = held.state;
    const landed = { ...marketMoved(4_000, held.slot + 3, held.nowMs) };
    const paper = paperEvent(
      { ...held.state, plan: { ...held.state.plan, isDryRun: true } },
      { ...landed, slot: held.slot + 20 },
      held.nowMs,
    );
    if (paper?.type !== "filled" || order === null) throw new Error("not filled");
    held.feed({ ...paper, fill: { ...paper.fill, slot: landed.slot }, market: landed });
    held.slot = landed.slot + lateMs / 400;
    held.mark(-1_500);
    expect(held.state.status).toBe("exiting");
  });
});

describe("alerts", () => {
  const alert = { pool: "", reason: "EXIT_CREATOR_SOLD", detail: "", atMs: NOW_MS, slot: 1 } as const;

  test("the first one counts; on an entry that has not filled it withdraws what can be withdrawn", () => {
    const held = new Held().feed({ type: "alert", nowMs: NOW_MS, alert });
    const before = held.state;
    held.feed({ type: "alert", nowMs: NOW_MS, alert: { ...alert, reason: "EXIT_MINT_CHANGED" } });
    expect(held.state).toBe(before);
    const planned = reducePosition(plannedPosition(planFor()), { type: "alert", nowMs: NOW_MS, alert });
    expect(planned.state).toMatchObject({ status: "abandoned", alert: "EXIT_CREATOR_SOLD" });
    const entering = reducePosition(plannedPosition(planFor()), { type: "start", nowMs: NOW_MS }).state;
    expect(reducePosition(entering, { type: "alert", nowMs: NOW_MS, alert }).state).toMatchObject({
      status: "entering",
      entryCancelled: true,
    });
  });

  test("a close that was asked for already changes nothing", () => {
    const held = new Held().feed({ type: "close", nowMs: NOW_MS });
    const before = held.state;
    expect(held.feed({ type: "close", nowMs: NOW_MS + 1 }).state).toBe(before);
  });
});

describe("marks that are no marks", () => {
  test("from the future or too old, they decide nothing", () => {
    const held = new Held();
    const before = held.state;
    held.feed({ type: "market", nowMs: held.nowMs, market: marketMoved(-9_000, 1_040, held.nowMs + 5_001) });
    held.feed({ type: "market", nowMs: held.nowMs, market: marketMoved(-9_000, 1_040, held.nowMs - 10_001) });
    expect(held.state).toBe(before);
    held.feed({ type: "market", nowMs: held.nowMs, market: marketMoved(-9_000, 1_040, held.nowMs + 5_000) });
    expect(held.state.status).toBe("exiting");
  });
});

describe("a position stored by a version without parts", () => {
  const {
    heldBase: _b,
    heldCostLamports: _c,
    unsettledLamports: _u,
    watch: _w,
    alert: _a,
    sales: _s,
    rungs: _r,
    ...old
  } = new Held().state;

  test("holds everything it bought, and its failed sales are not settled yet", () => {
    const open = restoredPosition({ ...old, status: "exiting", reason: "EXIT_STOP_LOSS", proceedsLamports: -9n });
    expect(open).toMatchObject({ heldBase: old.baseAmount, heldCostLamports: old.costLamports, unsettledLamports: 9n, alert: null });
    const held = new Held();
    held.state = open;
    held.mark(-1_500).fill(-1_500);
    expect(held.exits()).toMatchObject([{ n: 1, isFinal: true, soldBase: old.baseAmount }]);
    expect(isSettled(held.state)).toBe(true);
    expect(held.exits()[0]?.proceedsLamports).toBe(held.state.proceedsLamports);
  });

  test("one that has ended stays as it was", () => {
    expect(restoredPosition({ ...old, status: "closed" })).toMatchObject({ heldBase: 0n, unsettledLamports: 0n });
    const now = new Held().state;
    expect(restoredPosition(now)).toEqual(now);
  });
});
