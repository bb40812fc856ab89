import type { Health } from "../../domain/api/types.ts";
import { marketWatchOf } from "../../durable-objects/stubs.ts";

/** While the node answers, prices of open positions are a second old at most. */
const MAX_PRICE_AGE_MS = 15_000;
/** Polls in a row that the node did not answer. */
const MAX_FAILED_POLLS = 5;

const PUSHES = { off: "polled, no push webhook", on: "polled and pushed", failing: "polled, the push webhook fails" } as const;

/** How the open positions' pools are watched. Without pushes they are only polled, which is no fault. */
export async function openPoolsCheck(env: Env): Promise<Health["checks"]> {
  const { positions, failedPolls, oldestPriceMs, push } = await marketWatchOf(env).counts();
  if (positions === 0) return [{ name: "open-pools", ok: true, detail: `none; ${PUSHES[push]}` }];
  const age = oldestPriceMs === null ? "a price is missing" : `oldest price ${(oldestPriceMs / 1_000).toFixed(1)} s`;
  const ok = (oldestPriceMs ?? 0) <= MAX_PRICE_AGE_MS && failedPolls < MAX_FAILED_POLLS;
  return [{ name: "open-pools", ok, detail: `${positions} open; ${age}; ${PUSHES[push]}` }];
}
