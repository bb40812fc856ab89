import { gapFillerOf } from "../../durable-objects/stubs.ts";
import { advance } from "../pipeline/advance.ts";
import { acceptTransactions } from "./accept.ts";
import { deliveryProblem, onlyPost, readDelivery } from "./read-delivery.ts";

/**
 * `POST /webhooks/helius`: a JSON array of raw transactions. 401 without the right Authorization
 * header, 413/400 for what cannot be a delivery; 200 only after the inboxes hold it, so that Helius
 * retries everything else. Unreadable entries inside a good array are reported, not fatal.
 */
export async function receiveHeliusWebhook(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const receivedAtMs = Date.now();
  if (request.method !== "POST") return onlyPost();
  const delivery = await readDelivery(request, env);
  if (!delivery.ok) return deliveryProblem(delivery.reason);

  const replayNowMs = replayTime(request, env);
  const acceptance = await acceptTransactions(
    env,
    delivery.value,
    replayNowMs === null ? "webhook" : "replay",
    replayNowMs ?? receivedAtMs,
  );
  if (replayNowMs !== null) {
    const decisions = await Promise.all(acceptance.fresh.map((key) => advance(env, key, () => replayNowMs)));
    return Response.json({ decisions: decisions.flat(), rejections: acceptance.rejections });
  }
  for (const key of acceptance.fresh)
    ctx.waitUntil(advance(env, key, Date.now).catch((error) => console.warn("fast lane: the queue follows up:", String(error))));
  if (acceptance.seen.length > 0)
    ctx.waitUntil(
      gapFillerOf(env)
        .onWebhook(acceptance.seen, receivedAtMs)
        .catch((error) => console.warn("webhook: the gap filler did not hear of it:", String(error))),
    );
  return Response.json({ accepted: acceptance.fresh.length, duplicates: acceptance.duplicates, rejections: acceptance.rejections });
}

/** The recorded time a replay runs at; null outside the throw-away replay instance. */
function replayTime(request: Request, env: Env): number | null {
  if ((env.REPLAY_CLOCK as string) !== "on") return null;
  const nowMs = Number(request.headers.get("x-replay-now-ms") ?? Number.NaN);
  return Number.isSafeInteger(nowMs) && nowMs > 0 ? nowMs : Date.now();
}
