import { readdirSync } from "node:fs";
import { readOr } from "../instance.ts";

/** One process of a run, as /proc shows it. */
export interface RunProcess {
  readonly pid: number;
  readonly group: number;
  readonly command: string;
}

/** Live processes that belong to a state folder: those whose command line or environment names it. Linux only. */
export function runProcesses(stateDir: string): RunProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const command = readOr(`/proc/${name}/cmdline`).replaceAll("\0", " ");
      const isOurs = command.includes(stateDir) || readOr(`/proc/${name}/environ`).includes(stateDir);
      const stat = readOr(`/proc/${name}/stat`).split(") ").at(-1)?.split(" ") ?? [];
      return isOurs && stat[0] !== "Z" ? [{ pid: Number(name), group: Number(stat[2]), command }] : [];
    });
}

/** The groups of the two `wrangler dev` processes. */
export function wranglerGroups(processes: readonly RunProcess[]): { readonly sniper: number | null; readonly signer: number | null } {
  const leaders = processes.filter(({ pid, group, command }) => pid === group && command.includes("wrangler.js dev"));
  const signer = leaders.find(({ command }) => command.includes("workers/signer/wrangler.toml"))?.group ?? null;
  return { sniper: leaders.find(({ group }) => group !== signer)?.group ?? null, signer };
}

/**
 * The workerd that runs the sniper's code: the one with an inspector. Beside it a proxy workerd owns the
 * port, which wrangler does not restart when it is killed. Null while there is none.
 */
export function userWorkerd(processes: readonly RunProcess[]): number | null {
  const { sniper } = wranglerGroups(processes);
  const found = processes.find(
    ({ group, command }) => group === sniper && command.includes("--inspector-addr") && command.includes("workerd"),
  );
  return found?.pid ?? null;
}
