import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { type SeededBug, withBug } from "../bugs/bugs.ts";

/** What is named of Workers: the simulation imports files that name it, and makes and calls none of it. */
const WORKERS =
  "export class DurableObject {} export class WorkerEntrypoint {} export class WorkflowEntrypoint {} export function waitUntil() {}";
const ROOT = new URL("../../", import.meta.url).href;

/**
 * Lets Node load what wrangler bundles: SQL files are texts, and `cloudflare:workers` is there. With a
 * bug, its files are loaded with it in them; nothing of it is ever on disk.
 */
export function loadEngine(bug: SeededBug | null): void {
  const files = new Set(bug?.edits.map(({ file }) => `${ROOT}${file}`));
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === "cloudflare:workers") return { url: `data:text/javascript,${encodeURIComponent(WORKERS)}`, shortCircuit: true };
      return next(specifier, context);
    },
    load(url, context, next) {
      if (url.endsWith(".sql")) {
        const text = readFileSync(fileURLToPath(url), "utf8");
        return { format: "module", shortCircuit: true, source: `export default ${JSON.stringify(text)};` };
      }
      if (bug === null || !files.has(url)) return next(url, context);
      const source = withBug(readFileSync(fileURLToPath(url), "utf8"), bug, url.slice(ROOT.length));
      return { format: "module-typescript", shortCircuit: true, source };
    },
  });
}
