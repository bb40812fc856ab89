import { z } from "zod";
import { secretEquals } from "../../adapters/constant-time.ts";
import { settingsOf } from "../../adapters/env.ts";
import { readBounded } from "../../adapters/rpc/read-bounded.ts";
import { createTelegram } from "../../adapters/telegram/client.ts";
import { liveControlOf } from "../../durable-objects/stubs.ts";
import { createApi } from "../api/app.ts";
import { changeState, closeAll, closePosition, liftLocks, readRisks, setLocks } from "../api/trading-control.ts";
import type { Desk, ReadApi } from "./commands/desk.ts";
import { pendingOnR2 } from "./commands/pending.ts";
import { answerCommand } from "./commands.ts";

/** An update holds one message of at most 4096 characters, and profiles: a few kilobytes. */
const MAX_UPDATE_BYTES = 65_536;
const SECRET_HEADER = "x-telegram-bot-api-secret-token";

const updateSchema = z.object({
  update_id: z.number().int().nonnegative(),
  message: z
    .object({
      from: z.object({ id: z.number().int() }),
      chat: z.object({ id: z.number().int(), type: z.string() }),
      text: z.string().max(4_096),
    })
    .optional(),
});

/**
 * `POST /webhooks/telegram`: commands from allow-listed users in a private chat. 401 without
 * Telegram's secret; otherwise 200 also for what is ignored, since Telegram repeats anything else. Nobody is
 * allowed while TELEGRAM_ALLOWED_USER_IDS is empty.
 */
export async function receiveTelegramUpdate(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  if (request.method !== "POST") return new Response(null, { status: 405, headers: { allow: "POST" } });
  const settings = settingsOf(env);
  if (!(await secretEquals(request.headers.get(SECRET_HEADER), settings.TELEGRAM_WEBHOOK_SECRET)))
    return new Response(null, { status: 401 });
  const text = await readBounded(request, MAX_UPDATE_BYTES);
  if (text === null) return new Response(null, { status: 413 });
  const update = updateSchema.safeParse(parseJson(text));
  if (!update.success) return new Response(null, { status: 400 });
  const { message, update_id: updateId } = update.data;
  const allowed = (settings.TELEGRAM_ALLOWED_USER_IDS ?? "").split(",").map((id) => id.trim());
  const token = settings.TELEGRAM_BOT_TOKEN;
  const isForUs = message !== undefined && message.chat.type === "private" && allowed.includes(String(message.from.id));
  if (!isForUs || token === undefined || !(await claimUpdate(env.BUCKET, updateId))) return Response.json({ handled: false });

  const telegram = createTelegram({ token, apiRoot: env.TELEGRAM_API_BASE_URL });
  const reply = async (): Promise<void> => {
    const answer = await answerOf(message.text, deskOf(env, ctx, message.from.id));
    const sent = await telegram.sendMessage(String(message.chat.id), answer);
    if (!sent.ok) console.warn("telegram answer not sent", sent.reason, sent.detail ?? "");
  };
  ctx.waitUntil(reply());
  return Response.json({ handled: true });
}

/** An answer in any case: somebody who asked for a stop has to know whether it was made. */
async function answerOf(text: string, desk: Desk): Promise<string> {
  try {
    return (await answerCommand(text, desk)) ?? "I do not know that. /help lists what I do.";
  } catch (error) {
    console.error("telegram command", String(error));
    return "That failed, and may have been done in part. Look before you ask again: /risk";
  }
}

/** What one person can ask for; the journal keeps their Telegram id as the author. */
function deskOf(env: Env, ctx: ExecutionContext, userId: number): Desk {
  const author = `telegram:${userId}`;
  const nowMs = Date.now();
  return {
    nowMs,
    read: readApiOf(env, ctx),
    acknowledge: (incidentId) => liveControlOf(env).acknowledge(incidentId, author),
    risks: () => readRisks(env, nowMs),
    changeState: (change) => changeState(env, change, author),
    setLocks: (order) => setLocks(env, order, author, nowMs),
    liftLocks: (lockId) => liftLocks(env, lockId, author, nowMs),
    closePosition: (positionId) => closePosition(env, positionId, nowMs),
    closeAll: (ledger) => closeAll(env, ledger, author),
    pending: pendingOnR2(env.BUCKET, userId, nowMs),
  };
}

/**
 * True for the first to ask about an update: Telegram delivers at least once, and a conditional write
 * decides for every isolate. Objects under the prefix may be expired after a day.
 */
async function claimUpdate(bucket: R2Bucket, updateId: number): Promise<boolean> {
  const stored = await bucket.put(`telegram/updates/${updateId}`, "", { onlyIf: { etagDoesNotMatch: "*" } });
  return stored !== null;
}

/** The API, called in place. */
function readApiOf(env: Env, ctx: ExecutionContext): ReadApi {
  const api = createApi();
  return async <T>(path: string): Promise<T | null> => {
    const response = await api.fetch(new Request(`https://internal/api/v1${path}`), env, ctx);
    return response.ok ? ((await response.json()) as T) : null;
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
