import { createRoute, z } from "@hono/zod-openapi";
import { equityCurve } from "../../adapters/d1/aggregates.ts";
import {
  listDecisions,
  listDenylist,
  listExperiments,
  listModels,
  listPositions,
  listRuns,
  listStudies,
  listTrades,
  type PageRequest,
} from "../../adapters/d1/queries.ts";
import type { Api } from "./app.ts";
import { withReasons } from "./reasons.ts";
import * as schema from "./schemas.ts";

/** A longer curve costs the database a read per recorded point, twice, at every poll. */
const EQUITY_DEFAULT_MS = 7 * 86_400_000;

function pageRoute<Path extends string, Item extends z.ZodType, Query extends z.ZodObject>(
  path: Path,
  summary: string,
  item: Item,
  query: Query,
) {
  return createRoute({
    method: "get",
    path,
    summary,
    request: { query },
    responses: {
      200: { description: `${summary}, newest first`, content: { "application/json": { schema: schema.reasonedPageOf(item) } } },
      default: { description: "Refused or failed", content: { "application/problem+json": { schema: schema.problem } } },
    },
  });
}

const ledger = z.string().max(20).optional();

const decisionsRoute = pageRoute(
  "/decisions",
  "Decisions",
  schema.decision,
  schema.pageQuery.extend({
    outcome: z.enum(["BUY", "WATCH", "DECLINE"]).optional(),
    stage: z.enum(["discover", "analyze", "trade"]).optional(),
    mint: z.string().max(44).optional(),
    reason: schema.reasonCode.optional(),
  }),
);
const positionsRoute = pageRoute(
  "/positions",
  "Positions",
  schema.position,
  schema.pageQuery.extend({ scope: z.enum(["open", "all"]).default("open") }),
);
const tradesRoute = pageRoute("/trades", "Closed trades", schema.trade, schema.pageQuery.extend({ ledger }));
const equityRoute = pageRoute(
  "/equity",
  "Equity curve",
  schema.equityPoint,
  z.object({
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(schema.PAGE_MAX)
      .default(schema.PAGE_MAX)
      .openapi({ description: "Points per ledger; a longer curve is thinned, so there is no second page" }),
    sinceMs: z.coerce.number().int().min(0).optional().openapi({ description: "Start; 7 days ago by default" }),
    ledger,
  }),
);
const modelsRoute = pageRoute("/models", "Model versions", schema.model, schema.pageQuery);
const experimentsRoute = pageRoute("/experiments", "Experiments", schema.experiment, schema.pageQuery);
const studiesRoute = pageRoute("/studies", "Parameter searches", schema.study, schema.pageQuery);
const runsRoute = pageRoute("/runs", "Learning runs", schema.run, schema.pageQuery);
const denylistRoute = pageRoute("/denylist", "Denylist", schema.denyEntry, schema.pageQuery);

/** The lists, each a page of what D1 indexes. */
export function addListRoutes(app: Api): void {
  app.openapi(decisionsRoute, async (c) => {
    const { outcome, stage, mint, reason, ...page } = c.req.valid("query");
    return c.json(withReasons(await listDecisions(c.env.DB, page, { outcome, stage, mint, reason })), 200);
  });
  app.openapi(positionsRoute, async (c) => {
    const { scope, ...page } = c.req.valid("query");
    return c.json(withReasons(await listPositions(c.env.DB, page, scope)), 200);
  });
  app.openapi(tradesRoute, async (c) => {
    const { ledger: name, ...page } = c.req.valid("query");
    return c.json(withReasons(await listTrades(c.env.DB, page, name)), 200);
  });
  app.openapi(equityRoute, async (c) => {
    const { limit, sinceMs, ledger: name } = c.req.valid("query");
    return c.json(
      withReasons({ items: await equityCurve(c.env.DB, sinceMs ?? Date.now() - EQUITY_DEFAULT_MS, limit, name), next: null }),
      200,
    );
  });
  app.openapi(modelsRoute, async (c) => c.json(withReasons(await listModels(c.env.DB, c.req.valid("query") satisfies PageRequest)), 200));
  app.openapi(experimentsRoute, async (c) => c.json(withReasons(await listExperiments(c.env.DB, c.req.valid("query"))), 200));
  app.openapi(studiesRoute, async (c) => c.json(withReasons(await listStudies(c.env.DB, c.req.valid("query"))), 200));
  app.openapi(runsRoute, async (c) => c.json(withReasons(await listRuns(c.env.DB, c.req.valid("query"))), 200));
  app.openapi(denylistRoute, async (c) => c.json(withReasons(await listDenylist(c.env.DB, c.req.valid("query"))), 200));
}
