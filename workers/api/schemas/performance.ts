import { z } from "@hono/zod-openapi";
import type { PerformanceView } from "../../../domain/api/performance.ts";
import { lamports, list, unixMs } from "./base.ts";

const figure = z.number().nullable();
const bounds = z
  .object({ low: figure, high: figure })
  .openapi("Interval", { description: "95 % interval; a side without a bound is null" });
const interval = bounds.nullable();
const date = z.string().openapi({ description: "UTC date", example: "2026-11-21" });

const benchmark = z.object({
  name: z.enum(["win-rate", "sharpe", "max-drawdown"]),
  relation: z.enum(["at-least", "above", "below"]),
  limit: z.number(),
  aimedUpTo: figure,
  counts: z.enum(["trades", "days"]),
  needed: z.number().openapi({ description: "How many it takes before a good value is believed" }),
  value: figure,
  interval,
  counted: z.number(),
  verdict: z.enum(["met", "not-met", "too-few-data"]),
  isCertain: z.boolean().openapi({ description: "Whether the whole interval says the same as the value" }),
});

const period = {
  equityLamports: lamports,
  flowLamports: lamports,
  pnlLamports: lamports,
  periodReturn: figure,
  trades: z.number(),
  isOver: z.boolean(),
};

const extremeDay = z.object({ date, periodReturn: z.number(), pnlLamports: lamports }).nullable();

export const performance = z
  .object({
    ledger: z.string(),
    nowMs: unixMs,
    fromDate: date.nullable(),
    daysAsked: z.number(),
    completeDays: z.number().openapi({ description: "UTC days that are over; the ratios of daily returns rest on them" }),
    isTruncated: z.boolean().openapi({ description: "Whether the period has more trades than are counted" }),
    equity: z
      .object({
        baseLamports: lamports,
        equityLamports: lamports,
        flowLamports: lamports,
        pnlLamports: lamports,
        totalReturn: figure.openapi({ description: "Time-weighted: deposits and withdrawals are no return" }),
      })
      .nullable(),
    trades: z.object({
      count: z.number(),
      wins: z.number(),
      losses: z.number(),
      winRate: figure,
      winRateInterval: interval,
      pnlLamports: lamports,
      grossProfitLamports: lamports,
      grossLossLamports: lamports,
      profitFactor: figure.openapi({ description: "Null without a loss" }),
      profitFactorInterval: interval,
      expectancyLamports: lamports.nullable(),
      expectancyInterval: z.object({ low: lamports, high: lamports }).nullable(),
      expectancyR: figure.openapi({ description: "In units of what was risked: cost times stop distance" }),
      tradesWithRisk: z.number(),
      systemQuality: figure,
      perDay: figure,
      averageHoldMs: figure,
      longestWinStreak: z.number(),
      longestLossStreak: z.number(),
      currentStreak: z.number(),
    }),
    returns: z.object({
      mean: figure,
      meanInterval: interval,
      sharpe: figure.openapi({ description: "Daily equity returns, sample deviation, times the root of 365" }),
      sharpeInterval: interval,
      sortino: figure,
      sortinoInterval: interval,
      annualGrowth: figure,
      calmar: figure,
      best: extremeDay,
      worst: extremeDay,
    }),
    drawdown: z
      .object({
        max: z.number(),
        maxInterval: interval,
        peakDate: date.nullable(),
        troughAtMs: unixMs.nullable(),
        recoveredDate: date.nullable(),
        longestUnderwaterDays: z.number(),
        underwaterDays: z.number(),
        current: z.number(),
      })
      .nullable(),
    benchmarks: list(benchmark),
    days: list(z.object({ date, drawdown: figure, ...period })),
    months: list(z.object({ month: z.string(), days: z.number(), ...period })),
  })
  .openapi("Performance");

/** Compile-time proof that the schema describes exactly its type. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;
type Proven<Proofs extends readonly true[]> = Proofs;
export type SchemaMatchesType = Proven<
  [Same<z.infer<typeof performance>, PerformanceView>, Same<keyof z.infer<typeof performance>, keyof PerformanceView>]
>;
