import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/** The base classes of Workers: the simulation imports files that name them, and makes none of them. */
const WORKERS = "export class DurableObject {} export class WorkerEntrypoint {} export class WorkflowEntrypoint {}";

/** Lets Node load what wrangler bundles: SQL files are texts, and `cloudflare:workers` is there. */
export function loadLikeWrangler(): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === "cloudflare:workers") return { url: `data:text/javascript,${encodeURIComponent(WORKERS)}`, shortCircuit: true };
      return next(specifier, context);
    },
    load(url, context, next) {
      if (!url.endsWith(".sql")) return next(url, context);
      const text = readFileSync(fileURLToPath(url), "utf8");
      return { format: "module", shortCircuit: true, source: `export default ${JSON.stringify(text)};` };
    },
  });
}
