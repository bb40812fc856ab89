import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { DEFAULT_EVENTS } from "./defaults.ts";
import { campaign, printCampaign } from "./runner/campaign.ts";

/** What has been run, and with what result: a later run goes on behind it. Not in git. */
const LEDGER = ".sniper/soak.json";
const CHUNK_SEEDS = 2_000;
const CHUNK_KILLS = 100;
const FAULTS = "e2e/faults/run.ts";

interface Range {
  readonly what: "seeds" | "kills";
  readonly from: number;
  readonly to: number;
  readonly commit: string;
  readonly atMs: number;
  readonly failures: readonly number[];
}

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000000" },
    kills: { type: "string", default: "2000" },
    workers: { type: "string", default: "2" },
    events: { type: "string", default: String(DEFAULT_EVENTS) },
  },
});
const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
const ranges: Range[] = existsSync(LEDGER) ? (JSON.parse(readFileSync(LEDGER, "utf8")) as Range[]) : [];
let failed = 0;

for (let from = next("seeds"); from <= Number(values.seeds); from = next("seeds")) {
  const seeds = Math.min(CHUNK_SEEDS, Number(values.seeds) - from + 1);
  const request = { start: from, seeds, workers: Number(values.workers), twice: false, settings: { events: Number(values.events) } };
  const done = await campaign(request);
  printCampaign(done, false);
  note({ what: "seeds", from, to: from + seeds - 1, commit, atMs: Date.now(), failures: done.failures.map(({ seed }) => seed) });
}
for (let from = next("kills"); existsSync(FAULTS) && from <= Number(values.kills); from = next("kills")) {
  const kills = Math.min(CHUNK_KILLS, Number(values.kills) - from + 1);
  const run = spawnSync(process.execPath, [FAULTS, "--kills", String(kills)], { stdio: "inherit" });
  note({ what: "kills", from, to: from + kills - 1, commit, atMs: Date.now(), failures: run.status === 0 ? [] : [from] });
}
const seedsRun = ranges.filter(({ what }) => what === "seeds").reduce((sum, { from, to }) => sum + to - from + 1, 0);
const bound = (300 / Math.max(1, seedsRun)).toPrecision(2);
console.log(
  `accumulated: ${seedsRun} seeds, ${next("kills") - 1} kills, ${ranges.flatMap(({ failures }) => failures).length} failures; 3/n is ${bound} %`,
);
process.exitCode = failed > 0 ? 1 : 0;

/** The first number that was not run yet. */
function next(what: Range["what"]): number {
  return Math.max(0, ...ranges.filter((range) => range.what === what).map(({ to }) => to)) + 1;
}

function note(range: Range): void {
  ranges.push(range);
  failed += range.failures.length;
  mkdirSync(".sniper", { recursive: true });
  writeFileSync(LEDGER, `${JSON.stringify(ranges, null, 1)}\n`);
}
