import { createRpc, type Rpc } from "./rpc/client.ts";

/** Secrets and optional settings that a deployment may lack; the generated `Env` knows only what wrangler.toml lists. */
export interface OptionalSettings {
  readonly RPC_URL?: string;
  readonly HELIUS_WEBHOOK_AUTH?: string;
  readonly HELIUS_API_KEY?: string;
  readonly X_BEARER_TOKEN?: string;
  /** Dollars a day for X requests; beyond it sentiment and social are missing. */
  readonly X_DAILY_BUDGET_USD?: string;
  readonly TELEGRAM_BOT_TOKEN?: string;
  readonly TELEGRAM_WEBHOOK_SECRET?: string;
  readonly TELEGRAM_CHAT_ID?: string;
  readonly TELEGRAM_ALLOWED_USER_IDS?: string;
  readonly OPERATOR_TOKEN?: string;
}

/** Public RPC of Solana Labs: slow and rate-limited, but a bare deployment works with it. */
const PUBLIC_RPC_URL = "https://api.mainnet-beta.solana.com";

/** The environment's optional settings, empty strings read as absent. */
export function settingsOf(env: object): OptionalSettings {
  const record = env as Record<string, unknown>;
  const pick = (name: keyof OptionalSettings): string | undefined => {
    const value = record[name];
    return typeof value === "string" && value.length > 0 ? value : undefined;
  };
  const settings: Record<string, string> = {};
  for (const name of [
    "RPC_URL",
    "HELIUS_WEBHOOK_AUTH",
    "HELIUS_API_KEY",
    "X_BEARER_TOKEN",
    "X_DAILY_BUDGET_USD",
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_WEBHOOK_SECRET",
    "TELEGRAM_CHAT_ID",
    "TELEGRAM_ALLOWED_USER_IDS",
    "OPERATOR_TOKEN",
  ] as const) {
    const value = pick(name);
    if (value !== undefined) settings[name] = value;
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
