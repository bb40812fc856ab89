import { createRoute, z } from "@hono/zod-openapi";
import { countReasons } from "../../adapters/d1/aggregates.ts";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";
import { journalOf } from "../../durable-objects/stubs.ts";
import type { Api } from "./app.ts";
import { readHealth } from "./health.ts";
import * as schema from "./schemas.ts";
import { readStatus } from "./status.ts";

const DAY_MS = 86_400_000;
const MAX_REASONS = 200;

function get<Path extends string, Body extends z.ZodType, Query extends z.ZodObject>(
  path: Path,
  summary: string,
  body: Body,
  query?: Query,
) {
  return createRoute({
    method: "get",
    path,
    summary,
    ...(query === undefined ? {} : { request: { query } }),
    responses: {
      200: { description: summary, content: { "application/json": { schema: body } } },
      default: { description: "Refused or failed", content: { "application/problem+json": { schema: schema.problem } } },
    },
  });
}

const reasonsQuery = z.object({
  sinceMs: z.coerce.number().int().min(0).optional().openapi({ description: "Start; 24 hours ago by default" }),
});

const reasonsRoute = createRoute({
  method: "get",
  path: "/decisions/reasons",
  summary: "How often each reason was given",
  request: { query: reasonsQuery },
  responses: { 200: { description: "Counts", content: { "application/json": { schema: schema.reasonCounts } } } },
});

const allReasons = z.object({ items: z.array(z.object({ code: schema.reasonCode, text: z.string() })).readonly() });

/** Health, status, reasons and journal head. */
export function addStateRoutes(app: Api): void {
  app.openapi(get("/health", "Whether the parts answer", schema.health), async (c) => c.json(await readHealth(c.env, Date.now()), 200));
  app.openapi(get("/status", "The state of the engine", schema.status), async (c) => c.json(await readStatus(c.env, Date.now()), 200));
  app.openapi(get("/journal/head", "The end of the journal", schema.journalHead), async (c) => {
    const { seq, hash, executorSeq, archivedSeq } = await journalOf(c.env).head();
    return c.json({ seq, hash, executorSeq, archivedSeq }, 200);
  });
  app.openapi(get("/reasons", "Every reason code with its text", allReasons), (c) => {
    const items = Object.entries(REASONS).map(([code, text]) => ({ code: code as ReasonCode, text }));
    return c.json({ items }, 200);
  });
  app.openapi(reasonsRoute, async (c) => {
    const sinceMs = c.req.valid("query").sinceMs ?? Date.now() - DAY_MS;
    const counts = await countReasons(c.env.DB, sinceMs, MAX_REASONS);
    const texts: Readonly<Record<string, string>> = REASONS;
    return c.json({ sinceMs, items: counts.map(({ code, count }) => ({ code, count, text: texts[code] ?? code })) }, 200);
  });
}
