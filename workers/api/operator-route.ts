import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { requireOperator } from "./operator.ts";
import { Problem } from "./problem.ts";
import * as schema from "./schemas.ts";

/** Who changes things through the API, as the journal keeps it. */
export const AUTHOR = "operator";

/** A route's answer other than success, for its description. */
export const problem = { description: "Refused or failed", content: { "application/problem+json": { schema: schema.problem } } };

/** What a route that changes anything asks for, for its description. */
export const security = [{ bearer: [] }];

/** Ahead of the routes, so that nothing of an unauthorised request is read or judged. Larger bodies are cut off at `maxBytes`. */
export function operatorOnly(maxBytes: number): MiddlewareHandler<{ Bindings: Env }> {
  const limit = bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new Problem(413, "REQUEST_INVALID", `more than ${maxBytes} bytes`);
    },
  });
  return async (c: Context<{ Bindings: Env }>, next) => {
    await requireOperator(c);
    return limit(c, next);
  };
}
