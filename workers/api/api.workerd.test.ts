import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { beforeEach, describe, expect, test } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { projectEntries } from "../../adapters/d1/project.ts";
import { trainingRuns } from "../../adapters/d1/schema/learning.ts";
import type { DecisionView, EquityPoint, Health, Page, PositionView, RunView, Status, TradeView } from "../../domain/api/types.ts";
import { appendEntries, GENESIS } from "../../domain/journal/chain.ts";
import type { JournalEntry } from "../../domain/journal/entry.ts";
import { sampleDecision, sampleEquity, samplePosition, sampleTrade } from "../../domain/journal/sample-entries.ts";
import { decisionView, positionView, tradeView } from "../../domain/journal/views.ts";
import { REASONS } from "../../domain/reasons.ts";
import { journalOf } from "../../durable-objects/stubs.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { createApi } from "./app.ts";

const api = createApi();
const TOKEN = "an operator token";
const ENV: Env & { OPERATOR_TOKEN: string; RPC_URL: string } = { ...env, OPERATOR_TOKEN: TOKEN, RPC_URL: "http://127.0.0.1:9/" };
const MINT = "So11111111111111111111111111111111111111112";

async function call(path: string, init?: RequestInit, bindings: Env = ENV): Promise<Response> {
  return api.request(`http://sniper.test/api/v1${path}`, init, bindings);
}

async function get<T>(path: string): Promise<T> {
  const response = await call(path);
  expect(response.status, path).toBe(200);
  return response.json<T>();
}

/** Puts entries into D1 as the Executor would. */
async function project(...entries: JournalEntry[]): Promise<void> {
  await projectEntries(env.DB, appendEntries(GENESIS, entries), 1);
}

function write(method: "POST" | "DELETE", body: unknown, headers: Record<string, string> = {}, bindings: Env = ENV): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return call(
    "/denylist",
    {
      method,
      body: text,
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${TOKEN}`, ...headers },
    },
    bindings,
  );
}

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
  // The queue would start the deployed Executor beside the test.
  await runInDurableObject(journalOf(env) as DurableObjectStub<undefined>, (instance: unknown) => {
    (instance as { env: Env }).env = { ...env, TRADE_EVENTS: { send: async () => {} } as unknown as Env["TRADE_EVENTS"] };
  });
});

describe("lists", () => {
  test("decisions come back as they were journalled", async () => {
    const decision = sampleDecision("d1");
    await project(decision);
    expect(await get("/decisions")).toEqual({
      items: [decisionView(decision)],
      next: null,
      reasons: Object.fromEntries(decision.reasons.concat(decision.findings).map(({ code }) => [code, REASONS[code]])),
    });
  });

  test("pages are newest first, complete and without repetition", async () => {
    await project(...Array.from({ length: 25 }, (_, i) => sampleDecision(`d${i}`, { outcome: i % 5 === 0 ? "BUY" : "DECLINE" })));
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const page: Page<DecisionView> = await get(`/decisions?limit=10${next === null ? "" : `&before=${next}`}`);
      seen.push(...page.items.map((item) => item.id));
      next = page.next;
    } while (next !== null);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `d${24 - i}`));
    const bought: Page<DecisionView> = await get("/decisions?outcome=BUY&limit=2");
    expect(bought.items.map((item) => item.id)).toEqual(["d20", "d15"]);
    const older: Page<DecisionView> = await get(`/decisions?outcome=BUY&limit=5&before=${bought.next}`);
    expect(older).toMatchObject({ items: [{ id: "d10" }, { id: "d5" }, { id: "d0" }], next: null });
  });

  test("decisions by reason, also when newer ones have another outcome", async () => {
    await project(
      sampleDecision("old", { reasons: [{ code: "LP_NOT_BURNED" }] }),
      ...Array.from({ length: 5 }, (_, i) => sampleDecision(`other-${i}`, { outcome: "WATCH", reasons: [{ code: "LP_NOT_BURNED" }] })),
      sampleDecision("unrelated"),
    );
    const page: Page<DecisionView> = await get("/decisions?reason=LP_NOT_BURNED&outcome=DECLINE&limit=2");
    expect(page.items.map((item) => item.id)).toEqual(["old"]);
    const byMint: Page<DecisionView> = await get("/decisions?mint=mint-unrelated");
    expect(byMint.items.map((item) => item.id)).toEqual(["unrelated"]);
  });

  test("positions: the open ones unless all are asked for; trades per ledger", async () => {
    const open = samplePosition("p2");
    await project(
      samplePosition("p1", { status: "closed" }),
      open,
      samplePosition("p3", { status: "entering", openedAtMs: null, costLamports: "0", valueLamports: null }),
      sampleTrade("p1"),
      sampleTrade("p0", { ledger: "paper-B" }),
    );
    const positions: Page<PositionView> = await get("/positions");
    expect(positions.items.map((item) => [item.positionId, item.returnBps])).toEqual([
      ["p3", null],
      ["p2", 1_000],
    ]);
    expect(positions.items[1]).toEqual(positionView(open));
    expect((await get<Page<PositionView>>("/positions?scope=all")).items).toHaveLength(3);
    const trades: Page<TradeView> = await get("/trades?ledger=paper-A");
    expect(trades.items).toEqual([tradeView(sampleTrade("p1"))]);
    expect(trades).toHaveProperty("reasons", { EXIT_TAKE_PROFIT: REASONS.EXIT_TAKE_PROFIT });
  });

  test("a long equity curve is thinned to its last points and its deepest drawdowns", async () => {
    const nowMs = Date.now();
    const curve = Array.from({ length: 3_000 }, (_, i) =>
      sampleEquity(`e${i}`, {
        atMs: nowMs - (3_000 - i) * 5_000,
        equityLamports: String(7_000_000_000 + i),
        drawdownBps: i === 1_234 ? 999 : i % 7,
      }),
    );
    for (let i = 0; i < curve.length; i += 500) {
      await projectEntries(env.DB, appendEntries({ seq: i, hash: GENESIS.hash }, curve.slice(i, i + 500)), 1);
    }
    const { items, next }: Page<EquityPoint> = await get("/equity");
    expect(next).toBeNull();
    expect(items.length).toBeGreaterThan(100);
    expect(items.length).toBeLessThanOrEqual(500);
    expect(items[0]).toMatchObject({ equityLamports: "7000002999" });
    expect(items.filter((point) => point.drawdownBps === 999)).toHaveLength(1);
    const recorded = new Set(curve.map((point) => `${point.atMs} ${point.equityLamports} ${point.drawdownBps}`));
    for (const point of items) expect(recorded).toContain(`${point.atMs} ${point.equityLamports} ${point.drawdownBps}`);
    expect(items.map((point) => point.atMs)).toEqual(items.map((point) => point.atMs).toSorted((a, b) => b - a));
    expect((await get<Page<EquityPoint>>(`/equity?sinceMs=${nowMs - 60_000}&limit=500`)).items).toHaveLength(12);
    expect((await get<Page<EquityPoint>>("/equity?ledger=paper-B")).items).toEqual([]);
  });

  test("learning runs: what they came to, in words, without internals", async () => {
    const base = { attempt: 1, startedAtMs: 1_000, heartbeatAtMs: 2_000, status: "done" } as const;
    const detailOf = (detail: unknown): string => JSON.stringify(detail);
    await drizzle(env.DB)
      .insert(trainingRuns)
      .values([
        {
          ...base,
          id: "train-1",
          kind: "train",
          instanceId: "train-1-1",
          step: "split",
          endedAtMs: 2_500,
          outcome: "MODEL_ONE_CLASS",
          detail: detailOf({ rows: 67, reason: "validation: 9 rows", reports: { rows: 62, undecided: 4 } }),
        },
        {
          ...base,
          id: "optimize-2",
          kind: "optimize",
          instanceId: "optimize-2-1",
          step: "conclude",
          endedAtMs: 2_600,
          outcome: "PARAMETERS_NOT_BETTER",
          detail: detailOf({ rows: 67, reason: "x".repeat(5_000) }),
        },
        {
          ...base,
          id: "train-3",
          kind: "train",
          instanceId: "train-3-2",
          attempt: 2,
          step: "etl-0",
          status: "failed",
          endedAtMs: 2_700,
          outcome: "UPSTREAM_FAILED",
          detail: detailOf({ rows: 70, error: "Error: D1_ERROR: secret path" }),
        },
        { ...base, id: "train-4", kind: "train", instanceId: "train-4-1", status: "running", step: "created", detail: null },
      ]);
    const newest: Page<RunView> = await get("/runs?limit=2");
    expect(newest.items).toEqual([
      {
        id: "train-4",
        kind: "train",
        status: "running",
        step: "created",
        attempt: 1,
        startedAtMs: 1_000,
        endedAtMs: null,
        candidates: null,
        rows: null,
        outcome: null,
        detail: null,
      },
      expect.objectContaining({ id: "train-3", status: "failed", attempt: 2, candidates: 70, outcome: "UPSTREAM_FAILED", detail: null }),
    ]);
    const older: Page<RunView> = await get(`/runs?before=${newest.next}`);
    expect(older.next).toBeNull();
    expect(older.items.map(({ id, candidates, rows, detail }) => [id, candidates, rows, detail])).toEqual([
      ["optimize-2", 67, null, "x".repeat(300)],
      ["train-1", 67, 62, "validation: 9 rows"],
    ]);
  });

  test.each(["/models", "/experiments", "/studies", "/runs", "/denylist", "/trades", "/equity", "/intents", "/incidents"])(
    "%s is empty at first",
    async (path) => {
      expect(await get(path)).toEqual({ items: [], next: null, reasons: {} });
    },
  );

  test.each([
    "/decisions?limit=0",
    "/decisions?limit=501",
    "/decisions?limit=ten",
    "/decisions?before=-1",
    "/decisions?before=1e99",
    "/decisions?outcome=MAYBE",
    "/decisions?reason=NO_SUCH_CODE",
    "/trades?ledger=a-much-too-long-ledger-name",
  ])("%s is refused", async (path) => {
    const response = await call(path);
    expect(response.status).toBe(400);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ status: 400, reason: "REQUEST_INVALID" });
  });
});

describe("state", () => {
  test("the count per reason", async () => {
    const atMs = Date.now();
    await project(
      sampleDecision("a", { atMs }),
      sampleDecision("b", { atMs, reasons: [{ code: "LIQUIDITY_TOO_LOW" }] }),
      sampleDecision("c", { atMs: atMs - 2 * 86_400_000 }),
      { kind: "rejection", id: "r", atMs, signature: null, slot: null, source: "webhook", reason: "TX_FAILED", detail: null },
    );
    expect(await get("/decisions/reasons")).toMatchObject({
      items: [
        { code: "LIQUIDITY_TOO_LOW", count: 2, text: "The pool's liquidity is below the minimum." },
        { code: "SCORE_BELOW_THRESHOLD", count: 1 },
        { code: "TX_FAILED", count: 1 },
      ],
    });
    expect(await get("/decisions/reasons?sinceMs=0")).toMatchObject({ sinceMs: 0, items: [{ count: 3 }, { count: 2 }, { count: 1 }] });
  });

  test("status: funnel, reasons, parameters in force", async () => {
    const atMs = Date.now() - 5_000;
    await project(
      sampleDecision("filtered", { atMs, stage: "discover", score: null }),
      sampleDecision("vetoed", { atMs, findings: [{ code: "FREEZE_AUTHORITY_SET", severity: "hard" }] }),
      sampleDecision("unjudged", { atMs, score: null, reasons: [{ code: "ASSESSMENT_FAILED" }] }),
      sampleDecision("low", { atMs }),
      sampleDecision("high", { atMs, outcome: "BUY" }),
      sampleDecision("bought", { atMs, stage: "trade", outcome: "BUY" }),
    );
    const status: Status = await get("/status");
    expect(status.funnel).toEqual({ detected: 5, passedFilters: 4, passedGates: 2, scoredAbove: 1, bought: 1 });
    expect(status.feedAgeMs).toBeGreaterThanOrEqual(5_000);
    expect(status).toMatchObject({ mode: "paper", champion: null, experiment: null, ledgers: [] });
    expect(status.parameters.version).toMatch(/^default-[0-9a-f]{12}$/);
    expect(status.reasons[0]).toEqual({ code: "LIQUIDITY_TOO_LOW", count: 3 });
  });

  test("health names the parts that do not answer, and still answers itself", async () => {
    const health: Health = await get("/health");
    expect(health.checks).toEqual(
      expect.arrayContaining([
        { name: "d1", ok: true, detail: "answers" },
        { name: "projection", ok: true, detail: "0 entries behind" },
      ]),
    );
    const broken = {
      ...ENV,
      DB: { prepare: () => ({ first: () => Promise.reject(new Error("D1_ERROR: secret path")) }) },
    } as unknown as Env;
    const response = await call("/health", {}, broken);
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      status: "degraded",
      checks: expect.arrayContaining([{ name: "d1", ok: false, detail: "does not answer" }]),
    });
    expect(text).not.toContain("secret");
    const list = await call("/decisions", {}, broken);
    expect(list.status).toBeGreaterThanOrEqual(500);
    expect(list.headers.get("Content-Type")).toBe("application/problem+json");
    expect(await list.text()).not.toContain("secret");
  });

  test("journal head", async () => {
    await journalOf(env).append([sampleDecision("a")]);
    expect(await get("/journal/head")).toMatchObject({ seq: 1, executorSeq: 0, archivedSeq: 0 });
  });

  test("unknown paths, headers, and the API's description", async () => {
    const response = await call("/nothing");
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ type: "about:blank", title: "There is no such thing.", status: 404, reason: "NOT_FOUND" });
    expect(response.headers.get("Content-Security-Policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    const document = await get<{ openapi: string; paths: Record<string, unknown> }>("/openapi.json");
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths).toSorted()).toEqual(
      [
        "decisions",
        "decisions/reasons",
        "dead-letters",
        "dead-letters/{id}/redrive",
        "denylist",
        "equity",
        "experiments",
        "health",
        "incidents",
        "incidents/{id}/acknowledge",
        "intents",
        "journal/entries",
        "journal/hashes",
        "journal/head",
        "journal/hold",
        "journal/mend",
        "journal/projection",
        "journal/rebuild",
        "journal/recover",
        "journal/segments",
        "journal/segments/{name}",
        "journal/state",
        "live",
        "live/disable",
        "live/enable",
        "live/preflight",
        "live/rehearse",
        "locks",
        "locks/{id}",
        "models",
        "models/{name}/invocations",
        "models/{name}/versions/{version}/invocations",
        "observations/{mint}",
        "parameters/{version}",
        "performance",
        "positions",
        "positions/close",
        "positions/{id}/close",
        "reasons",
        "risk",
        "runs",
        "state",
        "status",
        "studies",
        "trades",
        "wallet",
      ]
        .map((path) => `/api/v1/${path}`)
        .toSorted(),
    );
    expect(JSON.stringify(document)).toContain("LIQUIDITY_TOO_LOW");
  });
});

describe("denylist", () => {
  const entry = { subject: "mint", value: MINT, reason: "rug" };

  test("the operator adds and removes; repeating is refused", async () => {
    const added = await write("POST", entry);
    expect(added.status).toBe(201);
    expect(await added.json()).toMatchObject({ ...entry, author: "operator" });
    const again = await write("POST", entry);
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ reason: "DUPLICATE_EVENT" });
    expect((await write("DELETE", { ...entry, reason: "mistake" })).status).toBe(204);
    expect((await write("DELETE", entry)).status).toBe(404);
    expect(await journalOf(env).head()).toMatchObject({ seq: 2 });
  });

  test("nobody else, and nobody at all while no token is set", async () => {
    for (const Authorization of [
      "",
      "Bearer ",
      "Bearer wrong",
      `bearer ${TOKEN}`,
      `Basic ${TOKEN}`,
      TOKEN,
      `Bearer ${TOKEN} `,
      "Bearer undefined",
    ]) {
      const response = await write("POST", entry, { Authorization });
      expect(response.status, Authorization).toBe(Authorization === `Bearer ${TOKEN} ` ? 201 : 401);
      if (response.status === 401) {
        expect(response.headers.get("WWW-Authenticate")).toBe("Bearer");
        expect(await response.json()).toMatchObject({ reason: "OPERATOR_UNAUTHORIZED" });
      }
    }
    const { OPERATOR_TOKEN: _, ...withoutToken } = ENV as Env & { OPERATOR_TOKEN?: string };
    for (const Authorization of ["", "Bearer ", "Bearer undefined", `Bearer ${TOKEN}`]) {
      expect((await write("DELETE", entry, { Authorization }, withoutToken as Env)).status).toBe(401);
    }
  });

  test.each([
    ["no JSON", "{", 400],
    ["no object", "[]", 400],
    ["unknown field", { ...entry, extra: 1 }, 400],
    ["a value that is no address", { ...entry, value: "0OIl" }, 400],
    ["an empty reason", { ...entry, reason: "  " }, 400],
    ["a long reason", { ...entry, reason: "x".repeat(301) }, 400],
    ["too much", { ...entry, reason: "x".repeat(5_000) }, 413],
  ])("%s is refused", async (_, body, status) => {
    const response = await write("POST", body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ reason: "REQUEST_INVALID" });
    expect(await journalOf(env).head()).toMatchObject({ seq: 0 });
  });
});

describe("live feed", () => {
  test("opens for our own page and for programs, not for foreign pages", async () => {
    const open = (headers: Record<string, string>, upgrade = true): Promise<Response> =>
      call("/ws", { headers: { ...(upgrade ? { Upgrade: "websocket" } : {}), ...headers } });
    for (const headers of [{}, { Origin: "http://sniper.test" }]) {
      const response = await open(headers);
      expect(response.status).toBe(101);
      response.webSocket?.accept();
      response.webSocket?.close();
    }
    for (const Origin of ["https://evil.test", "null", "http://sniper.test.evil.test"]) expect((await open({ Origin })).status).toBe(403);
    expect((await open({}, false)).status).toBe(426);
  });
});
