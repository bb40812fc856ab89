import { generateKeyPairSync } from "node:crypto";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { PYTH_RECEIVER_PROGRAM, PYTH_SOL_USD, PYTH_SOL_USD_FEED_ID } from "../../domain/solana/programs.ts";
import { encodePriceUpdate } from "../../domain/solana/pyth-price.ts";
import type { Address } from "../../domain/units.ts";
import { rentExemptLamports } from "../chain/rent.ts";
import { createHttpServer } from "../server/http.ts";
import type { TestNode } from "./node.ts";

const ROOT = join(import.meta.dirname, "../..");
const OPERATOR_TOKEN = "operator-of-the-test";
const WEBHOOK_AUTH = "webhook-auth-of-the-test";
const SOL_USD = 150n;
const PRICE_EXPONENT = -8;

/** What wrangler must be told before it is loaded, so that it neither traces every call nor leaves the machine. */
const QUIET = {
  X_LOCAL_OBSERVABILITY: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
} as const;

export interface TestWorkers {
  readonly wallet: Address;
  /** Base58 text of the wallet's secret key: what must never be seen anywhere. */
  readonly secretKey: string;
  /** Calls the API with the operator's token; the body is sent as JSON. */
  api<T = unknown>(path: string, body?: unknown): Promise<{ readonly status: number; readonly body: T }>;
  /** Delivers raw webhook entries as Helius does. */
  deliver(entries: readonly unknown[]): Promise<number>;
  /** Rings the sniper Worker's cron. */
  cron(): Promise<void>;
  /** Polls until `holds` gives a value other than null. */
  until<T>(holds: () => Promise<T | null> | T | null, what: string, timeoutMs?: number): Promise<T>;
  close(): Promise<void>;
}

export interface TestWorkersOptions {
  readonly node: TestNode;
  /** Wall time of a slot: the chain's tempo, and with it how soon a blockhash expires. */
  readonly slotMs: number;
  readonly walletLamports: bigint;
  readonly withSender?: boolean;
  readonly vars?: Readonly<Record<string, string>>;
  readonly signerVars?: Readonly<Record<string, string>>;
}

/**
 * The sniper Worker in its live configuration and the signer, each in workerd with its own secrets,
 * over a test node that is served on loopback and ticks by the wall clock.
 */
export async function startWorkers(options: TestWorkersOptions): Promise<TestWorkers> {
  const { node } = options;
  Object.assign(process.env, QUIET);
  const { createTestHarness } = await import("wrangler");
  const { address, secretKey } = newWallet();
  const server = createHttpServer((request) => node.fetch(request));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ticking = setInterval(() => tickByWallClock(node), options.slotMs);
  tickByWallClock(node);
  node.fund(address, options.walletLamports);

  const harness = createTestHarness({
    root: ROOT,
    workers: [
      {
        configPath: "wrangler.live.toml",
        vars: {
          MODE: "live",
          NETWORK: "localnet",
          PARAMETER_PROFILE: "localnet",
          HELIUS_API_BASE_URL: `${base}/none`,
          X_API_BASE_URL: `${base}/none`,
          TELEGRAM_API_BASE_URL: `${base}/none`,
          RPC_URL: `${base}/rpc`,
          RPC_URL_2: `${base}/rpc2`,
          // In the place of the binding of Workers AI, for which wrangler would ask for an account.
          AI: "off",
          ...(options.withSender === false ? {} : { SENDER_URL: `${base}/sender` }),
          ...options.vars,
        },
        secrets: { OPERATOR_TOKEN, HELIUS_WEBHOOK_AUTH: WEBHOOK_AUTH },
      },
      {
        configPath: "workers/signer/wrangler.toml",
        vars: { NETWORK: "localnet", ...options.signerVars },
        secrets: { WALLET_SECRET_KEY: secretKey },
      },
    ],
  });
  await harness.listen();
  const sniper = harness.getWorker("sniper");
  const json = { "content-type": "application/json" };

  return {
    wallet: address,
    secretKey,
    api: async (path, body) => {
      const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
      const response = await sniper.fetch(`/api/v1${path}`, { ...init, headers: { ...json, authorization: `Bearer ${OPERATOR_TOKEN}` } });
      return { status: response.status, body: (await response.json()) as never };
    },
    deliver: async (entries) => {
      const headers = { ...json, authorization: WEBHOOK_AUTH };
      return (await sniper.fetch("/webhooks/helius", { method: "POST", headers, body: JSON.stringify(entries) })).status;
    },
    cron: async () => {
      await sniper.scheduled({ cron: "* * * * *", scheduledTime: new Date() });
    },
    until: async (holds, what, timeoutMs = 30_000) => {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const value = await holds();
        if (value !== null) return value;
        if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    close: async () => {
      clearInterval(ticking);
      await harness.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One slot more, at the wall's time, with a fresh SOL price. */
export function tickByWallClock(node: TestNode): void {
  const { slot } = node.chain.clock();
  node.chain.setClock({ slot, unixMs: Date.now() });
  const price = SOL_USD * 10n ** BigInt(-PRICE_EXPONENT);
  const publishTimeS = Math.floor(Date.now() / 1000);
  const update = { price, conf: price / 2_000n, exponent: PRICE_EXPONENT, publishTimeS, feedId: PYTH_SOL_USD_FEED_ID };
  const data = encodePriceUpdate(update, PYTH_RECEIVER_PROGRAM, slot);
  node.chain.plant(PYTH_SOL_USD, { owner: PYTH_RECEIVER_PROGRAM, lamports: rentExemptLamports(data.length), data, executable: false });
  node.tick();
}

function newWallet(): { readonly address: Address; readonly secretKey: string } {
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const seed = Buffer.from(d ?? "", "base64url");
  const publicKey = Buffer.from(x ?? "", "base64url");
  return { address: encodeBase58(publicKey), secretKey: encodeBase58(Buffer.concat([seed, publicKey])) };
}
