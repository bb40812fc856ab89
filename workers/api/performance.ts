import { createRoute, z } from "@hono/zod-openapi";
import { MAX_DAYS, readClosedTrades, readDailyEquity } from "../../adapters/d1/performance.ts";
import type { PerformanceView } from "../../domain/api/performance.ts";
import { DAY_MS, dayOf } from "../../domain/statistics/daily-equity.ts";
import { PerformanceTally } from "../../domain/statistics/performance.ts";
import { performanceView } from "../../domain/statistics/performance-view.ts";
import type { Api } from "./app.ts";
import { performance } from "./schemas/performance.ts";
import { ledgerId, problem } from "./schemas.ts";
import { defaultLedger } from "./trading-control.ts";

const DEFAULT_DAYS = 365;

const performanceRoute = createRoute({
  method: "get",
  path: "/performance",
  summary: "Figures of a ledger with their intervals, beside the benchmarks",
  request: {
    query: z.object({
      ledger: ledgerId.optional().openapi({ description: "Arm A of the mode in force by default" }),
      days: z.coerce
        .number()
        .int()
        .min(1)
        .max(MAX_DAYS)
        .default(DEFAULT_DAYS)
        .openapi({ description: "UTC days that are over, before the running one" }),
    }),
  },
  responses: {
    200: { description: "The figures", content: { "application/json": { schema: performance } } },
    default: { description: "Refused or failed", content: { "application/problem+json": { schema: problem } } },
  },
});

/** Adds `GET /performance`. */
export function addPerformanceRoutes(app: Api): void {
  app.openapi(performanceRoute, async (c) => {
    const { ledger, days } = c.req.valid("query");
    return c.json(await readPerformance(c.env.DB, ledger ?? (await defaultLedger(c.env)), days, Date.now()), 200);
  });
}

/** The figures of a ledger over the last `days` UTC days that are over and the running one. */
export async function readPerformance(db: D1Database, ledger: string, days: number, nowMs: number): Promise<PerformanceView> {
  const fromDay = dayOf(nowMs) - days;
  const [equity, { trades, isTruncated }] = await Promise.all([
    readDailyEquity(db, ledger, fromDay, nowMs),
    readClosedTrades(db, ledger, fromDay * DAY_MS),
  ]);
  const tally = new PerformanceTally();
  for (const trade of trades) tally.add(trade);
  return performanceView({ ledger, nowMs, daysAsked: days, isTruncated }, tally.performance(equity));
}
