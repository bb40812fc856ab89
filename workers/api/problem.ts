import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";

type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 426 | 500 | 503;

/** An answer other than success; thrown by routes, written by the app's error handler. */
export class Problem extends Error {
  readonly status: ErrorStatus;
  readonly reason: ReasonCode;
  readonly detail: string | undefined;

  constructor(status: ErrorStatus, reason: ReasonCode, detail?: string) {
    super(reason);
    this.name = "Problem";
    this.status = status;
    this.reason = reason;
    this.detail = detail;
  }
}

/** RFC 9457 problem details; `title` is the reason's text, `reason` its stable code. */
export function problemResponse(c: Context, { status, reason, detail }: Pick<Problem, "status" | "reason" | "detail">): Response {
  const headers: Record<string, string> = { "Content-Type": "application/problem+json" };
  if (status === 401) headers["WWW-Authenticate"] = "Bearer";
  const body = { type: "about:blank", title: REASONS[reason], status, ...(detail === undefined ? {} : { detail }), reason };
  return c.body(JSON.stringify(body), status, headers);
}

/** Answers for whatever a route threw. Nothing of an unexpected error reaches the caller. */
export function handleError(error: Error, c: Context): Response {
  if (error instanceof Problem) return problemResponse(c, error);
  // Hono's own, for a body that is not what its Content-Type says.
  if (error instanceof HTTPException && error.status === 400) {
    return problemResponse(c, { status: 400, reason: "REQUEST_INVALID", detail: error.message });
  }
  const cause = error.cause instanceof Error ? error.cause.message : "";
  console.error("api", c.req.method, c.req.path, error.name, cause || error.message);
  const isDatabase = `${error.message} ${cause}`.includes("D1_ERROR");
  return problemResponse(c, {
    status: isDatabase ? 503 : 500,
    reason: isDatabase ? "UPSTREAM_FAILED" : "INTERNAL_ERROR",
    detail: undefined,
  });
}
