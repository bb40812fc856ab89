import type { BudgetClaim } from "../domain/budget.ts";
import type { UnixMs } from "../domain/units.ts";

/** How often what was used is told to the budget: one request a minute is nothing beside what it counts. */
const TELL_MS = 60_000;

/**
 * Adds up what watching positions costs and tells it now and then. Nobody waits for it, nothing fails by
 * it, and what is not told when the object goes is a minute's worth at most.
 */
export function exitMeter(tell: (spent: BudgetClaim) => Promise<void>, now: () => UnixMs): (spent: BudgetClaim) => void {
  let open = { requests: 0, cost: 0 };
  let toldMs = now();
  return ({ requests, cost }) => {
    open = { requests: open.requests + requests, cost: open.cost + cost };
    const nowMs = now();
    if (nowMs >= toldMs && nowMs - toldMs < TELL_MS) return;
    toldMs = nowMs;
    const spent = open;
    open = { requests: 0, cost: 0 };
    tell(spent).catch((error) => console.error("the budget was not told of exits", String(error)));
  };
}
