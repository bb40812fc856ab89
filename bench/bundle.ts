/**
 * `node bench/bundle.ts`: how large the sniper Worker is, as `wrangler deploy` would upload it, gzipped. Ends with 1 above
 * the budget.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const ROOT = resolve(import.meta.dirname, "..");

/** A larger Worker starts more slowly; Cloudflare's own limit is 3 MB on the free plan, 10 MB on the paid one. */
export const BUNDLE_TARGET_KIB = 400;

/** Size of the bundle, or why there is none. */
export function buildBundle(): { readonly kib: number } | { readonly failure: string } {
  const outDir = mkdtempSync(join(tmpdir(), "sniper-bundle-"));
  try {
    const args = [join(ROOT, "node_modules/wrangler/bin/wrangler.js"), "deploy", "--dry-run", "--outdir", outDir];
    const env = { ...process.env, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_LOG_PATH: outDir };
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, env, encoding: "utf8" });
    if (status !== 0) return { failure: `wrangler ended with ${status}: ${stderr}` };
    const bytes = readdirSync(outDir)
      .filter((name) => /\.(js|wasm|bin|sql)$/.test(name))
      .reduce((sum, name) => sum + gzipSync(readFileSync(join(outDir, name))).length, 0);
    return { kib: bytes / 1024 };
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

/** A line for people. */
export function bundleLine(built: ReturnType<typeof buildBundle>): string {
  const size = "kib" in built ? `${built.kib.toFixed(1)} KiB` : built.failure;
  return `${"sniper bundle, gzipped".padEnd(28)}${size} (target ${BUNDLE_TARGET_KIB} KiB)`;
}

if (import.meta.main) {
  const built = buildBundle();
  console.log(bundleLine(built));
  process.exitCode = "kib" in built && built.kib <= BUNDLE_TARGET_KIB ? 0 : 1;
}
