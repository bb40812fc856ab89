import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { projectEntries } from "../../adapters/d1/project.ts";
import type { IncidentView, IntentView, LiveStatus, Page, Preflight, Status } from "../../domain/api/types.ts";
import { appendEntries, GENESIS } from "../../domain/journal/chain.ts";
import type { JournalEntry } from "../../domain/journal/entry.ts";
import { sampleIncident, sampleIntent } from "../../domain/journal/sample-entries.ts";
import { incidentView, intentView } from "../../domain/journal/views.ts";
import type { SignerDescription, SignerPort } from "../../domain/signing/types.ts";
import { journalOf, liveControlOf } from "../../durable-objects/stubs.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { createApi } from "./app.ts";

const api = createApi();
const TOKEN = "an operator token";
const ENV = { ...env, OPERATOR_TOKEN: TOKEN, RPC_URL: "http://127.0.0.1:9/" };
const WALLET = "So11111111111111111111111111111111111111112";
const DESCRIPTION: SignerDescription = {
  address: WALLET,
  policy: {
    network: "mainnet",
    maxSpendPerTxLamports: 2n ** 63n,
    maxFeePerTxLamports: 1n,
    entryHourLamports: 1n,
    entryDayLamports: 1n,
    entrySignaturesPerHour: 1,
    entrySignaturesPerDay: 1,
    exitHourLamports: 1n,
    exitDayLamports: 1n,
    exitSignaturesPerHour: 1,
    exitSignaturesPerDay: 1,
    sweepAddress: null,
    sweepAboveLamports: null,
    tipAccounts: [WALLET],
  },
  budgets: [{ kind: "exit", windowMs: 3_600_000, usedLamports: 5n, limitLamports: 9n, signatures: 1, signaturesLimit: 2 }],
  nowMs: 1,
};

async function call(path: string, init?: RequestInit): Promise<Response> {
  return api.request(`http://sniper.test/api/v1${path}`, init, ENV);
}

async function get<T>(path: string): Promise<T> {
  const response = await call(path);
  expect(response.status, path).toBe(200);
  return response.json<T>();
}

function post(path: string, body?: unknown, authorization = `Bearer ${TOKEN}`): Promise<Response> {
  const text = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  return call(path, { method: "POST", headers: { "Content-Type": "application/json", Authorization: authorization }, ...text });
}

async function project(...entries: JournalEntry[]): Promise<void> {
  await projectEntries(env.DB, appendEntries(GENESIS, entries), 1);
}

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
  await runInDurableObject(journalOf(env) as DurableObjectStub<undefined>, (instance: unknown) => {
    (instance as { env: Env }).env = { ...env, TRADE_EVENTS: { send: async () => {} } as unknown as Env["TRADE_EVENTS"] };
  });
  await runInDurableObject(liveControlOf(env) as DurableObjectStub<undefined>, (instance: unknown) => {
    (instance as { env: Env }).env = { ...env, RPC_URL: "http://127.0.0.1:9/" } as Env;
  });
});

describe("live trading over the API", () => {
  test("a paper deployment says so, and cannot be switched", async () => {
    const live: LiveStatus = await get("/live");
    expect(live).toMatchObject({ ceiling: "paper", mode: "paper", wallet: null, agreed: 0, agreedWanted: 10, incidents: [] });
    expect(live.programs).toHaveLength(3);
    const preflight = await post("/live/preflight");
    expect(preflight.status).toBe(200);
    const { ok, checks, confirmation } = await preflight.json<Preflight>();
    expect({ ok, confirmation }).toEqual({ ok: false, confirmation: null });
    expect(checks.find(({ name }) => name === "mode")).toMatchObject({ ok: false, code: "MODE_NOT_ALLOWED" });
    const enabled = await post("/live/enable", { confirmation: "GO LIVE" });
    expect(enabled.status).toBe(409);
    expect(await enabled.json()).toMatchObject({ reason: "CONFIRMATION_REQUIRED" });
    const disabled = await post("/live/disable");
    expect(disabled.status).toBe(200);
    expect(await disabled.json()).toMatchObject({ mode: "paper" });
    const rehearsed = await post("/live/rehearse", {});
    expect(rehearsed.status).toBe(409);
    const wallet = await call("/wallet");
    expect(wallet.status).toBe(503);
    expect(await wallet.json()).toMatchObject({ reason: "SIGNER_UNAVAILABLE" });
  });

  test.each(["/live/preflight", "/live/enable", "/live/disable", "/live/rehearse", "/incidents/x/acknowledge"])(
    "%s is the operator's alone",
    async (path) => {
      for (const authorization of ["", "Bearer guess"]) {
        const response = await post(path, { confirmation: "GO LIVE" }, authorization);
        expect(response.status).toBe(401);
      }
      expect((await call(path)).status).toBe(404);
    },
  );

  test.each<[string, unknown, number]>([
    ["/live/enable", {}, 400],
    ["/live/enable", { confirmation: "" }, 400],
    ["/live/enable", { confirmation: "x", more: 1 }, 400],
    ["/live/enable", "{", 400],
    ["/live/enable", { confirmation: "x".repeat(2_000) }, 413],
    ["/live/rehearse", { mint: "not an address" }, 400],
    ["/incidents/unknown/acknowledge", undefined, 404],
  ])("%s with %j is refused with %d", async (path, body, status) => {
    expect((await post(path, body)).status).toBe(status);
  });

  test("the wallet shows address, policy and budgets, amounts as texts", async () => {
    const signer = { describe: async () => ({ ok: true, value: DESCRIPTION }) } as unknown as SignerPort;
    await runInDurableObject(liveControlOf(env) as DurableObjectStub<undefined>, (instance: unknown) => {
      (instance as { env: Env }).env = { ...env, RPC_URL: "http://127.0.0.1:9/", SIGNER: signer } as unknown as Env;
    });
    expect(await get("/wallet")).toEqual({
      address: WALLET,
      lamports: null,
      policy: {
        ...DESCRIPTION.policy,
        maxSpendPerTxLamports: "9223372036854775808",
        maxFeePerTxLamports: "1",
        entryHourLamports: "1",
        entryDayLamports: "1",
        exitHourLamports: "1",
        exitDayLamports: "1",
      },
      budgets: [{ kind: "exit", windowMs: 3_600_000, usedLamports: "5", limitLamports: "9", signatures: 1, signaturesLimit: 2 }],
    });
    expect((await get<LiveStatus>("/live")).budgets[0]).toMatchObject({ usedLamports: "5", limitLamports: "9" });
  });
});

describe("intents and incidents", () => {
  test("orders come back as they were journalled, page by page, of one position or all", async () => {
    const first = sampleIntent("p1:buy:1", { id: "1", status: "sent", actual: null, slot: null });
    await project(first, sampleIntent("p2:buy:1", { id: "2", positionId: "p2", predicted: null }), sampleIntent("p1:buy:1"));
    const page: Page<IntentView> = await get("/intents?limit=1");
    expect(page).toMatchObject({ items: [{ intentId: "p2:buy:1", predicted: null }], next: expect.any(String) });
    expect(await get(`/intents?limit=1&before=${page.next}`)).toEqual({
      items: [intentView(sampleIntent("p1:buy:1"))],
      next: null,
      reasons: {},
    });
    expect(await get<Page<IntentView>>("/intents?positionId=p2")).toMatchObject({ items: [{ positionId: "p2" }] });
    expect(await get("/intents?positionId=p3")).toEqual({ items: [], next: null, reasons: {} });
  });

  test("open incidents come from their owner, all of them from the books", async () => {
    await project(sampleIncident("old", { status: "cleared" }));
    const live = liveControlOf(env);
    const id = await live.raise({ code: "EXIT_STUCK", subject: "p1", detail: "d", severity: "page" });
    const open: Page<IncidentView> = await get("/incidents");
    expect(open).toMatchObject({ items: [{ incidentId: id, status: "raised" }], next: null });
    expect(await get("/incidents?scope=all")).toEqual({
      items: [incidentView(sampleIncident("old", { status: "cleared" }))],
      next: null,
      reasons: { EXIT_STUCK: "An exit keeps failing at the widest slippage." },
    });
    expect((await get<Status>("/status")).incidents).toEqual(open.items);
    expect((await get<LiveStatus>("/live")).incidents).toEqual(open.items);
  });

  test("the operator acknowledges; what is past is then cleared", async () => {
    const live = liveControlOf(env);
    const lasting = await live.raise({ code: "EXIT_STUCK", subject: "p1", detail: "d", severity: "page" });
    const past = await live.raise({ code: "PREDICTION_MISSED", subject: "p1:buy:1", detail: "d", severity: "page", cause: "past" });
    const acknowledged = await post(`/incidents/${lasting}/acknowledge`);
    expect(acknowledged.status).toBe(200);
    expect(await acknowledged.json()).toMatchObject({ incidentId: lasting, status: "acknowledged", author: "operator" });
    expect(await (await post(`/incidents/${past}/acknowledge`)).json()).toMatchObject({ incidentId: past, status: "cleared" });
    expect((await post(`/incidents/${past}/acknowledge`)).status).toBe(404);
    expect(await get<Page<IncidentView>>("/incidents")).toMatchObject({ items: [{ incidentId: lasting, status: "acknowledged" }] });
  });
});
