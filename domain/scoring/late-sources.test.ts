import { describe, expect, test } from "vitest";
import { buildFeatures, FEATURE_NAMES, FEATURES } from "./features.ts";
import { LATE_RPC_CALLS, LATE_RPC_CREDITS, LATE_SOURCES, lateFeatures, lateSourcesIn } from "./late-sources.ts";
import { SAMPLE_OBSERVATIONS } from "./sample-observations.ts";
import { SOURCE_COSTS } from "./source-costs.ts";

test("the page says of each source what the code does", () => {
  const yes = Object.entries(SOURCE_COSTS).filter(([, { late }]) => /^yes\b/.test(late));
  expect(yes.map(([source]) => source).sort()).toEqual([...LATE_SOURCES].sort());
  for (const { late } of Object.values(SOURCE_COSTS)) expect(late).toMatch(/^(yes|no)\b/);
  expect([LATE_RPC_CALLS, LATE_RPC_CREDITS]).toEqual([35, 350]);
});

test("what a judgement lacked is read from its notes, of the sources that can be read later", () => {
  const notes = [
    "source:pool trades (late)",
    "source:creation slot (beyond the bound)",
    "source:holders (late)",
    "poolTrades",
    "part:social",
    "source:funding (late)",
  ];
  expect([...lateSourcesIn(notes)]).toEqual(["pool trades", "creation slot"]);
  expect(lateSourcesIn([]).size).toBe(0);
});

describe("late features", () => {
  const whole = buildFeatures(SAMPLE_OBSERVATIONS);

  test("are those that were served as missing, and no other", () => {
    const served = buildFeatures({ ...SAMPLE_OBSERVATIONS, poolHistory: null, social: null });
    const late = lateFeatures(served, { ...SAMPLE_OBSERVATIONS, social: null });
    expect(Object.keys(late)).toEqual(
      FEATURE_NAMES.filter((name) => [FEATURES[name].source, ...FEATURES[name].needs].some((source) => source === "pool history")),
    );
    for (const [name, value] of Object.entries(late)) expect(value).toBe(whole[name as keyof typeof whole]);
  });

  test("never replace a value, even one that would be another now", () => {
    const served = { ...whole, poolTrades: 1, sampledTrades: null };
    expect(lateFeatures(served, SAMPLE_OBSERVATIONS)).toEqual({ sampledTrades: whole.sampledTrades });
  });

  test("see nothing after the judgement's slot and moment", () => {
    const { asOfSlot, asOfMs, poolHistory, trades, marketRecord } = SAMPLE_OBSERVATIONS;
    const later = Array.from({ length: 500 }, (_, i) => ({ slot: asOfSlot + 1 + i, failed: i % 2 === 0 }));
    const sale = { slot: asOfSlot + 1, side: "sell", user: "X", payer: "X", quoteLamports: 10n ** 15n, baseAmount: 10n ** 15n } as const;
    const path = { mint: "p", name: "p", symbol: "p", startedAtMs: asOfMs - 1, closedAtMs: asOfMs + 1, change: 900 };
    const poisoned = {
      ...SAMPLE_OBSERVATIONS,
      poolHistory: { isComplete: true, rows: [...later, ...(poolHistory?.rows ?? [])] },
      trades: [sale, ...(trades ?? [])],
      marketRecord: { sol: [{ atMs: asOfMs + 1, usd: 1e9 }, ...(marketRecord?.sol ?? [])], paths: [path, ...(marketRecord?.paths ?? [])] },
    };
    const nothing = Object.fromEntries(FEATURE_NAMES.map((name) => [name, null]));
    expect(lateFeatures(nothing, poisoned)).toEqual(lateFeatures(nothing, SAMPLE_OBSERVATIONS));
  });
});
