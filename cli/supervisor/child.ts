import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { endGroup, identify, type ProcessIdentity } from "./processes.ts";

/** Within the five seconds that Ctrl-C may take, with time left for SIGKILL. */
const GRACE_MS = 3_000;
const KEPT_LINES = 40;

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly onLine?: (line: string) => void;
}

export interface Child {
  readonly name: string;
  readonly identity: ProcessIdentity;
  /** Resolves with the exit code (or signal) once the process has ended. */
  readonly exited: Promise<string>;
  /** The newest lines it printed, for an error message. */
  lastLines(): readonly string[];
  stop(): Promise<void>;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escape sequences start with ESC
const ESCAPES = /\u001b\[[0-9;]*[A-Za-z]/g;

/**
 * Starts a process as leader of its own group, so that a Ctrl-C in the terminal reaches only us and the
 * group can be ended as a whole. Its output goes to a log file and, line by line, to `onLine`.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const log = createWriteStream(options.logFile, { flags: "w", mode: 0o600 });
  // A full disk must not end the run over a log line.
  log.on("error", () => {});
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    // The generated ProcessEnv lists the Worker variables, which are no concern of a child.
    env: { ...options.env } as NodeJS.ProcessEnv,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (raw) => {
      log.write(`${raw}\n`);
      const line = raw.replace(ESCAPES, "");
      if (line.trim() !== "") lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      options.onLine?.(line);
    });
  }
  const exited = new Promise<string>((resolve) => {
    child.once("exit", (code, name) => resolve(name ?? String(code)));
    child.once("error", (error) => resolve(error.message));
  });
  void exited.then(() => log.end());
  await new Promise<void>((resolve) => {
    child.once("spawn", resolve);
    child.once("error", () => resolve());
  });
  const pid = child.pid ?? 0;
  const identity = identify(pid) ?? { pid, startedAt: "", command: "" };
  return {
    name: options.name,
    identity,
    exited,
    lastLines: () => lines,
    stop: async () => {
      if (pid > 0) await endGroup(pid, GRACE_MS);
    },
  };
}
