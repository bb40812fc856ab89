import { parseArgs } from "node:util";
import { BUGS, bugNamed } from "./bugs/bugs.ts";
import { PARITY_BUGS } from "./bugs/parity-bugs.ts";
import { DEFAULT_EVENTS } from "./defaults.ts";
import { NORMALISED } from "./parity/normalised.ts";
import { type Campaign, campaign, findBug, printCampaign, printFailure } from "./runner/campaign.ts";
import { loadEngine } from "./runner/hooks.ts";

/** Seeds that each seeded bug may take. */
const BUG_SEEDS = 5_000;

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    start: { type: "string", default: "1" },
    seed: { type: "string" },
    events: { type: "string", default: String(DEFAULT_EVENTS) },
    workers: { type: "string", default: "2" },
    bug: { type: "string" },
    bugs: { type: "boolean", default: false },
    canary: { type: "boolean", default: false },
    determinism: { type: "string" },
    parity: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const start = Number(values.start);
const events = Number(values.events);
const workers = Number(values.workers);
const parity = values.parity !== undefined;
const seeds = Number(values.parity ?? values.seeds ?? (values.bugs || values.bug !== undefined ? BUG_SEEDS : 1_000));

if (values.seed !== undefined) process.exitCode = await one(Number(values.seed));
else if (values.bugs) process.exitCode = await bugs();
else if (values.bug !== undefined) process.exitCode = await bug(values.bug);
else process.exitCode = await many();

async function many(): Promise<number> {
  const determinism = values.determinism === undefined ? null : Number(values.determinism);
  const done = await campaign({
    start,
    seeds: determinism ?? seeds,
    workers,
    twice: determinism !== null,
    settings: { events, canary: values.canary, parity },
  });
  report(done);
  return done.failures.length > 0 || done.differing.length > 0 ? 1 : 0;
}

function report(done: Campaign): void {
  if (values.json) console.log(JSON.stringify({ ...done, failures: done.failures.map(({ seed, violation }) => ({ seed, violation })) }));
  else printCampaign(done, values.determinism !== undefined);
  if (parity && !values.json) console.log(`not compared: ${Object.keys(NORMALISED).join(", ")} (simulator/parity/normalised.ts)`);
}

/** One seed with its log, in this process. */
async function one(seed: number): Promise<number> {
  loadEngine(values.bug === undefined ? null : bugNamed(values.bug));
  const run = parity ? (await import("./parity/parity.ts")).runParity : (await import("./run.ts")).runSeed;
  const result = await run(seed, { events, canary: values.canary, keepLog: true });
  printFailure(result, Number.POSITIVE_INFINITY);
  return result.violation === null ? 0 : 1;
}

async function bug(name: string): Promise<number> {
  const found = await findBug(name, { start, seeds, settings: { events, parity } });
  console.log(
    found === null ? `${name}: not found in ${seeds} seeds` : `${name}: found at seed ${found.seed} by ${found.violation?.message}`,
  );
  return found === null ? 1 : 0;
}

async function bugs(): Promise<number> {
  const all = parity ? PARITY_BUGS : BUGS;
  const waiting = [...all];
  const tried: number[] = [];
  let missed = 0;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { name } = next;
      const found = await findBug(name, { start, seeds, settings: { events, parity } });
      if (found === null) {
        missed++;
        console.log(`NOT FOUND ${name} in ${seeds} seeds`);
      } else {
        tried.push(found.seed - start + 1);
        console.log(
          `found ${name.padEnd(36)} after ${String(found.seed - start + 1).padStart(5)} seeds: ${found.violation?.message.slice(0, 120)}`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  const median = tried.sort((a, b) => a - b)[Math.floor((tried.length - 1) / 2)] ?? 0;
  console.log(`seeded bugs: ${tried.length} of ${all.length} found, median ${median} seeds, at most ${tried.at(-1) ?? 0}`);
  return missed === 0 ? 0 : 1;
}
