import type { Context } from "hono";
import { secretEquals } from "../../adapters/constant-time.ts";
import { settingsOf } from "../../adapters/env.ts";
import { Problem } from "./problem.ts";

/** Throws 401 unless the request carries the operator's token; always while none is set. */
export async function requireOperator(c: Context<{ Bindings: Env }>): Promise<void> {
  const presented = /^Bearer (.+)$/.exec(c.req.header("Authorization") ?? "")?.[1];
  if (!(await secretEquals(presented, settingsOf(c.env).OPERATOR_TOKEN))) throw new Problem(401, "OPERATOR_UNAUTHORIZED");
}
