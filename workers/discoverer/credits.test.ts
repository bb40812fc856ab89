import { describe, expect, test } from "vitest";
import type { Rpc } from "../../adapters/rpc/client.ts";
import type { BudgetOutcome, BudgetPort } from "../../domain/budget.ts";
import { ok, refuse } from "../../domain/result.ts";
import { builtinParameters } from "../../domain/trading/parameters.ts";
import { claimDiscovery, DISCOVERY_CLAIM } from "./credits.ts";
import { CONFIRM_TRIES, discover } from "./discover.ts";
import { readTokenHistory } from "./history.ts";

const NOW = 1_790_000_000_000;
const PAGE = Array.from({ length: 1_000 }, (_, i) => ({ signature: `s${i}`, slot: 1, failed: false, blockTimeMs: NOW }));

/** A node that knows no transaction, and whose histories never end. */
const rpc = {
  getTransaction: async () => ok(null),
  getAccounts: async () => refuse("RPC_UNAVAILABLE"),
  getSignaturesForAddress: async () => ok(PAGE),
} as unknown as Rpc;

function fakeBudget(claim: BudgetPort["claim"] = async () => ok("1")) {
  const told: Array<BudgetOutcome> = [];
  const budget: BudgetPort = { claim, settle: async (_, outcome) => void told.push(outcome) };
  return { budget, told };
}

describe("a discovery's credits", () => {
  test("claims the most that it may cost, with a judgement's beyond", async () => {
    const asked: unknown[] = [];
    const { budget } = fakeBudget(async (claim) => {
      asked.push(claim);
      return ok("1");
    });
    await claimDiscovery(rpc, budget);
    expect(asked).toEqual([DISCOVERY_CLAIM]);
    expect(DISCOVERY_CLAIM).toEqual({ requests: 9, cost: 81, leaving: 333 });
  });

  test("settles what the calls cost: a history's pages, a transaction that never comes, an account read", async () => {
    const { budget, told } = fakeBudget();
    const credits = await claimDiscovery(rpc, budget);
    if (!credits.ok) throw new Error(credits.reason);
    const discovery = await discover({ signature: "x" } as never, "webhook", {
      rpc: credits.value.rpc,
      parameters: builtinParameters("default"),
      denylist: [],
      nowMs: () => NOW,
      sleep: async () => undefined,
    });
    expect(discovery.verdict).toMatchObject({ reason: "TX_NOT_FOUND" });
    await readTokenHistory(credits.value.rpc, "curve", NOW, builtinParameters("default"));
    await credits.value.rpc.getAccounts([]);
    credits.value.settle();
    expect(told).toEqual([{ requests: CONFIRM_TRIES + 5 + 1, cost: DISCOVERY_CLAIM.cost }]);
    expect(told[0]?.requests).toBe(DISCOVERY_CLAIM.requests);
  });

  test("without credits, or without an answer of the budget, nothing is asked", async () => {
    const refusing = fakeBudget(async () => refuse("BUDGET_EXHAUSTED"));
    expect(await claimDiscovery(rpc, refusing.budget)).toMatchObject({ ok: false, reason: "BUDGET_EXHAUSTED" });
    const failing = fakeBudget(() => Promise.reject(new Error("object reset")));
    expect(await claimDiscovery(rpc, failing.budget)).toMatchObject({ ok: false, reason: "INTERNAL_ERROR" });
  });

  test("a budget that fails to settle harms nobody", async () => {
    const budget: BudgetPort = { claim: async () => ok("1"), settle: () => Promise.reject(new Error("object reset")) };
    const credits = await claimDiscovery(rpc, budget);
    if (credits.ok) credits.value.settle();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(credits.ok).toBe(true);
  });
});
