import { parseTransaction } from "../../domain/solana/transaction.ts";
import type { Address } from "../../domain/units.ts";
import { marketWatchOf } from "../../durable-objects/stubs.ts";
import { deliveryProblem, onlyPost, readDelivery } from "./read-delivery.ts";

/**
 * `POST /webhooks/helius/watch`: a JSON array of raw transactions that touched watched pools or their
 * creators. Refuses as the webhook of graduations does. A push is a hint and no more: the market watch
 * learns which accounts were named and reads the chain itself, so that nothing here is worth a retry;
 * entries that cannot be read are counted and left out.
 */
export async function receiveWatchWebhook(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  if (request.method !== "POST") return onlyPost();
  const delivery = await readDelivery(request, env);
  if (!delivery.ok) return deliveryProblem(delivery.reason);
  const touched: Array<readonly Address[]> = [];
  for (const entry of delivery.value) {
    const parsed = parseTransaction(entry);
    if (parsed.ok) touched.push(parsed.value.accountKeys);
  }
  if (touched.length > 0)
    ctx.waitUntil(
      marketWatchOf(env)
        .onPush(touched)
        .catch((error: unknown) => console.warn("push not taken, the pools are polled:", String(error))),
    );
  return Response.json({ hints: touched.length, unreadable: delivery.value.length - touched.length });
}
