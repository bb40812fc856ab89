import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import { projectEntries } from "../../adapters/d1/project.ts";
import { appendEntries, GENESIS } from "../../domain/journal/chain.ts";
import { sampleTrade } from "../../domain/journal/sample-entries.ts";
import { liveControlOf, portfolioOf } from "../../durable-objects/stubs.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { createApi } from "../api/app.ts";
import { notify } from "./notify.ts";
import { receiveTelegramUpdate } from "./webhook.ts";

const SECRET = "telegram-secret";
const TOKEN = "7000000001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const BOT = {
  ...env,
  TELEGRAM_API_BASE_URL: "http://telegram.test",
  TELEGRAM_BOT_TOKEN: TOKEN,
  TELEGRAM_CHAT_ID: "1001",
  TELEGRAM_WEBHOOK_SECRET: SECRET,
  TELEGRAM_ALLOWED_USER_IDS: "1001, 1002",
};

const OPENING = { ledger: "paper-A", openingLamports: 7_000_000_000n, maxPositions: 10, maxDrawdownBps: 1_500, solUsd: 150 } as const;

interface Sent {
  readonly url: string;
  readonly body: { readonly chat_id: string; readonly text: string };
}
let sent: Sent[] = [];

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
  sent = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input as RequestInfo, init as RequestInit);
    sent.push({ url: request.url, body: await request.json() });
    return Response.json({ ok: true, result: { message_id: 1, date: 0, chat: { id: 1001, type: "private" }, text: "" } });
  });
});
afterEach(() => vi.restoreAllMocks());

function update(text: string, overrides: { readonly from?: number; readonly type?: string; readonly id?: number } = {}): unknown {
  const { from = 1001, type = "private", id = 1 } = overrides;
  return { update_id: id, message: { message_id: 5, date: 1, from: { id: from, is_bot: false }, chat: { id: from, type }, text } };
}

async function deliver(body: unknown, options: { readonly secret?: string; readonly bindings?: Env } = {}): Promise<number> {
  const context = createExecutionContext();
  const request = new Request("http://sniper.test/webhooks/telegram", {
    method: "POST",
    headers: { "x-telegram-bot-api-secret-token": options.secret ?? SECRET },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const response = await receiveTelegramUpdate(request, options.bindings ?? BOT, context);
  await waitOnExecutionContext(context);
  return response.status;
}

describe("commands over the webhook", () => {
  test("an allowed user in a private chat is answered, once per update", async () => {
    expect(await deliver(update("/help"))).toBe(200);
    expect(await deliver(update("/help"))).toBe(200);
    expect(sent).toEqual([{ url: `http://telegram.test/bot${TOKEN}/sendMessage`, body: expect.objectContaining({ chat_id: "1001" }) }]);
    await deliver(update("/trades", { from: 1002, id: 2 }));
    expect(sent[1]?.body).toMatchObject({ chat_id: "1002", text: "No closed trade yet." });
  });

  test("the answer holds what the books hold", async () => {
    await projectEntries(env.DB, appendEntries(GENESIS, [sampleTrade("p1")]), 1);
    await deliver(update("/trades 1"));
    expect(sent[0]?.body.text).toContain("+0.0980 SOL (+19.5 %)");
  });

  test("an allowed user acknowledges an incident, a stranger does not", async () => {
    const live = liveControlOf(env);
    const id = await live.raise({ code: "EXIT_STUCK", subject: "p1", detail: "d", severity: "page" });
    await deliver(update(`/ack_${id}`, { from: 6666, id: 7 }));
    expect(await live.incidents()).toMatchObject([{ status: "raised" }]);
    await deliver(update(`/ack_${id}`, { from: 1002, id: 8 }));
    expect(await live.incidents()).toMatchObject([{ status: "acknowledged", author: "telegram:1002" }]);
    await deliver(update("/live", { id: 9 }));
    expect(sent.map(({ body }) => body.text)).toEqual([
      `Acknowledged: ${id}`,
      expect.stringContaining("<b>paper</b>, the deployment allows paper"),
    ]);
  });

  test("stops, locks and resumes the real books, with the author and the note in the journal", async () => {
    const books = portfolioOf(env, "paper-A");
    await books.ensureOpen(OPENING);
    await deliver(update("/halt something <b>smells</b>", { from: 1002, id: 20 }));
    expect(await books.risk()).toMatchObject({ state: "HALTED", author: "telegram:1002", note: "something <b>smells</b>" });
    await deliver(update("/lock all 2h news", { id: 21 }));
    expect((await books.risk())?.locks).toMatchObject([{ scope: "all", reason: "news", author: "telegram:1001" }]);
    await deliver(update("/resume fine again", { id: 22 }));
    expect(await books.risk()).toMatchObject({ state: "ACTIVE", author: "telegram:1001", note: "fine again" });
    expect(sent.map(({ body }) => body.text)).toEqual([
      expect.stringContaining("exits go on"),
      expect.stringContaining("Entries stop for it, exits go on."),
      expect.stringContaining("Entries and exits run."),
    ]);
    await deliver(update("/halt", { from: 6666, id: 23 }));
    expect(await books.risk()).toMatchObject({ state: "ACTIVE" });
  });

  test("a stop before the books are open is kept for their opening", async () => {
    await deliver(update("/halt not yet", { id: 40 }));
    expect(sent[0]?.body.text).toContain("paper-A: HALTED");
    const books = portfolioOf(env, "paper-A");
    expect(await books.risk()).toBeNull();
    await books.ensureOpen(OPENING);
    expect(await books.risk()).toMatchObject({ state: "HALTED", note: "not yet", author: "telegram:1001" });
  });

  test("a breaker is cleared in two steps, by the person who asked", async () => {
    const books = portfolioOf(env, "paper-A");
    await books.ensureOpen(OPENING);
    await books.setState("REDUCING", "system", "DRAWDOWN_BREAKER", "1571 of 1500 bps");
    await deliver(update("/reduce me too", { id: 30 }));
    expect(await books.risk()).toMatchObject({ stateReason: "DRAWDOWN_BREAKER", note: "me too" });
    await deliver(update("/resume", { id: 31 }));
    const [, command = ""] = /(\/confirm_\w+)/.exec(sent.at(-1)?.body.text ?? "") ?? [];
    await deliver(update(command, { from: 1002, id: 32 }));
    expect(await books.risk()).toMatchObject({ state: "REDUCING" });
    await deliver(update(command, { id: 33 }));
    expect(await books.risk()).toMatchObject({ state: "ACTIVE", author: "telegram:1001", stateReason: null });
    await deliver(update(command, { id: 34 }));
    expect(sent.at(-1)?.body.text).toContain("Nothing waits for this confirmation");
  });

  test.each([
    ["a stranger", update("/help", { from: 6666 })],
    ["a group", update("/help", { type: "group" })],
    ["no message", { update_id: 3, edited_message: {} }],
  ])("%s is ignored with 200", async (_who, body) => {
    expect(await deliver(body)).toBe(200);
    expect(sent).toEqual([]);
  });

  test.each([
    ["a wrong secret", update("/help"), { secret: "other" }, 401],
    ["no secret configured", update("/help"), { bindings: env, secret: "" }, 401],
    ["not JSON", "{", {}, 400],
    ["no update", [], {}, 400],
    ["a huge body", " ".repeat(70_000), {}, 413],
  ])("%s is refused", async (_what, body, options, status) => {
    expect(await deliver(body, options)).toBe(status);
    expect(sent).toEqual([]);
  });

  test("nobody is allowed while the list is empty", async () => {
    await deliver(update("/help"), { bindings: { ...BOT, TELEGRAM_ALLOWED_USER_IDS: "" } as Env });
    expect(sent).toEqual([]);
  });
});

describe("notifications", () => {
  test("go to the configured chat, and nowhere without a token", async () => {
    await notify(BOT, [sampleTrade("p1")]);
    expect(sent[0]?.body).toMatchObject({ chat_id: "1001", text: expect.stringContaining("position <code>p1</code>") });
    await notify(env, [sampleTrade("p2")]);
    expect(sent).toHaveLength(1);
  });
});

describe("dead letters", () => {
  const DEAD = {
    kind: "dead-letter",
    id: "dead-letter:sniper-signals:m1",
    atMs: 9,
    queue: "sniper-signals",
    messageId: "m1",
    bodyJson: '{"key":"k1"}',
    r2Key: "dead-letters/v1/sniper-signals/m1.json",
  } as const;
  const PATH = `/api/v1/dead-letters/${encodeURIComponent(DEAD.id)}/redrive`;
  const queued: unknown[] = [];
  const bindings = {
    ...env,
    OPERATOR_TOKEN: "operator",
    SIGNALS: { send: async (body: unknown) => void queued.push(body) } as unknown as Queue,
  };

  async function redrive(path = PATH, token = "operator"): Promise<number> {
    const init = { method: "POST", headers: { authorization: `Bearer ${token}` } };
    return (await createApi().request(`http://sniper.test${path}`, init, bindings)).status;
  }

  beforeEach(async () => {
    queued.length = 0;
    await env.BUCKET.put(DEAD.r2Key, DEAD.bodyJson);
    const foreign = { ...DEAD, id: "dead-letter:elsewhere:m2", queue: "elsewhere", messageId: "m2" };
    await projectEntries(env.DB, appendEntries(GENESIS, [DEAD, foreign]), 1);
  });

  test("are listed newest first, page by page", async () => {
    const list = async (query: string): Promise<{ items: Array<{ messageId: string }>; next: string | null }> =>
      (await createApi().request(`http://sniper.test/api/v1/dead-letters?${query}`, {}, bindings)).json();
    const first = await list("limit=1");
    expect(first).toMatchObject({ items: [{ messageId: "m2" }], next: expect.any(String) });
    expect(await list(`limit=1&before=${first.next}`)).toMatchObject({ items: [{ messageId: "m1" }], next: null });
  });

  test("go back to their queue as they were", async () => {
    expect(await redrive()).toBe(202);
    expect(queued).toEqual([{ key: "k1" }]);
  });

  test("not without the operator's token, nor unknown, lost or foreign ones", async () => {
    expect(await redrive(PATH, "guess")).toBe(401);
    expect(await redrive("/api/v1/dead-letters/none/redrive")).toBe(404);
    expect(await redrive(`/api/v1/dead-letters/${encodeURIComponent("dead-letter:elsewhere:m2")}/redrive`)).toBe(409);
    await env.BUCKET.delete(DEAD.r2Key);
    expect(await redrive()).toBe(404);
    expect(queued).toEqual([]);
  });
});
