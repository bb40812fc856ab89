import { htmlProblem, htmlToText } from "./html-check.ts";

/** core.telegram.org/bots/api#sendmessage. */
const MAX_MESSAGE_CHARS = 4096;
/** Bodies above this are refused; the real API takes 50 MB of files, we send text only. */
const MAX_BODY_BYTES = 1_048_576;
const TOKEN = /^\d{3,20}:[\w-]{20,}$/;

export interface TelegramServerOptions {
  /** When given, any other token is answered with 401 as by Telegram. */
  readonly token?: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Delivers injected updates to the webhook. */
  readonly fetch?: typeof fetch;
  /** How many sent messages are kept; the oldest go first. */
  readonly keep?: number;
}

/** One message the bot sent, as kept for `/control/telegram/sent`. */
export interface SentMessage {
  readonly messageId: number;
  readonly chatId: string;
  readonly atMs: number;
  readonly html: string;
  readonly text: string;
  readonly editedAtMs?: number;
}

type Json = Record<string, unknown>;
type Method = (params: Json) => Response | Promise<Response>;

/**
 * Stand-in for the Telegram Bot API. Answers `…/bot<token>/<method>` with Telegram's shapes, keeps what was
 * sent, and under `…/control/telegram/` lets a person look and act:
 * - GET `sent`: the kept messages, oldest first; answered callbacks
 * - POST `inject`: `{text}`, `{callbackData, messageId?}` or `{update}`, from `userId` (default 1001) in a
 *   private chat; goes to the webhook with its secret, or waits for getUpdates
 * - POST `fail`: `{count, retryAfterS}`: the next calls are answered with 429
 */
export function createTelegramServer(options: TelegramServerOptions): { handle(request: Request): Promise<Response> } {
  const keep = options.keep ?? 1_000;
  const send = options.fetch ?? fetch;
  const bot = { id: 7_000_000_001, is_bot: true, first_name: "Sniper", username: "sniper_localnet_bot" };
  const sent: SentMessage[] = [];
  const answered: Json[] = [];
  const pending: Json[] = [];
  let webhook: { url: string; secret: string } | null = null;
  let nextMessageId = 1;
  let nextUpdateId = Math.floor(options.now() / 1000);
  let failures = { count: 0, retryAfterS: 1 };
  let lastError: { last_error_date: number; last_error_message: string } | null = null;

  const seconds = (): number => Math.floor(options.now() / 1000);
  const chatOf = (id: string): Json => ({ id: /^-?\d+$/.test(id) ? Number(id) : id, type: "private", first_name: "Trader" });
  const messageOf = (message: SentMessage): Json => ({
    message_id: message.messageId,
    from: bot,
    chat: chatOf(message.chatId),
    date: Math.floor(message.atMs / 1000),
    text: message.text,
  });

  /** Checks a text as Telegram does; a string is the complaint. */
  function readText(params: Json): { html: string; text: string } | string {
    const source = params["text"];
    if (typeof source !== "string" || source.trim().length === 0) return "message text is empty";
    const isHtml = params["parse_mode"] === "HTML";
    const problem = isHtml ? htmlProblem(source) : null;
    if (problem !== null) return problem;
    const text = isHtml ? htmlToText(source) : source;
    return text.length > MAX_MESSAGE_CHARS ? "message is too long" : { html: source, text };
  }

  const methods: Record<string, Method> = {
    getMe: () => good({ ...bot, can_join_groups: false, can_read_all_group_messages: false, supports_inline_queries: false }),
    sendMessage: (params) => {
      const chatId = params["chat_id"];
      if (typeof chatId !== "string" && typeof chatId !== "number") return bad(400, "Bad Request: chat_id is empty");
      const content = readText(params);
      if (typeof content === "string") return bad(400, `Bad Request: ${content}`);
      const message: SentMessage = { messageId: nextMessageId++, chatId: String(chatId), atMs: options.now(), ...content };
      sent.push(message);
      if (sent.length > keep) sent.shift();
      return good(messageOf(message));
    },
    editMessageText: (params) => {
      const index = sent.findIndex((m) => m.messageId === Number(params["message_id"]) && m.chatId === String(params["chat_id"]));
      const old = sent[index];
      if (old === undefined) return bad(400, "Bad Request: message to edit not found");
      const content = readText(params);
      if (typeof content === "string") return bad(400, `Bad Request: ${content}`);
      if (content.html === old.html) return bad(400, "Bad Request: message is not modified");
      const edited: SentMessage = { ...old, ...content, editedAtMs: options.now() };
      sent[index] = edited;
      return good({ ...messageOf(edited), edit_date: seconds() });
    },
    answerCallbackQuery: (params) => {
      answered.push({ callbackQueryId: String(params["callback_query_id"] ?? ""), text: params["text"] ?? null });
      if (answered.length > keep) answered.shift();
      return good(true);
    },
    setMyCommands: () => good(true),
    setWebhook: (params) => {
      const url = String(params["url"] ?? "");
      const secret = String(params["secret_token"] ?? "");
      if (!/^[\w-]{0,256}$/.test(secret)) return bad(400, "Bad Request: secret token contains unallowed characters");
      webhook = url === "" ? null : { url, secret };
      return good(true);
    },
    deleteWebhook: () => {
      webhook = null;
      return good(true);
    },
    getWebhookInfo: () =>
      good({ url: webhook?.url ?? "", has_custom_certificate: false, pending_update_count: pending.length, ...(lastError ?? {}) }),
    getUpdates: (params) => {
      if (webhook !== null)
        return bad(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first");
      const offset = Number(params["offset"] ?? 0);
      while (offset > 0 && pending[0] !== undefined && Number(pending[0]["update_id"]) < offset) pending.shift();
      return good(pending.slice(0, Math.min(100, Number(params["limit"] ?? 100))));
    },
  };

  async function callMethod(token: string, name: string, request: Request, url: URL): Promise<Response> {
    if (!TOKEN.test(token)) return bad(404, "Not Found");
    if (options.token !== undefined && token !== options.token) return bad(401, "Unauthorized");
    if (failures.count > 0) {
      failures.count -= 1;
      const description = `Too Many Requests: retry after ${failures.retryAfterS}`;
      return bad(429, description, { retry_after: failures.retryAfterS });
    }
    const method = Object.entries(methods).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
    if (method === undefined) return bad(404, "Not Found: method not found");
    const params = await readParams(request, url);
    return params === null ? bad(400, "Bad Request: can't parse the request body") : method(params);
  }

  async function deliver(update: Json): Promise<Json> {
    if (webhook === null) {
      pending.push(update);
      if (pending.length > keep) pending.shift();
      return { delivered: false, pending: pending.length, update };
    }
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (webhook.secret !== "") headers["x-telegram-bot-api-secret-token"] = webhook.secret;
    try {
      const response = await send(webhook.url, { method: "POST", headers, body: JSON.stringify(update) });
      if (!response.ok)
        lastError = { last_error_date: seconds(), last_error_message: `Wrong response from the webhook: ${response.status}` };
      return { delivered: response.ok, status: response.status, body: (await response.text()).slice(0, 2_000), update };
    } catch {
      lastError = { last_error_date: seconds(), last_error_message: "Connection refused" };
      return { delivered: false, status: 0, update };
    }
  }

  function updateFrom(input: Json): Json {
    if (typeof input["update"] === "object" && input["update"] !== null) return input["update"] as Json;
    const userId = Number(input["userId"] ?? 1001);
    const from = { id: userId, is_bot: false, first_name: "Trader", language_code: "en" };
    const chat = { id: Number(input["chatId"] ?? userId), type: String(input["chatType"] ?? "private"), first_name: "Trader" };
    const update_id = Number(input["updateId"] ?? nextUpdateId++);
    if (typeof input["callbackData"] === "string") {
      const target = sent.find((m) => m.messageId === Number(input["messageId"])) ?? sent.at(-1);
      const message = target === undefined ? { message_id: 0, chat, date: seconds() } : messageOf(target);
      return { update_id, callback_query: { id: String(update_id), from, chat_instance: "1", data: input["callbackData"], message } };
    }
    const text = String(input["text"] ?? "");
    const command = /^\/\w+/.exec(text)?.[0];
    const entities = command === undefined ? {} : { entities: [{ type: "bot_command", offset: 0, length: command.length }] };
    return { update_id, message: { message_id: nextMessageId++, from, chat, date: seconds(), text, ...entities } };
  }

  async function control(action: string, request: Request): Promise<Response> {
    if (action === "sent" && request.method === "GET") return Response.json({ messages: sent, answeredCallbacks: answered });
    if (request.method !== "POST") return Response.json({ error: "not found" }, { status: 404 });
    const params = await readParams(request, new URL(request.url));
    if (params === null) return Response.json({ error: "the body is not a JSON object" }, { status: 400 });
    if (action === "inject") return Response.json(await deliver(updateFrom(params)));
    if (action === "fail") {
      failures = { count: Number(params["count"] ?? 1), retryAfterS: Number(params["retryAfterS"] ?? 1) };
      return Response.json(failures);
    }
    return Response.json({ error: "not found" }, { status: 404 });
  }

  return {
    async handle(request) {
      const url = new URL(request.url);
      const controlled = /\/control\/telegram\/(\w+)$/.exec(url.pathname);
      if (controlled !== null) return control(controlled[1] ?? "", request);
      const called = /\/bot([^/]+)\/(\w+)$/.exec(url.pathname.replaceAll("%3A", ":"));
      return called === null ? bad(404, "Not Found") : callMethod(called[1] ?? "", called[2] ?? "", request, url);
    },
  };
}

function good(result: unknown): Response {
  return Response.json({ ok: true, result });
}

function bad(code: number, description: string, parameters?: Json): Response {
  return Response.json({ ok: false, error_code: code, description, ...(parameters === undefined ? {} : { parameters }) }, { status: code });
}

/** Parameters from query string, JSON or form body (told apart by its text: curl sends JSON as a form); null when it cannot be read. */
async function readParams(request: Request, url: URL): Promise<Json | null> {
  const params: Json = Object.fromEntries(url.searchParams);
  if (request.method !== "POST") return params;
  const body = await request.text();
  if (body.length > MAX_BODY_BYTES) return null;
  if (body === "") return params;
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...params, ...value } : null;
  } catch {
    const isForm = request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded") === true && !body.startsWith("{");
    return isForm ? { ...params, ...Object.fromEntries(new URLSearchParams(body)) } : null;
  }
}
