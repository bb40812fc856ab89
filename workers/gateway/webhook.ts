import { secretEquals } from "../../adapters/constant-time.ts";
import { settingsOf } from "../../adapters/env.ts";
import { readBounded } from "../../adapters/rpc/read-bounded.ts";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";
import { advance } from "../pipeline/advance.ts";
import { acceptTransactions } from "./accept.ts";

/** Helius states no size; its raw entries are 10-50 KB, so this holds a batch of dozens. */
export const MAX_WEBHOOK_BYTES = 1024 * 1024;
/** More entries than fit in a megabyte of real transactions: an abuse, not a batch. */
export const MAX_WEBHOOK_ENTRIES = 1_000;

/**
 * `POST /webhooks/helius`: a JSON array of raw transactions. 401 without the right Authorization
 * header, 413/400 for what cannot be a delivery; 200 only after the inboxes hold it, so that Helius
 * retries everything else. Unreadable entries inside a good array are reported, not fatal.
 */
export async function receiveHeliusWebhook(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const receivedAtMs = Date.now();
  if (request.method !== "POST") return new Response(null, { status: 405, headers: { allow: "POST" } });
  const expected = settingsOf(env).HELIUS_WEBHOOK_AUTH;
  if (!(await secretEquals(request.headers.get("authorization"), expected))) return problem(401, "WEBHOOK_UNAUTHORIZED");
  const text = await readBounded(request, MAX_WEBHOOK_BYTES);
  if (text === null) return problem(413, "WEBHOOK_TOO_LARGE");
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return problem(400, "WEBHOOK_NOT_JSON");
  }
  if (!Array.isArray(body)) return problem(400, "WEBHOOK_NOT_ARRAY");
  if (body.length > MAX_WEBHOOK_ENTRIES) return problem(413, "WEBHOOK_TOO_MANY_ENTRIES");

  const replayNowMs = replayTime(request, env);
  const acceptance = await acceptTransactions(env, body, replayNowMs === null ? "webhook" : "replay", replayNowMs ?? receivedAtMs);
  if (replayNowMs !== null) {
    const decisions = await Promise.all(acceptance.fresh.map((key) => advance(env, key, () => replayNowMs)));
    return Response.json({ decisions: decisions.flat(), rejections: acceptance.rejections });
  }
  for (const key of acceptance.fresh)
    ctx.waitUntil(advance(env, key, Date.now).catch((error) => console.warn("fast lane: the queue follows up:", String(error))));
  return Response.json({ accepted: acceptance.fresh.length, duplicates: acceptance.duplicates, rejections: acceptance.rejections });
}

/** The recorded time a replay runs at; null outside the throw-away replay instance. */
function replayTime(request: Request, env: Env): number | null {
  if ((env.REPLAY_CLOCK as string) !== "on") return null;
  const nowMs = Number(request.headers.get("x-replay-now-ms") ?? Number.NaN);
  return Number.isSafeInteger(nowMs) && nowMs > 0 ? nowMs : Date.now();
}

function problem(status: number, reason: ReasonCode): Response {
  return Response.json(
    { type: "about:blank", title: REASONS[reason], status, reason },
    { status, headers: { "content-type": "application/problem+json" } },
  );
}
