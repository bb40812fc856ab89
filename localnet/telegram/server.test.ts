import { describe, expect, test } from "vitest";
import { createTelegramServer } from "./server.ts";

const TOKEN = "7000000001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

type Json = Record<string, unknown>;

function start(options: { keep?: number } = {}) {
  const delivered: Array<{ url: string; secret: string | null; update: Json }> = [];
  const server = createTelegramServer({
    now: () => 1_700_000_000_000,
    token: TOKEN,
    ...options,
    fetch: (async (url: string, init: RequestInit) => {
      const headers = new Headers(init.headers);
      delivered.push({ url, secret: headers.get("x-telegram-bot-api-secret-token"), update: JSON.parse(String(init.body)) as Json });
      return new Response("ok");
    }) as typeof fetch,
  });
  const call = async (method: string, params: Json = {}, token = TOKEN): Promise<Json> => {
    const headers = { "content-type": "application/json" };
    const request = new Request(`http://h/telegram/bot${token}/${method}`, { method: "POST", headers, body: JSON.stringify(params) });
    return (await (await server.handle(request)).json()) as Json;
  };
  const control = async (action: string, params?: Json): Promise<Json> => {
    const init = params === undefined ? {} : { method: "POST", body: JSON.stringify(params) };
    return (await (await server.handle(new Request(`http://h/control/telegram/${action}`, init))).json()) as Json;
  };
  return { call, control, delivered };
}

describe("Bot API stand-in", () => {
  test("knows its token as Telegram does", async () => {
    const { call } = start();
    expect(await call("getMe")).toMatchObject({ ok: true, result: { is_bot: true } });
    expect(await call("getMe", {}, "7000000001:CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC")).toMatchObject({ ok: false, error_code: 401 });
    expect(await call("getMe", {}, "nonsense")).toMatchObject({ ok: false, error_code: 404 });
    expect(await call("launchRocket")).toMatchObject({ ok: false, error_code: 404 });
  });

  test.each([
    [{ chat_id: 1, text: "" }, "message text is empty"],
    [{ chat_id: 1, text: "x".repeat(4097) }, "message is too long"],
    [{ chat_id: 1, text: "<b>open", parse_mode: "HTML" }, "Can't find end tag"],
    [{ chat_id: 1, text: "a < b", parse_mode: "HTML" }, "Unsupported start tag"],
    [{ text: "x" }, "chat_id is empty"],
  ])("refuses %j", async (params, complaint) => {
    const answer = await start().call("sendMessage", params);
    expect(answer).toMatchObject({ ok: false, error_code: 400 });
    expect(answer["description"]).toContain(complaint);
  });

  test("an edit replaces the text, an unknown or unchanged message is an error", async () => {
    const { call, control } = start();
    await call("sendMessage", { chat_id: 5, text: "one" });
    expect(await call("editMessageText", { chat_id: 5, message_id: 1, text: "one" })).toMatchObject({ ok: false });
    expect(await call("editMessageText", { chat_id: 5, message_id: 9, text: "two" })).toMatchObject({ ok: false });
    expect(await call("editMessageText", { chat_id: 5, message_id: 1, text: "two" })).toMatchObject({ ok: true, result: { text: "two" } });
    expect(await control("sent")).toMatchObject({ messages: [{ messageId: 1, text: "two" }] });
  });

  test("injected updates reach the webhook with its secret", async () => {
    const { call, control, delivered } = start();
    await call("setWebhook", { url: "http://w/webhooks/telegram", secret_token: "s3cret" });
    expect(await control("inject", { text: "/status", userId: 42 })).toMatchObject({ delivered: true, status: 200 });
    expect(delivered[0]).toMatchObject({
      url: "http://w/webhooks/telegram",
      secret: "s3cret",
      update: { message: { from: { id: 42 }, chat: { id: 42, type: "private" }, text: "/status" } },
    });
    await call("sendMessage", { chat_id: 42, text: "press?" });
    await control("inject", { callbackData: "yes", userId: 42 });
    expect(delivered[1]?.update).toMatchObject({ callback_query: { data: "yes", message: { text: "press?" } } });
    expect(await call("getUpdates")).toMatchObject({ ok: false, error_code: 409 });
  });

  test("without a webhook updates wait until they are acknowledged", async () => {
    const { call, control } = start();
    await control("inject", { text: "a", updateId: 10 });
    await control("inject", { text: "b", updateId: 11 });
    expect(await call("getUpdates")).toMatchObject({ result: [{ update_id: 10 }, { update_id: 11 }] });
    expect(await call("getUpdates", { offset: 11 })).toMatchObject({ result: [{ update_id: 11 }] });
  });

  test("keeps a bounded number of messages", async () => {
    const { call, control } = start({ keep: 2 });
    for (const text of ["a", "b", "c"]) await call("sendMessage", { chat_id: 1, text });
    expect(((await control("sent"))["messages"] as Json[]).map((m) => m["text"])).toEqual(["b", "c"]);
  });
});
