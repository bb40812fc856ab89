import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LedgerRecord, LockRecord, TradingStateRecord } from "../../journal/entry.ts";
import { PLAIN_TERMS } from "../entry.ts";
import type { Parameters } from "../parameters.ts";
import { openPortfolio, reducePortfolio } from "../portfolio.ts";
import type { PortfolioEffect, PortfolioEvent, PortfolioState, PortfolioStep } from "../portfolio-state.ts";
import { NO_MONEY } from "../position-money.ts";
import type { Signal } from "../signal.ts";
import { keysFor, marketMoved, PARAMETERS, signalFor } from "../test-fixtures.ts";
import { riskView } from "./view.ts";

const SEED = 20_261_124;
const OPENING = 5_000_000_000n;
const DAY_MS = 86_400_000;
/** Noon of a UTC day. */
const NOON_MS = 20_000 * DAY_MS + DAY_MS / 2;

/** A ledger whose trades open at 100,000,000 lamports without fees and close at what a test says. */
class Ledger {
  state: PortfolioState = openPortfolio(
    { ledger: "paper-A", openingLamports: OPENING, maxPositions: 10, maxDrawdownBps: 1_500, solUsd: 200 },
    NOON_MS,
  ).state;
  readonly effects: PortfolioEffect[] = [];
  readonly parameters: Parameters;
  nowMs = NOON_MS;
  #trades = 0;

  constructor(parameters: Partial<Parameters> = {}) {
    this.parameters = { ...PARAMETERS, creatorCooldownMs: 0, maxEntriesPerHour: 1_000, maxHourlyExposureBps: 1_000_000, ...parameters };
  }

  feed(event: PortfolioEvent): PortfolioStep {
    const step = reducePortfolio(this.state, event);
    this.state = step.state;
    this.effects.push(...step.effects);
    return step;
  }

  request(signal: Partial<Signal> = {}, isRehearsal = false): PortfolioStep {
    const mint = `mint-${this.#trades++}`;
    const full = signalFor(mint, { assessedAtMs: this.nowMs, expiresAtMs: this.nowMs + 20_000, score: 70, ...signal });
    const market = marketMoved(0, 1_000, this.nowMs);
    const terms = { ...PLAIN_TERMS, isRehearsal };
    return this.feed({
      type: "request-entry",
      nowMs: this.nowMs,
      request: { signal: full, parameters: this.parameters, keys: keysFor(full), market, terms },
    });
  }

  open(signal: Partial<Signal> = {}, slippageBps: number | null = 0, isRehearsal = false): { positionId: string; signalId: string } {
    const { answer } = this.request(signal, isRehearsal);
    if (!answer.ok || answer.value === null) throw new Error(answer.ok ? "no grant" : answer.reason);
    const { positionId } = answer.value;
    const signalId = this.state.holdings.get(positionId)?.signalId ?? "";
    const costLamports = 100_000_000n;
    const money = { ...NO_MONEY, grossLamports: costLamports };
    const opened = { baseAmount: 1_000n, rentLamports: 0n, valueLamports: costLamports, slot: 1, slippageBps };
    this.feed({
      type: "settle-entry",
      nowMs: this.nowMs,
      settlement: { positionId, signalId, atMs: this.nowMs, costLamports, money, opened },
    });
    return { positionId, signalId };
  }

  close(
    { positionId, signalId }: { positionId: string; signalId: string },
    pnlLamports: bigint,
    slippageBps: number | null = 0,
  ): PortfolioStep {
    const grossLamports = 100_000_000n + pnlLamports;
    const sale = { n: 1, isFinal: true, soldBase: 1_000n, slippageBps, reason: "EXIT_STOP_LOSS" } as const;
    const settlement = {
      positionId,
      signalId,
      atMs: this.nowMs,
      proceedsLamports: grossLamports,
      money: { ...NO_MONEY, grossLamports },
      ...sale,
    };
    return this.feed({ type: "settle-exit", nowMs: this.nowMs, settlement });
  }

  trade(pnlLamports: bigint, signal: Partial<Signal> = {}): PortfolioStep {
    return this.close(this.open(signal), pnlLamports);
  }

  /** What the next entry is told. */
  answer(signal: Partial<Signal> = {}): string {
    const { answer } = this.request(signal);
    return answer.ok ? "granted" : answer.reason;
  }

  set(state: "ACTIVE" | "REDUCING" | "HALTED", author = "ann", note: string | null = null, reason: "PROGRAM_DRIFT" | null = null): void {
    this.feed({ type: "set-state", nowMs: this.nowMs, state, author, reason, note });
  }

  records<K extends "trading-state" | "lock" | "ledger">(
    kind: K,
  ): Array<Extract<TradingStateRecord | LockRecord | LedgerRecord, { kind: K }>> {
    return this.effects.flatMap((effect) => (effect.type === "journal" && effect.entry.kind === kind ? [effect.entry as never] : []));
  }
}

describe("the daily loss limit", () => {
  test("trips at the limit, unrealised loss included, and stays over midnight until an operator resumes", () => {
    const ledger = new Ledger();
    const held = ledger.open();
    ledger.trade(-449_000_000n);
    expect(ledger.state.control.state).toBe("ACTIVE");
    // What is held is worth nothing now: 449,000,000 and all of 100,000,000 are gone.
    const pool = ledger.state.holdings.get(held.positionId)?.pool ?? "";
    ledger.feed({ type: "mark", nowMs: ledger.nowMs, marks: [{ pool, market: { ...marketMoved(0, 2_000), quoteReservesLamports: 0n } }] });
    expect(ledger.state.control).toMatchObject({ state: "REDUCING", reason: "DAILY_LOSS_LIMIT", author: "system" });
    expect(ledger.state.control.note).toMatch(/^10\d\d of 1000 bps below the day's opening 5000000000 lamports$/);
    ledger.nowMs += DAY_MS;
    expect(ledger.answer()).toBe("DAILY_LOSS_LIMIT");
    ledger.close(held, -100_000_000n);
    ledger.set("ACTIVE");
    expect(ledger.answer()).toBe("granted");
    expect(ledger.records("trading-state").map(({ state, reason, author }) => [state, reason, author])).toEqual([
      ["REDUCING", "DAILY_LOSS_LIMIT", "system"],
      ["ACTIVE", null, "ann"],
    ]);
  });

  test("is against the equity that the UTC day began with", () => {
    const ledger = new Ledger({ maxDrawdownBps: 10_000 });
    ledger.trade(-400_000_000n);
    ledger.nowMs = 20_001 * DAY_MS;
    ledger.trade(-400_000_000n);
    expect(ledger.state.risk.day).toEqual({ index: 20_001, openingLamports: 4_600_000_000n });
    expect(ledger.state.control.state).toBe("ACTIVE");
    ledger.trade(-60_000_000n);
    expect(ledger.state.control.reason).toBe("DAILY_LOSS_LIMIT");
  });

  test("the first event of a day counts for the day", () => {
    const ledger = new Ledger({ maxDrawdownBps: 10_000 });
    const held = ledger.open();
    ledger.nowMs += DAY_MS;
    ledger.close(held, -600_000_000n);
    expect(ledger.state.control.reason).toBe("DAILY_LOSS_LIMIT");
  });

  test("a clock that goes back brings no old day back", () => {
    const ledger = new Ledger();
    ledger.trade(-300_000_000n);
    ledger.nowMs += DAY_MS;
    ledger.trade(-1n);
    const { day } = ledger.state.risk;
    ledger.nowMs -= 3 * DAY_MS;
    ledger.trade(-1n);
    expect(ledger.state.risk.day).toEqual(day);
  });

  test("a deposit or withdrawal is no gain and no loss of the day", () => {
    const ledger = new Ledger();
    ledger.feed({ type: "external-flow", nowMs: ledger.nowMs, seenLamports: OPENING, lamports: -2_000_000_000n });
    expect(ledger.state).toMatchObject({ control: { state: "ACTIVE" }, risk: { day: { openingLamports: 3_000_000_000n } } });
  });

  test("resumed, the loss counts from there on", () => {
    const ledger = new Ledger();
    ledger.trade(-500_000_000n);
    expect(ledger.state.risk.tripped).toBe("DAILY_LOSS_LIMIT");
    ledger.set("ACTIVE");
    ledger.trade(-200_000_000n);
    expect(ledger.state.control.state).toBe("ACTIVE");
    expect(ledger.state.peakLamports).toBe(OPENING);
    ledger.trade(-100_000_000n);
    expect(ledger.state.control.reason).toBe("DRAWDOWN_BREAKER");
  });
});

describe("a breaker that trips while the ledger is stopped for another reason", () => {
  test("outlives the lifting of that stop", () => {
    const ledger = new Ledger();
    const held = ledger.open();
    ledger.set("REDUCING", "system", null, "PROGRAM_DRIFT");
    ledger.close(held, -800_000_000n);
    expect(ledger.state.control.reason).toBe("PROGRAM_DRIFT");
    expect(ledger.state.risk.tripped).toBe("DRAWDOWN_BREAKER");
    const lift = { type: "lift-stop", nowMs: ledger.nowMs, reasons: ["PROGRAM_DRIFT"], author: "ann" } as const;
    ledger.feed(lift);
    expect(ledger.state.control).toMatchObject({ state: "REDUCING", reason: "DRAWDOWN_BREAKER", author: "system" });
    expect(ledger.answer()).toBe("DRAWDOWN_BREAKER");
    ledger.feed(lift);
    expect(ledger.state.control.reason).toBe("DRAWDOWN_BREAKER");
    ledger.set("ACTIVE");
    expect(ledger.answer()).toBe("granted");
  });

  test("without one, lifting the stop lets entries through; a person's stop is not lifted", () => {
    const ledger = new Ledger();
    ledger.set("REDUCING", "system", null, "PROGRAM_DRIFT");
    expect(ledger.answer()).toBe("TRADING_REDUCING");
    ledger.feed({ type: "lift-stop", nowMs: ledger.nowMs, reasons: ["PROGRAM_DRIFT"], author: "ann" });
    expect(ledger.answer()).toBe("granted");
    ledger.set("REDUCING");
    ledger.feed({ type: "lift-stop", nowMs: ledger.nowMs, reasons: ["PROGRAM_DRIFT"], author: "system" });
    expect(ledger.answer()).toBe("TRADING_REDUCING");
    ledger.set("HALTED");
    ledger.feed({ type: "lift-stop", nowMs: ledger.nowMs, reasons: ["PROGRAM_DRIFT"], author: "system" });
    expect(ledger.answer()).toBe("TRADING_HALTED");
  });

  test("an operator who resumes an ACTIVE ledger with a tripped breaker clears it", () => {
    const ledger = new Ledger();
    ledger.state = { ...ledger.state, risk: { ...ledger.state.risk, tripped: "DRAWDOWN_BREAKER" } };
    expect(ledger.answer()).toBe("DRAWDOWN_BREAKER");
    ledger.set("ACTIVE");
    expect(ledger.answer()).toBe("granted");
  });
});

test("who, why and when: a note alone is told, the same again is not", () => {
  const ledger = new Ledger();
  ledger.set("HALTED", "ann", "holiday");
  ledger.set("HALTED", "ann");
  ledger.set("HALTED", "ann", "holiday");
  expect(ledger.records("trading-state")).toMatchObject([{ state: "HALTED", author: "ann", note: "holiday", reason: null }]);
  ledger.set("HALTED", "ann", "a longer holiday");
  expect(ledger.records("trading-state")).toHaveLength(2);
  expect(riskView(ledger.state, true, ledger.nowMs)).toMatchObject({
    state: "HALTED",
    author: "ann",
    note: "a longer holiday",
    sinceMs: NOON_MS,
  });
});

describe("losses in a row", () => {
  test("pause entries for a while and count anew after it; a gain ends the row", () => {
    const ledger = new Ledger({ maxConsecutiveLosses: 3, breakerPauseMs: 60_000 });
    ledger.trade(-1n);
    ledger.trade(-1n);
    ledger.trade(0n);
    ledger.trade(-1n);
    ledger.trade(-1n);
    expect(ledger.state.risk).toMatchObject({ consecutiveLosses: 2 });
    ledger.trade(-1n);
    expect(ledger.answer()).toBe("CONSECUTIVE_LOSSES");
    expect(ledger.records("lock")).toMatchObject([
      { scope: "all", value: null, untilMs: NOON_MS + 60_000, reason: "CONSECUTIVE_LOSSES", author: "system", status: "set" },
    ]);
    expect(riskView(ledger.state, true, ledger.nowMs).limits).toContainEqual({
      code: "CONSECUTIVE_LOSSES",
      used: 0,
      limit: 3,
      unit: "losses",
      isReached: true,
    });
    ledger.nowMs += 60_000;
    ledger.trade(-1n);
    expect(ledger.answer()).toBe("granted");
  });

  test("a rehearsal, which loses by design, does not count and cools nobody down", () => {
    const ledger = new Ledger({ maxConsecutiveLosses: 1, creatorCooldownMs: 1_000_000 });
    ledger.close(ledger.open({ creator: "ann" }, 0, true), -1n);
    expect(ledger.answer({ creator: "ann" })).toBe("granted");
  });
});

describe("slippage breaches", () => {
  test("pause entries once an hour has too many, of entries and sales alike", () => {
    const ledger = new Ledger({ maxSlippageBreaches: 3, slippageBreachBps: 500, maxConsecutiveLosses: 1_000 });
    ledger.close(ledger.open({}, 500), 0n, 499);
    ledger.close(ledger.open({}, null), 0n, 900);
    ledger.nowMs += 3_600_000;
    ledger.close(ledger.open({}, 501), 0n, 0);
    expect(ledger.answer()).toBe("granted");
    ledger.close(ledger.open({}, 501), 0n, 700);
    expect(ledger.answer()).toBe("SLIPPAGE_BREACHES");
    expect(ledger.state.risk.breachesAtMs).toEqual([]);
    ledger.nowMs += 3_600_000;
    expect(ledger.answer()).toBe("granted");
  });
});

describe("cooldowns and the hour", () => {
  test("a creator whose token lost money is left alone, another one is not; unknown creators count as one", () => {
    const ledger = new Ledger({ creatorCooldownMs: 1_000_000 });
    ledger.trade(-1n, { creator: "ann" });
    ledger.trade(5n, { creator: "bob" });
    ledger.trade(-1n, { creator: null });
    expect([ledger.answer({ creator: "ann" }), ledger.answer({ creator: "bob" }), ledger.answer({ creator: null })]).toEqual([
      "CREATOR_COOLDOWN",
      "granted",
      "CREATOR_COOLDOWN",
    ]);
    ledger.nowMs += 1_000_000;
    expect(ledger.answer({ creator: "ann" })).toBe("granted");
    ledger.trade(-1n, { creator: "carl" });
    expect([...ledger.state.risk.creatorLosses.keys()]).toEqual(["carl"]);
  });

  test("entries are spaced, counted and summed over an hour", () => {
    const ledger = new Ledger({ entryCooldownMs: 1_000, maxEntriesPerHour: 2 });
    expect(ledger.answer()).toBe("granted");
    expect(ledger.answer()).toBe("ENTRY_COOLDOWN");
    ledger.nowMs += 1_000;
    expect(ledger.answer()).toBe("granted");
    ledger.nowMs += 3_599_000 - 1;
    expect(ledger.answer()).toBe("ENTRIES_PER_HOUR");
    ledger.nowMs += 1;
    expect(ledger.answer()).toBe("granted");
    expect(ledger.state.risk.entries.size).toBe(2);
  });

  test("what was put at risk within the hour counts although it is sold", () => {
    const ledger = new Ledger({ maxHourlyExposureBps: 1_500 });
    ledger.trade(0n);
    const { answer } = ledger.request();
    expect(answer).toMatchObject({ ok: true, value: { sizeLamports: 250_000_000n } });
    expect(ledger.answer()).toBe("EXPOSURE_HOURLY");
    ledger.nowMs += 3_600_000;
    expect(ledger.answer()).toBe("granted");
  });
});

describe("health of the node", () => {
  test("counts while it was told of within a minute", () => {
    const ledger = new Ledger();
    ledger.feed({ type: "health", nowMs: ledger.nowMs, failedPolls: 5 });
    expect(ledger.answer()).toBe("RPC_UNHEALTHY");
    ledger.nowMs += 60_000;
    expect(ledger.answer()).toBe("granted");
    ledger.feed({ type: "health", nowMs: ledger.nowMs, failedPolls: 5 });
    ledger.feed({ type: "health", nowMs: ledger.nowMs, failedPolls: 0 });
    expect(ledger.answer()).toBe("granted");
  });
});

describe("locks", () => {
  const order = {
    scope: "creator",
    value: "So11111111111111111111111111111111111111112",
    untilMs: null,
    reason: "serial rugger",
    author: "ann",
  } as const;

  test("are set once, told, and lifted by hand", () => {
    const ledger = new Ledger();
    const set = { type: "set-lock", nowMs: ledger.nowMs, lockId: "lock-1", lock: order } as const;
    ledger.feed(set);
    ledger.feed(set);
    expect(ledger.answer({ creator: order.value })).toBe("LOCKED_CREATOR");
    expect(riskView(ledger.state, true, ledger.nowMs).locks).toEqual([{ ...order, lockId: "lock-1", atMs: NOON_MS }]);
    expect(ledger.feed({ type: "lift-lock", nowMs: ledger.nowMs, lockId: "lock-1", author: "bob" }).answer.ok).toBe(true);
    expect(ledger.feed({ type: "lift-lock", nowMs: ledger.nowMs, lockId: "lock-1", author: "bob" }).answer).toMatchObject({
      reason: "NOT_FOUND",
    });
    expect(ledger.answer({ creator: order.value })).toBe("granted");
    expect(ledger.records("lock").map(({ status, author }) => [status, author])).toEqual([
      ["set", "ann"],
      ["lifted", "bob"],
    ]);
  });

  test("a malformed one is refused", () => {
    const ledger = new Ledger();
    const lock = { ...order, value: "not an address" };
    expect(ledger.feed({ type: "set-lock", nowMs: ledger.nowMs, lockId: "x", lock }).answer).toMatchObject({ reason: "REQUEST_INVALID" });
  });

  test("expire by themselves", () => {
    const ledger = new Ledger();
    const lock = { ...order, scope: "all", value: null, untilMs: ledger.nowMs + 1_000 } as const;
    ledger.feed({ type: "set-lock", nowMs: ledger.nowMs, lockId: "x", lock });
    expect(ledger.answer()).toBe("LOCKED_ALL");
    ledger.nowMs += 1_000;
    expect(ledger.answer()).toBe("granted");
    expect(ledger.state.risk.locks.size).toBe(0);
  });
});

describe("books restored to an earlier point", () => {
  test("stop everything until an operator resumes, give no number away twice, and withdraw entries under way", () => {
    const ledger = new Ledger();
    ledger.request();
    const newest = ledger.state.records + 1_000_000;
    ledger.feed({ type: "restored", nowMs: ledger.nowMs, newest });
    expect(ledger.state.control).toMatchObject({ state: "HALTED", reason: "STATE_RESTORED", author: "system" });
    expect(ledger.records("trading-state").at(-1)?.id).toBe(`trading-state:paper-A:${newest + 1}`);
    expect(ledger.effects.filter(({ type }) => type === "cancel-entry")).toHaveLength(1);
    expect(ledger.answer()).toBe("STATE_RESTORED");
    ledger.set("ACTIVE");
    expect(ledger.answer()).toBe("granted");
  });
});

test(`nothing that stops entries stops a sale or changes what it books (seed ${SEED})`, () => {
  const stops: ReadonlyArray<(ledger: Ledger) => void> = [
    (ledger) => ledger.set("HALTED"),
    (ledger) => ledger.set("REDUCING"),
    (ledger) => void ledger.feed({ type: "restored", nowMs: ledger.nowMs, newest: ledger.state.records + 5 }),
    (ledger) => void ledger.feed({ type: "health", nowMs: ledger.nowMs, failedPolls: 1_000 }),
    (ledger) => {
      const lock = { scope: "all", value: null, untilMs: null, reason: "all", author: "ann" } as const;
      ledger.feed({ type: "set-lock", nowMs: ledger.nowMs, lockId: "x", lock });
    },
    (ledger) => {
      const { risk } = ledger.state;
      ledger.state = { ...ledger.state, maxPositions: 0, risk: { ...risk, tripped: "DRAWDOWN_BREAKER", consecutiveLosses: 1_000 } };
    },
    (ledger) => {
      const zero = { ...ledger.state.risk.limits, maxTokenExposureBps: 0, maxExposureBps: 0, maxEntriesPerHour: 0, dailyLossLimitBps: 0 };
      ledger.state = { ...ledger.state, risk: { ...ledger.state.risk, limits: zero } };
    },
    (ledger) => {
      ledger.nowMs += 40 * DAY_MS;
    },
  ];
  fc.assert(
    fc.property(fc.subarray(stops.map((_, index) => index)), fc.bigInt({ min: -100_000_000n, max: 100_000_000n }), (indices, pnl) => {
      const ledger = new Ledger();
      const free = new Ledger();
      const [held, other] = [ledger.open(), free.open()];
      for (const index of indices) stops[index]?.(ledger);
      const asked = ledger.feed({ type: "close", nowMs: ledger.nowMs, positionId: null });
      expect(asked.effects).toEqual([{ type: "close-position", positionId: held.positionId }]);
      expect(ledger.close(held, pnl).answer).toEqual({ ok: true, value: null });
      free.close(other, pnl);
      const money = ({ state }: Ledger) => [state.cashLamports, state.realisedLamports, state.trades, state.wins, state.holdings.size];
      expect(money(ledger)).toEqual(money(free));
      expect(ledger.records("ledger").at(-1)?.postings).toEqual(free.records("ledger").at(-1)?.postings);
    }),
    { seed: SEED, numRuns: 300 },
  );
});
