import type { Rpc } from "../../adapters/rpc/client.ts";
import type { BudgetClaim, BudgetPort } from "../../domain/budget.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { RPC_CREDITS } from "../../domain/rpc-credits.ts";
import { MAX_RPC_CREDITS } from "../../domain/scoring/observations.ts";
import { CONFIRM_TRIES, type DiscoverRpc } from "./discover.ts";
import { MAX_PAGES } from "./history.ts";

/** What a discovery takes at most. It is worthless unless the judgement after it can be paid too. */
export const DISCOVERY_CLAIM = {
  requests: CONFIRM_TRIES + 1 + MAX_PAGES,
  cost: (CONFIRM_TRIES + MAX_PAGES) * RPC_CREDITS.history + RPC_CREDITS.state,
  leaving: MAX_RPC_CREDITS,
} as const satisfies BudgetClaim;

export interface DiscoveryCredits {
  /** The node, with every call counted. */
  readonly rpc: DiscoverRpc;
  /** Gives back what was not used. Nobody waits for it. */
  settle(): void;
}

/**
 * Claims what a discovery may cost, before its first call. Refuses with BUDGET_EXHAUSTED, or with
 * INTERNAL_ERROR when the budget does not answer: what is not counted is not spent.
 */
export async function claimDiscovery(rpc: Rpc, budget: BudgetPort): Promise<Result<DiscoveryCredits>> {
  const claim = await budget.claim(DISCOVERY_CLAIM).catch(() => refuse("INTERNAL_ERROR", "the budget failed"));
  if (!claim.ok) return claim;
  let used = { requests: 0, cost: 0 };
  const count = (kind: keyof typeof RPC_CREDITS): void => {
    used = { requests: used.requests + 1, cost: used.cost + RPC_CREDITS[kind] };
  };
  return ok({
    rpc: {
      getTransaction: (signature) => {
        count("history");
        return rpc.getTransaction(signature);
      },
      getAccounts: (addresses) => {
        count("state");
        return rpc.getAccounts(addresses);
      },
      getSignaturesForAddress: (address, range) => {
        count("history");
        return rpc.getSignaturesForAddress(address, range);
      },
    },
    settle: () => void budget.settle(claim.value, used).catch(() => undefined),
  });
}
