import { createRoute, z } from "@hono/zod-openapi";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { parameterSets } from "../../adapters/d1/schema/trading.ts";
import { loadControl, profileOf } from "../../adapters/r2/control-log.ts";
import { findObservations } from "../../adapters/r2/observation-store.ts";
import { builtinParameterSet } from "../../domain/trading/parameter-set.ts";
import type { ParameterSet } from "../../domain/trading/parameters.ts";
import type { Api } from "./app.ts";
import { requireOperator } from "./operator.ts";
import { problem, security } from "./operator-route.ts";
import { Problem } from "./problem.ts";

const parameterSet = z
  .object({
    version: z.string(),
    name: z.string(),
    parent: z.string().nullable(),
    author: z.string(),
    createdAtMs: z.number(),
    parameters: z.record(z.string(), z.number()),
  })
  .openapi("ParameterSet");

const parametersRoute = createRoute({
  method: "get",
  path: "/parameters/{version}",
  summary: "The values of one parameter set",
  request: { params: z.object({ version: z.string().min(1).max(100) }) },
  responses: { 200: { description: "As stored", content: { "application/json": { schema: parameterSet } } }, default: problem },
});
const observationsRoute = createRoute({
  method: "get",
  path: "/observations/{mint}",
  summary: "What the newest judgement of a coin up to a moment was made from, posts included",
  security,
  request: {
    params: z.object({ mint: z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/) }),
    query: z.object({ untilMs: z.coerce.number().int().min(0).optional() }),
  },
  responses: {
    200: {
      description: "The stored record and the stored posts",
      content: { "application/json": { schema: z.object({ record: z.unknown(), posts: z.unknown() }) } },
    },
    default: problem,
  },
});

/** What scoring a record once more needs: the values of its parameters, and what was observed. */
export function addRescoreRoutes(app: Api): void {
  app.openapi(parametersRoute, async (c) => {
    const { version } = c.req.valid("param");
    const row = await drizzle(c.env.DB).select().from(parameterSets).where(eq(parameterSets.version, version)).get();
    const set = row === undefined ? await setInForce(c.env, version) : (JSON.parse(row.parametersJson) as ParameterSet);
    if (set === undefined) throw new Problem(404, "NOT_FOUND", version);
    return c.json(set, 200);
  });
  // The posts are other people's words, kept for the operator's own use.
  app.openapi(observationsRoute, async (c) => {
    await requireOperator(c);
    const found = await findObservations(c.env.BUCKET, c.req.valid("param").mint, c.req.valid("query").untilMs ?? Date.now());
    if (found === null) throw new Problem(404, "NOT_FOUND");
    return c.body(found, 200, { "Content-Type": "application/json" }) as never;
  });
}

/** A set that D1 does not have yet, or never gets: the built-in one is in no journal entry until it is retired. */
async function setInForce(env: Env, version: string): Promise<ParameterSet | undefined> {
  const { active, experiment } = await loadControl(env, Date.now());
  const sets = [active, experiment?.champion, experiment?.challenger, builtinParameterSet(profileOf(env))];
  return sets.find((set) => set?.version === version);
}
