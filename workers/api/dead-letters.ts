import { createRoute, z } from "@hono/zod-openapi";
import { desc, eq, lt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { deadLetters } from "../../adapters/d1/schema/trading.ts";
import type { Api } from "./app.ts";
import { requireOperator } from "./operator.ts";
import { Problem } from "./problem.ts";
import { PAGE_MAX, pageOf, pageQuery, problem } from "./schemas.ts";

const deadLetter = z
  .object({ id: z.string(), atMs: z.number(), queue: z.string(), messageId: z.string(), r2Key: z.string() })
  .openapi("DeadLetter");
export type DeadLetterView = z.infer<typeof deadLetter>;

const problemAnswer = { description: "Refused or failed", content: { "application/problem+json": { schema: problem } } };
const listRoute = createRoute({
  method: "get",
  path: "/dead-letters",
  summary: "Messages that failed every retry",
  request: { query: pageQuery },
  responses: {
    200: { description: "Newest first", content: { "application/json": { schema: pageOf(deadLetter) } } },
    default: problemAnswer,
  },
});
const redriveRoute = createRoute({
  method: "post",
  path: "/dead-letters/{id}/redrive",
  summary: "Put an archived message back on its queue",
  security: [{ bearer: [] }],
  request: { params: z.object({ id: z.string().min(1).max(300) }) },
  responses: { 202: { description: "Sent", content: { "application/json": { schema: deadLetter } } }, default: problemAnswer },
});

/**
 * Lists archived dead letters and puts them back on their queues. A redriven message meets the same idempotent
 * stage and the same expiry as the first one did: it never repeats finished work, and never buys late.
 */
export function addDeadLetterRoutes(app: Api): void {
  app.openapi(listRoute, async (c) => {
    const { limit, before } = c.req.valid("query");
    const rows = await drizzle(c.env.DB)
      .select()
      .from(deadLetters)
      .where(before === undefined ? undefined : lt(deadLetters.seq, before))
      .orderBy(desc(deadLetters.seq))
      .limit(Math.min(limit, PAGE_MAX) + 1);
    const shown = rows.slice(0, limit);
    const items = shown.map(({ id, atMs, queue, messageId, r2Key }) => ({ id, atMs, queue, messageId, r2Key }));
    return c.json({ items, next: rows.length > limit ? String(shown.at(-1)?.seq) : null }, 200);
  });

  app.openapi(redriveRoute, async (c) => {
    await requireOperator(c);
    const row = await drizzle(c.env.DB)
      .select()
      .from(deadLetters)
      .where(eq(deadLetters.id, c.req.valid("param").id))
      .get();
    if (row === undefined) throw new Problem(404, "NOT_FOUND");
    const queue = producerOf(c.env, row.queue);
    if (queue === null) throw new Problem(409, "REQUEST_INVALID", `this Worker does not produce for ${row.queue}`);
    const body = await c.env.BUCKET.get(row.r2Key);
    if (body === null) throw new Problem(404, "NOT_FOUND", `${row.r2Key} is gone from the archive`);
    await queue.send(await body.json());
    const { id, atMs, queue: name, messageId, r2Key } = row;
    return c.json({ id, atMs, queue: name, messageId, r2Key }, 202);
  });
}

function producerOf(env: Env, queue: string): Queue | null {
  const producers: Readonly<Record<string, Queue>> = {
    "sniper-discoveries": env.DISCOVERIES,
    "sniper-analyses": env.ANALYSES,
    "sniper-signals": env.SIGNALS,
    "sniper-trade-events": env.TRADE_EVENTS,
    "sniper-training": env.TRAINING,
    "sniper-proposals": env.PROPOSALS,
  };
  return producers[queue] ?? null;
}
