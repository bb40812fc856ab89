import { MAINNET_GENESIS_HASH } from "../domain/solana/programs.ts";
import { createProviders, type Providers } from "./rpc/providers.ts";
import { createSender, type Sender } from "./rpc/sender.ts";
import type { Rpc } from "./rpc/types.ts";

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
  /** Id of the Helius webhook that pushes transactions of watched pools; without it they are only polled. */
  "HELIUS_WATCH_WEBHOOK_ID",
  "X_BEARER_TOKEN",
  /** Dollars a day for X requests; beyond it sentiment and social are missing. */
  "X_DAILY_BUDGET_USD",
  /** RPC credits a day, as Helius counts them; what is left of them beyond the reserve of exits is for judging candidates. */
  "RPC_DAILY_CREDITS",
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

/** Sets of providers kept per isolate, so that their health outlives a request. A deployment has one. */
const MAX_KEPT = 16;
const kept = new Map<string, Providers>();

/**
 * RPC providers of this deployment: `RPC_URL`, else Helius by key, else the public endpoint, and
 * `RPC_URL_2` when it is another. Where real money trades (MODE live on mainnet) or where two are
 * compared, each must first show the right genesis hash. `env.PROVIDERS`, objects and no setting, are
 * taken as they are: a simulation brings its own nodes.
 */
export function providersFromEnv(env: object): Providers {
  const { PROVIDERS } = env as { readonly PROVIDERS?: Providers };
  if (typeof PROVIDERS === "object") return PROVIDERS;
  const settings = settingsOf(env);
  const first =
    settings.RPC_URL ??
    (settings.HELIUS_API_KEY === undefined ? PUBLIC_RPC_URL : `https://mainnet.helius-rpc.com/?api-key=${settings.HELIUS_API_KEY}`);
  const urls = [...new Set([first, settings.RPC_URL_2 ?? first])];
  const { MODE, NETWORK } = env as Record<string, unknown>;
  const isCompared = urls.length > 1 || MODE === "live";
  const genesis = !isCompared ? null : NETWORK === "localnet" ? "same" : MAINNET_GENESIS_HASH;
  const key = JSON.stringify([urls, genesis]);
  const known = kept.get(key);
  if (known !== undefined) return known;
  if (kept.size >= MAX_KEPT) kept.clear();
  const providers = createProviders({ urls, genesis });
  kept.set(key, providers);
  return providers;
}

/** RPC of this deployment, with failover when there are two providers. */
export function rpcFromEnv(env: object): Rpc {
  return providersFromEnv(env).rpc;
}

/** Helius Sender of this deployment; null sends through the RPC provider, without a tip. */
export function senderFromEnv(env: object): Sender | null {
  const { SENDER_URL } = settingsOf(env);
  return SENDER_URL === undefined ? null : createSender({ url: SENDER_URL });
}
