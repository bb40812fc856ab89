import { fileURLToPath } from "node:url";
import { unstable_startWorker } from "wrangler";

const SEEDS_PER_REQUEST = 5;

/** Hash and number of events of each seed, as workerd runs them. */
export async function hashesInWorkerd(seeds: readonly number[]): Promise<ReadonlyMap<number, string>> {
  process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false"; // Nothing leaves this machine.
  process.env["WRANGLER_SEND_METRICS"] = "false";
  const worker = await unstable_startWorker({
    entrypoint: fileURLToPath(import.meta.resolve("./worker.ts")),
    config: fileURLToPath(import.meta.resolve("./wrangler.toml")),
    dev: { logLevel: "none", inspector: false, server: { port: 0 }, watch: false },
  });
  const hashes = new Map<number, string>();
  try {
    for (let i = 0; i < seeds.length; i += SEEDS_PER_REQUEST) {
      const part = seeds.slice(i, i + SEEDS_PER_REQUEST);
      const response = await worker.fetch("http://simulation/", { method: "POST", body: JSON.stringify(part) });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`simulation in workerd: ${text}`);
      for (const [index, hash] of (JSON.parse(text) as string[]).entries()) hashes.set(part[index] ?? -1, hash);
    }
  } finally {
    await worker.dispose();
  }
  return hashes;
}
