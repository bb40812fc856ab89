import type { EquityPoint } from "../../../domain/api/types.ts";
import { parseLamports } from "./format.ts";

/** Columns for two charts over one time axis. Undefined marks "no point of this ledger here", not a gap. */
export interface EquitySeries {
  readonly ledgers: readonly string[];
  /** Unix seconds, ascending, each once. */
  readonly times: readonly number[];
  /** SOL per ledger, for drawing only. */
  readonly equity: ReadonlyArray<ReadonlyArray<number | undefined>>;
  /** Percent below the peak per ledger, zero or negative. */
  readonly drawdown: ReadonlyArray<ReadonlyArray<number | undefined>>;
}

/** Aligns equity points (any order) of all ledgers from `fromMs` on. Unreadable points are left out. */
export function equitySeries(points: readonly EquityPoint[], fromMs: number): EquitySeries {
  const readable = points.filter(
    (point) => point.atMs >= fromMs && parseLamports(point.equityLamports) !== null && Number.isFinite(point.drawdownBps),
  );
  const ledgers = [...new Set(readable.map((point) => point.ledger))].sort();
  const times = [...new Set(readable.map((point) => point.atMs))].sort((a, b) => a - b);
  const rowOf = new Map(times.map((time, row) => [time, row]));
  const equity = ledgers.map(() => new Array<number | undefined>(times.length).fill(undefined));
  const drawdown = ledgers.map(() => new Array<number | undefined>(times.length).fill(undefined));
  for (const point of readable) {
    const column = ledgers.indexOf(point.ledger);
    const row = rowOf.get(point.atMs);
    if (row === undefined) continue;
    equity[column]?.splice(row, 1, Number(point.equityLamports) / 1e9);
    drawdown[column]?.splice(row, 1, point.drawdownBps === 0 ? 0 : -point.drawdownBps / 100);
  }
  return { ledgers, times: times.map((time) => time / 1_000), equity, drawdown };
}

/** Deepest drawdown of a ledger, in basis points, among the points from `fromMs` on; null without points. */
export function worstDrawdown(points: readonly EquityPoint[], ledger: string, fromMs: number): number | null {
  const own = points.filter((point) => point.ledger === ledger && point.atMs >= fromMs && Number.isFinite(point.drawdownBps));
  return own.length === 0 ? null : own.reduce((deepest, point) => Math.max(deepest, point.drawdownBps), 0);
}
