import { secretEquals } from "../../adapters/constant-time.ts";
import { settingsOf } from "../../adapters/env.ts";
import { readBounded } from "../../adapters/rpc/read-bounded.ts";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";

/** Helius states no size; its raw entries are 10-50 KB, so this holds a batch of dozens. */
export const MAX_WEBHOOK_BYTES = 1024 * 1024;
/** More entries than fit in a megabyte of real transactions: an abuse, not a batch. */
export const MAX_WEBHOOK_ENTRIES = 1_000;

const STATUS = {
  WEBHOOK_UNAUTHORIZED: 401,
  WEBHOOK_TOO_LARGE: 413,
  WEBHOOK_NOT_JSON: 400,
  WEBHOOK_NOT_ARRAY: 400,
  WEBHOOK_TOO_MANY_ENTRIES: 413,
} as const satisfies Partial<Record<ReasonCode, number>>;
type DeliveryReason = keyof typeof STATUS;

/**
 * The entries of a POST from Helius, unread. Refuses without the right Authorization header before
 * anything of the body is read, and what cannot be a delivery.
 */
export async function readDelivery(request: Request, env: Env): Promise<Result<readonly unknown[], DeliveryReason>> {
  const expected = settingsOf(env).HELIUS_WEBHOOK_AUTH;
  if (!(await secretEquals(request.headers.get("authorization"), expected))) return refuse("WEBHOOK_UNAUTHORIZED");
  const text = await readBounded(request, MAX_WEBHOOK_BYTES);
  if (text === null) return refuse("WEBHOOK_TOO_LARGE");
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return refuse("WEBHOOK_NOT_JSON");
  }
  if (!Array.isArray(body)) return refuse("WEBHOOK_NOT_ARRAY");
  return body.length > MAX_WEBHOOK_ENTRIES ? refuse("WEBHOOK_TOO_MANY_ENTRIES") : ok(body);
}

/** The answer to a delivery that was refused. */
export function deliveryProblem(reason: DeliveryReason): Response {
  const status = STATUS[reason];
  return Response.json(
    { type: "about:blank", title: REASONS[reason], status, reason },
    { status, headers: { "content-type": "application/problem+json" } },
  );
}

/** The answer to any other method. */
export function onlyPost(): Response {
  return new Response(null, { status: 405, headers: { allow: "POST" } });
}
