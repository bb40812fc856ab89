import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { PROVIDERS } from "../domain/budget.ts";
import { Budget } from "./budget.ts";
import { budgetPort } from "./budget-port.ts";
import { reset } from "./test-reset.ts";

const { dailyCost, requestsPerWindow } = PROVIDERS.x;

function budget(): DurableObjectStub<Budget> {
  return env.BUDGET.get(env.BUDGET.idFromName("budget")) as DurableObjectStub<Budget>;
}

beforeEach(async () => {
  await reset();
});

test("stops hard at the day's dollars, and remembers after eviction", async () => {
  const port = budgetPort(env, "x");
  expect(await port.claim({ requests: 1, cost: dailyCost })).toMatchObject({ ok: true });
  await evictDurableObject(budget());
  expect(await port.claim({ requests: 1, cost: 1 })).toMatchObject({ ok: false, reason: "BUDGET_EXHAUSTED" });
});

test("claims at the same time never exceed the window together", async () => {
  const port = budgetPort(env, "x");
  const claims = await Promise.all(Array.from({ length: 20 }, () => port.claim({ requests: 20, cost: 0 })));
  expect(claims.filter(({ ok }) => ok).length).toBe(Math.floor(requestsPerWindow / 20));
});

test("settling gives back once, and an unknown claim nothing", async () => {
  const port = budgetPort(env, "x");
  const claim = await port.claim({ requests: 2, cost: 1_000 });
  if (!claim.ok) throw new Error(claim.reason);
  for (let i = 0; i < 3; i++) await port.settle(claim.value, { requests: 1, cost: 400 });
  await port.settle("unknown", { requests: 0, cost: 0 });
  expect(await budget().status("x")).toMatchObject({ windowRequests: 1, spent: 400 });
});

test("the provider's wait holds for everyone", async () => {
  const port = budgetPort(env, "x");
  const claim = await port.claim({ requests: 1, cost: 0 });
  if (!claim.ok) throw new Error(claim.reason);
  await port.settle(claim.value, { requests: 1, cost: 0, blockedUntilMs: Date.now() + 60_000 });
  expect(await port.claim({ requests: 1, cost: 0 })).toMatchObject({ ok: false, detail: "the provider asked to wait" });
});

test("each setting is of its own provider; none reaches Workers AI", async () => {
  const settings = { ...env, X_DAILY_BUDGET_USD: "2.5", RPC_DAILY_CREDITS: "900000" } as unknown as Env;
  await runInDurableObject(budget(), async (_, state) => {
    const object = new Budget(state, settings);
    const limits = await Promise.all(
      (["x", "rpc", "ai"] as const).map(async (provider) => (await object.status(provider)).limits.dailyCost),
    );
    expect(limits).toEqual([2_500_000, 900_000, PROVIDERS.ai.dailyCost]);
  });
});

test("exits are counted and never refused; nobody else gets what is kept for them", async () => {
  const { dailyCost: day, exitReserve } = PROVIDERS.rpc;
  const port = budgetPort(env, "rpc");
  expect(await port.claim({ requests: 1, cost: day - exitReserve + 1 })).toMatchObject({ ok: false, reason: "BUDGET_EXHAUSTED" });
  expect(await port.claim({ requests: 1, cost: day - exitReserve })).toMatchObject({ ok: true });
  expect(await port.claim({ requests: 1, cost: 1 })).toMatchObject({ ok: false });
  await port.spendOnExits({ requests: 5_000, cost: 2 * day });
  await evictDurableObject(budget());
  expect(await budget().status("rpc")).toMatchObject({ spentOnExits: 2 * day, spent: 3 * day - exitReserve });
});
