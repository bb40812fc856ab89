import { Api, GrammyError } from "grammy";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { settingsOf } from "../env.ts";
import { readBounded } from "../rpc/read-bounded.ts";

/** A chat takes about one message a second (core.telegram.org/bots/faq); a longer pause is left to the next message. */
const MAX_WAIT_S = 5;
const TIMEOUT_MS = 10_000;
/** Largest reply read: a sent message comes back, and one holds 4,096 characters (core.telegram.org/bots/api#sendmessage). */
const MAX_REPLY_BYTES = 256 * 1024;
/** From Telegram's token format: bot id, colon, 35 characters. */
const TOKEN = /\d{3,20}:[\w-]{20,}/g;

/** The part of the Telegram Bot API that the bot uses. Messages are Telegram HTML; build them with `html`. */
export interface Telegram {
  sendMessage(chatId: string, text: string): Promise<Result<{ readonly messageId: number }>>;
}

export interface TelegramOptions {
  readonly token: string;
  /** Base URL without a trailing slash; the localnet's stand-in or https://api.telegram.org. */
  readonly apiRoot: string;
  readonly fetch?: typeof fetch;
  readonly sleep?: (ms: number) => Promise<void>;
}

/**
 * Client of the Bot API. A 429 with a short `retry_after` is waited out once; every other failure is
 * `UPSTREAM_FAILED` with Telegram's own description, from which anything like a token is removed; an
 * answer without a message is `UPSTREAM_MALFORMED`. Redirects are not followed: the URL holds the token.
 */
export function createTelegram(options: TelegramOptions): Telegram {
  // Bound late: workerd refuses a fetch called with another `this`.
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init));
  const api = new Api(options.token, {
    apiRoot: options.apiRoot,
    sensitiveLogs: false,
    // grammy's own signal is a polyfill under Node, which the platform's fetch refuses.
    fetch: async (input: string | URL | Request, init?: RequestInit) => {
      const response = await send(input, { ...init, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
      const text = await readBounded(response, MAX_REPLY_BYTES);
      if (text === null || (response.status >= 300 && response.status < 400)) throw new TypeError("no answer of Telegram's");
      return new Response(text);
    },
  });
  const sleep = options.sleep ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));

  async function attempt<T>(call: () => Promise<T>): Promise<Result<T>> {
    for (let tries = 0; ; tries++) {
      try {
        return ok(await call());
      } catch (error) {
        const retryAfterS = error instanceof GrammyError && error.error_code === 429 ? error.parameters.retry_after : undefined;
        if (tries === 0 && retryAfterS !== undefined && retryAfterS <= MAX_WAIT_S) {
          await sleep(retryAfterS * 1000);
          continue;
        }
        return refuse("UPSTREAM_FAILED", describe(error));
      }
    }
  }

  return {
    async sendMessage(chatId, text) {
      const sent = await attempt(() => api.sendMessage(chatId, text, { parse_mode: "HTML", link_preview_options: { is_disabled: true } }));
      if (!sent.ok) return sent;
      // Whatever stands between us and Telegram may answer in its place.
      const messageId: unknown = (sent.value as { readonly message_id?: unknown } | null | undefined)?.message_id;
      return typeof messageId === "number" && Number.isSafeInteger(messageId)
        ? ok({ messageId })
        : refuse("UPSTREAM_MALFORMED", "no message");
    },
  };
}

function describe(error: unknown): string {
  const text = error instanceof GrammyError ? `${error.error_code}: ${error.description}` : "Telegram did not answer";
  return text.replace(TOKEN, "[token]");
}

/** The deployment's bot and chat, or null when either is not configured: messages are then off. */
export function telegramFromEnv(
  env: { readonly TELEGRAM_API_BASE_URL: string } & object,
): { readonly telegram: Telegram; readonly chatId: string } | null {
  const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_CHAT_ID: chatId } = settingsOf(env);
  if (token === undefined || chatId === undefined) return null;
  return { telegram: createTelegram({ token, apiRoot: env.TELEGRAM_API_BASE_URL }), chatId };
}
