import { createRoute, z } from "@hono/zod-openapi";
import type { Refusal } from "../../domain/result.ts";
import { portfolioOf } from "../../durable-objects/stubs.ts";
import type { Api } from "./app.ts";
import { AUTHOR, operatorOnly, problem, security } from "./operator-route.ts";
import { Problem } from "./problem.ts";
import { withReasons } from "./reasons.ts";
import * as schema from "./schemas.ts";
import { changeState, closeAll, closePosition, defaultLedger, liftLocks, listLocks, setLocks } from "./trading-control.ts";

/** A request is a state or a lock with a sentence. */
const MAX_BODY_BYTES = 2_048;

function json<Body extends z.ZodType>(body: Body) {
  return { "application/json": { schema: body } };
}
const ledgerQuery = z.object({ ledger: schema.ledgerId.optional() });
const lockList = schema.reasonedPageOf(schema.ledgerLock);

const riskRoute = createRoute({
  method: "get",
  path: "/risk",
  summary: "The risk engine of one ledger: trading state, limits and how much of each is used, locks",
  request: { query: ledgerQuery.openapi({ description: "Arm A of the mode in force by default" }) },
  responses: { 200: { description: "Risk engine", content: json(schema.riskView) }, default: problem },
});
const stateRoute = createRoute({
  method: "post",
  path: "/state",
  summary: "Set a ledger's trading state; exits go on in every state",
  security,
  request: { body: { content: json(schema.stateRequest), required: true } },
  responses: {
    200: { description: "The risk engine as it stands now", content: json(schema.riskView) },
    202: { description: "Set; an entry that was under way has not answered yet and is being cancelled", content: json(schema.riskView) },
    default: problem,
  },
});
const locksRoute = createRoute({
  method: "get",
  path: "/locks",
  summary: "Locks in force, newest first; of every open ledger unless one is named",
  request: { query: ledgerQuery },
  responses: { 200: { description: "Locks", content: json(lockList) }, default: problem },
});
const lockRoute = createRoute({
  method: "post",
  path: "/locks",
  summary: "Stop entries for a mint, a creator or everything; exits go on",
  security,
  request: { body: { content: json(schema.lockRequest), required: true } },
  responses: { 201: { description: "One lock per ledger", content: json(lockList) }, default: problem },
});
const unlockRoute = createRoute({
  method: "delete",
  path: "/locks/{id}",
  summary: "Lift a lock before its time",
  security,
  request: { params: z.object({ id: z.string().min(1).max(100) }) },
  responses: { 204: { description: "Lifted" }, default: problem },
});
const closeRoute = createRoute({
  method: "post",
  path: "/positions/{id}/close",
  summary: "Sell one position now, or give up its entry",
  security,
  request: { params: z.object({ id: z.string().min(1).max(200) }) },
  responses: { 202: { description: "Asked", content: json(z.object({ ledger: z.string() })) }, default: problem },
});
const closeAllRoute = createRoute({
  method: "post",
  path: "/positions/close",
  summary: "Sell everything that a ledger holds now",
  security,
  request: { body: { content: json(z.strictObject({ ledger: schema.ledgerId })), required: true } },
  responses: { 202: { description: "Asked", content: json(z.object({ positions: z.number() })) }, default: problem },
});

/** Trading state, limits, locks and sales by hand: reads for everyone who can reach the API, changes for the operator. */
export function addRiskRoutes(app: Api): void {
  for (const path of ["/state", "/locks", "/locks/:id", "/positions/close", "/positions/:id/close"]) {
    app.on(["POST", "DELETE"], path, operatorOnly(MAX_BODY_BYTES));
  }

  app.openapi(riskRoute, async (c) => {
    const ledger = c.req.valid("query").ledger ?? (await defaultLedger(c.env));
    const risk = await portfolioOf(c.env, ledger).risk();
    if (risk === null) throw new Problem(404, "NOT_FOUND", `the books of ${ledger} are not open`);
    return c.json(risk, 200);
  });
  app.openapi(stateRoute, async (c) => {
    const { note, ...wanted } = c.req.valid("json");
    const changed = await changeState(c.env, { ...wanted, note: note || null }, AUTHOR);
    if (!changed.ok) throw problemOf(changed);
    return c.json(changed.value.risk, changed.value.isSettled ? 200 : 202);
  });
  app.openapi(locksRoute, async (c) => {
    return c.json(withReasons({ items: await listLocks(c.env, c.req.valid("query").ledger ?? null, Date.now()), next: null }), 200);
  });
  app.openapi(lockRoute, async (c) => {
    const { ledger, scope, value, untilMs, durationMs, reason } = c.req.valid("json");
    const nowMs = Date.now();
    const until = durationMs == null ? (untilMs ?? null) : nowMs + durationMs;
    const order = { ledger: ledger ?? null, scope, value: value ?? null, untilMs: until, reason };
    const set = await setLocks(c.env, order, AUTHOR, nowMs);
    if (!set.ok) throw problemOf(set);
    return c.json(withReasons({ items: set.value, next: null }), 201);
  });
  app.openapi(unlockRoute, async (c) => {
    const lifted = await liftLocks(c.env, c.req.valid("param").id, AUTHOR, Date.now());
    if (lifted.length === 0) throw new Problem(404, "NOT_FOUND", "no such lock in force");
    return c.body(null, 204);
  });
  app.openapi(closeRoute, async (c) => {
    const ledger = await closePosition(c.env, c.req.valid("param").id, Date.now());
    if (ledger === null) throw new Problem(404, "NOT_FOUND", "no ledger holds this position");
    return c.json({ ledger }, 202);
  });
  app.openapi(closeAllRoute, async (c) => {
    return c.json({ positions: await closeAll(c.env, c.req.valid("json").ledger, AUTHOR) }, 202);
  });
}

function problemOf({ reason, detail }: Refusal): Problem {
  const status = reason === "NOT_FOUND" ? 404 : reason === "REQUEST_INVALID" ? 400 : 409;
  return new Problem(status, reason, detail);
}
