import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The Workers of a local run, with their configuration files; the first one owns the port. */
export const SNIPER = { name: "sniper", config: "wrangler.toml" } as const;
/** The same Worker with the signer bound to it. */
export const LIVE_SNIPER = { name: "sniper", config: "wrangler.live.toml" } as const;
export const SIGNER = { name: "sniper-signer", config: "workers/signer/wrangler.toml" } as const;
export const LEARNING = { name: "sniper-learning", config: "workers/learning/wrangler.toml" } as const;

export interface WranglerRun {
  readonly root: string;
  readonly stateDir: string;
  readonly port: number;
  readonly envFile: string;
  readonly withLearning: boolean;
  /** Binds the signer, which runs in a process of its own. */
  readonly live: boolean;
}

/** A variable in the place of the binding of Workers AI: it answers nowhere but at Cloudflare. */
const WITHOUT_AI = ["--var", "AI:off"];

/** Command line of the `wrangler dev` process that runs the Workers, all but the signer. */
export function wranglerArguments(run: WranglerRun): string[] {
  const workers = [run.live ? LIVE_SNIPER : SNIPER, ...(run.withLearning ? [LEARNING] : [])];
  const folder = { persistTo: join(run.stateDir, "wrangler"), port: run.port, envFile: run.envFile };
  return [...devArguments(run.root, workers, folder), ...WITHOUT_AI];
}

/**
 * Command line of the `wrangler dev` process that runs the signer alone. Variables of one `wrangler dev` can reach
 * all of its Workers; two processes share nothing but the registry in which they find each other by name.
 */
export function signerArguments({ root, stateDir }: Pick<WranglerRun, "root" | "stateDir">, envFile: string): string[] {
  // Port 0: wrangler listens somewhere on this machine, the signer answers nothing there.
  return devArguments(root, [SIGNER], { persistTo: join(stateDir, "wrangler-signer"), port: 0, envFile });
}

function devArguments(
  root: string,
  workers: ReadonlyArray<{ readonly config: string }>,
  { persistTo, port, envFile }: { readonly persistTo: string; readonly port: number; readonly envFile: string },
): string[] {
  return [
    join(root, "node_modules/wrangler/bin/wrangler.js"),
    "dev",
    // Without it a binding that only exists remotely makes wrangler ask for a login and exit.
    "--local",
    ...workers.flatMap(({ config }) => ["-c", join(root, config)]),
    ...["--persist-to", persistTo],
    ...["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"],
    // Takes the place of .dev.vars, so that a local run never picks up the keys meant for the real market.
    ...["--env-file", envFile],
    // Without it every request and every console.log of weeks ends up in the log file.
    ...["--log-level", "warn"],
    "--show-interactive-dev-session=false",
  ];
}

/**
 * Environment of that process; nothing else is inherited. `--env-file` reaches the first Worker only (wrangler
 * passes no flag on to the others), but its values also enter wrangler's own environment, from where
 * CLOUDFLARE_INCLUDE_PROCESS_ENV hands them to the second Worker.
 */
export function wranglerEnvironment(run: Pick<WranglerRun, "stateDir">): Record<string, string> {
  return { ...signerEnvironment(run), CLOUDFLARE_INCLUDE_PROCESS_ENV: "true" };
}

/** Environment of the signer's process: `--env-file` reaches its one Worker without help. */
export function signerEnvironment(run: Pick<WranglerRun, "stateDir">): Record<string, string> {
  const logDir = join(run.stateDir, "logs");
  mkdirSync(logDir, { recursive: true });
  return {
    // Tracing of every call into SQLite costs ten times the call.
    X_LOCAL_OBSERVABILITY: "false",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG_PATH: join(logDir, "wrangler-debug"),
    WRANGLER_CACHE_DIR: join(run.stateDir, "wrangler-cache"),
    // Two runs on one machine must not find each other's Workers by name.
    WRANGLER_REGISTRY_PATH: join(run.stateDir, "wrangler-registry"),
    CI: "true",
  };
}

/** Cron expressions in a wrangler.toml; none when the file or the entry is missing. */
export function cronsOf(configPath: string): string[] {
  let text = "";
  try {
    text = readFileSync(configPath, "utf8");
  } catch {
    return [];
  }
  const list = /^crons\s*=\s*\[([^\]]*)\]/m.exec(text)?.[1] ?? "";
  return [...list.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? "");
}
