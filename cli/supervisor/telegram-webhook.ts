import type { RunningSystem } from "./system.ts";

/** Tells the Bot API stand-in where the Worker's webhook is. Returns a line for people when it did not work. */
export async function registerTelegramWebhook(localnetUrl: string, system: Pick<RunningSystem, "url" | "secrets">): Promise<string | null> {
  const { telegramBotToken, telegramWebhookSecret } = system.secrets;
  try {
    const response = await fetch(`${localnetUrl}/telegram/bot${telegramBotToken}/setWebhook`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ url: `${system.url}/webhooks/telegram`, secret_token: telegramWebhookSecret }),
      signal: AbortSignal.timeout(5_000),
    });
    return response.ok ? null : `The Telegram stand-in refused the webhook (HTTP ${response.status}).`;
  } catch {
    return "The Telegram stand-in did not answer.";
  }
}
