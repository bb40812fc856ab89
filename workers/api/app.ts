import { OpenAPIHono } from "@hono/zod-openapi";
import { ensureSchema } from "../../adapters/d1/migrate.ts";
import { liveFeedOf } from "../../durable-objects/stubs.ts";
import { addDeadLetterRoutes } from "./dead-letters.ts";
import { addDenylistRoutes } from "./denylist.ts";
import { addInvocationRoutes } from "./invocations.ts";
import { addJournalRoutes } from "./journal.ts";
import { addListRoutes } from "./lists.ts";
import { addLiveRoutes } from "./live.ts";
import { addPerformanceRoutes } from "./performance.ts";
import { handleError, Problem } from "./problem.ts";
import { addRescoreRoutes } from "./rescore.ts";
import { addRiskRoutes } from "./risk.ts";
import { addStateRoutes } from "./state.ts";

export type Api = OpenAPIHono<{ Bindings: Env }>;

const BASE_PATH = "/api/v1";
const HEADERS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
};

/** The HTTP API: reads for everyone who can reach it, changes for the operator. */
export function createApi(): Api {
  const app: Api = new OpenAPIHono<{ Bindings: Env }>({
    defaultHook: (result) => {
      if (result.success) return;
      const [issue] = result.error.issues;
      throw new Problem(400, "REQUEST_INVALID", `${result.target} ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
    },
  }).basePath(BASE_PATH) as Api;

  // Before any middleware: one that touches the headers would drop the upgraded socket.
  app.get("/ws", (c) => {
    if (!isOwnOrigin(c.req.raw)) throw new Problem(403, "REQUEST_INVALID", "foreign origin");
    return liveFeedOf(c.env).fetch(c.req.raw);
  });

  app.use(async (c, next) => {
    // Without a database the routes that need it fail by themselves, and health says so.
    await ensureSchema(c.env.DB).catch((error: unknown) => console.error("api: no database", String(error)));
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
  });
  app.onError(handleError);
  app.notFound((c) => handleError(new Problem(404, "NOT_FOUND"), c));

  addStateRoutes(app);
  addListRoutes(app);
  addDenylistRoutes(app);
  addDeadLetterRoutes(app);
  addLiveRoutes(app);
  addJournalRoutes(app);
  addRiskRoutes(app);
  addPerformanceRoutes(app);
  addInvocationRoutes(app);
  addRescoreRoutes(app);
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  app.doc31("/openapi.json", { openapi: "3.1.0", info: { title: "Solana memecoin sniper", version: "1" } });
  return app;
}

/** Whether the page that opens the socket is ours: browsers let any page open sockets, with its visitor's cookies. */
function isOwnOrigin(request: Request): boolean {
  const origin = request.headers.get("Origin");
  if (origin === null) return true;
  if (!URL.canParse(origin)) return false;
  const [page, own] = [new URL(origin), new URL(request.url)];
  return page.host === own.host || (isLoopback(page.hostname) && isLoopback(own.hostname));
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
}
