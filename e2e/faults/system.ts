import { join } from "node:path";
import { enableLive, runPreflight } from "../../cli/live-api.ts";
import { fireCron } from "../../cli/supervisor/crons.ts";
import { signal, waitUntil } from "../../cli/supervisor/processes.ts";
import { type RunSecrets, writeEnvFile } from "../../cli/supervisor/run-env.ts";
import { WALLET_SECRET } from "../../cli/supervisor/signer.ts";
import { type RunningSystem, type SystemPlan, startSystem } from "../../cli/supervisor/system.ts";
import { loadWallet } from "../../cli/supervisor/wallet.ts";
import { SNIPER } from "../../cli/supervisor/wrangler.ts";
import type { LedgerStatus, LiveStatus, Page, RiskView, Status } from "../../domain/api/types.ts";
import { ok } from "../../domain/result.ts";
import { runProcesses, userWorkerd, wranglerGroups } from "./processes.ts";

export const LEDGER = "live-A";
const CRON = "* * * * *";
const CALL_MS = 5_000;
const ENABLE_MS = 120_000;

/**
 * Budgets at the signer's own ceilings: none may end a campaign of thousands of trades. Everything else of its policy holds. One buy
 * stays small against the pools whatever the wallet has won: a larger one would cost more than it may.
 */
const WIDE_POLICY: Readonly<Record<string, string>> = {
  MAX_SPEND_PER_TX_LAMPORTS: "1300000000",
  ENTRY_HOUR_LAMPORTS: "5000000000000",
  ENTRY_DAY_LAMPORTS: "5000000000000",
  ENTRY_SIGNATURES_PER_HOUR: "6000",
  ENTRY_SIGNATURES_PER_DAY: "6000",
  EXIT_HOUR_LAMPORTS: "100000000000",
  EXIT_DAY_LAMPORTS: "100000000000",
  EXIT_SIGNATURES_PER_HOUR: "20000",
  EXIT_SIGNATURES_PER_DAY: "20000",
};

export interface FaultSystemOptions {
  readonly stateDir: string;
  readonly port: number;
  /** The chain's server. */
  readonly chainUrl: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** The sniper and the signer as `npm start -- --live` runs them, on a chain of this process. */
export interface FaultSystem {
  readonly url: string;
  readonly stateDir: string;
  readonly secrets: RunSecrets;
  /** Starts what is not running, on whatever state the folder holds. @returns milliseconds until the API answered */
  start(): Promise<number>;
  /** Ends it as Ctrl-C does. */
  stop(): Promise<void>;
  /** SIGKILL for the process that runs the sniper's code. @returns its pid, or null when there was none */
  killWorker(): number | null;
  /** SIGKILL for every process of the sniper, and of the signer when asked to; waits until they are gone. */
  killTree(withSigner: boolean): Promise<void>;
  goLive(): Promise<void>;
  cron(): Promise<string>;
  /** GET of `/api/v1<path>`; null when there is no good answer. */
  get<T>(path: string, timeoutMs?: number): Promise<T | null>;
  post(path: string, body: unknown, timeoutMs?: number): Promise<number>;
  /** Delivers raw webhook entries. @returns the status, 0 without an answer */
  deliver(entries: readonly unknown[]): Promise<number>;
  ledger(): Promise<LedgerStatus | null>;
  /** Whether the ledger was compared with the chain since its start; null when nobody answers. */
  isReconciled(): Promise<boolean | null>;
  /** Every item of a list, newest first. */
  list<T>(path: string): Promise<readonly T[]>;
}

/** Makes the handle; nothing runs before `start`. */
export function faultSystem({ stateDir, port, chainUrl, variables = {} }: FaultSystemOptions): FaultSystem {
  const url = `http://127.0.0.1:${port}`;
  let running: RunningSystem | null = null;
  let starting: { readonly abort: AbortController; readonly ended: Promise<unknown> } | null = null;
  let secrets: RunSecrets | null = null;

  const plan: SystemPlan = {
    stateDir,
    fresh: false,
    port,
    localnet: null,
    identity: { network: "localnet", seed: "faults" },
    withLearning: false,
    signer: {
      envFile: () => {
        const path = join(stateDir, "signer.env");
        writeEnvFile(path, { ...WIDE_POLICY, NETWORK: "localnet", [WALLET_SECRET]: loadWallet(stateDir).key });
        return ok(path);
      },
    },
    variables: (own) => {
      secrets = own;
      return ok({
        MODE: "live",
        NETWORK: "localnet",
        PARAMETER_PROFILE: "localnet",
        RPC_URL: `${chainUrl}/rpc`,
        RPC_URL_2: `${chainUrl}/rpc2`,
        SENDER_URL: `${chainUrl}/sender`,
        HELIUS_API_BASE_URL: `${chainUrl}/none`,
        X_API_BASE_URL: `${chainUrl}/none`,
        TELEGRAM_API_BASE_URL: `${chainUrl}/none`,
        OPERATOR_TOKEN: own.operatorToken,
        HELIUS_WEBHOOK_AUTH: own.heliusWebhookAuth,
        TELEGRAM_WEBHOOK_SECRET: own.telegramWebhookSecret,
        ...variables,
      });
    },
  };

  function known(): RunSecrets {
    if (secrets === null) throw new Error("the system was never started");
    return secrets;
  }

  async function get<T>(path: string, timeoutMs = CALL_MS): Promise<T | null> {
    try {
      const response = await fetch(`${url}/api/v1${path}`, { signal: AbortSignal.timeout(timeoutMs) });
      return response.ok ? ((await response.json()) as T) : null;
    } catch {
      return null;
    }
  }

  async function send(path: string, body: unknown, authorization: string, timeoutMs: number): Promise<number> {
    try {
      const response = await fetch(`${url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0;
    }
  }

  async function stop(): Promise<void> {
    starting?.abort.abort();
    await starting?.ended.catch(() => {});
    await running?.stop();
    running = null;
  }

  return {
    url,
    stateDir,
    get secrets() {
      return known();
    },
    start: async () => {
      const startedMs = performance.now();
      const abort = new AbortController();
      const ended = startSystem(plan, () => {}, abort.signal);
      starting = { abort, ended };
      const started = await ended.finally(() => {
        starting = null;
      });
      if (!started.ok) throw new Error(started.detail ?? started.reason);
      running = started.value;
      return performance.now() - startedMs;
    },
    stop,
    killWorker: () => {
      const pid = userWorkerd(runProcesses(stateDir));
      if (pid !== null) signal({ pid }, "SIGKILL");
      return pid;
    },
    killTree: async (withSigner) => {
      const { sniper, signer } = wranglerGroups(runProcesses(stateDir));
      for (const group of [sniper, withSigner ? signer : null]) if (group !== null) signal({ group }, "SIGKILL");
      // What was spared is ended here, and the folder is free for the next start.
      await stop();
      await waitUntil(() => runProcesses(stateDir).length === 0, 10_000);
    },
    goLive: async () => {
      const api = { url, token: known().operatorToken };
      let problem = "";
      const tryOnce = async (): Promise<boolean> => {
        const preflight = await runPreflight(api);
        if (!preflight.ok || preflight.value.confirmation === null) {
          problem = preflight.ok ? JSON.stringify(preflight.value.checks.filter((check) => !check.ok)) : (preflight.detail ?? "");
          return false;
        }
        return (await enableLive(api, preflight.value.confirmation)).ok;
      };
      if (!(await waitUntil(tryOnce, ENABLE_MS, 1_000))) throw new Error(`live was not enabled: ${problem}`);
    },
    cron: () => fireCron(url, { worker: SNIPER.name, cron: CRON }),
    get,
    post: (path, body, timeoutMs = CALL_MS) => send(`/api/v1${path}`, body, `Bearer ${known().operatorToken}`, timeoutMs),
    deliver: (entries) => send("/webhooks/helius", entries, known().heliusWebhookAuth, CALL_MS),
    ledger: async () => (await get<Status>("/status"))?.ledgers.find(({ ledger }) => ledger === LEDGER) ?? null,
    isReconciled: async () => {
      const risk = await get<RiskView>(`/risk?ledger=${LEDGER}`, 1_000);
      if (risk !== null) return risk.isReconciled;
      return (await get<LiveStatus>("/live", 1_000)) === null ? null : true;
    },
    list: async <T>(path: string): Promise<readonly T[]> => {
      const items: T[] = [];
      let before: string | null = null;
      do {
        const mark: string = before === null ? "" : `&before=${encodeURIComponent(before)}`;
        const page: Page<T> | null = await get<Page<T>>(`${path}${path.includes("?") ? "&" : "?"}limit=500${mark}`);
        if (page === null) throw new Error(`no answer to ${path}`);
        items.push(...page.items);
        before = page.next;
      } while (before !== null);
      return items;
    },
  };
}
