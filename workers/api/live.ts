import { createRoute, z } from "@hono/zod-openapi";
import { listIncidents, listIntents } from "../../adapters/d1/queries.ts";
import type { ReasonCode } from "../../domain/reasons.ts";
import type { Refusal } from "../../domain/result.ts";
import { isAddress } from "../../domain/solana/address.ts";
import { liveControlOf } from "../../durable-objects/stubs.ts";
import { rehearse } from "../trader/rehearse.ts";
import type { Api } from "./app.ts";
import { AUTHOR, operatorOnly, problem, security } from "./operator-route.ts";
import { Problem } from "./problem.ts";
import { withReasons } from "./reasons.ts";
import * as schema from "./schemas.ts";

/** A request is a confirmation text or a mint. */
const MAX_BODY_BYTES = 1_024;

function answer<Body extends z.ZodType>(body: Body, description: string) {
  return { 200: { description, content: { "application/json": { schema: body } } }, default: problem };
}

const liveRoute = createRoute({
  method: "get",
  path: "/live",
  summary: "Live trading as it stands",
  responses: answer(schema.liveStatus, "Mode, wallet, trial, programs, providers, budgets, incidents"),
});
const walletRoute = createRoute({
  method: "get",
  path: "/wallet",
  summary: "The signer's wallet, its policy and budgets; never its key",
  responses: answer(schema.liveWallet, "Wallet"),
});
const preflightRoute = createRoute({
  method: "post",
  path: "/live/preflight",
  summary: "Run the checks of going live; the confirmation text is good for a minute and one use",
  security,
  responses: answer(schema.preflight, "Checks"),
});
const enableRoute = createRoute({
  method: "post",
  path: "/live/enable",
  summary: "Go live: the checks run once more, and the programs are pinned",
  security,
  request: {
    body: { content: { "application/json": { schema: z.strictObject({ confirmation: z.string().min(1).max(100) }) } }, required: true },
  },
  responses: answer(schema.liveStatus, "Live trading as it stands now"),
});
const disableRoute = createRoute({
  method: "post",
  path: "/live/disable",
  summary: "Back to paper; open live positions keep exiting live",
  security,
  responses: answer(schema.liveStatus, "Live trading as it stands now"),
});
const mint = z.string().max(44).refine(isAddress, "not an address");
const rehearseRoute = createRoute({
  method: "post",
  path: "/live/rehearse",
  summary: "One round trip of the smallest size; without a mint the engine chooses a coin",
  security,
  request: {
    body: { content: { "application/json": { schema: z.strictObject({ mint: mint.nullish() }) } }, required: true },
  },
  responses: {
    202: { description: "Begun", content: { "application/json": { schema: z.object({ positionId: z.string() }) } } },
    default: problem,
  },
});
const intentsRoute = createRoute({
  method: "get",
  path: "/intents",
  summary: "Orders of the live ledger, newest first",
  request: { query: schema.pageQuery.extend({ positionId: z.string().max(200).optional() }) },
  responses: answer(schema.reasonedPageOf(schema.intent), "Orders, newest first"),
});
const incidentsRoute = createRoute({
  method: "get",
  path: "/incidents",
  summary: "What waits for a person; with scope=all cleared ones too",
  request: { query: schema.pageQuery.extend({ scope: z.enum(["open", "all"]).default("open") }) },
  responses: answer(schema.reasonedPageOf(schema.incident), "Open ones by urgency, all of them newest first"),
});
const acknowledgeRoute = createRoute({
  method: "post",
  path: "/incidents/{id}/acknowledge",
  summary: "A person has seen an incident: it is not told again",
  security,
  request: { params: z.object({ id: z.string().min(1).max(64) }) },
  responses: answer(schema.incident, "The incident as it stands now"),
});

/** Live trading: reads for everyone who can reach the API, changes for the operator. */
export function addLiveRoutes(app: Api): void {
  for (const path of ["/live/preflight", "/live/enable", "/live/disable", "/live/rehearse", "/incidents/:id/acknowledge"]) {
    app.on(["POST"], path, operatorOnly(MAX_BODY_BYTES));
  }

  app.openapi(liveRoute, async (c) => c.json(await liveControlOf(c.env).status(), 200));
  app.openapi(walletRoute, async (c) => {
    const wallet = await liveControlOf(c.env).wallet();
    if (!wallet.ok) throw problemOf(wallet);
    const { nowMs: _, lamports, policy, budgets, address } = wallet.value;
    return c.json({ address, lamports: lamports?.toString() ?? null, policy: texts(policy), budgets: budgets.map(texts) }, 200);
  });
  app.openapi(preflightRoute, async (c) => c.json(await liveControlOf(c.env).preflight(), 200));
  app.openapi(enableRoute, async (c) => {
    const live = liveControlOf(c.env);
    const enabled = await live.enable(c.req.valid("json").confirmation, AUTHOR);
    if (!enabled.ok) throw problemOf(enabled);
    return c.json(await live.status(), 200);
  });
  app.openapi(disableRoute, async (c) => {
    const live = liveControlOf(c.env);
    await live.disable(AUTHOR);
    return c.json(await live.status(), 200);
  });
  app.openapi(rehearseRoute, async (c) => {
    const started = await rehearse(c.env, { mint: c.req.valid("json").mint ?? null });
    if (!started.ok) throw problemOf(started);
    return c.json({ positionId: started.value.positionId }, 202);
  });
  app.openapi(intentsRoute, async (c) => {
    const { positionId, ...page } = c.req.valid("query");
    return c.json(withReasons(await listIntents(c.env.DB, page, positionId)), 200);
  });
  app.openapi(incidentsRoute, async (c) => {
    const { scope, ...page } = c.req.valid("query");
    if (scope === "all") return c.json(withReasons(await listIncidents(c.env.DB, page)), 200);
    const open = await liveControlOf(c.env).incidents();
    return c.json(withReasons({ items: open.slice(0, page.limit), next: null }), 200);
  });
  app.openapi(acknowledgeRoute, async (c) => {
    const live = liveControlOf(c.env);
    const { id } = c.req.valid("param");
    const before = (await live.incidents()).find((incident) => incident.incidentId === id);
    if (before === undefined || !(await live.acknowledge(id, AUTHOR))) throw new Problem(404, "NOT_FOUND", "no such open incident");
    const after = (await live.incidents()).find((incident) => incident.incidentId === id);
    return c.json(after ?? { ...before, status: "cleared" as const, author: AUTHOR, updatedAtMs: Date.now() }, 200);
  });
}

const UNAVAILABLE: ReadonlySet<ReasonCode> = new Set<ReasonCode>(["SIGNER_UNAVAILABLE", "RPC_UNAVAILABLE", "WALLET_MISSING"]);

function problemOf({ reason, detail }: Refusal): Problem {
  return new Problem(UNAVAILABLE.has(reason) ? 503 : 409, reason, detail);
}

type Texts<T> = { [K in keyof T]: T[K] extends bigint ? string : T[K] extends bigint | null ? string | null : T[K] };

/** The same object with its amounts as decimal strings. */
function texts<T extends object>(value: T): Texts<T> {
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, typeof one === "bigint" ? one.toString() : one])) as Texts<T>;
}
