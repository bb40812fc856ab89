import { ok, type Result, refuse } from "../../domain/result.ts";
import { PYTH_RECEIVER_PROGRAM, PYTH_SOL_USD, PYTH_SOL_USD_FEED_ID } from "../../domain/solana/programs.ts";
import { decodePriceUpdate, priceNumber } from "../../domain/solana/pyth-price.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { AccountInfo, Rpc } from "./client.ts";

/** Shown wherever the price is: the Pyth push oracle's SOL/USD account. */
export const SOL_PRICE_SOURCE = "pyth:SOL/USD";

export interface SolPrice {
  readonly usd: number;
  readonly source: string;
  readonly publishedAtMs: UnixMs;
  readonly slot: number;
}

/**
 * SOL in USD from the Pyth push oracle's on-chain account. Refuses with SOL_PRICE_STALE when it is
 * missing, not the real feed, or published more than `maxAgeMs` before `nowMs`.
 */
export async function readSolPrice(rpc: Rpc, nowMs: UnixMs, maxAgeMs: number): Promise<Result<SolPrice, "SOL_PRICE_STALE">> {
  const reply = await rpc.getAccounts([PYTH_SOL_USD]);
  if (!reply.ok) return refuse("SOL_PRICE_STALE", reply.detail);
  return solPriceFrom(reply.value.accounts[0] ?? null, reply.value.slot, nowMs, maxAgeMs);
}

/** The same from an account that was read along with others at `slot`. */
export function solPriceFrom(
  account: AccountInfo | null,
  slot: number,
  nowMs: UnixMs,
  maxAgeMs: number,
): Result<SolPrice, "SOL_PRICE_STALE"> {
  if (account === null) return refuse("SOL_PRICE_STALE", "price account not found");
  if (account.owner !== PYTH_RECEIVER_PROGRAM) return refuse("SOL_PRICE_STALE", "price account of another program");
  const update = decodePriceUpdate(account.data);
  if (!update.ok || update.value.feedId !== PYTH_SOL_USD_FEED_ID) return refuse("SOL_PRICE_STALE", "price account malformed");
  const publishedAtMs = update.value.publishTimeS * 1000;
  const ageMs = nowMs - publishedAtMs;
  if (ageMs > maxAgeMs) return refuse("SOL_PRICE_STALE", `published ${Math.round(ageMs / 1000)} s ago`);
  return ok({ usd: priceNumber(update.value), source: SOL_PRICE_SOURCE, publishedAtMs, slot });
}
