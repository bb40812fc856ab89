import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BudgetState, claimBudget, EMPTY_BUDGET, settleBudget } from "./budget.ts";

const LIMITS = { requestsPerWindow: 3, windowMs: 1_000, dailyMicroUsd: 100 };
const DAY = 86_400_000;
const NOON = 20_000 * DAY + DAY / 2;

function claimed(state: BudgetState, requests: number, costMicroUsd: number, nowMs: number): BudgetState {
  const result = claimBudget(state, LIMITS, { requests, costMicroUsd }, nowMs);
  if (!result.ok) throw new Error(result.detail ?? result.reason);
  return result.value;
}

describe("claimBudget", () => {
  test("stops at the window's requests and starts anew with the next window", () => {
    const full = claimed(EMPTY_BUDGET, 3, 0, NOON);
    expect(claimBudget(full, LIMITS, { requests: 1, costMicroUsd: 0 }, NOON + 999)).toMatchObject({
      ok: false,
      detail: "requests of the window",
    });
    expect(claimed(full, 1, 0, NOON + 1_000).windowRequests).toBe(1);
  });

  test("stops at the day's dollars and starts anew at midnight UTC", () => {
    const spent = claimed(EMPTY_BUDGET, 1, 100, NOON);
    expect(claimBudget(spent, LIMITS, { requests: 1, costMicroUsd: 1 }, NOON + 5_000)).toMatchObject({
      ok: false,
      detail: "dollars of the day",
    });
    expect(claimed(spent, 1, 1, NOON + DAY / 2).spentMicroUsd).toBe(1);
  });

  test("a clock set back frees nothing", () => {
    const spent = claimed(EMPTY_BUDGET, 3, 100, NOON);
    expect(claimBudget(spent, LIMITS, { requests: 0, costMicroUsd: 1 }, NOON - 3 * DAY).ok).toBe(false);
    expect(claimBudget(spent, LIMITS, { requests: 1, costMicroUsd: 0 }, NOON - 3 * DAY).ok).toBe(false);
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses a claim of %f", (amount) => {
    expect(claimBudget(EMPTY_BUDGET, LIMITS, { requests: 1, costMicroUsd: amount }, NOON).ok).toBe(false);
    expect(claimBudget(EMPTY_BUDGET, LIMITS, { requests: amount, costMicroUsd: 1 }, NOON).ok).toBe(false);
  });
});

describe("settleBudget", () => {
  const claim = { requests: 2, costMicroUsd: 80, claimedAtMs: NOON };

  test("gives back what was not used, and counts what was used above the claim", () => {
    const state = claimed(EMPTY_BUDGET, 2, 80, NOON);
    expect(settleBudget(state, LIMITS, claim, { requests: 1, costMicroUsd: 30 }, NOON)).toMatchObject({
      windowRequests: 1,
      spentMicroUsd: 30,
    });
    expect(settleBudget(state, LIMITS, claim, { requests: 2, costMicroUsd: 95 }, NOON).spentMicroUsd).toBe(95);
  });

  test("a claim of yesterday gives nothing back today", () => {
    const state = claimed(claimed(EMPTY_BUDGET, 2, 80, NOON), 1, 50, NOON + DAY);
    expect(settleBudget(state, LIMITS, claim, { requests: 0, costMicroUsd: 0 }, NOON + DAY)).toMatchObject({
      windowRequests: 1,
      spentMicroUsd: 50,
    });
  });

  test("the provider's wait is kept, for a day at most", () => {
    const state = settleBudget(EMPTY_BUDGET, LIMITS, claim, { requests: 0, costMicroUsd: 0, blockedUntilMs: NOON + 500 }, NOON);
    expect(claimBudget(state, LIMITS, { requests: 1, costMicroUsd: 0 }, NOON + 499)).toMatchObject({ ok: false });
    expect(claimBudget(state, LIMITS, { requests: 1, costMicroUsd: 0 }, NOON + 500)).toMatchObject({ ok: true });
    expect(settleBudget(EMPTY_BUDGET, LIMITS, claim, { requests: 0, costMicroUsd: 0, blockedUntilMs: 1e18 }, NOON).blockedUntilMs).toBe(
      NOON + DAY,
    );
  });
});

test("whatever is claimed and settled within it, no window and no day exceeds its limit", () => {
  const step = fc.record({ requests: fc.nat(3), cost: fc.nat(60), used: fc.nat(100), waitMs: fc.nat(700) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let state = EMPTY_BUDGET;
      let nowMs = NOON;
      for (const { requests, cost, used, waitMs } of steps) {
        nowMs += waitMs;
        const result = claimBudget(state, LIMITS, { requests, costMicroUsd: cost }, nowMs);
        if (!result.ok) continue;
        const outcome = { requests: Math.min(used, requests), costMicroUsd: Math.min(used, cost) };
        state = settleBudget(result.value, LIMITS, { requests, costMicroUsd: cost, claimedAtMs: nowMs }, outcome, nowMs);
        expect(state.windowRequests).toBeGreaterThanOrEqual(0);
        expect(state.windowRequests).toBeLessThanOrEqual(LIMITS.requestsPerWindow);
        expect(state.spentMicroUsd).toBeGreaterThanOrEqual(0);
        expect(state.spentMicroUsd).toBeLessThanOrEqual(LIMITS.dailyMicroUsd);
      }
    }),
  );
});
