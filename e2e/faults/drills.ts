import { execFile } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "../../cli/supervisor/processes.ts";
import { ROOT } from "../../cli/supervisor/system.ts";
import type { LiveStatus, RiskView } from "../../domain/api/types.ts";
import { duplicateBuys } from "./books.ts";
import type { Campaign } from "./campaign.ts";
import type { Rig } from "./kills.ts";
import { LEDGER } from "./system.ts";

const TRADED_MS = 90_000;
/** With coins graduating all the while: long enough for several entries, if any were allowed. */
const WATCH_MS = 15_000;
const EXITS_MS = 60_000;
const ENTRIES_MS = 120_000;
/** The archive is at most 60 s behind. */
const SOUND_MS = 75_000;

/** One drill's outcome. */
export interface Drill {
  readonly name: string;
  /** Restart to the first call at the chain, and to entries being allowed; null when they were not, as they should. */
  readonly exitsMs: number | null;
  readonly entriesMs: number | null;
  readonly problems: readonly string[];
}

/** What miniflare keeps of each kind of storage. */
function kept(rig: Rig, ...kinds: readonly ("d1" | "r2" | "do")[]): string[] {
  return kinds.map((kind) => join(rig.stateDir, "wrangler", "v3", kind));
}

/** Loses one kind of storage after another, and goes back to an older copy, each time with trades in between. */
export async function runDrills(rig: Rig, campaign: Campaign): Promise<Drill[]> {
  const drills: Drill[] = [];
  for (const [name, kind] of [
    ["D1 is lost", "d1"],
    ["R2 is lost", "r2"],
  ] as const) {
    await traded(rig, 3);
    await rig.system.stop();
    for (const path of kept(rig, kind)) rmSync(path, { recursive: true, force: true });
    const times = await restarted(rig, true);
    const found = await campaign.settle();
    const problems = found.map(({ damage, detail }) => `${damage}: ${detail}`);
    // Whatever was lost is made again from what is left, without a person.
    let unsound: string | null = null;
    await waitUntil(
      async () => {
        unsound = await journal(rig, "verify");
        return unsound === null;
      },
      SOUND_MS,
      3_000,
    );
    if (unsound !== null) problems.push(unsound);
    drills.push({ name, ...times, problems });
  }
  drills.push(await restored(rig));
  drills.push(await emptied(rig));
  return drills;
}

/** The objects and D1 go back to a copy from before some trades; R2 and the chain have what came later. */
async function restored(rig: Rig): Promise<Drill> {
  const { system, stateDir } = rig;
  await traded(rig, 2);
  await system.stop();
  const copy = join(stateDir, "older");
  for (const path of kept(rig, "do", "d1")) cpSync(path, path.replace(join(stateDir, "wrangler"), copy), { recursive: true });
  await system.start();
  await traded(rig, 4);
  // Whatever is on R2 is what the archive had by now.
  await waitUntil(async () => (await system.cron()) === "ok", 10_000, 1_000);
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  await system.stop();
  for (const path of kept(rig, "do", "d1")) {
    rmSync(path, { recursive: true, force: true });
    cpSync(path.replace(join(stateDir, "wrangler"), copy), path, { recursive: true });
  }
  const stoppedMs = Date.now();
  const times = await restarted(rig, false);
  const problems = await watched(rig, stoppedMs);
  const recovery = await journal(rig, "recover");
  if (recovery !== null) problems.push(recovery);
  const isStopped = await waitUntil(async () => (await risk(rig))?.state === "HALTED", 60_000, 500);
  const now = await risk(rig);
  if (!isStopped) problems.push(`state ${now?.state}, reason ${now?.stateReason}, reconciled ${now?.isReconciled}`);
  problems.push(...(await watched(rig, stoppedMs)));
  return { name: "objects and D1 go back to before some trades", ...times, problems };
}

/** Only R2, the signer and the chain are left. */
async function emptied(rig: Rig): Promise<Drill> {
  await rig.system.stop();
  for (const path of kept(rig, "do", "d1")) rmSync(path, { recursive: true, force: true });
  const stoppedMs = Date.now();
  const times = await restarted(rig, false);
  const problems = await watched(rig, stoppedMs);
  const recovery = await journal(rig, "recover");
  if (recovery !== null) problems.push(recovery);
  problems.push(...(await watched(rig, stoppedMs)));
  const live = await rig.system.get<LiveStatus>("/live");
  if (live?.mode !== "paper") problems.push(`the mode is ${live?.mode} although nobody confirmed it`);
  return { name: "objects and D1 are lost", ...times, problems };
}

/** Waits until so many more transactions of the wallet have landed. A market that falls trips breakers: a person resumes. */
async function traded(rig: Rig, more: number): Promise<void> {
  const { chain, market, system } = rig;
  market.setOpen(true);
  const from = chain.landed.length;
  const isDone = async (): Promise<boolean> => {
    if (chain.landed.length >= from + more) return true;
    if ((await risk(rig))?.state === "REDUCING") await system.post("/state", { ledger: LEDGER, state: "ACTIVE", note: "before a drill" });
    return false;
  };
  if (!(await waitUntil(isDone, TRADED_MS, 500))) throw new Error("nothing was traded before the drill");
}

async function restarted(rig: Rig, entriesWanted: boolean): Promise<Pick<Drill, "exitsMs" | "entriesMs">> {
  const { system, chain } = rig;
  const startedMs = performance.now();
  const calls = chain.calls();
  const since = (): number => Math.round(performance.now() - startedMs);
  await system.start();
  const exitsMs = (await waitUntil(() => chain.calls() > calls, EXITS_MS, 20)) ? since() : null;
  if (!entriesWanted) return { exitsMs, entriesMs: null };
  const isOpen = await waitUntil(async () => (await system.isReconciled()) === true, ENTRIES_MS, 100);
  return { exitsMs, entriesMs: isOpen ? since() : null };
}

/** Coins graduate for a while; no buy may land that a node was first handed after the stop. What was on its way before may. */
async function watched({ chain, market }: Rig, stoppedMs: number): Promise<string[]> {
  market.setOpen(true);
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  const problems = duplicateBuys(chain.landed).map(({ detail }) => `duplicate buy: ${detail}`);
  for (const { signature, failed, tokens } of chain.landed) {
    const isBuy = !failed && [...tokens.values()].some((amount) => amount > 0n);
    const sentMs = chain.sent.get(signature) ?? Number.POSITIVE_INFINITY;
    if (isBuy && sentMs > stoppedMs)
      problems.push(`buy ${signature} was sent ${sentMs - stoppedMs} ms after the stop, before anybody looked at the books`);
  }
  return problems;
}

function risk({ system }: Rig): Promise<RiskView | null> {
  return system.get<RiskView>(`/risk?ledger=${LEDGER}`);
}

/** `sniper journal ...`, as a person runs it; the chain, which is of this process, goes on meanwhile. @returns what went wrong, or null */
async function journal({ system }: Rig, command: "recover" | "verify"): Promise<string | null> {
  const env = { ...process.env, SNIPER_URL: system.url, SNIPER_OPERATOR_TOKEN: system.secrets.operatorToken };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, "cli/sniper.mjs"), "journal", command], { env, timeout: 120_000 }, (error, out, complaint) =>
      resolve(error === null ? null : `journal ${command}: ${complaint.trim()}${out.trim()}`),
    );
  });
}
