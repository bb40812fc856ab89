/**
 * `node bench/scoring.ts`: what judging a token, explaining it and predicting batches costs, in workerd. Its clock stands
 * still while code runs, so requests with many rounds are timed from outside and requests without work taken off.
 */
import { resolve } from "node:path";
import { unstable_startWorker } from "wrangler";

const ROUNDS = 40;
const REQUESTS = 15;
const BATCH = 1_000;
const TARGETS = { scoreMs: 1, explainMs: 2, rowsPerS: 20_000 };

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Lines for people: p50 over requests. */
export async function benchScoring(): Promise<string[]> {
  process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false"; // Nothing leaves this machine.
  process.env["WRANGLER_SEND_METRICS"] = "false";
  const worker = await unstable_startWorker({
    // Named, or wrangler takes the product's own configuration.
    config: resolve(import.meta.dirname, "scoring-wrangler.json"),
    dev: { logLevel: "none", inspector: false, server: { port: 0 }, watch: false },
  });
  try {
    const timed = async (path: string, body?: string): Promise<number> => {
      const startMs = performance.now();
      const response = await worker.fetch(`http://bench/${path}`, body === undefined ? {} : { method: "POST", body });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`scoring bench: ${text}`);
      return performance.now() - startMs;
    };
    const perRound = async (step: string): Promise<number> => {
      for (let i = 0; i < 3; i++) await timed(`${step}?n=${ROUNDS}`); // Warms up the compiler.
      const times: number[] = [];
      for (let i = 0; i < REQUESTS; i++) {
        const idleMs = await timed("idle?n=0");
        times.push(((await timed(`${step}?n=${ROUNDS}`)) - idleMs) / ROUNDS);
      }
      return median(times);
    };
    const [features, score] = [await perRound("features"), await perRound("score")];
    const [shap, counterfactual, explain] = [await perRound("shap"), await perRound("counterfactual"), await perRound("explain")];
    const rows = (await (await worker.fetch(`http://bench/rows?n=${BATCH}`)).json()) as Array<Record<string, number | null>>;
    const columns = Object.keys(rows[0] ?? {});
    const split = JSON.stringify({ dataframe_split: { columns, data: rows.map((row) => columns.map((name) => row[name])) } });
    const instances = JSON.stringify({ instances: rows });
    const rowsPerS = async (body: string): Promise<number> => {
      for (let i = 0; i < 3; i++) await timed("invocations", body);
      const times: number[] = [];
      for (let i = 0; i < REQUESTS; i++) times.push(await timed("invocations", body));
      return BATCH / (median(times) / 1_000);
    };
    const [bySplit, byInstances] = [await rowsPerS(split), await rowsPerS(instances)];
    const line = (name: string, ms: number): string => `${name.padEnd(32)}${ms.toFixed(3)} ms`;
    const rate = (value: number): string => Math.round(value).toLocaleString("en-US");
    return [
      `${line("features + rules + 100 trees", score)} p50 in workerd (target ${TARGETS.scoreMs} ms), features alone ${features.toFixed(3)} ms`,
      `${line("explanation, 100 trees", explain)} p50 (target ${TARGETS.explainMs} ms), TreeSHAP ${shap.toFixed(3)}, counterfactual ${counterfactual.toFixed(3)} ms`,
      `${"invocations, batches of 1,000".padEnd(32)}${rate(bySplit)} rows/s as dataframe_split, ${rate(byInstances)} as instances (target ${rate(TARGETS.rowsPerS)})`,
    ];
  } finally {
    await worker.dispose();
  }
}

if (import.meta.main) for (const line of await benchScoring()) console.log(line);
