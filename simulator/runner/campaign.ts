import type { RunResult, RunSettings } from "../run.ts";
import { added, type Job } from "./job.ts";
import { runJob, runJobs } from "./threads.ts";

/** Lines of a failing seed's log that are printed. */
const LOG_LINES = 60;
const FAILURES_PRINTED = 3;

export interface CampaignRequest {
  readonly start: number;
  readonly seeds: number;
  readonly workers: number;
  readonly twice: boolean;
  readonly settings: RunSettings;
}

/** What a campaign found. */
export interface Campaign {
  readonly start: number;
  readonly seeds: number;
  runs: number;
  events: number;
  crashes: number;
  landed: number;
  trades: number;
  cpuMs: number;
  wallMs: number;
  failures: RunResult[];
  seen: Record<string, number>;
  differing: number[];
  /** Seeds that were compared with workerd, which runs what a thread ran twice. */
  inWorkerd: number;
}

/** Runs a range of seeds over worker threads. */
export async function campaign({ start, seeds, workers, twice, settings }: CampaignRequest): Promise<Campaign> {
  const done: Campaign = {
    start,
    seeds,
    runs: 0,
    events: 0,
    crashes: 0,
    landed: 0,
    trades: 0,
    cpuMs: 0,
    wallMs: 0,
    failures: [],
    seen: {},
    differing: [],
    inWorkerd: 0,
  };
  const hashes: Array<readonly [number, string]> = [];
  const beganMs = Date.now();
  const jobs = Array.from({ length: Math.max(1, workers) }, (_, worker): Job => {
    return { start: start + worker, end: start + seeds, stride: Math.max(1, workers), settings, bug: null, stopAtFirst: false, twice };
  });
  await runJobs(jobs, (progress) => {
    done.runs += progress.runs;
    done.events += progress.events;
    done.crashes += progress.crashes;
    done.landed += progress.landed;
    done.trades += progress.trades;
    done.cpuMs += progress.cpuMs;
    done.failures.push(...progress.failures);
    done.seen = added(done.seen, progress.seen);
    done.differing.push(...progress.differing);
    hashes.push(...progress.hashes);
  });
  if (twice) {
    const { hashesInWorkerd } = await import("./workerd.ts");
    const there = await hashesInWorkerd(hashes.map(([seed]) => seed));
    done.inWorkerd = there.size;
    for (const [seed, hash] of hashes) if (there.get(seed) !== hash && !done.differing.includes(seed)) done.differing.push(seed);
  }
  done.wallMs = Date.now() - beganMs;
  done.failures.sort((a, b) => a.seed - b.seed);
  return done;
}

/** The first seed that shows a seeded bug, and that the engine without it passes; null when none does. */
export async function findBug(
  name: string,
  { start, seeds, settings }: Pick<CampaignRequest, "start" | "seeds" | "settings">,
): Promise<RunResult | null> {
  const firstFailure = async (bug: string | null, from: number, to: number): Promise<RunResult | null> => {
    let found: RunResult | null = null;
    await runJob({ start: from, end: to, stride: 1, settings, bug, stopAtFirst: true, twice: false }, ({ failures }) => {
      found ??= failures[0] ?? null;
    });
    return found;
  };
  const end = start + seeds;
  for (let from = start; from < end; ) {
    const found = await firstFailure(name, from, end);
    if (found === null) return null;
    // A seed that the engine fails by itself proves nothing about the bug.
    if ((await firstFailure(null, found.seed, found.seed + 1)) === null) return found;
    from = found.seed + 1;
  }
  return null;
}

export function printCampaign(done: Campaign, isDeterminism: boolean): void {
  for (const failure of done.failures.slice(0, FAILURES_PRINTED)) printFailure(failure, LOG_LINES);
  const { start, runs, events, crashes, landed, trades, cpuMs, wallMs, failures, differing } = done;
  const runsInS = (ms: number) => (runs / Math.max(0.001, ms / 1_000)).toFixed(1);
  console.log(
    `seeds ${start}..${start + runs - 1}: ${runs} runs, ${events} events, ${landed} landed transactions, ${trades} trades, ${crashes} crashes`,
  );
  console.log(
    `${runsInS(wallMs)} runs/s, ${runsInS(cpuMs)} runs and ${Math.round(events / Math.max(0.001, cpuMs / 1_000))} events per CPU second (${Math.round(events / 300 / Math.max(0.001, cpuMs / 1_000))} runs of 300 events)`,
  );
  const kinds = Object.entries(done.seen).sort(([a], [b]) => (a < b ? -1 : 1));
  if (kinds.length > 0) console.log(`of each: ${kinds.map(([what, times]) => `${times} ${what}`).join(", ")}`);
  if (isDeterminism)
    console.log(
      `determinism: ${runs - differing.length} of ${runs} seeds gave the same hash twice in Node and in workerd${list(differing)}`,
    );
  if (failures.length === 0)
    console.log(
      `0 violations: with 95 % confidence fewer than ${((300 / Math.max(1, runs)) as number).toPrecision(2)} % of seeds fail (3/n)`,
    );
  else
    console.log(
      `${failures.length} VIOLATIONS, seeds${list(failures.map(({ seed }) => seed))}: replay with npm run simulate --${failures[0]?.seen === undefined ? "" : " --parity 1"} --seed ${failures[0]?.seed}`,
    );
}

/** A seed with its options, the newest of its events and the rule that it broke. */
export function printFailure({ seed, options, log, violation, hash, events }: RunResult, lines: number): void {
  console.log(`seed ${seed}, ${events} events, hash ${hash}`);
  console.log(JSON.stringify({ ...options.faults, ...options.workload }));
  console.log(log.slice(-Math.min(lines, log.length)).join("\n"));
  console.log(violation === null ? "every rule held" : `VIOLATION ${violation.message}\n${violation.stack}`);
}

function list(seeds: readonly number[]): string {
  return seeds.length === 0 ? "" : ` ${seeds.slice(0, 20).join(", ")}`;
}
