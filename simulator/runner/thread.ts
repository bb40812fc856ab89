import { parentPort, workerData } from "node:worker_threads";
import { bugNamed } from "../bugs/bugs.ts";
import { loadEngine } from "./hooks.ts";
import { added, type Job, type Progress } from "./job.ts";

const REPORT_RUNS = 50;
/** Logs of more failures than this are nobody's reading. */
const MAX_FAILURES = 20;

const job = workerData as Job;
const bug = job.bug === null ? null : bugNamed(job.bug);
if (job.bug !== null && bug === null) throw new Error(`no bug ${job.bug}`);
loadEngine(bug);
const isParity = job.settings.parity === true;
const run = isParity ? (await import("../parity/parity.ts")).runParity : (await import("../run.ts")).runSeed;

let progress = nothing();
let failed = 0;
for (let seed = job.start; seed < job.end; seed += job.stride) {
  const beganUs = process.threadCpuUsage();
  const result = await run(seed, job.settings);
  const differing = [...progress.differing];
  if (job.twice) {
    const again = await run(seed, job.settings);
    if (again.hash !== result.hash || again.events !== result.events) differing.push(seed);
  }
  const { user, system } = process.threadCpuUsage(beganUs);
  if (result.violation !== null) failed++;
  progress = {
    runs: progress.runs + 1,
    events: progress.events + result.events,
    crashes: progress.crashes + result.crashes,
    landed: progress.landed + result.landedBuys + result.landedSells,
    trades: progress.trades + result.trades,
    cpuMs: progress.cpuMs + (user + system) / 1_000,
    seen: added(progress.seen, result.seen ?? {}),
    failures: result.violation === null || failed > MAX_FAILURES ? progress.failures : [...progress.failures, result],
    hashes: job.twice ? [...progress.hashes, [seed, `${result.hash} ${result.events}`]] : [],
    differing,
    isEnd: false,
  };
  if (job.stopAtFirst && failed > 0) break;
  if (progress.runs >= REPORT_RUNS) {
    parentPort?.postMessage(progress);
    progress = nothing();
  }
}
parentPort?.postMessage({ ...progress, isEnd: true });

function nothing(): Progress {
  return {
    runs: 0,
    events: 0,
    crashes: 0,
    landed: 0,
    trades: 0,
    cpuMs: 0,
    failures: [],
    seen: {},
    hashes: [],
    differing: [],
    isEnd: false,
  };
}
