/**
 * `node bench/sentiment.ts`: what scoring one text costs, in workerd, against the npm port of VADER in the same run.
 * The clock of workerd stands still while code runs, so requests are timed from outside, less a request that does nothing.
 */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { unstable_startWorker } from "wrangler";
import { createRng } from "../domain/random.ts";
import { VADER_LEXICON } from "../domain/sentiment/lexicon.ts";

const REQUESTS = 7;
const TARGET_US = 25;
const STUDENT_TARGET_US = 30;
const TARGET_FACTOR = 5;
/** The human-rated tweets that VADER was published with. */
const TWEETS = resolve(import.meta.dirname, "../../shared/reference/vader-tweets.json");

/** Stands in for the tweets where they are not at hand: words of the lexicon among others. */
function madeTexts(): string[] {
  const rng = createRng("sentiment bench");
  const lexicon = [...VADER_LEXICON.keys()];
  const others = "the coin is up and we are all in it for a long time today".split(" ");
  const pick = (list: readonly string[]): string => list[rng.int(list.length)] ?? "";
  return Array.from({ length: 4_200 }, () => Array.from({ length: 14 }, () => pick(rng.next() < 0.2 ? lexicon : others)).join(" "));
}

function readTexts(): { readonly texts: readonly string[]; readonly source: string } {
  if (!existsSync(TWEETS)) return { texts: madeTexts(), source: "made-up texts" };
  const rows = JSON.parse(readFileSync(TWEETS, "utf8")) as ReadonlyArray<{ readonly text: string }>;
  return { texts: rows.map(({ text }) => text), source: "tweets" };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Lines for people: median over requests, each of which scores all texts. */
export async function benchSentiment(): Promise<string[]> {
  const { texts, source } = readTexts();
  process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false"; // Nothing leaves this machine.
  process.env["WRANGLER_SEND_METRICS"] = "false";
  const worker = await unstable_startWorker({
    // Named, or wrangler takes the product's own configuration.
    config: resolve(import.meta.dirname, "sentiment-wrangler.json"),
    dev: { logLevel: "none", inspector: false, server: { port: 0 }, watch: false },
  });
  try {
    await worker.fetch("http://bench/", { method: "PUT", body: JSON.stringify(texts) });
    const timed = async (scorer: string, n: number): Promise<number> => {
      const startMs = performance.now();
      const response = await worker.fetch("http://bench/", { method: "POST", body: JSON.stringify({ scorer, n }) });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`sentiment bench: ${text}`);
      return performance.now() - startMs;
    };
    const names = ["vader", "overlay", "student", "port"] as const;
    const times = new Map<string, number[]>(names.map((name) => [name, []]));
    // Scorers take turns, so that a busy moment of the machine hits them alike. The first turn warms up the compiler.
    for (let i = 0; i <= REQUESTS; i++) {
      for (const name of names) {
        const idleMs = await timed(name, 0);
        const us = ((await timed(name, 1)) - idleMs) * (1_000 / texts.length);
        if (i > 0) times.get(name)?.push(us);
      }
    }
    const us = (name: (typeof names)[number]): number => median(times.get(name) ?? []);
    const factor = us("port") / us("vader");
    return [
      `${"VADER, a text".padEnd(32)}${us("vader").toFixed(1)} µs p50 in workerd, ${texts.length} ${source} (target ${TARGET_US} µs)`,
      `${"  the npm port vader-sentiment".padEnd(32)}${us("port").toFixed(1)} µs, ${factor.toFixed(1)} times as long (target ${TARGET_FACTOR})`,
      `${"  crypto overlay / student".padEnd(32)}${us("overlay").toFixed(1)} / ${us("student").toFixed(1)} µs (target ${STUDENT_TARGET_US} µs for the student)`,
    ];
  } finally {
    await worker.dispose();
  }
}

if (import.meta.main) for (const line of await benchSentiment()) console.log(line);
