import {
  type CapitalFlow,
  DAY_MS,
  type DailyEquityInput,
  dayOf,
  type EquitySample,
  type RecordedDay,
} from "../../domain/statistics/daily-equity.ts";
import type { ClosedTrade } from "../../domain/statistics/trades.ts";

/** Most days of one answer, five years and more; each is a few steps through an index. */
export const MAX_DAYS = 2_000;
/** Most trades of one answer; older ones are left out and the answer says so. */
export const MAX_TRADES = 100_000;
/** Trades per query, so that one answer of the database stays below about 1 MB. */
const TRADES_PER_QUERY = 10_000;
/** Most deposits and withdrawals of a period; more are refused rather than read as profit. */
const MAX_FLOWS = 10_000;

/**
 * The equity of a ledger from UTC day `fromDay` (numbered from the epoch) to the running one: the last and the
 * deepest record of each day, and what flowed in or out. Starts later when the books were opened later; null
 * before their first record. Costs a few steps through an index per day, however many records it has.
 */
export async function readDailyEquity(db: D1Database, ledger: string, fromDay: number, nowMs: number): Promise<DailyEquityInput | null> {
  const base = await readBase(db, ledger, fromDay);
  if (base === null) return null;
  const [days, flows] = await Promise.all([readDays(db, ledger, dayOf(base.atMs)), readFlows(db, ledger, base.atMs)]);
  const lastMs = days.at(-1)?.close.atMs ?? base.atMs;
  // A clock ahead of ours would else leave its newest records out.
  return { base, days, flows, fromDay: Math.max(fromDay, dayOf(base.atMs)), toDay: dayOf(Math.max(nowMs, lastMs)) };
}

/** A ledger's closed trades since `fromMs`, oldest first; the newest 100,000 when there are more. */
export async function readClosedTrades(
  db: D1Database,
  ledger: string,
  fromMs: number,
): Promise<{ readonly trades: readonly ClosedTrade[]; readonly isTruncated: boolean }> {
  const trades: ClosedTrade[] = [];
  let before: TradeCursor = { closedAtMs: Number.MAX_SAFE_INTEGER, row: 0 };
  while (trades.length <= MAX_TRADES) {
    const { results } = await db
      .prepare(
        `SELECT trades.rowid AS cursor, closed_at_ms, hold_ms, trades.cost_lamports, pnl_lamports, stop_loss_bps
         FROM trades LEFT JOIN positions USING (position_id)
         WHERE trades.ledger = ?1 AND closed_at_ms >= ?2 AND (closed_at_ms, trades.rowid) < (?3, ?4)
         ORDER BY closed_at_ms DESC, trades.rowid DESC LIMIT ?5`,
      )
      .bind(ledger, fromMs, before.closedAtMs, before.row, TRADES_PER_QUERY)
      .all<TradeRow>();
    for (const row of results) trades.push(closedTrade(row));
    const last = results.at(-1);
    if (last === undefined || results.length < TRADES_PER_QUERY) break;
    before = { closedAtMs: last.closed_at_ms, row: last.cursor };
  }
  return { trades: trades.slice(0, MAX_TRADES).reverse(), isTruncated: trades.length > MAX_TRADES };
}

interface TradeCursor {
  readonly closedAtMs: number;
  readonly row: number;
}

interface TradeRow {
  readonly cursor: number;
  readonly closed_at_ms: number;
  readonly hold_ms: number;
  readonly cost_lamports: string;
  readonly pnl_lamports: string;
  readonly stop_loss_bps: number | null;
}

function closedTrade(row: TradeRow): ClosedTrade {
  return {
    closedAtMs: row.closed_at_ms,
    holdMs: row.hold_ms,
    costLamports: BigInt(row.cost_lamports),
    pnlLamports: BigInt(row.pnl_lamports),
    stopLossBps: row.stop_loss_bps,
  };
}

interface SampleRow {
  readonly at_ms: number;
  readonly equity_lamports: string;
  readonly peak_lamports: string;
}

function sampleOf(row: SampleRow): EquitySample {
  return { atMs: row.at_ms, equityLamports: BigInt(row.equity_lamports), peakLamports: BigInt(row.peak_lamports) };
}

/** The last record before the day, or the books' first. */
async function readBase(db: D1Database, ledger: string, fromDay: number): Promise<EquitySample | null> {
  const columns = "SELECT at_ms, equity_lamports, peak_lamports FROM equity WHERE ledger = ?1";
  const before = await db
    .prepare(`${columns} AND at_ms < ?2 ORDER BY at_ms DESC, rowid DESC LIMIT 1`)
    .bind(ledger, fromDay * DAY_MS)
    .first<SampleRow>();
  const base = before ?? (await db.prepare(`${columns} ORDER BY at_ms, rowid LIMIT 1`).bind(ledger).first<SampleRow>());
  return base === null ? null : sampleOf(base);
}

/** Last and deepest record of each day that has any, ascending, at most one day more than can be asked for. */
async function readDays(db: D1Database, ledger: string, fromDay: number): Promise<RecordedDay[]> {
  // Steps from day to day through the index, where GROUP BY would read every record.
  const { results } = await db
    .prepare(
      `WITH RECURSIVE day(number) AS (
         SELECT max(at_ms / 86400000) FROM equity WHERE ledger = ?1
         UNION ALL
         SELECT (SELECT max(at_ms / 86400000) FROM equity WHERE ledger = ?1 AND at_ms / 86400000 < day.number) FROM day
         WHERE day.number > ?2 LIMIT ${MAX_DAYS + 2})
       SELECT close.at_ms, close.equity_lamports, close.peak_lamports,
              deepest.at_ms AS deepest_at_ms, deepest.equity_lamports AS deepest_lamports, deepest.peak_lamports AS deepest_peak
       FROM day
       JOIN equity AS close ON close.rowid = (
         SELECT rowid FROM equity WHERE ledger = ?1 AND at_ms < (day.number + 1) * 86400000 ORDER BY at_ms DESC, rowid DESC LIMIT 1)
       JOIN equity AS deepest ON deepest.rowid = (
         SELECT rowid FROM equity WHERE ledger = ?1 AND at_ms / 86400000 = day.number ORDER BY drawdown_bps DESC LIMIT 1)
       WHERE day.number >= ?2 ORDER BY day.number`,
    )
    .bind(ledger, fromDay)
    .all<SampleRow & { readonly deepest_at_ms: number; readonly deepest_lamports: string; readonly deepest_peak: string }>();
  return results.map((row) => ({
    close: sampleOf(row),
    deepest: { atMs: row.deepest_at_ms, equityLamports: BigInt(row.deepest_lamports), peakLamports: BigInt(row.deepest_peak) },
  }));
}

/**
 * Deposits and withdrawals after `afterMs`, ascending, each with the equity before it: the books journal the equity
 * right after a flow. Rejects when there are more than can be told from profit.
 */
async function readFlows(db: D1Database, ledger: string, afterMs: number): Promise<CapitalFlow[]> {
  const { results } = await db
    .prepare(
      `SELECT flow.at_ms, flow.lamports,
         (SELECT equity_lamports FROM equity WHERE ledger = ?1 AND at_ms = flow.at_ms AND seq > flow.seq ORDER BY rowid LIMIT 1) AS after,
         (SELECT equity_lamports FROM equity WHERE ledger = ?1 AND at_ms < flow.at_ms ORDER BY at_ms DESC, rowid DESC LIMIT 1) AS before
       FROM ledger_postings AS flow
       WHERE flow.ledger = ?1 AND flow.movement = 'flow' AND flow.account = 'capital' AND flow.at_ms > ?2
       ORDER BY flow.at_ms, flow.seq LIMIT ${MAX_FLOWS + 1}`,
    )
    .bind(ledger, afterMs)
    .all<{ readonly at_ms: number; readonly lamports: string; readonly after: string | null; readonly before: string | null }>();
  if (results.length > MAX_FLOWS) throw new Error(`more than ${MAX_FLOWS} flows in ${ledger}`);
  return results.map((row) => {
    // Capital is a credit account: what came in stands there as a negative posting.
    const lamports = -BigInt(row.lamports);
    const equityBeforeLamports = row.after === null ? BigInt(row.before ?? "0") : BigInt(row.after) - lamports;
    return { atMs: row.at_ms, lamports, equityBeforeLamports };
  });
}
