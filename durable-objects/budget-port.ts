import type { BudgetPort, ExitSpending, Provider } from "../domain/budget.ts";
import type { Budget } from "./budget.ts";
import { locationOf } from "./stubs.ts";

/** The budget of one provider as an adapter sees it. */
export function budgetPort(env: Env, provider: Provider): BudgetPort & ExitSpending {
  const stub = env.BUDGET.get(env.BUDGET.idFromName("budget"), locationOf(env)) as DurableObjectStub<Budget>;
  return {
    claim: async (claim) => await stub.claim(provider, claim),
    settle: async (claimId, outcome) => await stub.settle(claimId, outcome),
    spendOnExits: async (spent) => await stub.spendOnExits(provider, spent),
  };
}
