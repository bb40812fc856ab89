import { ok } from "../../domain/result.ts";
import { RPC_CODE, type RpcCall } from "./call.ts";
import { heliusFeeReply, recentFeesReply } from "./schemas.ts";
import type { PriorityFeeQuery, RpcResult } from "./types.ts";

/** Solana's limit of `getRecentPrioritizationFees` (solana.com/docs/rpc/http/getrecentprioritizationfees). */
const MAX_FEE_ACCOUNTS = 128;
/** Share of the recent slots whose lowest landed fee we want to match or beat. */
const RECENT_FEE_PERCENTILE = 75;

/**
 * Micro-lamports per compute unit: Helius' `recommended` estimate, and where the node does not know
 * that method, the 75th percentile of the recent slots' lowest fees for the accounts named (for a
 * transaction alone: for any account, which errs low).
 */
export async function priorityFeeEstimate(call: RpcCall, query: PriorityFeeQuery): Promise<RpcResult<bigint>> {
  const subject = "accountKeys" in query ? { accountKeys: query.accountKeys } : { transaction: query.wireBase64 };
  const options = { recommended: true, ...("wireBase64" in query ? { transactionEncoding: "base64" } : {}) };
  const estimate = await call("getPriorityFeeEstimate", [{ ...subject, options }], heliusFeeReply);
  if (estimate.ok || estimate.rpcCode !== RPC_CODE.methodNotFound) return estimate;
  const accounts = "accountKeys" in query ? query.accountKeys.slice(0, MAX_FEE_ACCOUNTS) : [];
  const recent = await call("getRecentPrioritizationFees", [accounts], recentFeesReply);
  if (!recent.ok) return recent;
  const fees = recent.value.map((row) => row.prioritizationFee).sort((a, b) => (a < b ? -1 : Number(a > b)));
  return ok(fees[Math.ceil((fees.length * RECENT_FEE_PERCENTILE) / 100) - 1] ?? 0n);
}
