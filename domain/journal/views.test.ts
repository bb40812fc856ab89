import { describe, expect, test } from "vitest";
import { appendEntries, GENESIS } from "./chain.ts";
import type { JournalEntry } from "./entry.ts";
import {
  sampleDecision,
  sampleEquity,
  sampleFill,
  sampleIncident,
  sampleIntent,
  sampleLateFeatures,
  sampleLiveMode,
  samplePosition,
  samplePricePath,
  sampleTrade,
} from "./sample-entries.ts";
import { feedMessage, returnBps } from "./views.ts";

function messageOf(entry: JournalEntry) {
  const [stored] = appendEntries(GENESIS, [entry]);
  return stored === undefined ? null : feedMessage(stored);
}

describe("feed messages", () => {
  test("a decision shows everything but what only the books need", () => {
    const { kind: _, featureSetVersion: __, solUsd: ___, ...decision } = sampleDecision("d1");
    expect(messageOf(sampleDecision("d1"))).toEqual({ type: "decision", seq: 1, decision });
  });

  test("a position, a trade, an equity point", () => {
    expect(messageOf(samplePosition("p1", { valueLamports: "450000000" }))).toMatchObject({
      type: "position",
      position: { positionId: "p1", returnBps: -1_000, updatedAtMs: 1_790_000_001_000 },
    });
    expect(messageOf(sampleTrade("p1"))).toMatchObject({
      type: "trade",
      trade: { pnlLamports: "98000000", exitReason: "EXIT_TAKE_PROFIT" },
    });
    expect(messageOf(sampleEquity("e1"))).toEqual({
      type: "equity",
      seq: 1,
      point: { ledger: "paper-A", atMs: 1_790_000_002_000, equityLamports: "6990000000", drawdownBps: 14 },
    });
  });

  test("an order and an incident, and the mode as a notice", () => {
    const { kind: _, id: __, ledger: ___, atMs: updatedAtMs, ...order } = sampleIntent("p1:buy:1");
    const {
      marketAtMs: _m,
      firstSendAtMs: _f,
      lastValidBlockHeight: _h,
      computeUnitLimit: _c,
      priorityFeeLamports: _p,
      tipLamports: _t,
      ...intent
    } = order;
    expect(messageOf(sampleIntent("p1:buy:1"))).toEqual({ type: "intent", seq: 1, intent: { ...intent, reactionMs: 500, updatedAtMs } });
    const unsent = { ...sampleIntent("p1:buy:1"), firstSendAtMs: null };
    expect(messageOf(unsent)).toMatchObject({ intent: { reactionMs: null } });
    const { kind: _k, id: _i, atMs, ...incident } = sampleIncident("i1");
    expect(messageOf(sampleIncident("i1"))).toEqual({ type: "incident", seq: 1, incident: { ...incident, updatedAtMs: atMs } });
    expect(messageOf(sampleLiveMode(1))).toEqual({ type: "notice", seq: 1, kind: "live-mode", text: "Mode live (operator)" });
  });

  test("a notice tells who and why", () => {
    expect(
      messageOf({
        kind: "trading-state",
        id: "t",
        atMs: 1,
        ledger: "paper-A",
        state: "HALTED",
        reason: "DRAWDOWN_BREAKER",
        author: "breaker",
        note: null,
      }),
    ).toEqual({ type: "notice", seq: 1, kind: "trading-state", text: "Ledger paper-A HALTED: DRAWDOWN_BREAKER (breaker)" });
  });

  test("fills, price paths and rejections are not watched live", () => {
    expect(messageOf(sampleFill("f"))).toBeNull();
    expect(messageOf(samplePricePath("pp", 1))).toBeNull();
    expect(messageOf(sampleLateFeatures("d1"))).toBeNull();
    expect(
      messageOf({ kind: "rejection", id: "r", atMs: 1, signature: null, slot: null, source: "webhook", reason: "TX_FAILED", detail: null }),
    ).toBeNull();
  });
});

test.each([
  ["500", "550", 1_000],
  ["500", null, null],
  ["0", "0", null],
  ["18446744073709551615", "18446744073709551615", 0],
])("return of %s now worth %s is %s bps", (cost, value, expected) => {
  expect(returnBps(cost, value)).toBe(expected);
});
