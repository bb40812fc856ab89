/** An experiment's evidence as a table: one column per arm, and what belongs to no arm. */
export interface EvidenceTable {
  readonly arms: readonly string[];
  readonly rows: ReadonlyArray<{ readonly name: string; readonly values: readonly unknown[] }>;
  readonly others: ReadonlyArray<{ readonly name: string; readonly value: unknown }>;
}

/** Most rows of evidence that are shown. */
const ROWS_MAX = 40;

/** Lays evidence out: objects of plain values become arms (one level below `arms`, if there is one). */
export function evidenceTable(evidence: Readonly<Record<string, unknown>>): EvidenceTable {
  const { arms: nested, ...rest } = evidence;
  const entries = isRecord(nested) ? [...Object.entries(nested), ...Object.entries(rest)] : Object.entries(evidence);
  const arms = entries.filter((entry): entry is [string, Record<string, unknown>] => isRecord(entry[1]));
  const names = [...new Set(arms.flatMap(([, values]) => Object.keys(values)))].slice(0, ROWS_MAX);
  return {
    arms: arms.map(([name]) => name),
    rows: names.map((name) => ({ name, values: arms.map(([, values]) => values[name]) })),
    others: entries
      .filter(([, value]) => !isRecord(value))
      .slice(0, ROWS_MAX)
      .map(([name, value]) => ({ name, value })),
  };
}

/** "meanReturnBps" as "mean return bps". */
export function spacedName(name: string): string {
  return name
    .replace(/[_-]+/g, " ")
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase();
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
