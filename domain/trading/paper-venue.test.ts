import { describe, expect, test } from "vitest";
import { quoteBuyExactQuoteIn, quoteSell } from "../venues/pump-swap.ts";
import { drawLanding, nextLookMs, paperEvent, paperFill } from "./paper-venue.ts";
import { reducePosition } from "./position.ts";
import { type Order, plannedPosition } from "./position-state.ts";
import { marketMoved, NOW_MS, PARAMETERS, planFor } from "./test-fixtures.ts";

const BUY: Order = {
  id: "p:buy:1",
  side: "buy",
  attempt: 1,
  amountIn: 500_000_000n,
  minOut: 1n,
  quotedOut: 1n,
  decidedAtMs: NOW_MS,
  decidedSlot: 1_000,
  marketAtMs: NOW_MS,
  slippageBps: 500,
  isPart: false,
  closesAccount: false,
};
const SELL: Order = { ...BUY, id: "p:sell:1", side: "sell", amountIn: 1_000_000_000_000n };

describe("drawLanding", () => {
  test("is a function of the order id, between two slots and the longest delay", () => {
    const draws = Array.from({ length: 2_000 }, (_, i) => drawLanding(`order ${i}`, { ...PARAMETERS, paperFailureBps: 300 }));
    expect(draws).toEqual(Array.from({ length: 2_000 }, (_, i) => drawLanding(`order ${i}`, { ...PARAMETERS, paperFailureBps: 300 })));
    expect(new Set(draws.map((draw) => draw.delaySlots))).toEqual(new Set([2, 3, 4, 5, 6]));
    const failures = draws.filter((draw) => !draw.lands).length;
    expect(failures).toBeGreaterThan(30);
    expect(failures).toBeLessThan(95);
  });

  test("never and always fail are exact", () => {
    const lands = (paperFailureBps: number) =>
      Array.from({ length: 500 }, (_, i) => drawLanding(`${i}`, { ...PARAMETERS, paperFailureBps }).lands);
    expect(lands(0).every((landed) => landed)).toBe(true);
    expect(lands(10_000).some((landed) => landed)).toBe(false);
  });
});

describe("paperFill", () => {
  const slot = 1_000 + drawLanding(BUY.id, PARAMETERS).delaySlots;

  test("a first buyer pays the rent of others' accounts, a seller does not", () => {
    const cost = (order: Order, rent: bigint) => {
      const outcome = paperFill(order, marketMoved(0, 2_000), 0n, PARAMETERS, rent);
      return outcome.status === "filled" ? outcome.fill.networkCostLamports : null;
    };
    expect(cost(BUY, 2_039_280n)).toBe(305_000n + 2_039_280n);
    expect(cost(SELL, 2_039_280n)).toBe(305_000n);
  });

  test("waits for reserves of the landing slot", () => {
    expect(paperFill(BUY, marketMoved(0, slot - 1), 0n, PARAMETERS)).toEqual({ status: "waiting", slot });
    expect(paperFill(BUY, marketMoved(0, slot), 0n, PARAMETERS)).toMatchObject({ status: "filled", fill: { slot } });
  });

  test("a buy pays the quote of the later reserves, every fee, rent and impact", () => {
    const market = marketMoved(300, slot);
    const quote = quoteBuyExactQuoteIn(market, BUY.amountIn, market.fees);
    if (!quote.ok) throw new Error(quote.reason);
    const outcome = paperFill(BUY, market, 2_074_080n, PARAMETERS);
    if (outcome.status !== "filled") throw new Error(outcome.status);
    expect(outcome.fill.baseAmount).toBe(quote.value.baseAmount);
    expect(outcome.fill.quoteLamports).toBe(quote.value.userQuoteAmountLamports);
    expect(outcome.fill.quoteLamports - quote.value.quoteAmountLamports).toBe(outcome.fill.venueFeeLamports);
    expect(outcome.fill).toMatchObject({ networkCostLamports: 305_000n, rentLamports: 2_074_080n });
    // 0.494 SOL net into 86.3 SOL: price impact of a constant product is about in / reserves.
    expect(outcome.fill.impactBps).toBe(57);
  });

  test("a sell gets the quote less its fees and the rent back", () => {
    const market = marketMoved(0, 1_010);
    const quote = quoteSell(market, SELL.amountIn, market.fees);
    if (!quote.ok) throw new Error(quote.reason);
    const outcome = paperFill(SELL, market, 2_074_080n, PARAMETERS);
    if (outcome.status !== "filled") throw new Error(outcome.status);
    expect(outcome.fill.quoteLamports).toBe(quote.value.userQuoteAmountLamports);
    expect(outcome.fill.venueFeeLamports).toBe(quote.value.quoteAmountLamports - quote.value.userQuoteAmountLamports);
    expect(outcome.fill.impactBps).toBe(48);
  });

  test("below the minimum-out it fails on chain and pays fees without tip", () => {
    const market = marketMoved(0, 1_010);
    const quote = quoteBuyExactQuoteIn(market, BUY.amountIn, market.fees);
    if (!quote.ok) throw new Error(quote.reason);
    const minOut = quote.value.baseAmount;
    expect(paperFill({ ...BUY, minOut }, market, 0n, PARAMETERS)).toMatchObject({ status: "filled" });
    expect(paperFill({ ...BUY, minOut: minOut + 1n }, market, 0n, PARAMETERS)).toEqual({
      status: "failed",
      reason: "SLIPPAGE_EXCEEDED",
      networkCostLamports: 105_000n,
    });
  });

  test("what does not land costs nothing", () => {
    const outcome = paperFill(BUY, marketMoved(0, 1_010), 0n, { ...PARAMETERS, paperFailureBps: 10_000 });
    expect(outcome).toEqual({ status: "failed", reason: "LANDING_FAILED", networkCostLamports: 0n });
  });

  test("an empty pool fills a sale that accepts nothing, and no other", () => {
    const empty = { ...marketMoved(0, 1_010), quoteReservesLamports: 0n };
    expect(paperFill({ ...SELL, minOut: 1n }, empty, 5n, PARAMETERS)).toMatchObject({ status: "failed", reason: "SLIPPAGE_EXCEEDED" });
    expect(paperFill({ ...SELL, minOut: 0n }, empty, 5n, PARAMETERS)).toMatchObject({
      status: "filled",
      fill: { baseAmount: SELL.amountIn, quoteLamports: 0n, rentLamports: 5n, networkCostLamports: 305_000n },
    });
    expect(paperFill(BUY, empty, 5n, PARAMETERS)).toMatchObject({ status: "failed", reason: "SLIPPAGE_EXCEEDED" });
  });
});

describe("paperEvent and nextLookMs", () => {
  const entering = reducePosition(plannedPosition(planFor()), { type: "start", nowMs: NOW_MS }).state;

  test("an order is looked at when it should have landed", () => {
    const delay = drawLanding(entering.order?.id ?? "", PARAMETERS).delaySlots;
    expect(nextLookMs(entering)).toBe(NOW_MS + delay * 400);
    expect(paperEvent(entering, marketMoved(0, 1_000 + delay - 1), NOW_MS)).toBeNull();
    expect(paperEvent(entering, null, NOW_MS)).toBeNull();
    expect(paperEvent(entering, marketMoved(0, 1_000 + delay), NOW_MS)).toMatchObject({ type: "filled" });
  });

  test("a buy past its deadline or cancelled is withdrawn, with or without a market", () => {
    const late = entering.plan.entryDeadlineMs + 1;
    const withdrawal = { type: "failed", reason: "ENTRY_ABANDONED", networkCostLamports: 0n };
    expect(paperEvent(entering, marketMoved(0, 2_000), late)).toMatchObject(withdrawal);
    expect(paperEvent(entering, null, late)).toMatchObject(withdrawal);
    expect(paperEvent({ ...entering, entryCancelled: true }, marketMoved(0, 2_000), NOW_MS)).toMatchObject(withdrawal);
  });

  test("an open position looks at its deadline, or when marks stay away", () => {
    const open = { ...entering, status: "open" as const, order: null, openedAtMs: NOW_MS, deadlineMs: NOW_MS + 60_000 };
    const mark = { atMs: NOW_MS + 1_000, slot: 1_010, valueLamports: 0n };
    expect(nextLookMs({ ...open, mark })).toBe(NOW_MS + 6_000);
    expect(nextLookMs({ ...open, mark, deadlineMs: NOW_MS + 2_000 })).toBe(NOW_MS + 2_000);
    expect(nextLookMs({ ...open, mark, closeRequested: true })).toBe(0);
    expect(nextLookMs({ ...open, status: "exiting" })).toBe(0);
    expect(nextLookMs({ ...open, status: "closed" })).toBeNull();
  });
});
