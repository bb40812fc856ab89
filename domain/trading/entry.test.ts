import { describe, expect, test } from "vitest";
import { decideEntry, type EntryBooks, PLAIN_TERMS } from "./entry.ts";
import type { Parameters } from "./parameters.ts";
import type { Signal } from "./signal.ts";
import { marketMoved, NOW_MS, OPENING_QUOTE, PARAMETERS, signalFor } from "./test-fixtures.ts";

const BOOKS: EntryBooks = {
  state: "ACTIVE",
  stateReason: null,
  stateDetail: "by system",
  equityLamports: 5_000_000_000n,
  cashLamports: 5_000_000_000n,
  drawdownBps: 0,
  positions: 0,
  tradedMint: false,
  risk: {
    tripped: null,
    lock: null,
    creatorLossAtMs: null,
    lastEntryAtMs: null,
    entriesOfHour: 0,
    dayLossBps: 0,
    oldestMark: null,
    failedPolls: 0,
    exposure: { tokenLamports: 0n, creatorLamports: 0n, totalLamports: 0n, hourlyLamports: 0n },
  },
};

interface Case {
  readonly signal?: Partial<Signal>;
  readonly books?: Partial<EntryBooks>;
  readonly parameters?: Partial<Parameters>;
  readonly moveBps?: number;
  readonly nowMs?: number;
  readonly readMs?: number;
}

function decide({ signal, books, parameters, moveBps = 0, nowMs = NOW_MS, readMs = NOW_MS }: Case) {
  const market = marketMoved(moveBps, 1_000, readMs);
  return decideEntry(signalFor(undefined, signal), { ...PARAMETERS, ...parameters }, market, { ...BOOKS, ...books }, nowMs);
}

describe("a rehearsal", () => {
  const rehearse = (books: Partial<EntryBooks>) =>
    decideEntry(signalFor(), PARAMETERS, marketMoved(0), { ...BOOKS, ...books }, NOW_MS, { ...PLAIN_TERMS, isRehearsal: true });

  test("comes before live trading is enabled, and passes no other stop", () => {
    expect(rehearse({ state: "REDUCING", stateReason: "LIVE_NOT_ENABLED" })).toMatchObject({ ok: true, value: { isRehearsal: true } });
    expect(decide({ books: { state: "REDUCING", stateReason: "LIVE_NOT_ENABLED" } })).toMatchObject({ reason: "TRADING_REDUCING" });
    expect(rehearse({ state: "REDUCING", stateReason: "PROGRAM_DRIFT" })).toMatchObject({ reason: "TRADING_REDUCING" });
    expect(rehearse({ state: "REDUCING", stateReason: null })).toMatchObject({ reason: "TRADING_REDUCING" });
    expect(rehearse({ state: "HALTED", stateReason: "LIVE_NOT_ENABLED" })).toMatchObject({ reason: "TRADING_HALTED" });
  });
});

describe("decideEntry", () => {
  test("grants size, reservation, minimum out and limits", () => {
    const decided = decide({ signal: { score: 80 } });
    if (!decided.ok) throw new Error(decided.reason);
    const { sizeLamports, reservedLamports, stopLossBps, takeProfitBps, minBaseOut, quotedBaseOut } = decided.value;
    expect(sizeLamports).toBe(750_000_000n);
    expect(reservedLamports).toBe(750_000_000n + 305_000n + 2_074_080n + 105_000n);
    expect([stopLossBps, takeProfitBps]).toEqual([1_500, 2_500]);
    expect(minBaseOut).toBe((quotedBaseOut * 9_500n) / 10_000n);
  });

  test.each<[string, Case, string]>([
    ["halted", { books: { state: "HALTED" } }, "TRADING_HALTED"],
    ["reducing", { books: { state: "REDUCING" } }, "TRADING_REDUCING"],
    ["breaker tripped", { books: { state: "REDUCING", stateReason: "DRAWDOWN_BREAKER" } }, "DRAWDOWN_BREAKER"],
    ["a millisecond too late", { nowMs: NOW_MS + 20_001 }, "SIGNAL_EXPIRED"],
    ["assessed in the future", { signal: { assessedAtMs: NOW_MS + 5_001 } }, "SIGNAL_EXPIRED"],
    ["score below the threshold", { signal: { score: 59.9 } }, "SCORE_BELOW_THRESHOLD"],
    ["score not a number", { signal: { score: Number.NaN } }, "SCORE_BELOW_THRESHOLD"],
    ["mint traded before", { books: { tradedMint: true } }, "MINT_ALREADY_TRADED"],
    ["too many positions", { books: { positions: 10 } }, "MAX_POSITIONS"],
    ["drawdown at the limit", { books: { drawdownBps: 1_500 } }, "DRAWDOWN_BREAKER"],
    ["pool read too long ago", { nowMs: NOW_MS + 10_001 }, "QUOTE_UNAVAILABLE"],
    ["price up too far", { moveBps: 1_520 }, "SIGNAL_PRICE_MOVED"],
    ["price down too far", { moveBps: -1_520 }, "SIGNAL_PRICE_MOVED"],
    ["assessed on an empty pool", { signal: { baseReserves: 0n } }, "POOL_RESERVES_EMPTY"],
    ["size below the minimum", { books: { equityLamports: 499_000_000n } }, "SIZE_TOO_SMALL"],
    ["cash short by one lamport", { books: { cashLamports: 500_000_000n + 2_484_080n + 1_355_000n - 1n } }, "CASH_INSUFFICIENT"],
    ["cost above its share", { parameters: { maxCostShareBps: 100 } }, "COST_TOO_HIGH"],
  ])("%s", (_name, facts, reason) => {
    expect(decide(facts)).toMatchObject({ ok: false, reason });
  });

  test.each<[string, Case]>([
    ["at its expiry", { nowMs: NOW_MS + 20_000, readMs: NOW_MS + 10_000 }],
    ["at the threshold", { signal: { score: 60 } }],
    ["the tenth position", { books: { positions: 9, cashLamports: 5_000_000_000n } }],
    ["a basis point before the breaker", { books: { drawdownBps: 1_499 } }],
    ["price moved less than the limit", { moveBps: 1_490 }],
    ["cash to the lamport", { books: { cashLamports: 500_000_000n + 2_484_080n + 1_355_000n } }],
  ])("allows an entry %s", (_name, facts) => {
    expect(decide(facts)).toMatchObject({ ok: true });
  });

  test("an empty pool is refused whatever the assessment said", () => {
    const market = { ...marketMoved(0), quoteReservesLamports: 0n };
    const decided = decideEntry(signalFor(undefined, { quoteReservesLamports: OPENING_QUOTE }), PARAMETERS, market, BOOKS, NOW_MS);
    expect(decided).toMatchObject({ ok: false, reason: "POOL_RESERVES_EMPTY" });
  });
});
