import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideEntry, type EntryBooks, PLAIN_TERMS } from "../entry.ts";
import type { Parameters } from "../parameters.ts";
import type { Signal } from "../signal.ts";
import { marketMoved, NOW_MS, PARAMETERS, signalFor } from "../test-fixtures.ts";
import type { RiskFacts } from "./checks.ts";
import type { Lock } from "./risk-state.ts";

const SEED = 20_261_122;
const EQUITY = 5_000_000_000n;

const CALM: RiskFacts = {
  tripped: null,
  lock: null,
  creatorLossAtMs: null,
  lastEntryAtMs: null,
  entriesOfHour: 0,
  dayLossBps: 0,
  oldestMark: null,
  failedPolls: 0,
  exposure: { tokenLamports: 0n, creatorLamports: 0n, totalLamports: 0n, hourlyLamports: 0n },
};

const BOOKS: EntryBooks = {
  state: "ACTIVE",
  stateReason: null,
  stateDetail: "by system",
  equityLamports: EQUITY,
  cashLamports: EQUITY,
  drawdownBps: 0,
  positions: 0,
  tradedMint: false,
  risk: CALM,
};

function lock(overrides: Partial<Lock>): Lock {
  return { lockId: "one", scope: "all", value: null, untilMs: null, reason: "a rug", author: "ann", atMs: NOW_MS, ...overrides };
}

interface Fault {
  readonly code: string;
  /** What a person reads with it. */
  readonly detail?: RegExp;
  readonly signal?: Partial<Signal>;
  readonly books?: Partial<EntryBooks>;
  readonly risk?: Partial<RiskFacts>;
  readonly exposure?: Partial<RiskFacts["exposure"]>;
  readonly parameters?: Partial<Parameters>;
  readonly readMs?: number;
  readonly moveBps?: number;
}

/** One fault per check, in the order of the checks. */
const FAULTS: readonly Fault[] = [
  { code: "TRADING_HALTED", books: { state: "HALTED", stateDetail: "by ann: holiday" }, detail: /^by ann: holiday$/ },
  { code: "SIGNAL_EXPIRED", signal: { expiresAtMs: NOW_MS - 1 } },
  { code: "SCORE_BELOW_THRESHOLD", signal: { score: 59 }, detail: /^59 of 60$/ },
  { code: "MINT_ALREADY_TRADED", books: { tradedMint: true } },
  { code: "DRAWDOWN_BREAKER", risk: { tripped: "DRAWDOWN_BREAKER" }, detail: /operator/ },
  { code: "LOCKED_ALL", risk: { lock: lock({}) }, detail: /^by ann, until it is lifted: a rug$/ },
  { code: "CREATOR_COOLDOWN", risk: { creatorLossAtMs: NOW_MS - 86_399_999 }, detail: /^86399999 of 86400000 ms$/ },
  { code: "ENTRY_COOLDOWN", risk: { lastEntryAtMs: NOW_MS - 1_999 }, parameters: { entryCooldownMs: 2_000 }, detail: /^1999 of 2000 ms$/ },
  { code: "ENTRIES_PER_HOUR", risk: { entriesOfHour: 30 }, detail: /^30 of 30$/ },
  { code: "DAILY_LOSS_LIMIT", risk: { dayLossBps: 1_000 }, detail: /^1000 of 1000 bps$/ },
  { code: "MARKS_STALE", risk: { oldestMark: { positionId: "p", atMs: NOW_MS - 15_001 } }, detail: /^p: 15001 of 15000 ms$/ },
  { code: "RPC_UNHEALTHY", risk: { failedPolls: 5 }, detail: /^5 of 5 failed polls$/ },
  { code: "MAX_POSITIONS", books: { positions: 10 }, detail: /^10 of 10$/ },
  { code: "DRAWDOWN_BREAKER", books: { drawdownBps: 1_500 }, detail: /^1500 of 1500 bps$/ },
  { code: "QUOTE_UNAVAILABLE", readMs: NOW_MS - 60_000, detail: /60000 ms ago/ },
  { code: "SIGNAL_PRICE_MOVED", moveBps: 6_000 },
  { code: "SIZE_TOO_SMALL", books: { equityLamports: 100_000n } },
  { code: "EXPOSURE_TOKEN", exposure: { tokenLamports: 740_000_000n }, detail: /^740000000 of 750000000 lamports used$/ },
  { code: "EXPOSURE_CREATOR", exposure: { creatorLamports: 1_000_000_000n }, detail: /^1000000000 of 1000000000 lamports used$/ },
  { code: "EXPOSURE_TOTAL", exposure: { totalLamports: 4_500_000_000n }, detail: /^4500000000 of 4500000000 lamports used$/ },
  { code: "EXPOSURE_HOURLY", exposure: { hourlyLamports: 10_000_000_000n }, detail: /^10000000000 of 10000000000 lamports used$/ },
  { code: "CASH_INSUFFICIENT", books: { cashLamports: 500_000_000n }, detail: /lamports needed, 500000000 free$/ },
  { code: "COST_TOO_HIGH", parameters: { maxCostShareBps: 1 } },
];

function decide(faults: readonly Fault[]) {
  const all = <K extends keyof Fault>(key: K) => Object.assign({}, ...faults.map((fault) => fault[key] ?? {}));
  const risk: RiskFacts = { ...CALM, ...all("risk"), exposure: { ...CALM.exposure, ...all("exposure") } };
  const books: EntryBooks = { ...BOOKS, ...all("books"), risk };
  const moveBps = faults.find((fault) => fault.moveBps !== undefined)?.moveBps ?? 0;
  const readMs = faults.find((fault) => fault.readMs !== undefined)?.readMs ?? NOW_MS;
  const market = marketMoved(moveBps, 1_000, readMs);
  return decideEntry(signalFor(undefined, all("signal")), { ...PARAMETERS, ...all("parameters") }, market, books, NOW_MS);
}

describe("the checks of an entry", () => {
  test("without a fault it is granted", () => {
    expect(decide([])).toMatchObject({ ok: true, value: { sizeLamports: 500_000_000n } });
  });

  test.each(FAULTS.map((fault, index) => [index, fault.code, fault] as const))("%d: %s", (_index, code, fault) => {
    const decided = decide([fault]);
    expect(decided).toMatchObject({ ok: false, reason: code });
    if (!decided.ok && fault.detail !== undefined) expect(decided.detail).toMatch(fault.detail);
  });

  test(`of several faults the first in order is the answer (seed ${SEED})`, () => {
    const some = fc.uniqueArray(fc.nat(FAULTS.length - 1), { minLength: 1 });
    fc.assert(
      fc.property(some, (indices) => {
        const first = Math.min(...indices);
        const faults = indices.flatMap((index) => FAULTS[index] ?? []);
        expect(decide(faults)).toMatchObject({ ok: false, reason: FAULTS[first]?.code });
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test.each<[string, Partial<RiskFacts>, Partial<Parameters>]>([
    ["the creator's cooldown is over", { creatorLossAtMs: NOW_MS - 86_400_000 }, {}],
    ["the entry cooldown is over", { lastEntryAtMs: NOW_MS - 2_000 }, { entryCooldownMs: 2_000 }],
    ["the clock was set back far behind the last entry", { lastEntryAtMs: NOW_MS + 86_400_000 }, { entryCooldownMs: 2_000 }],
    ["one entry of the hour is left", { entriesOfHour: 29 }, {}],
    ["the day's loss is one basis point short of the limit", { dayLossBps: 999 }, {}],
    ["the oldest mark is just fresh enough", { oldestMark: { positionId: "p", atMs: NOW_MS - 15_000 } }, {}],
    ["one failed poll short of the limit", { failedPolls: 4 }, {}],
  ])("passes while %s", (_name, risk, parameters) => {
    expect(decide([{ code: "", risk, parameters }])).toMatchObject({ ok: true });
  });

  test.each<[string, Partial<EntryBooks>, string]>([
    ["drawdown", { state: "REDUCING", stateReason: "DRAWDOWN_BREAKER" }, "DRAWDOWN_BREAKER"],
    ["daily loss", { state: "REDUCING", stateReason: "DAILY_LOSS_LIMIT" }, "DAILY_LOSS_LIMIT"],
    ["a restore", { state: "HALTED", stateReason: "STATE_RESTORED" }, "STATE_RESTORED"],
    ["an upgraded program", { state: "REDUCING", stateReason: "PROGRAM_DRIFT" }, "TRADING_REDUCING"],
    ["a person", { state: "REDUCING" }, "TRADING_REDUCING"],
  ])("a ledger stopped by %s says so", (_name, books, reason) => {
    expect(decide([{ code: "", books }])).toMatchObject({ ok: false, reason });
  });

  test.each<[Partial<Lock>, string, RegExp]>([
    [{ scope: "mint", value: "m" }, "LOCKED_MINT", /by ann/],
    [{ scope: "creator", value: "c", untilMs: Date.UTC(2026, 10, 21) }, "LOCKED_CREATOR", /until 2026-11-21T00:00:00.000Z: a rug/],
    [{ author: "system", reason: "CONSECUTIVE_LOSSES", untilMs: NOW_MS + 1 }, "CONSECUTIVE_LOSSES", /^until /],
    [{ author: "system", reason: "SLIPPAGE_BREACHES" }, "SLIPPAGE_BREACHES", /^until it is lifted$/],
    [{ author: "system", reason: "something else" }, "LOCKED_ALL", /something else/],
    [{ author: "ann", reason: "CONSECUTIVE_LOSSES" }, "LOCKED_ALL", /by ann/],
  ])("a lock %j is refused as %s", (overrides, reason, detail) => {
    const decided = decide([{ code: "", risk: { lock: lock(overrides) } }]);
    expect(decided).toMatchObject({ ok: false, reason });
    if (!decided.ok) expect(decided.detail).toMatch(detail);
  });

  test("a rehearsal passes nothing of it but the stop before live trading is enabled", () => {
    const rehearse = (risk: Partial<RiskFacts>) => {
      const books: EntryBooks = { ...BOOKS, state: "REDUCING", stateReason: "LIVE_NOT_ENABLED", risk: { ...CALM, ...risk } };
      return decideEntry(signalFor(), PARAMETERS, marketMoved(0), books, NOW_MS, { ...PLAIN_TERMS, isRehearsal: true });
    };
    expect(rehearse({})).toMatchObject({ ok: true });
    expect(rehearse({ tripped: "DAILY_LOSS_LIMIT" })).toMatchObject({ ok: false, reason: "DAILY_LOSS_LIMIT" });
    expect(rehearse({ lock: lock({}) })).toMatchObject({ ok: false, reason: "LOCKED_ALL" });
  });
});
