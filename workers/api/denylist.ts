import { createRoute } from "@hono/zod-openapi";
import type { ControlEvent, DenyEntry } from "../../domain/trading/control.ts";
import { recordControlEvent } from "../control/record.ts";
import type { Api } from "./app.ts";
import { AUTHOR, operatorOnly, problem, security } from "./operator-route.ts";
import { Problem } from "./problem.ts";
import * as schema from "./schemas.ts";

/** A request is a subject, a value and a reason. */
const MAX_BODY_BYTES = 4_096;

const body = { content: { "application/json": { schema: schema.denyRequest } }, required: true };

const addRoute = createRoute({
  method: "post",
  path: "/denylist",
  summary: "Put a mint, a creator or a metadata hash on the denylist",
  security,
  request: { body },
  responses: { 201: { description: "Added", content: { "application/json": { schema: schema.denyEntry } } }, default: problem },
});
const removeRoute = createRoute({
  method: "delete",
  path: "/denylist",
  summary: "Take an entry off the denylist",
  security,
  request: { body },
  responses: { 204: { description: "Removed" }, default: problem },
});

/** Denylist writes: they need the operator's token, and are refused while none is set. */
export function addDenylistRoutes(app: Api): void {
  app.on(["POST", "DELETE"], "/denylist", operatorOnly(MAX_BODY_BYTES));

  app.openapi(addRoute, async (c) => {
    const { subject, value, reason } = c.req.valid("json");
    const entry: DenyEntry = { subject, value, reason, author: AUTHOR, atMs: Date.now() };
    await record(c.env, { ...entry, type: "denylist-add", id: eventId("add", entry) });
    return c.json(entry, 201);
  });

  app.openapi(removeRoute, async (c) => {
    const { subject, value, reason } = c.req.valid("json");
    const entry: DenyEntry = { subject, value, reason, author: AUTHOR, atMs: Date.now() };
    await record(c.env, { ...entry, type: "denylist-remove", id: eventId("remove", entry) });
    return c.body(null, 204);
  });
}

async function record(env: Env, event: ControlEvent): Promise<void> {
  const recorded = await recordControlEvent(env, event, event.atMs);
  if (recorded.ok) return;
  if (recorded.reason === "NOT_FOUND") throw new Problem(404, "NOT_FOUND", recorded.detail);
  throw new Problem(recorded.reason === "UPSTREAM_FAILED" ? 503 : 409, recorded.reason, recorded.detail);
}

function eventId(action: string, { subject, value, atMs }: DenyEntry): string {
  return `api:${action}:${subject}:${value}:${atMs}`;
}
