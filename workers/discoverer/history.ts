import type { Rpc, SignatureInfo } from "../../adapters/rpc/client.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { Parameters } from "../../domain/trading/parameters.ts";
import type { Address, Signature, UnixMs } from "../../domain/units.ts";

/** Solana's page limit of getSignaturesForAddress. */
const PAGE = 1_000;
/** A curve with more transactions than this is older or busier than we can date with a bounded number of calls. */
export const MAX_PAGES = 5;
/** Create, complete and migrate touch the curve too. */
const NON_TRADES = 2;

export interface TokenHistory {
  readonly createdAtMs: UnixMs;
  readonly ageMs: number;
  /** Successful curve transactions other than creation and migration. */
  readonly tradeCount: number;
}

/**
 * Dates a token by the oldest signature of its bonding curve and counts the curve's successful
 * transactions. Refuses with TOKEN_AGE_UNKNOWN when the beginning is out of reach or undated,
 * TOKEN_TOO_OLD, TOO_FEW_TRADES, TRADES_UNKNOWN. Throws on an RPC fault, which may pass.
 */
export async function readTokenHistory(
  rpc: Pick<Rpc, "getSignaturesForAddress">,
  bondingCurve: Address,
  nowMs: UnixMs,
  parameters: Pick<Parameters, "maxTokenAgeMs" | "minTradeCount">,
): Promise<Result<TokenHistory>> {
  let succeeded = 0;
  let oldest: SignatureInfo | null = null;
  let before: Signature | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const reply = await rpc.getSignaturesForAddress(bondingCurve, before === undefined ? { limit: PAGE } : { limit: PAGE, before });
    if (!reply.ok) throw new Error(`history: ${reply.reason} ${reply.detail ?? ""}`);
    succeeded += reply.value.filter((row) => !row.failed).length;
    oldest = reply.value.at(-1) ?? oldest;
    if (reply.value.length < PAGE) return judge(oldest, succeeded, nowMs, parameters);
    if (oldest?.blockTimeMs != null && nowMs - oldest.blockTimeMs > parameters.maxTokenAgeMs) return refuse("TOKEN_TOO_OLD");
    before = oldest?.signature;
  }
  return refuse("TOKEN_AGE_UNKNOWN", `more than ${MAX_PAGES * PAGE} curve transactions`);
}

function judge(
  oldest: SignatureInfo | null,
  succeeded: number,
  nowMs: UnixMs,
  parameters: Pick<Parameters, "maxTokenAgeMs" | "minTradeCount">,
): Result<TokenHistory> {
  if (oldest === null) return refuse("TRADES_UNKNOWN", "the node knows no curve transaction");
  if (oldest.blockTimeMs === null) return refuse("TOKEN_AGE_UNKNOWN", "no block time");
  const ageMs = Math.max(0, nowMs - oldest.blockTimeMs);
  if (ageMs > parameters.maxTokenAgeMs) return refuse("TOKEN_TOO_OLD", `${Math.round(ageMs / 3_600_000)} h`);
  const tradeCount = Math.max(0, succeeded - NON_TRADES);
  if (tradeCount < parameters.minTradeCount) return refuse("TOO_FEW_TRADES", String(tradeCount));
  return ok({ createdAtMs: oldest.blockTimeMs, ageMs, tradeCount });
}
