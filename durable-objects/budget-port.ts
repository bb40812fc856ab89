import type { BudgetPort, ExitSpending, GapFillingSpending, Provider } from "../domain/budget.ts";
import type { Budget } from "./budget.ts";
import { locationOf } from "./stubs.ts";

/** The budget of one provider as an adapter sees it. */
export function budgetPort(env: Env, provider: Provider): BudgetPort & ExitSpending & GapFillingSpending {
  const stub = env.BUDGET.get(env.BUDGET.idFromName("budget"), locationOf(env)) as DurableObjectStub<Budget>;
  return {
    claim: async (claim) => await stub.claim(provider, claim),
    settle: async (claimId, outcome) => await stub.settle(claimId, outcome),
    spend: async (spent) => await stub.spend(provider, spent),
    spendOnExits: async (spent) => await stub.spendOnExits(provider, spent),
  };
}
