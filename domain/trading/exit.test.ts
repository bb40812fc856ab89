import { describe, expect, test } from "vitest";
import { decideExit, type ExitFacts } from "./exit.ts";

const HOLD: ExitFacts = {
  nowMs: 1_000,
  deadlineMs: 2_000,
  costLamports: 10_000n,
  valueLamports: 10_000n,
  quoteReservesLamports: 100_000n,
  entryQuoteReservesLamports: 100_000n,
  stopLossBps: 1_000,
  takeProfitBps: 2_000,
  liquidityCollapseBps: 4_000,
  closeRequested: false,
  isRehearsal: false,
};

describe("decideExit", () => {
  test.each<[string, Partial<ExitFacts>, string | null]>([
    ["holds", {}, null],
    ["one lamport above the stop", { valueLamports: 9_001n }, null],
    ["exactly at the stop", { valueLamports: 9_000n }, "EXIT_STOP_LOSS"],
    ["worth less than nothing", { valueLamports: -5n }, "EXIT_STOP_LOSS"],
    ["one lamport below the target", { valueLamports: 11_999n }, null],
    ["exactly at the target", { valueLamports: 12_000n }, "EXIT_TAKE_PROFIT"],
    ["one lamport of liquidity above the collapse", { quoteReservesLamports: 60_001n }, null],
    ["exactly at the collapse", { quoteReservesLamports: 60_000n }, "EXIT_LIQUIDITY_COLLAPSE"],
    ["a millisecond before the deadline", { nowMs: 1_999 }, null],
    ["at the deadline", { nowMs: 2_000 }, "EXIT_MAX_HOLD"],
    ["asked to close", { closeRequested: true, isRehearsal: true }, "EXIT_OPERATOR"],
    ["a rehearsal, whatever its value", { isRehearsal: true, valueLamports: 12_000n }, "EXIT_REHEARSAL"],
  ])("%s", (_name, facts, reason) => {
    expect(decideExit({ ...HOLD, ...facts })).toBe(reason);
  });

  test("names the first of operator, collapse, stop, take, time", () => {
    const everything = { ...HOLD, closeRequested: true, quoteReservesLamports: 0n, valueLamports: 0n, nowMs: 9_999 };
    expect(decideExit(everything)).toBe("EXIT_OPERATOR");
    expect(decideExit({ ...everything, closeRequested: false })).toBe("EXIT_LIQUIDITY_COLLAPSE");
    expect(decideExit({ ...everything, closeRequested: false, quoteReservesLamports: 100_000n })).toBe("EXIT_STOP_LOSS");
    expect(decideExit({ ...HOLD, valueLamports: 20_000n, quoteReservesLamports: 1n })).toBe("EXIT_LIQUIDITY_COLLAPSE");
    expect(decideExit({ ...HOLD, valueLamports: 20_000n, nowMs: 9_999 })).toBe("EXIT_TAKE_PROFIT");
  });

  test("compares without rounding, also where doubles could not", () => {
    const cost = 2n ** 63n + 1n;
    const stop = (cost * 9_000n) / 10_000n;
    expect(decideExit({ ...HOLD, costLamports: cost, valueLamports: stop })).toBe("EXIT_STOP_LOSS");
    expect(decideExit({ ...HOLD, costLamports: cost, valueLamports: stop + 1n })).toBeNull();
  });
});
