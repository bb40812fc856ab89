import { describe, expect, test } from "vitest";
import type {
  FillRecord,
  IntentRecord,
  JournalEntry,
  OrderRecord,
  PositionRecord,
  TradingStateRecord,
} from "../../domain/journal/entry.ts";
import { FIRST_SLOT } from "../chain/chain.ts";
import { START_MS } from "../defaults.ts";
import { accountOf, differenceOf, misorderOf } from "./alike.ts";
import { EPOCH_MS, epochStartMs } from "./epochs.ts";
import type { Performance, Snapshot } from "./stage.ts";

type Ledger = Performance["ledger"];

/** Seconds into the run's first epoch, as Unix ms and as a slot. */
const at = (s: number) => epochStartMs(0) + s * 1_000;
const slotAt = (s: number) => FIRST_SLOT + Math.floor((at(s) - START_MS) / 400);
const EPOCH_S = EPOCH_MS / 1_000;

function performance(ledger: Ledger, entries: readonly JournalEntry[], snapshots: readonly Snapshot[] = []): Performance {
  const stored = entries.map((entry, index) => ({ seq: index + 1, hash: "", prevHash: "", entry }));
  return { ledger, world: { raised: [] }, entries: stored, snapshots, hash: "", log: [] } as unknown as Performance;
}

function fill(ledger: Ledger, s: number, changes: Partial<FillRecord> = {}): FillRecord {
  const positionId = `${ledger}-Coin-1`;
  return {
    kind: "fill",
    id: `fill:${positionId}:buy:1`,
    atMs: at(s),
    positionId,
    ledger,
    isDryRun: ledger === "paper-A",
    mint: "Coin",
    side: "buy",
    attempt: 1,
    slot: slotAt(s),
    baseAmount: "9007199254740993",
    quoteLamports: "750000000",
    venueFeeLamports: "7500000",
    networkCostLamports: "305000",
    rentLamports: "2039280",
    impactBps: ledger === "paper-A" ? 12 : 0,
    parameterVersion: "1",
    modelVersion: null,
    ...changes,
  };
}

function position(ledger: Ledger, s: number, n: number, changes: Partial<PositionRecord> = {}): PositionRecord {
  const positionId = `${ledger}-Coin-1`;
  return {
    kind: "position",
    id: `position:${positionId}:${n}`,
    atMs: at(s),
    positionId,
    ledger,
    isDryRun: ledger === "paper-A",
    mint: "Coin",
    pool: "Pool",
    symbol: "SIM",
    status: "open",
    score: 80,
    reason: null,
    openedAtMs: at(1),
    baseAmount: "5",
    costLamports: "7",
    valueLamports: "6",
    stopLossBps: 500,
    takeProfitBps: 2_000,
    soldBps: 0,
    peakReturnBps: null,
    deadlineMs: at(30),
    parameterVersion: "1",
    modelVersion: null,
    ...changes,
  };
}

function stop(ledger: Ledger, s: number): TradingStateRecord {
  return {
    kind: "trading-state",
    id: `trading-state:${ledger}:9`,
    atMs: at(s),
    ledger,
    state: "REDUCING",
    reason: "DRAWDOWN_BREAKER",
    author: "system",
    note: "1 of 2",
  };
}

const compare = (paper: readonly JournalEntry[], live: readonly JournalEntry[]) =>
  differenceOf(accountOf(performance("paper-A", paper)), accountOf(performance("live-A", live)));

describe("the account of a run", () => {
  test("knows neither mode nor the slots that a landing takes", () => {
    expect(compare([fill("paper-A", 1.2)], [fill("live-A", 4)])).toBeNull();
    expect(compare([stop("paper-A", 1)], [stop("live-A", 5)])).toBeNull();
  });

  test.each([
    ["base units", { baseAmount: "9007199254740994" }],
    ["lamports", { quoteLamports: "750000001" }],
    ["venue fees", { venueFeeLamports: "7499999" }],
    ["network costs", { networkCostLamports: "205000" }],
    ["rent", { rentLamports: "0" }],
    ["the side", { side: "sell" }],
    ["the attempt", { attempt: 2 }],
    ["the epoch", { atMs: at(EPOCH_S + 1) }],
    ["the epoch of the slot", { slot: slotAt(EPOCH_S + 1) }],
  ] satisfies ReadonlyArray<[string, Partial<FillRecord>]>)("tells of other %s", (_what, changes) => {
    expect(compare([fill("paper-A", 1)], [fill("live-A", 1, changes)])).not.toBeNull();
  });

  test("tells of what one of them did not do", () => {
    expect(compare([fill("paper-A", 1), stop("paper-A", 2)], [fill("live-A", 1)])).toContain("books of ledger, line 1");
    expect(compare([], [fill("live-A", 1)])).toContain("ledger-Coin-1, line 1");
  });

  test("leaves out records of an open position that only renew its price, and no other", () => {
    const paper = [position("paper-A", 1, 1), position("paper-A", 16, 2, { valueLamports: "8" })];
    expect(compare(paper, [position("live-A", 3, 1)])).toBeNull();
    expect(compare(paper, [position("live-A", 3, 1), position("live-A", 17, 2, { soldBps: 5_000 })])).not.toBeNull();
    expect(compare(paper, [position("live-A", 3, 1), position("live-A", 17, 2, { status: "closed" })])).not.toBeNull();
  });

  test("holds what stands at the end of an epoch, big amounts too", () => {
    const rest = (ledger: Ledger, cashLamports: bigint, mark: object) =>
      accountOf(
        performance(
          ledger,
          [],
          [{ epoch: 0, subject: `PORTFOLIO/${ledger}`, state: { ledger, cashLamports, records: cashLamports, mark } }],
        ),
      );
    const paper = rest("paper-A", 2n ** 63n, { atMs: at(40), slot: 1, valueLamports: 5n });
    expect(differenceOf(paper, rest("live-A", 2n ** 63n, { atMs: at(41), slot: 2, valueLamports: 5n }))).toBeNull();
    expect(differenceOf(paper, rest("live-A", 2n ** 63n + 1n, { atMs: at(41), slot: 2, valueLamports: 5n }))).not.toBeNull();
    expect(differenceOf(paper, rest("live-A", 2n ** 63n, { atMs: at(41), slot: 2, valueLamports: 6n }))).not.toBeNull();
  });
});

describe("transactions", () => {
  const order = { kind: "order", orderId: "p:buy:1", side: "buy", amountIn: "5", minOut: "0" } as OrderRecord;
  const intent = {
    kind: "intent",
    intentId: "p:buy:1",
    side: "buy",
    amountIn: "5",
    minOut: "1",
    status: "failed",
    signature: "s",
  } as IntentRecord;
  const misorder = (...entries: JournalEntry[]) => misorderOf(performance("live-A", entries));

  test("are the orders that they are of", () => {
    expect(misorder(order, intent)).toBeNull();
    expect(misorder(order)).toContain("never sent");
    expect(misorder(intent)).toContain("never ordered");
    expect(misorder({ ...intent, signature: null })).toBeNull();
    expect(misorder(order, { ...intent, amountIn: "6" })).toContain("was sent as");
    expect(misorder(order, { ...intent, minOut: "2" })).toContain("was sent as");
    expect(misorder(order, { ...intent, status: "landed" })).toContain("its fill");
  });
});
