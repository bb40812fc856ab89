import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import type { LedgerLockView, LockView, Page, RiskView } from "../../domain/api/types.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { ExpectedState } from "../../domain/trading/portfolio-state.ts";
import type { StateChange } from "../../durable-objects/core/portfolio-core.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { createApi } from "./app.ts";

const TOKEN = "an operator token";
const MINT = "So11111111111111111111111111111111111111112";

/** A portfolio of one ledger that remembers what it was asked. */
class FakePortfolio {
  view: RiskView | null;
  isSettled = true;
  held: string[] = ["position-1"];
  readonly asked: unknown[] = [];

  constructor(view: RiskView | null) {
    this.view = view;
  }

  async risk(): Promise<RiskView | null> {
    return this.view;
  }

  async replaceState({ state, author, reason, note }: StateChange, { sinceMs }: ExpectedState): Promise<Result<boolean>> {
    if (sinceMs !== null && sinceMs !== this.view?.sinceMs) return refuse("STATE_CHANGED", "another one");
    this.asked.push({ state, author, reason, note });
    if (this.view !== null) this.view = { ...this.view, state, stateReason: reason, author, note };
    return ok(this.isSettled);
  }

  async setLock(order: Omit<LockView, "lockId" | "atMs">): Promise<Result<LockView>> {
    this.asked.push(order);
    if (this.view === null) return refuse("NOT_FOUND");
    const lock = { ...order, lockId: `lock-${this.view.locks.length + 1}`, atMs: 7 + this.view.locks.length };
    this.view = { ...this.view, locks: [...this.view.locks, lock] };
    return ok(lock);
  }

  async liftLock(lockId: string, author: string): Promise<boolean> {
    this.asked.push({ lockId, author });
    if (this.view === null) return false;
    const locks = this.view.locks.filter((lock) => lock.lockId !== lockId);
    const isFound = locks.length < this.view.locks.length;
    this.view = { ...this.view, locks };
    return isFound;
  }

  async closePosition(positionId: string): Promise<boolean> {
    this.asked.push({ close: positionId });
    return this.held.includes(positionId);
  }

  async closeAll(author: string): Promise<number> {
    this.asked.push({ closeAll: author });
    return this.held.length;
  }
}

function riskOf(ledger: string, rest: Partial<RiskView> = {}): RiskView {
  return {
    ledger,
    state: "ACTIVE",
    stateReason: null,
    author: "system",
    note: null,
    sinceMs: 1,
    isReconciled: true,
    limits: [{ code: "DRAWDOWN_BREAKER", used: 120, limit: 1_500, unit: "bps", isReached: false }],
    locks: [],
    ...rest,
  };
}

let paper: FakePortfolio;
let bindings: Env;
const api = createApi();

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
  paper = new FakePortfolio(riskOf("paper-A"));
  const closed = new FakePortfolio(null);
  closed.held = [];
  const namespace = { idFromName: (name: string) => name, get: (name: unknown) => (name === "paper-A" ? paper : closed) };
  bindings = { ...env, OPERATOR_TOKEN: TOKEN, RPC_URL: "http://127.0.0.1:9/", PORTFOLIO: namespace } as unknown as Env;
});

async function call(method: string, path: string, body?: unknown, authorization: string | null = `Bearer ${TOKEN}`): Promise<Response> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (authorization !== null) headers["Authorization"] = authorization;
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  return api.request(`http://sniper.test/api/v1${path}`, { method, headers, ...text }, bindings);
}

async function refusal(reply: Promise<Response>): Promise<readonly [number, string, string]> {
  const response = await reply;
  const { reason, detail } = await response.json<{ reason: string; detail?: string }>();
  return [response.status, reason, detail ?? ""];
}

describe("reading the risk engine", () => {
  test("one ledger, arm A of the mode in force by default, and none that is not open", async () => {
    expect(await (await call("GET", "/risk", undefined, null)).json()).toEqual(riskOf("paper-A"));
    expect(await (await call("GET", "/risk?ledger=paper-A", undefined, null)).json()).toEqual(riskOf("paper-A"));
    expect(await refusal(call("GET", "/risk?ledger=live-A"))).toEqual([404, "NOT_FOUND", "the books of live-A are not open"]);
    expect((await call("GET", "/risk?ledger=planet")).status).toBe(400);
  });
});

describe("the trading state", () => {
  test("is set with author and note", async () => {
    const reply = await call("POST", "/state", { ledger: "paper-A", state: "HALTED", note: " out for lunch " });
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({ state: "HALTED", author: "operator", note: "out for lunch", stateReason: null });
    expect(paper.asked).toEqual([{ state: "HALTED", author: "operator", reason: null, note: "out for lunch" }]);
  });

  test("entries resume only in the state that was seen, where the caller says which", async () => {
    paper.view = riskOf("paper-A", { state: "HALTED", sinceMs: 7 });
    const resume = { ledger: "paper-A", state: "ACTIVE", sinceMs: 6 };
    expect(await refusal(call("POST", "/state", resume))).toEqual([409, "STATE_CHANGED", "another one"]);
    expect((await call("POST", "/state", { ...resume, sinceMs: 7 })).status).toBe(200);
  });

  test("an entry that has not answered yet is told by 202", async () => {
    paper.isSettled = false;
    expect((await call("POST", "/state", { ledger: "paper-A", state: "REDUCING" })).status).toBe(202);
  });

  test.each([
    ["by its reason", { state: "REDUCING", stateReason: "DRAWDOWN_BREAKER" }, ["DRAWDOWN_BREAKER"]],
    [
      "while stopped for another reason",
      { state: "HALTED", limits: [{ code: "DAILY_LOSS_LIMIT", used: 1_200, limit: 1_000, unit: "bps", isReached: true }] },
      ["DAILY_LOSS_LIMIT"],
    ],
    [
      "both breakers at once",
      {
        state: "REDUCING",
        stateReason: "DRAWDOWN_BREAKER",
        limits: [{ code: "DAILY_LOSS_LIMIT", used: 1_200, limit: 1_000, unit: "bps", isReached: true }],
      },
      ["DRAWDOWN_BREAKER", "DAILY_LOSS_LIMIT"],
    ],
    ["restored books", { state: "HALTED", stateReason: "STATE_RESTORED" }, ["STATE_RESTORED"]],
  ] as const)("entries resume after a breaker only for who names it: %s", async (_what, rest, stops) => {
    paper.view = riskOf("paper-A", rest as Partial<RiskView>);
    const resume = { ledger: "paper-A", state: "ACTIVE" };
    expect(await refusal(call("POST", "/state", resume))).toEqual([409, "STOP_NOT_NAMED", `this lifts ${stops.join(", ")} on paper-A`]);
    expect((await call("POST", "/state", { ...resume, clears: ["MAX_POSITIONS"] })).status).toBe(409);
    expect(paper.asked).toEqual([]);
    expect((await call("POST", "/state", { ...resume, clears: stops })).status).toBe(200);
    expect(paper.asked).toHaveLength(1);
  });

  test("a stop before the books are open is kept for their opening; a stop by hand keeps a breaker's name", async () => {
    const kept = await call("POST", "/state", { ledger: "live-A", state: "HALTED", note: "not yet" });
    expect([kept.status, await kept.json()]).toMatchObject([200, { ledger: "live-A", state: "HALTED", note: "not yet", limits: [] }]);
    for (const reason of ["DRAWDOWN_BREAKER", "STATE_RESTORED"]) {
      paper.view = riskOf("paper-A", { state: "REDUCING", stateReason: reason });
      await call("POST", "/state", { ledger: "paper-A", state: "HALTED" });
      expect(paper.asked.at(-1)).toMatchObject({ reason });
    }
    paper.view = riskOf("paper-A", { state: "REDUCING", stateReason: "LIVE_NOT_ENABLED" });
    await call("POST", "/state", { ledger: "paper-A", state: "REDUCING" });
    expect(paper.asked.at(-1)).toMatchObject({ reason: null });
  });

  test("a stop of live trading is not lifted by setting a state", async () => {
    paper.view = riskOf("paper-A", { state: "REDUCING", stateReason: "PROGRAM_DRIFT" });
    const [status, reason, detail] = await refusal(
      call("POST", "/state", { ledger: "paper-A", state: "ACTIVE", clears: ["PROGRAM_DRIFT"] }),
    );
    expect([status, reason]).toEqual([409, "CONFIRMATION_REQUIRED"]);
    expect(detail).toContain("sniper live enable");
  });

  test.each([
    [{ ledger: "paper-A", state: "PAUSED" }],
    [{ ledger: "paper-A" }],
    [{ ledger: "paper-A", state: "HALTED", note: "x".repeat(201) }],
    [{ ledger: "paper-A", state: "HALTED", note: "a\u0007b" }],
    [{ ledger: "paper-A", state: "HALTED", author: "somebody" }],
    [{ ledger: "planet", state: "HALTED" }],
    [{ ledger: "paper-A", state: "ACTIVE", clears: ["NO_SUCH_CODE"] }],
  ])("%j is no request", async (body) => {
    expect(await refusal(call("POST", "/state", body))).toMatchObject([400, "REQUEST_INVALID", expect.any(String)]);
    expect(paper.asked).toEqual([]);
  });
});

describe("locks", () => {
  const order = { scope: "mint", value: MINT, reason: "rug" };

  test("set for a time, listed newest first, lifted", async () => {
    const before = Date.now();
    const set = await call("POST", "/locks", { ...order, durationMs: 60_000 });
    expect(set.status).toBe(201);
    const [lock] = (await set.json<Page<LedgerLockView>>()).items;
    expect(lock).toMatchObject({ ledger: "paper-A", scope: "mint", value: MINT, reason: "rug", author: "operator" });
    expect((lock?.untilMs ?? 0) - before).toBeGreaterThanOrEqual(60_000);
    await call("POST", "/locks", { scope: "all", reason: "until I am back" });
    const { items } = await (await call("GET", "/locks", undefined, null)).json<Page<LedgerLockView>>();
    expect(items.map(({ scope, untilMs }) => [scope, untilMs === null])).toEqual([
      ["all", true],
      ["mint", false],
    ]);
    expect((await call("DELETE", `/locks/${lock?.lockId}`)).status).toBe(204);
    expect(await refusal(call("DELETE", `/locks/${lock?.lockId}`))).toMatchObject([404, "NOT_FOUND", expect.any(String)]);
    expect((await (await call("GET", "/locks?ledger=paper-A")).json<Page<LedgerLockView>>()).items).toHaveLength(1);
  });

  test("a ledger that refuses says which", async () => {
    expect(await refusal(call("POST", "/locks", { ...order, ledger: "live-A" }))).toEqual([404, "NOT_FOUND", "live-A: refused"]);
  });

  test.each([
    [{ scope: "mint", reason: "x" }],
    [{ scope: "all", value: MINT, reason: "x" }],
    [{ scope: "creator", value: "<b>", reason: "x" }],
    [{ ...order, reason: " " }],
    [{ ...order, durationMs: 60_000, untilMs: 9 }],
    [{ ...order, durationMs: 5 }],
    [{ ...order, author: "somebody" }],
  ])("%j is no lock", async (body) => {
    expect(await refusal(call("POST", "/locks", body))).toMatchObject([400, "REQUEST_INVALID", expect.any(String)]);
    expect(paper.asked).toEqual([]);
  });
});

describe("sales by hand", () => {
  test("one position, wherever it is held; everything of a ledger", async () => {
    const reply = await call("POST", "/positions/position-1/close");
    expect([reply.status, await reply.json()]).toEqual([202, { ledger: "paper-A" }]);
    expect((await call("POST", "/positions/position-2/close")).status).toBe(404);
    const all = await call("POST", "/positions/close", { ledger: "paper-A" });
    expect([all.status, await all.json()]).toEqual([202, { positions: 1 }]);
    expect(paper.asked.at(-1)).toEqual({ closeAll: "operator" });
  });
});

test.each([
  ["POST", "/state", { ledger: "paper-A", state: "HALTED" }],
  ["POST", "/locks", { scope: "all", reason: "x" }],
  ["DELETE", "/locks/lock-1", undefined],
  ["POST", "/positions/close", { ledger: "paper-A" }],
  ["POST", "/positions/position-1/close", undefined],
] as const)("%s %s is the operator's alone", async (method, path, body) => {
  expect((await call(method, path, body, null)).status).toBe(401);
  expect((await call(method, path, body, "Bearer guess")).status).toBe(401);
  expect(paper.asked).toEqual([]);
});
