import type { EquityPoint, Status } from "../../domain/api/types.ts";
import { type EquityRow, equityOfRow } from "./views.ts";

/** How often each reason was given since `sinceMs`, most frequent first; what was bought is left out. */
export async function countReasons(db: D1Database, sinceMs: number, limit: number): Promise<Array<{ code: string; count: number }>> {
  const { results } = await db
    .prepare(
      `SELECT code, count(*) AS count FROM decision_reasons WHERE at_ms >= ? AND outcome <> 'BUY'
       GROUP BY code ORDER BY count DESC, code LIMIT ?`,
    )
    .bind(sinceMs, limit)
    .all<{ code: string; count: number }>();
  return results;
}

/** What became of the tokens since `sinceMs`. A token that could not be judged passed no gate. */
export async function funnelCounts(db: D1Database, sinceMs: number): Promise<Status["funnel"]> {
  const counts = await db
    .prepare(
      `SELECT count(*) FILTER (WHERE stage <> 'trade') AS detected,
              count(*) FILTER (WHERE stage = 'analyze') AS passedFilters,
              count(*) FILTER (WHERE stage = 'analyze' AND is_vetoed = 0 AND score IS NOT NULL) AS passedGates,
              count(*) FILTER (WHERE stage = 'analyze' AND outcome = 'BUY') AS scoredAbove,
              count(*) FILTER (WHERE stage = 'trade' AND outcome = 'BUY') AS bought
       FROM decisions WHERE at_ms >= ?`,
    )
    .bind(sinceMs)
    .first<Status["funnel"]>();
  return counts ?? { detected: 0, passedFilters: 0, passedGates: 0, scoredAbove: 0, bought: 0 };
}

/** Time of the newest decision; null before the first. */
export async function newestDecisionMs(db: D1Database): Promise<number | null> {
  return db.prepare("SELECT max(at_ms) AS newest FROM decisions").first<number | null>("newest");
}

/** The model in force as the registry's index has it; null before the first promotion. */
export async function newestChampion(db: D1Database): Promise<Status["champion"]> {
  return db
    .prepare("SELECT name, version FROM models WHERE status = 'champion' ORDER BY trained_at_ms DESC LIMIT 1")
    .first<{ name: string; version: string }>();
}

/** Ledgers that have an equity curve, in alphabetical order. */
export async function listLedgers(db: D1Database): Promise<string[]> {
  // A step per ledger through the index, where DISTINCT would read every row.
  const { results } = await db
    .prepare(
      `WITH RECURSIVE step(ledger) AS (
         SELECT min(ledger) FROM equity
         UNION ALL SELECT (SELECT min(ledger) FROM equity WHERE ledger > step.ledger) FROM step WHERE step.ledger IS NOT NULL)
       SELECT ledger FROM step WHERE ledger IS NOT NULL`,
    )
    .all<{ ledger: string }>();
  return results.map(({ ledger }) => ledger);
}

/** Widest bucket: 2^31 s. */
const MAX_DOUBLINGS = 31;

/**
 * Equity since `sinceMs`, newest first, at most `points` per ledger: the last one and the deepest drawdown
 * of each bucket. Buckets of 1, 2, 4 ... s are aligned to the clock, so that they stay put while the
 * curve grows.
 */
export async function equityCurve(db: D1Database, sinceMs: number, points: number, ledger?: string): Promise<EquityPoint[]> {
  const curve: EquityPoint[] = [];
  for (const name of ledger === undefined ? await listLedgers(db) : [ledger]) curve.push(...(await ledgerCurve(db, name, sinceMs, points)));
  return curve.sort((a, b) => b.atMs - a.atMs || a.ledger.localeCompare(b.ledger));
}

async function ledgerCurve(db: D1Database, ledger: string, sinceMs: number, points: number): Promise<EquityPoint[]> {
  const range = await db
    .prepare("SELECT min(at_ms) AS first, max(at_ms) AS last FROM equity WHERE ledger = ? AND at_ms >= ?")
    .bind(ledger, sinceMs)
    .first<{ first: number | null; last: number | null }>();
  if (range === null || range.first === null || range.last === null) return [];
  const stepMs = bucketMs(range.first, range.last, Math.max(1, Math.floor(points / 2)));
  // D1 binds every number as a float; with one max() in a query, SQLite takes the other columns from the row that has it.
  const columns = "ledger, equity_lamports";
  const where = "FROM equity WHERE ledger = ?1 AND at_ms >= ?2 GROUP BY at_ms / CAST(?3 AS INTEGER)";
  const { results } = await db
    .prepare(
      `SELECT ${columns}, max(at_ms) AS at_ms, drawdown_bps ${where}
       UNION SELECT ${columns}, at_ms, max(drawdown_bps) AS drawdown_bps ${where} ORDER BY at_ms DESC`,
    )
    .bind(ledger, sinceMs, stepMs)
    .all<EquityRow>();
  return results.slice(0, points).map(equityOfRow);
}

/** The narrowest bucket of 2^k seconds that cuts the range into at most `buckets`. */
function bucketMs(firstMs: number, lastMs: number, buckets: number): number {
  for (let doublings = 0; doublings < MAX_DOUBLINGS; doublings++) {
    const stepMs = 1_000 * 2 ** doublings;
    if (Math.floor(lastMs / stepMs) - Math.floor(firstMs / stepMs) < buckets) return stepMs;
  }
  return 1_000 * 2 ** MAX_DOUBLINGS;
}
