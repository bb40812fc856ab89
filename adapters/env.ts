import { createRpc, type Rpc } from "./rpc/client.ts";

/** Secrets and optional settings that a deployment may lack; the generated `Env` knows only what wrangler.toml lists. */
export const SETTING_NAMES = [
  "RPC_URL",
  /** A second, independent RPC provider: failover, and agreement where money is decided. */
  "RPC_URL_2",
  /** Helius Sender; without it transactions go to the RPC provider and carry no tip. */
  "SENDER_URL",
  /** Cloudflare region nearest to the RPC provider, for Durable Objects: "enam", "weur", ... */
  "LOCATION_HINT",
  "HELIUS_WEBHOOK_AUTH",
  "HELIUS_API_KEY",
  "X_BEARER_TOKEN",
  /** Dollars a day for X requests; beyond it sentiment and social are missing. */
  "X_DAILY_BUDGET_USD",
  "TELEGRAM_BOT_TOKEN",
  "TELEGRAM_WEBHOOK_SECRET",
  "TELEGRAM_CHAT_ID",
  "TELEGRAM_ALLOWED_USER_IDS",
  "OPERATOR_TOKEN",
] as const;

export type OptionalSettings = { readonly [name in (typeof SETTING_NAMES)[number]]?: string };

/** Public RPC of Solana Labs: slow and rate-limited, but a bare deployment works with it. */
const PUBLIC_RPC_URL = "https://api.mainnet-beta.solana.com";

/** The environment's optional settings, empty strings read as absent. */
export function settingsOf(env: object): OptionalSettings {
  const record = env as Record<string, unknown>;
  const settings: { [name in (typeof SETTING_NAMES)[number]]?: string } = {};
  for (const name of SETTING_NAMES) {
    const value = record[name];
    if (typeof value === "string" && value.length > 0) settings[name] = value;
  }
  return settings;
}

/** RPC client of this deployment: `RPC_URL`, else Helius by key, else the public endpoint. */
export function rpcFromEnv(env: object): Rpc {
  const settings = settingsOf(env);
  const url =
    settings.RPC_URL ??
    (settings.HELIUS_API_KEY === undefined ? PUBLIC_RPC_URL : `https://mainnet.helius-rpc.com/?api-key=${settings.HELIUS_API_KEY}`);
  return createRpc({ url });
}
