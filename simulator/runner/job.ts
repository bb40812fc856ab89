import type { RunResult, RunSettings } from "../run.ts";

/** What one worker thread does: seeds from `start` on, every `stride`-th, until `end`. */
export interface Job {
  readonly start: number;
  readonly end: number;
  readonly stride: number;
  readonly settings: RunSettings;
  /** Name of a seeded bug; null runs the engine as it is. */
  readonly bug: string | null;
  /** Ends at the first violation. */
  readonly stopAtFirst: boolean;
  /** Runs every seed twice and compares. */
  readonly twice: boolean;
}

/** What a worker thread reports, now and then and at its end. */
export interface Progress {
  readonly runs: number;
  readonly events: number;
  readonly crashes: number;
  readonly landed: number;
  readonly trades: number;
  readonly cpuMs: number;
  readonly failures: readonly RunResult[];
  /** How often what happened, where that is told. */
  readonly seen: Readonly<Record<string, number>>;
  /** Hash and number of events of each seed, when it was run twice. */
  readonly hashes: ReadonlyArray<readonly [seed: number, hash: string]>;
  /** Seeds whose two runs differed. */
  readonly differing: readonly number[];
  readonly isEnd: boolean;
}

/** Two counts together. */
export function added(some: Readonly<Record<string, number>>, more: Readonly<Record<string, number>>): Record<string, number> {
  const sum: Record<string, number> = { ...some };
  for (const [what, times] of Object.entries(more)) sum[what] = (sum[what] ?? 0) + times;
  return sum;
}
