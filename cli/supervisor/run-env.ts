import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { z } from "zod";
import { SETTING_NAMES } from "../../adapters/env.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";

const secret = z.string().min(8).max(256);
const secretsSchema = z.object({
  operatorToken: secret,
  heliusWebhookAuth: secret,
  heliusApiKey: secret,
  xBearerToken: secret,
  telegramBotToken: secret,
  telegramWebhookSecret: secret,
});

/** Secrets of one state folder: those of the embedded market's stand-ins are as random as real ones. */
export type RunSecrets = z.infer<typeof secretsSchema>;

/** The person on the stand-in's side of the Telegram chat. */
export const LOCAL_TELEGRAM_USER_ID = "1001";

/** The embedded market's webhook for watched pools (`WATCH_WEBHOOK_ID` of its Helius stand-in). */
export const LOCAL_WATCH_WEBHOOK_ID = "watched-pools";

/** Names that a `.dev.vars` for the real market may set. Everything else in it is left alone. */
const MAINNET_NAMES = [...SETTING_NAMES, "HELIUS_API_BASE_URL", "X_API_BASE_URL", "TELEGRAM_API_BASE_URL"] as const;

/** Reads the folder's secrets, making them on the first start. The file is readable by its owner only. */
export function loadSecrets(stateDir: string): RunSecrets {
  const path = join(stateDir, "secrets.json");
  if (existsSync(path)) {
    const kept = secretsSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
    if (kept.success) return kept.data;
  }
  const hex = (): string => randomBytes(32).toString("hex");
  const secrets: RunSecrets = {
    operatorToken: hex(),
    heliusWebhookAuth: hex(),
    heliusApiKey: hex(),
    xBearerToken: hex(),
    // Telegram's shape: bot id, colon, 35 characters.
    telegramBotToken: `7000000001:${randomBytes(27).toString("base64url").slice(0, 35)}`,
    telegramWebhookSecret: hex(),
  };
  writeFileSync(path, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}

/** A deployment's ceiling: what mode can be put in force. */
export type Mode = "paper" | "live";

/** Worker variables of a run on the embedded market. The wallet's key is none of them: it is the signer's alone. */
export function localnetVariables(localnetUrl: string, secrets: RunSecrets, mode: Mode): Record<string, string> {
  return {
    MODE: mode,
    NETWORK: "localnet",
    PARAMETER_PROFILE: "localnet",
    RPC_URL: `${localnetUrl}/rpc`,
    ...(mode === "live" ? { RPC_URL_2: `${localnetUrl}/rpc2`, SENDER_URL: `${localnetUrl}/sender` } : {}),
    HELIUS_API_BASE_URL: `${localnetUrl}/helius`,
    X_API_BASE_URL: `${localnetUrl}/x`,
    TELEGRAM_API_BASE_URL: `${localnetUrl}/telegram`,
    OPERATOR_TOKEN: secrets.operatorToken,
    HELIUS_WEBHOOK_AUTH: secrets.heliusWebhookAuth,
    HELIUS_API_KEY: secrets.heliusApiKey,
    HELIUS_WATCH_WEBHOOK_ID: LOCAL_WATCH_WEBHOOK_ID,
    X_BEARER_TOKEN: secrets.xBearerToken,
    // The stand-in's posts cost nothing, and its market makes more candidates than a day of the real one.
    X_DAILY_BUDGET_USD: "10000",
    RPC_DAILY_CREDITS: "1000000000",
    TELEGRAM_BOT_TOKEN: secrets.telegramBotToken,
    TELEGRAM_WEBHOOK_SECRET: secrets.telegramWebhookSecret,
    TELEGRAM_CHAT_ID: LOCAL_TELEGRAM_USER_ID,
    TELEGRAM_ALLOWED_USER_IDS: LOCAL_TELEGRAM_USER_ID,
  };
}

/** Worker variables of a run on the real market, from a `.dev.vars` file; its MODE is left alone. */
export function mainnetVariables(varsFile: string, secrets: RunSecrets, mode: Mode): Result<Record<string, string>, "RPC_URL_MISSING"> {
  const given = existsSync(varsFile) ? parseEnv(readFileSync(varsFile, "utf8")) : {};
  const variables: Record<string, string> = {
    MODE: mode,
    NETWORK: "mainnet",
    PARAMETER_PROFILE: "default",
    OPERATOR_TOKEN: secrets.operatorToken,
    HELIUS_WEBHOOK_AUTH: secrets.heliusWebhookAuth,
  };
  for (const name of MAINNET_NAMES) {
    const value = given[name];
    if (value !== undefined && value !== "") variables[name] = value;
  }
  if (!/^https?:\/\/\S+$/.test(variables["RPC_URL"] ?? "")) {
    return refuse(
      "RPC_URL_MISSING",
      `--mainnet needs a Solana RPC endpoint. Put this line into ${varsFile}: RPC_URL=https://your-rpc-provider.example/?api-key=... ` +
        "(optional beside it: HELIUS_API_KEY, X_BEARER_TOKEN, TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID).",
    );
  }
  return ok(variables);
}

/** Writes the variables for `wrangler dev --env-file`; `$` is escaped, since wrangler expands it. */
export function writeEnvFile(path: string, variables: Readonly<Record<string, string>>): void {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quote(value)}`);
  writeFileSync(path, `${lines.join("\n")}\n`, { mode: 0o600 });
}

function quote(value: string): string {
  const escaped = value.replaceAll("$", "\\$");
  if (!escaped.includes("'")) return `'${escaped}'`;
  return escaped.includes('"') ? `\`${escaped}\`` : `"${escaped}"`;
}
