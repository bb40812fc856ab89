import { describe, expect, test } from "vitest";
import { PLAIN_TERMS } from "./entry.ts";
import type { Parameters } from "./parameters.ts";
import { openPortfolio, positionIdOf, reducePortfolio } from "./portfolio.ts";
import {
  conservationError,
  holdingViews,
  ledgerStatus,
  type PortfolioEffect,
  type PortfolioEvent,
  type PortfolioState,
  type PortfolioStep,
  totalsOf,
} from "./portfolio-state.ts";
import { NO_MONEY } from "./position-money.ts";
import type { EntrySettlement, ExitSettlement } from "./position-state.ts";
import { keysFor, marketMoved, NOW_MS, PARAMETERS, signalFor } from "./test-fixtures.ts";

const OPENING = 5_000_000_000n;
/** Exposure and the day's loss have their own tests. */
const LOOSE: Parameters = { ...PARAMETERS, dailyLossLimitBps: 10_000, maxExposureBps: 10_000 };

class Ledger {
  state: PortfolioState;
  readonly effects: PortfolioEffect[] = [];
  nowMs = NOW_MS;

  constructor() {
    const opening = { ledger: "paper-A", openingLamports: OPENING, maxPositions: 10, maxDrawdownBps: 1_500, solUsd: 200 } as const;
    this.state = openPortfolio(opening, NOW_MS).state;
  }

  feed(event: PortfolioEvent): PortfolioStep {
    const step = reducePortfolio(this.state, event);
    this.state = step.state;
    this.effects.push(...step.effects);
    return step;
  }

  request(mint: string, score = 75): PortfolioStep {
    const signal = signalFor(mint, { score });
    const request = { signal, parameters: LOOSE, keys: keysFor(signal), market: marketMoved(0), terms: PLAIN_TERMS };
    return this.feed({ type: "request-entry", nowMs: this.nowMs, request });
  }

  /** Opens a position at the cost of its size and standard costs. */
  open(mint: string, score = 75): string {
    const { answer } = this.request(mint, score);
    if (!answer.ok || answer.value === null) throw new Error("not granted");
    const { positionId, sizeLamports } = answer.value;
    this.feed({ type: "settle-entry", nowMs: this.nowMs, settlement: entryOf(positionId, mint, sizeLamports + 2_379_080n) });
    return positionId;
  }

  exit(positionId: string, mint: string, proceedsLamports: bigint): PortfolioStep {
    return this.feed({ type: "settle-exit", nowMs: this.nowMs, settlement: exitOf(positionId, mint, proceedsLamports) });
  }

  mark(mint: string, moveBps: number, slot = 2_000): PortfolioStep {
    return this.feed({ type: "mark", nowMs: this.nowMs, marks: [{ pool: `pool-${mint}`, market: marketMoved(moveBps, slot) }] });
  }

  of<T extends PortfolioEffect["type"]>(type: T): Array<Extract<PortfolioEffect, { type: T }>> {
    return this.effects.filter((effect): effect is Extract<PortfolioEffect, { type: T }> => effect.type === type);
  }
}

function entryOf(positionId: string, mint: string, costLamports: bigint, opened = true): EntrySettlement {
  const ids = { positionId, signalId: `${mint}:signature`, atMs: NOW_MS, costLamports };
  if (!opened) return { ...ids, money: { ...NO_MONEY, networkFeeLamports: costLamports }, opened: null };
  const fees = { venueFeeLamports: 6_000_000n, networkFeeLamports: 105_000n, tipLamports: 200_000n, rentLamports: 2_074_080n };
  const money = { ...NO_MONEY, ...fees, grossLamports: costLamports - 8_379_080n };
  const position = { baseAmount: 1_150_000_000_000n, rentLamports: 2_074_080n, valueLamports: costLamports - 10_000_000n, slot: 1_010 };
  return { ...ids, money, opened: { ...position, slippageBps: 0 } };
}

function exitOf(positionId: string, mint: string, proceedsLamports: bigint, overrides: Partial<ExitSettlement> = {}): ExitSettlement {
  const fees = { networkFeeLamports: 105_000n, tipLamports: 200_000n, rentLamports: 2_074_080n };
  const money = { ...NO_MONEY, ...fees, grossLamports: proceedsLamports - 1_769_080n };
  const sale = { n: 1, isFinal: true, soldBase: 1_150_000_000_000n, slippageBps: 0, reason: "EXIT_TAKE_PROFIT" } as const;
  return { positionId, signalId: `${mint}:signature`, atMs: NOW_MS, proceedsLamports, money, ...sale, ...overrides };
}

describe("requests", () => {
  test("reserve at once, and only once per signal", () => {
    const ledger = new Ledger();
    const first = ledger.request("a");
    expect(first.answer).toMatchObject({ ok: true, value: { sizeLamports: 500_000_000n } });
    expect(ledger.state.cashLamports).toBe(OPENING - 502_484_080n);
    expect(totalsOf(ledger.state)).toMatchObject({ reservedLamports: 502_484_080n, equityLamports: OPENING });
    const again = ledger.request("a");
    expect(again.answer).toEqual(first.answer);
    expect(again.effects).toEqual([]);
    expect(again.state).toBe(first.state);
    expect(ledger.of("start-position")).toHaveLength(1);
  });

  test("a refusal is the answer until the signal expires", () => {
    const ledger = new Ledger();
    ledger.feed({ type: "set-state", nowMs: NOW_MS, state: "REDUCING", author: "test", reason: null, note: null });
    expect(ledger.request("a").answer).toMatchObject({ ok: false, reason: "TRADING_REDUCING" });
    ledger.feed({ type: "set-state", nowMs: NOW_MS, state: "ACTIVE", author: "test", reason: null, note: null });
    expect(ledger.request("a").answer).toMatchObject({ ok: false, reason: "TRADING_REDUCING" });
    ledger.nowMs = NOW_MS + 30_000;
    ledger.request("b");
    expect(ledger.state.signals.has("a:signature")).toBe(false);
    expect(ledger.request("a").answer).toMatchObject({ ok: false, reason: "SIGNAL_EXPIRED" });
  });

  test("a mint is entered once, also after it was sold or its entry abandoned", () => {
    const ledger = new Ledger();
    const positionId = ledger.open("a");
    ledger.exit(positionId, "a", 600_000_000n);
    const signal = signalFor("a", { id: "a:another" });
    const request = { signal, parameters: LOOSE, keys: keysFor(signal), market: marketMoved(0), terms: PLAIN_TERMS };
    expect(ledger.feed({ type: "request-entry", nowMs: NOW_MS, request }).answer).toMatchObject({
      ok: false,
      reason: "MINT_ALREADY_TRADED",
    });
  });

  test("cash runs out before the number of positions does", () => {
    const ledger = new Ledger();
    const answers = Array.from({ length: 11 }, (_, i) => ledger.request(`mint${i}`, 95).answer);
    expect(answers.filter((answer) => answer.ok)).toHaveLength(6);
    expect(answers[6]).toMatchObject({ ok: false, reason: "CASH_INSUFFICIENT" });
    expect(ledger.state.cashLamports).toBeGreaterThan(0n);
  });
});

describe("settlements", () => {
  test("an entry turns its reservation into cost, an exit turns cost into cash and profit", () => {
    const ledger = new Ledger();
    const positionId = ledger.open("a");
    expect(ledger.state.cashLamports).toBe(OPENING - 502_379_080n);
    expect(totalsOf(ledger.state)).toMatchObject({ reservedLamports: 0n, costLamports: 502_379_080n, open: 1 });
    ledger.exit(positionId, "a", 602_379_080n);
    expect(ledger.state).toMatchObject({ cashLamports: OPENING + 100_000_000n, realisedLamports: 100_000_000n, trades: 1, wins: 1 });
    expect(ledger.state.holdings.size).toBe(0);
  });

  test("an abandoned entry gives the reservation back less what its attempts cost", () => {
    const ledger = new Ledger();
    const { answer } = ledger.request("a");
    if (!answer.ok || answer.value === null) throw new Error("not granted");
    ledger.feed({ type: "settle-entry", nowMs: NOW_MS, settlement: entryOf(answer.value.positionId, "a", 210_000n, false) });
    expect(ledger.state).toMatchObject({ cashLamports: OPENING - 210_000n, realisedLamports: -210_000n, trades: 0 });
  });

  test("duplicates change nothing; an exit before its entry is refused; a stranger's settlement too", () => {
    const ledger = new Ledger();
    const { answer } = ledger.request("a");
    if (!answer.ok || answer.value === null) throw new Error("not granted");
    const { positionId } = answer.value;
    expect(ledger.exit(positionId, "a", 1n).answer).toMatchObject({ ok: false, reason: "NOT_FOUND" });
    const settlement = entryOf(positionId, "a", 502_379_080n);
    ledger.feed({ type: "settle-entry", nowMs: NOW_MS, settlement });
    const opened = ledger.state;
    expect(ledger.feed({ type: "settle-entry", nowMs: NOW_MS, settlement }).answer).toEqual({ ok: true, value: null });
    expect(ledger.state).toBe(opened);
    ledger.exit(positionId, "a", 400_000_000n);
    const closed = ledger.state;
    expect(ledger.exit(positionId, "a", 400_000_000n).answer).toEqual({ ok: true, value: null });
    expect(ledger.feed({ type: "settle-entry", nowMs: NOW_MS, settlement }).answer).toEqual({ ok: true, value: null });
    expect(ledger.state).toBe(closed);
    expect(ledger.exit("other", "a", 9n).answer).toMatchObject({ ok: false });
    expect(ledger.exit(positionId, "never", 9n).answer).toMatchObject({ ok: false });
    expect(ledger.state).toBe(closed);
  });
});

describe("marks, equity and the breaker", () => {
  test("equity is what a sale would bring, and journalled at most every five seconds", () => {
    const ledger = new Ledger();
    ledger.open("a");
    const before = ledger.of("journal").length;
    ledger.mark("a", 500);
    expect(ledger.of("journal")).toHaveLength(before);
    ledger.nowMs += 5_000;
    ledger.mark("a", 1_000);
    const [view] = holdingViews(ledger.state);
    expect(view).toMatchObject({ status: "open", costLamports: "502379080", stopLossBps: 1_375, deadlineMs: NOW_MS + 1_800_000 });
    const record = ledger.effects.at(-1);
    expect(record).toMatchObject({ type: "journal", entry: { kind: "equity", positionsLamports: view?.valueLamports, openPositions: 1 } });
  });

  test("an older mark than the last one is ignored, as is another pool's", () => {
    const ledger = new Ledger();
    ledger.open("a");
    ledger.mark("a", 500, 2_000);
    const marked = ledger.state;
    ledger.mark("a", -5_000, 1_999);
    ledger.mark("b", -5_000, 3_000);
    expect(ledger.state).toBe(marked);
  });

  test("trips on unrealised loss, stays tripped when prices recover, and cancels entries under way", () => {
    const ledger = new Ledger();
    for (const mint of ["a", "b", "c", "d"]) ledger.open(mint, 95);
    const waiting = ledger.request("e", 60).answer;
    if (!waiting.ok || waiting.value === null) throw new Error("not granted");
    for (const mint of ["a", "b", "c", "d"]) ledger.mark(mint, -4_000);
    expect(ledgerStatus(ledger.state)).toMatchObject({ state: "REDUCING", stateReason: "DRAWDOWN_BREAKER" });
    expect(ledger.of("cancel-entry")).toEqual([{ type: "cancel-entry", positionId: waiting.value.positionId }]);
    expect(ledger.of("journal").filter((effect) => effect.entry.kind === "trading-state")).toMatchObject([
      { entry: { state: "REDUCING", reason: "DRAWDOWN_BREAKER", author: "system" } },
    ]);
    for (const mint of ["a", "b", "c", "d"]) ledger.mark(mint, 5_000, 3_000);
    expect(ledger.request("f", 60).answer).toMatchObject({ ok: false, reason: "DRAWDOWN_BREAKER" });
  });

  test("trips at the limit exactly, and an operator's ACTIVE starts a new peak", () => {
    const ledger = new Ledger();
    const first = ledger.open("a");
    ledger.exit(first, "a", 502_379_080n - 749_999_999n);
    expect(ledger.state.control.state).toBe("ACTIVE");
    const second = ledger.open("b", 60);
    const { costLamports } = totalsOf(ledger.state);
    ledger.exit(second, "b", costLamports - 1n);
    expect(ledger.state.control).toMatchObject({ state: "REDUCING", reason: "DRAWDOWN_BREAKER" });
    ledger.feed({ type: "set-state", nowMs: NOW_MS, state: "ACTIVE", author: "operator", reason: null, note: null });
    expect(ledger.state.peakLamports).toBe(OPENING - 750_000_000n);
    expect(ledger.request("c", 60).answer.ok).toBe(true);
  });

  test("exits are booked in every trading state", () => {
    for (const state of ["REDUCING", "HALTED"] as const) {
      const ledger = new Ledger();
      const positionId = ledger.open("a");
      ledger.feed({ type: "set-state", nowMs: NOW_MS, state, author: "operator", reason: null, note: null });
      expect(ledger.request("b").answer).toMatchObject({ ok: false, reason: state === "HALTED" ? "TRADING_HALTED" : "TRADING_REDUCING" });
      expect(ledger.exit(positionId, "a", 1n).answer.ok).toBe(true);
    }
  });

  test("closing names the positions asked for", () => {
    const ledger = new Ledger();
    const a = ledger.open("a");
    const b = ledger.open("b");
    ledger.feed({ type: "close", nowMs: NOW_MS, positionId: a });
    ledger.feed({ type: "close", nowMs: NOW_MS, positionId: null });
    expect(ledger.of("close-position").map((effect) => effect.positionId)).toEqual([a, a, b]);
  });
});

test("position ids are stable, and differ by ledger and signal", () => {
  const signal = signalFor("So11111111111111111111111111111111111111112");
  expect(positionIdOf("paper-A", signal)).toBe(positionIdOf("paper-A", signal));
  expect(positionIdOf("paper-A", signal).length).toBeLessThan(32);
  const ids = [positionIdOf("paper-B", signal), positionIdOf("paper-A", { ...signal, id: "other" }), positionIdOf("paper-A", signal)];
  expect(new Set(ids).size).toBe(3);
});

test("books that do not balance are a bug that stops at once", () => {
  const ledger = new Ledger();
  const broken = { ...ledger.state, cashLamports: ledger.state.cashLamports + 1n };
  expect(conservationError(broken)).toBe(1n);
  expect(() => reducePortfolio(broken, { type: "close", nowMs: NOW_MS, positionId: null })).toThrow("do not balance");
});

describe("money from outside", () => {
  test("a deposit is capital: equity, opening cash and peak rise, profit does not; the same one is not booked twice", () => {
    const ledger = new Ledger();
    ledger.open("a");
    const before = ledgerStatus(ledger.state);
    const seenLamports = BigInt(before.cashLamports) + BigInt(before.reservedLamports);
    const event = { type: "external-flow", nowMs: NOW_MS, seenLamports, lamports: 1_000_000_000n } as const;
    expect(ledger.feed(event).answer.ok).toBe(true);
    const after = ledgerStatus(ledger.state);
    expect(BigInt(after.equityLamports) - BigInt(before.equityLamports)).toBe(1_000_000_000n);
    expect(after).toMatchObject({ realisedLamports: before.realisedLamports, openingLamports: (OPENING + 1_000_000_000n).toString() });
    expect(ledger.state.peakLamports).toBe(OPENING + 1_000_000_000n);
    expect(ledger.feed(event).answer).toMatchObject({ ok: false, reason: "BOOKS_MISMATCH" });
    expect(conservationError(ledger.state)).toBe(0n);
  });
});
