/**
 * `node bench/signer.ts`: what building, judging and signing a buy costs, in workerd. Its clock stands still while
 * code runs, so requests with many rounds are timed from outside and the same requests without rounds taken off.
 */
import { generateKeyPairSync } from "node:crypto";
import { resolve } from "node:path";
import { unstable_startWorker } from "wrangler";

const ROUNDS = 40;
const REQUESTS = 25;
const TARGET_MS = 0.5;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Lines for people: p50 over requests of the mean of a request's rounds. */
export async function benchSigner(): Promise<string[]> {
  const { d = "", x = "" } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const key = JSON.stringify([...Buffer.from(d, "base64url"), ...Buffer.from(x, "base64url")]);
  process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false"; // Nothing leaves this machine.
  process.env["WRANGLER_SEND_METRICS"] = "false";
  const worker = await unstable_startWorker({
    entrypoint: resolve(import.meta.dirname, "signer-worker.ts"),
    config: resolve(import.meta.dirname, "../workers/signer/wrangler.toml"),
    dev: { logLevel: "none", inspector: false, server: { port: 0 }, watch: false },
  });
  try {
    const timed = async (n: number, coin: number, steps: readonly string[]): Promise<number> => {
      const startMs = performance.now();
      const response = await worker.fetch("http://bench/", { method: "POST", body: JSON.stringify({ n, steps, key, coin }) });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`signer bench: ${text}`);
      return performance.now() - startMs;
    };
    const perRound = async (rounds: number, steps: readonly string[], coinOf: (i: number) => number): Promise<number> => {
      const times: number[] = [];
      for (let i = 0; i < REQUESTS; i++) {
        const idle = await timed(0, coinOf(i), steps);
        times.push(((await timed(rounds, coinOf(i), steps)) - idle) / rounds);
      }
      return median(times);
    };
    await perRound(ROUNDS, ["build", "judge", "sign"], () => 1); // Warms up the compiler.
    const cached = (steps: readonly string[]): Promise<number> => perRound(ROUNDS, steps, () => 1);
    const [build, judge, sign] = [await cached(["build"]), await cached(["judge"]), await cached(["sign"])];
    const all = await cached(["build", "judge", "sign"]);
    const line = (name: string, ms: number): string => `${name.padEnd(32)}${ms.toFixed(3)} ms`;
    return [
      `${line("build + sign, accounts known", all)} p50 in workerd (target ${TARGET_MS} ms)`,
      `${line("  build / judge / sign", build)} / ${judge.toFixed(3)} / ${sign.toFixed(3)} ms`,
    ];
  } finally {
    await worker.dispose();
  }
}

if (import.meta.main) for (const line of await benchSigner()) console.log(line);
