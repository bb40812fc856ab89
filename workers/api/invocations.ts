import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { findModel } from "../../adapters/r2/find-model.ts";
import { answerInvocations, MAX_INVOCATION_BYTES, readInvocations } from "../../domain/learning/invocations.ts";
import type { ReasonCode } from "../../domain/reasons.ts";
import type { Api } from "./app.ts";
import { Problem } from "./problem.ts";
import * as schema from "./schemas/invocations.ts";
import * as common from "./schemas.ts";

const limitBody = bodyLimit({
  maxSize: MAX_INVOCATION_BYTES,
  onError: () => {
    throw new Problem(413, "REQUEST_INVALID", `more than ${MAX_INVOCATION_BYTES} bytes`);
  },
});

const name = z.string().min(1).max(80).openapi({ example: "entry-win" });
const version = z.string().min(1).max(80).openapi({ example: "gbdt-0123456789ab" });
const byName = z.object({ name });
const byVersion = z.object({ name, version });

function invocationRoute<Path extends string, Params extends z.ZodObject>(path: Path, summary: string, params: Params) {
  return createRoute({
    method: "post",
    path,
    summary,
    description: "Any number of requests changes nothing. A batch is answered whole or refused whole.",
    request: { params, body: { content: { "application/json": { schema: schema.invocationRequest } }, required: true } },
    responses: {
      200: { description: "One prediction per row", content: { "application/json": { schema: schema.invocationResponse } } },
      default: { description: "Refused or failed", content: { "application/problem+json": { schema: common.problem } } },
    },
  });
}

const championRoute = invocationRoute("/models/{name}/invocations", "Predictions of the champion, or of the bootstrap model", byName);
const versionRoute = invocationRoute("/models/{name}/versions/{version}/invocations", "Predictions of one registered version", byVersion);

/**
 * Batches of predictions, as MLflow's scoring servers answer them. The routes are described by schemas and read
 * by hand: see `readInvocations`.
 */
export function addInvocationRoutes(app: Api): void {
  for (const route of [championRoute, versionRoute]) {
    app.openAPIRegistry.registerPath(route);
    app.post(route.getRoutingPath(), limitBody, async (c) => {
      const params = byVersion.partial({ version: true }).safeParse(c.req.param());
      if (!params.success) throw new Problem(404, "NOT_FOUND");
      return invoke(c, params.data.name, params.data.version ?? null);
    });
  }
}

async function invoke(c: Context<{ Bindings: Env }>, name: string, version: string | null): Promise<Response> {
  if (!/^application\/json\s*(;|$)/i.test(c.req.header("Content-Type") ?? ""))
    throw new Problem(415, "REQUEST_INVALID", "application/json");
  const found = await findModel(c.env, name, version, Date.now());
  if (!found.ok) throw problemOf(found.reason, found.detail);
  const { model, role } = found.value;
  const rows = readInvocations(await readJson(c), model);
  if (!rows.ok) throw problemOf(rows.reason, rows.detail);
  const predictions = answerInvocations(model, rows.value);
  if (!predictions.ok) throw problemOf(predictions.reason, predictions.detail);
  const { version: served, featureSetVersion } = model;
  return c.json({ name: model.name, version: served, featureSetVersion, role, predictions: predictions.value }, 200);
}

async function readJson(c: Context): Promise<unknown> {
  const text = await c.req.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, "REQUEST_INVALID", "the body is no JSON");
  }
}

const STATUS: Readonly<Partial<Record<ReasonCode, 400 | 404 | 413>>> = {
  REQUEST_INVALID: 400,
  MODEL_COLUMN_UNKNOWN: 400,
  MODEL_COLUMN_MISSING: 400,
  MODEL_VALUE_INVALID: 400,
  MODEL_ROWS_TOO_MANY: 413,
  NOT_FOUND: 404,
};

/** What is wrong with the model is not the caller's fault, and may pass. */
function problemOf(reason: ReasonCode, detail: string | undefined): Problem {
  return new Problem(STATUS[reason] ?? 503, reason, detail);
}
