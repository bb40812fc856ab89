import { type Result, refuse } from "../../domain/result.ts";
import type { Address } from "../../domain/units.ts";

/**
 * One round trip of the smallest size through the whole live path.
 * @param request.mint the coin to trade; null takes the newest that passed the gates
 * @returns the position whose intents show predicted against actual
 */
export async function rehearse(_env: Env, _request: { readonly mint: Address | null }): Promise<Result<{ readonly positionId: string }>> {
  return refuse("LIVE_NOT_ENABLED");
}
