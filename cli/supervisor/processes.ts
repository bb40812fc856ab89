import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Enough of a process to know it again: pids are reused, a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque: boot and clock ticks on Linux, the start date elsewhere. */
  readonly startedAt: string;
  readonly command: string;
}

/** Environment variable that marks every process of a run, and which they all inherit. */
export const RUN_ID_VARIABLE = "SNIPER_RUN_ID";

const HAS_PROC = existsSync("/proc/self/stat");

/** Fields of /proc/<pid>/stat that we use (proc_pid_stat(5)). */
interface Stat {
  readonly state: string;
  readonly group: number;
  readonly startTicks: string;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null; // gone, or another user's
  }
}

function readStat(pid: number): Stat | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The command name in parentheses may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", group: Number(fields[2]), startTicks: fields[19] ?? "" };
}

/** Identity of a running process; null when there is none with that pid, or only its zombie. */
export function identify(pid: number): ProcessIdentity | null {
  if (HAS_PROC) {
    const stat = readStat(pid);
    if (stat === null || stat.state === "Z") return null;
    const boot = readText("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
    const command = (readText(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ").trim();
    return { pid, startedAt: `${boot}:${stat.startTicks}`, command };
  }
  try {
    // lstart is always 24 characters, e.g. "Fri Nov 21 05:00:00 2026".
    const line = execFileSync("ps", ["-o", "lstart=,command=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    return line === "" ? null : { pid, startedAt: line.slice(0, 24), command: line.slice(24).trim() };
  } catch {
    return null;
  }
}

/** True when that very process, not merely its pid, is still running. */
export function isStillRunning(recorded: ProcessIdentity): boolean {
  const now = identify(recorded.pid);
  return now !== null && now.startedAt === recorded.startedAt && now.command === recorded.command;
}

/** True while a process of the group lives; zombies do not count. */
export function isGroupAlive(group: number): boolean {
  if (HAS_PROC) return livePids((pid) => readStat(pid)?.group === group).length > 0;
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

/** Pids of the processes that carry the run's mark. Empty where the system does not show environments. */
export function processesOfRun(runId: string): number[] {
  if (!HAS_PROC) return [];
  const mark = `${RUN_ID_VARIABLE}=${runId}`;
  return livePids((pid) => pid !== process.pid && (readText(`/proc/${pid}/environ`)?.split("\0").includes(mark) ?? false));
}

function livePids(wanted: (pid: number) => boolean): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => wanted(pid) && readStat(pid)?.state !== "Z");
}

/** Sends a signal to a group, or to one process; false when it is gone. */
export function signal(target: { readonly group: number } | { readonly pid: number }, name: NodeJS.Signals): boolean {
  try {
    process.kill("group" in target ? -target.group : target.pid, name);
    return true;
  } catch {
    return false;
  }
}

/** Ends a group: SIGTERM, then SIGKILL to what is left after `graceMs`. Resolves when none is left, or false after a further 2 s. */
export async function endGroup(group: number, graceMs: number): Promise<boolean> {
  signal({ group }, "SIGTERM");
  if (await waitUntil(() => !isGroupAlive(group), graceMs)) return true;
  signal({ group }, "SIGKILL");
  return waitUntil(() => !isGroupAlive(group), 2_000);
}

/** Polls until the condition holds; false when it did not within `timeoutMs`. */
export async function waitUntil(condition: () => boolean | Promise<boolean>, timeoutMs: number, intervalMs = 50): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
  return true;
}
