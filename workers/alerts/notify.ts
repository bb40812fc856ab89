import { type Telegram, telegramFromEnv } from "../../adapters/telegram/client.ts";
import type { JournalEntry } from "../../domain/journal/entry.ts";
import { messageOf } from "./messages.ts";

/**
 * Sends one Telegram message per entry that deserves one, in order. At least once: the caller repeats a
 * range after a crash, and each message names its position. Silently off without a bot token or chat. The
 * first failure ends the batch with a warning: the journal and the dashboard hold what is missing.
 */
export async function notify(env: Env, entries: readonly JournalEntry[]): Promise<void> {
  const chat = telegramFromEnv(env);
  if (chat !== null) await sendMessages(chat.telegram, chat.chatId, entries);
}

/** As `notify`, to a given chat. Returns how many messages were sent. */
export async function sendMessages(telegram: Telegram, chatId: string, entries: readonly JournalEntry[]): Promise<number> {
  const messages = entries.map(messageOf).filter((message) => message !== null);
  for (const [index, message] of messages.entries()) {
    const sent = await telegram.sendMessage(chatId, message);
    if (!sent.ok) {
      console.warn("telegram messages not sent", messages.length - index, sent.reason, sent.detail ?? "");
      return index;
    }
  }
  return messages.length;
}
