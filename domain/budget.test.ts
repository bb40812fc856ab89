import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type BudgetState,
  claimBudget,
  EMPTY_BUDGET,
  GAP_FILLING_SHARE,
  LEARNING_SHARE,
  PROVIDERS,
  settleBudget,
  spend,
  spendOnExits,
  usedShare,
} from "./budget.ts";

const LIMITS = { requestsPerWindow: 3, windowMs: 1_000, dailyCost: 100, exitReserve: 0 };
const DAY = 86_400_000;
const NOON = 20_000 * DAY + DAY / 2;

function claimed(state: BudgetState, requests: number, cost: number, nowMs: number): BudgetState {
  const result = claimBudget(state, LIMITS, { requests, cost }, nowMs);
  if (!result.ok) throw new Error(result.detail ?? result.reason);
  return result.value;
}

describe("claimBudget", () => {
  test("stops at the window's requests and starts anew with the next window", () => {
    const full = claimed(EMPTY_BUDGET, 3, 0, NOON);
    expect(claimBudget(full, LIMITS, { requests: 1, cost: 0 }, NOON + 999)).toMatchObject({
      ok: false,
      detail: "requests of the window",
    });
    expect(claimed(full, 1, 0, NOON + 1_000).windowRequests).toBe(1);
  });

  test("stops at the day's dollars and starts anew at midnight UTC", () => {
    const spent = claimed(EMPTY_BUDGET, 1, 100, NOON);
    expect(claimBudget(spent, LIMITS, { requests: 1, cost: 1 }, NOON + 5_000)).toMatchObject({
      ok: false,
      detail: "the day's budget",
    });
    expect(claimed(spent, 1, 1, NOON + DAY / 2).spent).toBe(1);
  });

  test("a clock set back frees nothing", () => {
    const spent = claimed(EMPTY_BUDGET, 3, 100, NOON);
    expect(claimBudget(spent, LIMITS, { requests: 0, cost: 1 }, NOON - 3 * DAY).ok).toBe(false);
    expect(claimBudget(spent, LIMITS, { requests: 1, cost: 0 }, NOON - 3 * DAY).ok).toBe(false);
  });

  test("what is for learning is refused first: at half the day, at half the window, and never before the others", () => {
    const learning = { requests: 1, cost: 5, isForLearning: true };
    const limits = { ...LIMITS, requestsPerWindow: 4, exitReserve: 20 };
    const spent = (cost: number, windowRequests = 0) => ({
      ...EMPTY_BUDGET,
      windowStartMs: NOON,
      dayStartMs: NOON - DAY / 2,
      spent: cost,
      windowRequests,
    });
    expect(claimBudget(spent(35, 1), limits, learning, NOON).ok).toBe(true);
    expect(claimBudget(spent(36), limits, learning, NOON)).toMatchObject({ ok: false, detail: "the day's budget" });
    expect(claimBudget(spent(0, 2), limits, learning, NOON)).toMatchObject({ ok: false, detail: "requests of the window" });
    fc.assert(
      fc.property(fc.nat(110), fc.nat(5), fc.nat(60), fc.nat(4), (cost, used, wanted, requests) => {
        const claim = { requests, cost: wanted };
        if (!claimBudget(spent(cost, used), limits, { ...claim, isForLearning: true }, NOON).ok) return;
        expect(claimBudget(spent(cost, used), limits, claim, NOON).ok).toBe(true);
      }),
    );
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses a claim of %f", (amount) => {
    expect(claimBudget(EMPTY_BUDGET, LIMITS, { requests: 1, cost: amount }, NOON).ok).toBe(false);
    expect(claimBudget(EMPTY_BUDGET, LIMITS, { requests: amount, cost: 1 }, NOON).ok).toBe(false);
  });
});

describe("settleBudget", () => {
  const claim = { requests: 2, cost: 80, claimedAtMs: NOON };

  test("gives back what was not used, and counts what was used above the claim", () => {
    const state = claimed(EMPTY_BUDGET, 2, 80, NOON);
    expect(settleBudget(state, LIMITS, claim, { requests: 1, cost: 30 }, NOON)).toMatchObject({
      windowRequests: 1,
      spent: 30,
    });
    expect(settleBudget(state, LIMITS, claim, { requests: 2, cost: 95 }, NOON).spent).toBe(95);
  });

  test("a claim of yesterday gives nothing back today", () => {
    const state = claimed(claimed(EMPTY_BUDGET, 2, 80, NOON), 1, 50, NOON + DAY);
    expect(settleBudget(state, LIMITS, claim, { requests: 0, cost: 0 }, NOON + DAY)).toMatchObject({
      windowRequests: 1,
      spent: 50,
    });
  });

  test("the provider's wait is kept, for a day at most", () => {
    const state = settleBudget(EMPTY_BUDGET, LIMITS, claim, { requests: 0, cost: 0, blockedUntilMs: NOON + 500 }, NOON);
    expect(claimBudget(state, LIMITS, { requests: 1, cost: 0 }, NOON + 499)).toMatchObject({ ok: false });
    expect(claimBudget(state, LIMITS, { requests: 1, cost: 0 }, NOON + 500)).toMatchObject({ ok: true });
    expect(settleBudget(EMPTY_BUDGET, LIMITS, claim, { requests: 0, cost: 0, blockedUntilMs: 1e18 }, NOON).blockedUntilMs).toBe(NOON + DAY);
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
        const result = claimBudget(state, LIMITS, { requests, cost: cost }, nowMs);
        if (!result.ok) continue;
        const outcome = { requests: Math.min(used, requests), cost: Math.min(used, cost) };
        state = settleBudget(result.value, LIMITS, { requests, cost: cost, claimedAtMs: nowMs }, outcome, nowMs);
        expect(state.windowRequests).toBeGreaterThanOrEqual(0);
        expect(state.windowRequests).toBeLessThanOrEqual(LIMITS.requestsPerWindow);
        expect(state.spent).toBeGreaterThanOrEqual(0);
        expect(state.spent).toBeLessThanOrEqual(LIMITS.dailyCost);
      }
    }),
  );
});

describe("exits", () => {
  const WITH_RESERVE = { ...LIMITS, requestsPerWindow: 1_000, exitReserve: 40 };
  const claim = (state: BudgetState, cost: number) => claimBudget(state, WITH_RESERVE, { requests: 1, cost }, NOON);

  test("what is kept for them is nobody else's", () => {
    expect(claim(EMPTY_BUDGET, 61)).toMatchObject({ ok: false, detail: "the day's budget" });
    expect(claim(EMPTY_BUDGET, 60).ok).toBe(true);
  });

  test("they draw on the reserve first, and beyond it on everyone's", () => {
    const some = spendOnExits(EMPTY_BUDGET, WITH_RESERVE, { requests: 9, cost: 30 }, NOON);
    expect([claim(some, 60).ok, claim(some, 61).ok]).toEqual([true, false]);
    const much = spendOnExits(some, WITH_RESERVE, { requests: 9, cost: 30 }, NOON);
    expect([claim(much, 40).ok, claim(much, 41).ok]).toEqual([true, false]);
  });

  test("they are counted whatever is used up, and the day after starts anew", () => {
    const over = spendOnExits({ ...EMPTY_BUDGET, blockedUntilMs: NOON + DAY }, WITH_RESERVE, { requests: 5_000, cost: 5_000 }, NOON);
    expect(over).toMatchObject({ spent: 5_000, spentOnExits: 5_000 });
    expect(spendOnExits(over, WITH_RESERVE, { requests: 1, cost: 1 }, NOON + DAY)).toMatchObject({ spent: 1, spentOnExits: 1 });
    expect(spendOnExits(over, WITH_RESERVE, { requests: 1, cost: Number.NaN }, NOON)).toMatchObject({ spent: 5_000 });
  });

  test("whatever is claimed, spent and settled, the reserve is never touched by claims", () => {
    const step = fc.record({ isExit: fc.boolean(), cost: fc.nat(30), settled: fc.nat(30) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let state = EMPTY_BUDGET;
        for (const { isExit, cost, settled } of steps) {
          if (isExit) state = spendOnExits(state, WITH_RESERVE, { requests: 1, cost }, NOON);
          else {
            const claimedState = claim(state, cost);
            if (!claimedState.ok) continue;
            const outcome = { requests: 1, cost: Math.min(cost, settled) };
            state = settleBudget(claimedState.value, WITH_RESERVE, { requests: 1, cost, claimedAtMs: NOON }, outcome, NOON);
          }
          const others = state.spent - state.spentOnExits;
          expect(others).toBeLessThanOrEqual(WITH_RESERVE.dailyCost - WITH_RESERVE.exitReserve);
        }
      }),
    );
  });
});

describe("gap filling", () => {
  const limits = PROVIDERS.rpc;
  const forOthers = limits.dailyCost - limits.exitReserve;

  test("is counted, never refused, and no exit", () => {
    const over = spend(EMPTY_BUDGET, limits, { requests: 5, cost: 2 * limits.dailyCost }, NOON);
    expect(over).toMatchObject({ spent: 2 * limits.dailyCost, spentOnExits: 0, windowRequests: 5 });
    expect(spend(over, limits, { requests: 1, cost: Number.NaN }, NOON)).toMatchObject({ spent: 2 * limits.dailyCost });
    expect(spend(over, limits, { requests: 1, cost: 10 }, NOON + DAY)).toMatchObject({ spent: 10 });
  });

  test("sees the share that is used: exits count only beyond their reserve", () => {
    const share = (state: BudgetState, nowMs = NOON) => usedShare(state, limits, nowMs);
    expect(share(EMPTY_BUDGET)).toBe(0);
    const half = spend(EMPTY_BUDGET, limits, { requests: 0, cost: forOthers / 2 }, NOON);
    expect(share(half)).toBe(0.5);
    expect(share(spendOnExits(half, limits, { requests: 0, cost: limits.exitReserve }, NOON))).toBe(0.5);
    expect(share(spendOnExits(half, limits, { requests: 0, cost: limits.exitReserve + forOthers / 2 }, NOON))).toBe(1);
    expect(share(half, NOON + DAY)).toBe(0);
    // A day's credits that are all kept for exits.
    expect(usedShare(EMPTY_BUDGET, { ...limits, dailyCost: limits.exitReserve }, NOON)).toBe(1);
  });

  test("nothing is left to claim where the used share is 1, and something where it is below", () => {
    fc.assert(
      fc.property(fc.nat(2 * limits.exitReserve), fc.nat(limits.dailyCost), (exits, others) => {
        const state = spend(
          spendOnExits(EMPTY_BUDGET, limits, { requests: 0, cost: exits }, NOON),
          limits,
          { requests: 0, cost: others },
          NOON,
        );
        const isLeft = claimBudget(state, limits, { requests: 0, cost: 1 }, NOON).ok;
        expect(isLeft).toBe(usedShare(state, limits, NOON) < 1);
      }),
    );
  });
});

/** Who still gets credits, as a day's are used up: the least important is the first to go without. */
test.each([
  ["at first", () => 0, ["exits", "judgements", "discovery", "gap filling", "learning"]],
  ["at learning's share", (all: number) => all * LEARNING_SHARE, ["exits", "judgements", "discovery", "gap filling"]],
  ["at gap filling's share", (all: number) => all * GAP_FILLING_SHARE, ["exits", "judgements", "discovery"]],
  ["with 400 credits left", (all: number) => all - 400, ["exits", "judgements"]],
  ["with none left", (all: number) => all, ["exits"]],
])("%s", (_, used, served) => {
  const limits = PROVIDERS.rpc;
  const state = spend(EMPTY_BUDGET, limits, { requests: 0, cost: Math.ceil(used(limits.dailyCost - limits.exitReserve)) }, NOON);
  const gets = (claim: { readonly cost: number; readonly leaving?: number; readonly isForLearning?: boolean }) =>
    claimBudget(state, limits, { requests: 1, ...claim }, NOON).ok;
  // What each takes at most.
  const all = {
    exits: spendOnExits(state, limits, { requests: 1, cost: 1 }, NOON).spent > state.spent,
    judgements: gets({ cost: 333 }),
    discovery: gets({ cost: 81, leaving: 333 }),
    "gap filling": usedShare(state, limits, NOON) < GAP_FILLING_SHARE,
    learning: gets({ cost: 333, isForLearning: true }),
  };
  expect(Object.entries(all).flatMap(([user, isServed]) => (isServed ? [user] : []))).toEqual(served);
});
