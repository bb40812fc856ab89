import type { UnixMs } from "../units.ts";

/** What a split needs to know of a row: when it was decided, when its label was known, and whom it belongs to. */
export interface SplitRow {
  readonly t0Ms: UnixMs;
  readonly t1Ms: UnixMs;
  /** Rows that share a group (mint, creator) never stand on both sides. */
  readonly groups: readonly string[];
}

export interface TimeSplit {
  readonly train: Int32Array;
  readonly test: Int32Array;
  /** Decision time of the first test row. */
  readonly cutMs: UnixMs;
  /** Train rows whose label was not known before the cut less the embargo. */
  readonly purged: number;
  /** Train rows of a group that the test rows have. */
  readonly grouped: number;
}

/**
 * Splits by time: the last `testShare` of the rows by decision time are the test. Purges train rows
 * whose label interval ends within `embargoMs` of the cut or later (López de Prado 2018, ch. 7), and
 * those that share a group with a test row. Indices are in order of time.
 */
export function timeSplit(rows: readonly SplitRow[], testShare: number, embargoMs: number): TimeSplit {
  const order = Int32Array.from({ length: rows.length }, (_, i) => i).sort((a, b) => startOf(rows, a) - startOf(rows, b) || a - b);
  let cut = Math.min(rows.length, Math.max(0, Math.round(rows.length * (1 - testShare))));
  // Rows of one moment stay together, on the test side.
  while (cut > 0 && cut < rows.length && startOf(rows, order[cut - 1] as number) === startOf(rows, order[cut] as number)) cut--;
  const test = order.slice(cut);
  const cutMs = test.length === 0 ? Number.POSITIVE_INFINITY : startOf(rows, test[0] as number);
  const testGroups = new Set<string>();
  for (const index of test) for (const group of rows[index]?.groups ?? []) testGroups.add(group);
  let purged = 0;
  let grouped = 0;
  const train = order.slice(0, cut).filter((index) => {
    const row = rows[index] as SplitRow;
    if (row.t1Ms + embargoMs >= cutMs) {
      purged++;
      return false;
    }
    if (row.groups.some((group) => testGroups.has(group))) {
      grouped++;
      return false;
    }
    return true;
  });
  return { train, test, cutMs, purged, grouped };
}

function startOf(rows: readonly SplitRow[], index: number): number {
  return (rows[index] as SplitRow).t0Ms;
}

export interface Fold {
  readonly trainEnd: number;
  readonly testStart: number;
  readonly testEnd: number;
}

/** Expanding walk-forward folds over `n` ordered rows (scikit-learn's TimeSeriesSplit); all bounds inclusive, training starts at 0. */
export function walkForwardFolds(n: number, folds: number, gap = 0, testSize = Math.floor(n / (folds + 1))): Fold[] {
  const first = n - folds * testSize;
  if (testSize < 1 || first - gap < 1) return [];
  return Array.from({ length: folds }, (_, fold) => {
    const testStart = first + fold * testSize;
    return { trainEnd: testStart - gap - 1, testStart, testEnd: testStart + testSize - 1 };
  });
}
