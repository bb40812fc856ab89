import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const ROOT = resolve(import.meta.dirname, "..");

/** One line of the supervisor's `--json` log. */
export interface LogEvent {
  readonly atMs: number;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** A supervisor that was started as `npm start -- ...` starts it. */
export interface Instance {
  readonly process: ChildProcess;
  readonly startedAtMs: number;
  readonly events: readonly LogEvent[];
  readonly errors: () => string;
  /** Resolves with the first event, past or coming, that fits; rejects when the time is up or the process ends. */
  waitFor(what: string, fits: (event: LogEvent) => boolean, timeoutMs: number): Promise<LogEvent>;
  /** Resolves with the exit code. */
  readonly exited: Promise<number | null>;
}

/** Starts the supervisor with `--json` and these arguments. */
export function startInstance(args: readonly string[]): Instance {
  const child = spawn(process.execPath, [join(ROOT, "cli/supervisor/start.ts"), "--json", ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const events: LogEvent[] = [];
  const listeners = new Set<() => void>();
  let errors = "";
  createInterface({ input: child.stdout }).on("line", (line) => {
    events.push(JSON.parse(line) as LogEvent);
    for (const listener of listeners) listener();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString("utf8");
  });
  const exited = new Promise<number | null>((done) => child.once("exit", (code) => done(code)));
  const startedAtMs = Date.now();

  function waitFor(what: string, fits: (event: LogEvent) => boolean, timeoutMs: number): Promise<LogEvent> {
    return new Promise((found, failed) => {
      const finish = (event: LogEvent | undefined, problem: string): void => {
        listeners.delete(look);
        clearTimeout(timer);
        if (event === undefined) failed(new Error(`${what}: ${problem} ${errors.trim()}`.trim()));
        else found(event);
      };
      const look = (): void => {
        const event = events.find(fits);
        if (event !== undefined) finish(event, "");
      };
      const timer = setTimeout(() => finish(undefined, `not within ${timeoutMs / 1000} s`), timeoutMs);
      listeners.add(look);
      void exited.then((code) => finish(events.find(fits), `the process ended with ${code}`));
      look();
    });
  }
  return { process: child, startedAtMs, events, errors: () => errors, waitFor, exited };
}

/** Pids of processes whose command line names that state folder. Linux only; empty elsewhere. */
export function processesOn(stateDir: string): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .map(Number)
      .filter((pid) => readOr(`/proc/${pid}/cmdline`).includes(stateDir) || readOr(`/proc/${pid}/environ`).includes(stateDir))
      .filter((pid) => !/^\d+ \(.*\) Z/.test(readOr(`/proc/${pid}/stat`)));
  } catch {
    return [];
  }
}

/** Text of a file, empty when there is none. */
export function readOr(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** GETs `/api/v1<path>` of an instance. */
export async function getApi<T>(url: string, path: string): Promise<T> {
  const response = await fetch(`${url}/api/v1${path}`, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as T;
}
