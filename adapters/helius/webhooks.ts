import { z } from "zod";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { isAddress } from "../../domain/solana/address.ts";
import type { Address } from "../../domain/units.ts";
import { settingsOf } from "../env.ts";
import { readBounded } from "../rpc/read-bounded.ts";

/** A webhook holds at most 100,000 addresses (helius.dev/docs/faqs/webhooks) of 44 characters and their punctuation. */
const MAX_REPLY_BYTES = 5 * 1024 * 1024;
const MAX_ADDRESSES = 100_000;
const TIMEOUT_MS = 8_000;
/** The push webhook's own route: another webhook, such as the one for graduations, is never edited. */
export const PUSH_PATH = "/webhooks/helius/watch";

/** What Helius has of a webhook (helius.dev/docs/api-reference/webhooks/get-webhook). */
const webhookSchema = z.object({
  webhookURL: z.string().max(2_048),
  transactionTypes: z.array(z.string().max(100)).max(1_000).optional(),
  accountAddresses: z.array(z.string().refine(isAddress)).max(MAX_ADDRESSES),
  webhookType: z.string().max(100).optional(),
  authHeader: z.string().max(1_024).nullish(),
  encoding: z.string().max(100).nullish(),
  txnStatus: z.string().max(100).nullish(),
  active: z.boolean().nullish(),
});
type Webhook = z.infer<typeof webhookSchema>;

export interface WebhookOptions {
  /** Base URL without a trailing slash. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly webhookId: string;
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** The address list of one webhook at Helius. */
export interface WebhookAddresses {
  read(): Promise<Result<readonly Address[]>>;
  edit(addresses: readonly Address[]): Promise<Result<readonly Address[]>>;
}

/**
 * Reads and edits the address list of one webhook; everything else of it is put back as it was read,
 * since an edit replaces the whole. Refuses with PUSH_WEBHOOK_INVALID when the webhook is not the one
 * for watched pools or is switched off, with RPC_RATE_LIMITED, UPSTREAM_FAILED or UPSTREAM_MALFORMED.
 * No detail holds the key.
 */
export function createWebhookAddresses(options: WebhookOptions): WebhookAddresses {
  // Bound late: workerd refuses a fetch called with another `this`.
  const send = options.fetch ?? ((request: Request) => fetch(request));
  const url = `${options.baseUrl}/v0/webhooks/${encodeURIComponent(options.webhookId)}?api-key=${encodeURIComponent(options.apiKey)}`;

  async function call(method: "GET" | "PUT", body?: object): Promise<Result<Webhook>> {
    const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    let status: number;
    let text: string | null;
    try {
      const response = await send(new Request(url, { method, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS), ...init }));
      status = response.status;
      text = await readBounded(response, MAX_REPLY_BYTES);
    } catch {
      return refuse("UPSTREAM_FAILED", `${method} webhook: no answer`);
    }
    if (status === 429) return refuse("RPC_RATE_LIMITED", `${method} webhook: HTTP 429`);
    if (status !== 200) return refuse("UPSTREAM_FAILED", `${method} webhook: HTTP ${status}`);
    const parsed = webhookSchema.safeParse(jsonOf(text));
    return parsed.success ? ok(parsed.data) : refuse("UPSTREAM_MALFORMED", `${method} webhook: unreadable`);
  }

  async function own(): Promise<Result<Webhook>> {
    const webhook = await call("GET");
    if (!webhook.ok) return webhook;
    const path = URL.canParse(webhook.value.webhookURL) ? new URL(webhook.value.webhookURL).pathname : "";
    if (path !== PUSH_PATH) return refuse("PUSH_WEBHOOK_INVALID", `it calls ${path || "no URL"}, not ${PUSH_PATH}`);
    return webhook.value.active === false ? refuse("PUSH_WEBHOOK_INVALID", "Helius has switched it off") : webhook;
  }

  return {
    read: async () => {
      const webhook = await own();
      return webhook.ok ? ok(webhook.value.accountAddresses) : webhook;
    },
    edit: async (addresses) => {
      const webhook = await own();
      if (!webhook.ok) return webhook;
      const { active: _, ...kept } = webhook.value;
      const edited = await call("PUT", { ...kept, accountAddresses: addresses });
      return edited.ok ? ok(edited.value.accountAddresses) : edited;
    },
  };
}

/** The webhook for watched pools of this deployment; null when it or the key is not configured. */
export function pushWebhookFromEnv(env: object): WebhookAddresses | null {
  const { HELIUS_API_KEY: apiKey, HELIUS_WATCH_WEBHOOK_ID: webhookId } = settingsOf(env);
  const { HELIUS_API_BASE_URL: baseUrl } = env as Record<string, unknown>;
  if (apiKey === undefined || webhookId === undefined || typeof baseUrl !== "string") return null;
  return createWebhookAddresses({ baseUrl, apiKey, webhookId });
}

function jsonOf(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return null;
  }
}
