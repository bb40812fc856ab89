import { describe, expect, test } from "vitest";
import { PLAIN_TERMS } from "../entry.ts";
import { openPortfolio, reducePortfolio } from "../portfolio.ts";
import { holdingViews, type PortfolioState } from "../portfolio-state.ts";
import { keysFor, marketMoved, NOW_MS, PARAMETERS, signalFor } from "../test-fixtures.ts";
import { riskView } from "./view.ts";

const OPENING = { ledger: "paper-A", openingLamports: 5_000_000_000n, maxPositions: 10, maxDrawdownBps: 1_500, solUsd: 200 } as const;

function withEntries(...entries: ReadonlyArray<readonly [mint: string, creator: string]>): PortfolioState {
  let { state } = openPortfolio(OPENING, NOW_MS);
  for (const [index, [mint, creator]] of entries.entries()) {
    const nowMs = NOW_MS + index;
    const signal = signalFor(mint, { creator });
    const parameters = { ...PARAMETERS, entryCooldownMs: 0 };
    const request = { signal, parameters, keys: keysFor(signal), market: marketMoved(0), terms: PLAIN_TERMS };
    state = reducePortfolio(state, { type: "request-entry", nowMs, request }).state;
  }
  return state;
}

const used = (state: PortfolioState, code: string, nowMs = NOW_MS) =>
  riskView(state, true, nowMs).limits.find((limit) => limit.code === code)?.used;

describe("the risk engine as people see it", () => {
  test("says how much of each limit is used", () => {
    const state = withEntries(["a", "ann"], ["b", "ann"], ["c", "bob"]);
    expect(used(state, "MAX_POSITIONS")).toBe(3);
    expect(used(state, "EXPOSURE_TOKEN")).toBe(1_000);
    expect(used(state, "EXPOSURE_CREATOR")).toBe(2_000);
    expect(used(state, "EXPOSURE_TOTAL")).toBe(3_000);
    expect(used(state, "EXPOSURE_HOURLY")).toBe(3_000);
    expect(used(state, "ENTRIES_PER_HOUR")).toBe(3);
    expect(used(state, "ENTRIES_PER_HOUR", NOW_MS + 3_600_001)).toBe(1);
    expect(riskView(state, true, NOW_MS).limits.find(({ code }) => code === "EXPOSURE_CREATOR")).toEqual({
      code: "EXPOSURE_CREATOR",
      used: 2_000,
      limit: 2_000,
      unit: "bps",
      isReached: true,
    });
  });

  test("shows the cooldown that is left, the age of the oldest mark, and what a restart has to do first", () => {
    const state = withEntries(["a", "ann"]);
    const limits = { ...state.risk.limits, entryCooldownMs: 2_000 };
    const cooling = { ...state, risk: { ...state.risk, limits } };
    expect(used(cooling, "ENTRY_COOLDOWN", NOW_MS + 500)).toBe(1_500);
    expect(used(cooling, "ENTRY_COOLDOWN", NOW_MS + 2_000)).toBe(0);
    const holdings = new Map([...state.holdings].map(([id, one]) => [id, { ...one, phase: "open", costLamports: 1n } as const]));
    const open = { ...state, holdings };
    expect(riskView(open, false, NOW_MS + 15_001)).toMatchObject({ isReconciled: false });
    expect(riskView(open, false, NOW_MS + 15_001).limits.find(({ code }) => code === "MARKS_STALE")).toMatchObject({
      used: 15_001,
      isReached: true,
    });
    expect(holdingViews({ ...open, holdings: new Map([...holdings, ...withEntries(["b", "bob"]).holdings]) })).toHaveLength(2);
  });

  test("without equity everything that is held is too much", () => {
    const state = withEntries(["a", "ann"]);
    const broke = { ...state, cashLamports: -10_000_000_000n };
    expect(used(broke, "EXPOSURE_TOTAL")).toBe(10_000);
    expect(used({ ...broke, holdings: new Map(), risk: { ...broke.risk, entries: new Map() } }, "EXPOSURE_TOTAL")).toBe(0);
  });
});
