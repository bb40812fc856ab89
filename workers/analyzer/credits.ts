import type { BudgetClaim, BudgetOutcome, BudgetPort } from "../../domain/budget.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { MAX_RPC_CALLS, MAX_RPC_CREDITS } from "../../domain/scoring/observations.ts";
import type { Deadline } from "./deadline.ts";

const JUDGEMENT: BudgetClaim = { requests: MAX_RPC_CALLS, cost: MAX_RPC_CREDITS };

/** Gives back what was not used. */
export type SettleCredits = (outcome: BudgetOutcome) => Promise<void>;

/**
 * Claims what a judgement, or another kind of work, may cost at most, before its first call. Refuses with BUDGET_EXHAUSTED, or with
 * INTERNAL_ERROR when the budget does not answer: what is not counted is not spent.
 */
export async function claimCredits(
  budget: BudgetPort | null,
  deadline: Deadline,
  wanted: BudgetClaim = JUDGEMENT,
): Promise<Result<SettleCredits>> {
  if (budget === null) return ok(async () => undefined);
  const asked = budget.claim(wanted).catch(() => refuse("INTERNAL_ERROR", "the budget failed"));
  const claim = await deadline.soft(asked);
  if (claim === null) return refuse("INTERNAL_ERROR", "the budget did not answer in time");
  if (!claim.ok) return claim;
  return ok((outcome) => budget.settle(claim.value, outcome).catch(() => undefined));
}
