/** Refusals that say nothing about the trade, after which the same order is tried again. */
const PASSING: ReadonlySet<string> = new Set([
  "SIGNER_UNAVAILABLE",
  "WALLET_MISSING",
  "RPC_UNAVAILABLE",
  "RPC_RATE_LIMITED",
  "RPC_LAGGING",
  "RPC_WRONG_CLUSTER",
  "RPC_DISAGREEMENT",
  "UPSTREAM_MALFORMED",
]);

/** True for a refusal that an outside service has to get over. */
export function isPassing(reason: string): boolean {
  return PASSING.has(reason);
}
