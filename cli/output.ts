import { cleanText } from "../adapters/telegram/html.ts";
import type { Result } from "../domain/result.ts";

/** Where a command writes, and how it ends. */
export interface Io {
  out(line: string): void;
  err(line: string): void;
  fail(code: number): void;
}

export const TERMINAL: Io = {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  fail: (code) => {
    process.exitCode = code;
  },
};

/** How an expected failure of a command is told: one line, exit code 1. */
export type Outcome<T> = Result<T, "FAILED">;

/**
 * Wraps a command's work: prints its value as JSON or by `show`, and a failure as one line (as
 * `{"error": ...}` with --json) with exit code 1.
 */
export async function report<T>(io: Io, json: boolean, work: Promise<Outcome<T>>, show: (value: T) => readonly string[]): Promise<void> {
  const outcome = await work;
  if (!outcome.ok) {
    const line = outcome.detail ?? "failed";
    if (json) io.out(JSON.stringify({ error: line }));
    else io.err(`error: ${line}`);
    io.fail(1);
    return;
  }
  if (json) io.out(JSON.stringify(outcome.value));
  else for (const line of show(outcome.value)) io.out(line);
}

/** Rows as aligned columns, the first row being the heading. Cells are cleaned: they may hold strangers' text. */
export function table(heading: readonly string[], rows: ReadonlyArray<readonly string[]>): string[] {
  const cells = [heading, ...rows].map((row) => row.map((cell) => cleanText(cell)));
  const widths = heading.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
