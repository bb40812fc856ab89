import type { Address } from "../units.ts";
import { decodeBase64 } from "./base64.ts";

/** Longest `Program data:` payload that is read, in characters; the runtime keeps 10,000 bytes of logs. */
const MAX_DATA_CHARS = 16_384;

const INVOKE = /^Program ([1-9A-HJ-NP-Za-km-z]{32,44}) invoke \[(\d+)\]$/;
const EXIT = /^Program ([1-9A-HJ-NP-Za-km-z]{32,44}) (?:success|failed: .*)$/s;
const DATA_PREFIX = "Program data: ";
const TRUNCATED = "Log truncated";

export interface ProgramData {
  /** The program that was running when the line was written. */
  readonly program: Address;
  readonly payload: Uint8Array;
}

export interface ProgramLogs {
  readonly data: readonly ProgramData[];
  /** False when the logs were cut or their call stack does not add up. */
  readonly complete: boolean;
}

/**
 * Collects the `Program data:` lines of a transaction's logs, each attributed by the call stack to
 * the program that was running: a program can log any text, but only under its own name. Reading
 * stops where the stack no longer adds up.
 */
export function readProgramData(logs: readonly string[]): ProgramLogs {
  const stack: Address[] = [];
  const data: ProgramData[] = [];
  for (const line of logs) {
    if (line === TRUNCATED) return { data, complete: false };
    const invoke = INVOKE.exec(line);
    if (invoke !== null) {
      if (Number(invoke[2]) !== stack.length + 1) return { data, complete: false };
      stack.push(invoke[1] ?? "");
      continue;
    }
    const exit = EXIT.exec(line);
    if (exit !== null) {
      if (stack.pop() !== exit[1]) return { data, complete: false };
      continue;
    }
    if (!line.startsWith(DATA_PREFIX) || line.length > MAX_DATA_CHARS) continue;
    const program = stack.at(-1);
    if (program === undefined) return { data, complete: false };
    const payload = decodeBase64(line.slice(DATA_PREFIX.length));
    if (payload !== null) data.push({ program, payload });
  }
  return { data, complete: stack.length === 0 };
}
