import { describe, expect, test } from "vitest";
import { decideExit, type ExitFacts } from "./exit.ts";

const HOLD: ExitFacts = {
  nowMs: 1_000,
  deadlineMs: 2_000,
  costLamports: 10_000n,
  valueLamports: 10_000n,
  previousValueLamports: null,
  peakLamports: null,
  isProfitConfirmed: false,
  isLastRung: true,
  quoteReservesLamports: 100_000n,
  entryQuoteReservesLamports: 100_000n,
  stopLossBps: 1_000,
  trailingDeltaBps: 1_000,
  priceGapBps: 3_500,
  liquidityCollapseBps: 4_000,
  closeRequested: false,
  isRehearsal: false,
  alert: null,
};

describe("decideExit", () => {
  test.each<[string, Partial<ExitFacts>, string | null]>([
    ["holds", {}, null],
    ["one lamport above the stop", { valueLamports: 9_001n }, null],
    ["exactly at the stop", { valueLamports: 9_000n }, "EXIT_STOP_LOSS"],
    ["worth less than nothing", { valueLamports: -5n }, "EXIT_STOP_LOSS"],
    ["a take-profit that has not lasted", { valueLamports: 20_000n }, null],
    ["a take-profit that has lasted", { valueLamports: 20_000n, isProfitConfirmed: true }, "EXIT_TAKE_PROFIT"],
    ["a rung of the ladder", { valueLamports: 20_000n, isProfitConfirmed: true, isLastRung: false }, "EXIT_LADDER"],
    ["one lamport above the trailing stop", { valueLamports: 13_501n, peakLamports: 15_000n }, null],
    ["exactly at the trailing stop", { valueLamports: 13_500n, peakLamports: 15_000n }, "EXIT_TRAILING_STOP"],
    ["one lamport above a gap", { valueLamports: 13_001n, previousValueLamports: 20_000n }, null],
    ["exactly a gap", { valueLamports: 13_000n, previousValueLamports: 20_000n }, "EXIT_PRICE_GAP"],
    ["nothing that fell from nothing", { previousValueLamports: 0n }, null],
    ["one lamport of liquidity above the collapse", { quoteReservesLamports: 60_001n }, null],
    ["exactly at the collapse", { quoteReservesLamports: 60_000n }, "EXIT_LIQUIDITY_COLLAPSE"],
    ["a millisecond before the deadline", { nowMs: 1_999 }, null],
    ["at the deadline", { nowMs: 2_000 }, "EXIT_MAX_HOLD"],
    ["the creator sold", { alert: "EXIT_CREATOR_SOLD" }, "EXIT_CREATOR_SOLD"],
    ["the mint changed", { alert: "EXIT_MINT_CHANGED" }, "EXIT_MINT_CHANGED"],
    ["a rehearsal, whatever its value", { isRehearsal: true, valueLamports: 12_000n }, "EXIT_REHEARSAL"],
  ])("%s", (_name, facts, reason) => {
    expect(decideExit({ ...HOLD, ...facts })).toBe(reason);
  });

  test("names the first that holds, in the order of docs/exits.md", () => {
    // Everything holds; what is named is then taken away, one after the other.
    let facts: ExitFacts = {
      ...HOLD,
      closeRequested: true,
      isRehearsal: true,
      alert: "EXIT_CREATOR_SOLD",
      quoteReservesLamports: 0n,
      previousValueLamports: 20_000n,
      valueLamports: 0n,
      peakLamports: 15_000n,
      isProfitConfirmed: true,
      isLastRung: false,
      nowMs: 9_999,
    };
    const steps: ReadonlyArray<readonly [string | null, Partial<ExitFacts>]> = [
      ["EXIT_OPERATOR", { closeRequested: false }],
      ["EXIT_REHEARSAL", { isRehearsal: false }],
      ["EXIT_CREATOR_SOLD", { alert: "EXIT_MINT_CHANGED" }],
      ["EXIT_MINT_CHANGED", { alert: null }],
      ["EXIT_LIQUIDITY_COLLAPSE", { quoteReservesLamports: 100_000n }],
      ["EXIT_PRICE_GAP", { previousValueLamports: null }],
      ["EXIT_STOP_LOSS", { valueLamports: 9_500n }],
      ["EXIT_TRAILING_STOP", { peakLamports: null }],
      ["EXIT_LADDER", { isLastRung: true }],
      ["EXIT_TAKE_PROFIT", { isProfitConfirmed: false }],
      ["EXIT_MAX_HOLD", { nowMs: 0 }],
      [null, {}],
    ];
    for (const [reason, without] of steps) {
      expect(decideExit(facts)).toBe(reason);
      facts = { ...facts, ...without };
    }
  });

  test("compares without rounding, also where doubles could not", () => {
    const cost = 2n ** 63n + 1n;
    const stop = (cost * 9_000n) / 10_000n;
    expect(decideExit({ ...HOLD, costLamports: cost, valueLamports: stop })).toBe("EXIT_STOP_LOSS");
    expect(decideExit({ ...HOLD, costLamports: cost, valueLamports: stop + 1n })).toBeNull();
  });
});
