import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The two Workers of a local run, with their configuration files; the first one owns the port. */
export const SNIPER = { name: "sniper", config: "wrangler.toml" } as const;
export const LEARNING = { name: "sniper-learning", config: "workers/learning/wrangler.toml" } as const;

export interface WranglerRun {
  readonly root: string;
  readonly stateDir: string;
  readonly port: number;
  readonly envFile: string;
  readonly withLearning: boolean;
}

/** Command line of the one `wrangler dev` process that runs the Workers. */
export function wranglerArguments(run: WranglerRun): string[] {
  const configs = [SNIPER, ...(run.withLearning ? [LEARNING] : [])].flatMap(({ config }) => ["-c", join(run.root, config)]);
  return [
    join(run.root, "node_modules/wrangler/bin/wrangler.js"),
    "dev",
    // Without it a binding that only exists remotely makes wrangler ask for a login and exit.
    "--local",
    ...configs,
    ...["--persist-to", join(run.stateDir, "wrangler")],
    ...["--ip", "127.0.0.1", "--port", String(run.port), "--inspector-port", "0"],
    // Takes the place of .dev.vars, so that a local run never picks up the keys meant for the real market.
    ...["--env-file", run.envFile],
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
export function wranglerEnvironment(run: WranglerRun): Record<string, string> {
  const logDir = join(run.stateDir, "logs");
  mkdirSync(logDir, { recursive: true });
  return {
    CLOUDFLARE_INCLUDE_PROCESS_ENV: "true",
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
