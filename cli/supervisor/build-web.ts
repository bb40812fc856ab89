import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ok, type Result, refuse } from "../../domain/result.ts";

/** What the page is built from. */
const SOURCES = ["web/index.html", "web/vite.config.ts", "web/src", "web/public", "domain/api", "domain/reasons.ts", "package-lock.json"];

/** True when there is no build, or a source is newer than it. */
export function isWebStale(root: string): boolean {
  const built = statSync(join(root, "web/dist/index.html"), { throwIfNoEntry: false })?.mtimeMs;
  return built === undefined || SOURCES.some((source) => newestMs(join(root, source)) > built);
}

function newestMs(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

/** Builds the dashboard into web/dist if it is missing or stale; `built` says whether it did. */
export function buildWeb(root: string): Result<{ readonly built: boolean }, "BUILD_FAILED"> {
  if (!isWebStale(root)) return ok({ built: false });
  const args = [join(root, "node_modules/vite/bin/vite.js"), "build", "--config", "web/vite.config.ts", "--logLevel", "warn"];
  // A test runner's NODE_ENV would bring React's development build.
  const env = { ...process.env, NODE_ENV: "production", NO_COLOR: "1" };
  const run = spawnSync(process.execPath, args, { cwd: root, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  if (run.status === 0) return ok({ built: true });
  return refuse(
    "BUILD_FAILED",
    `The dashboard could not be built: ${(run.stderr || run.stdout || "vite did not start").trim().slice(0, 1_000)}`,
  );
}

if (import.meta.main) {
  const outcome = buildWeb(join(import.meta.dirname, "../.."));
  if (!outcome.ok) console.error(outcome.detail);
  process.exitCode = outcome.ok ? 0 : 1;
}
