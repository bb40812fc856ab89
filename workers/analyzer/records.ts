import { z } from "zod";
import { ok } from "../../domain/result.ts";
import { MARKET_WINDOW_MS } from "../../domain/scoring/features/market.ts";
import type { CreatorRecord, MarketRecord } from "../../domain/scoring/observations.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { RecordSource } from "./collect.ts";
import { TtlCache } from "./ttl-cache.ts";

/** How far back a creator's coins are looked at: every one of them is read, so that the window bounds the cost. */
const CREATOR_WINDOW_MS = 7 * 86_400_000;
/** Coins of one creator that are read; the gate of serial creators is far below. */
const MAX_COINS = 200;
/** Newest closed paths that make the market's mood; about a day of graduations on mainnet. */
const MAX_PATHS = 300;
/** One SOL price per five minutes of the window and its longest path. */
const SOL_STEP_MS = 300_000;
const MAX_SOL_POINTS = 400;
/** The market is the same for every candidate, and moves slowly. */
const MARKET_KEPT_MS = 30_000;

const number = z.number().refine(Number.isFinite);
const coinRow = z.object({ mint: z.string(), seen_at_ms: number, closed_at_ms: number.nullable(), change: number.nullable() });
const pathRow = z.object({
  mint: z.string(),
  name: z.string().nullable(),
  symbol: z.string().nullable(),
  started_at_ms: number,
  closed_at_ms: number,
  change: number,
});
const solRow = z.object({ at_ms: number, sol_usd: number });

const COINS = `SELECT d.mint AS mint, MIN(d.at_ms) AS seen_at_ms, p.closed_at_ms AS closed_at_ms, p.change AS change
  FROM decisions d LEFT JOIN price_paths p ON p.mint = d.mint AND p.is_complete = 1 AND p.closed_at_ms <= ?3
  WHERE d.creator = ?1 AND d.at_ms >= ?2 AND d.at_ms <= ?3 GROUP BY d.mint ORDER BY seen_at_ms DESC LIMIT ${MAX_COINS}`;
const PATHS = `SELECT p.mint AS mint, p.started_at_ms AS started_at_ms, p.closed_at_ms AS closed_at_ms, p.change AS change,
    (SELECT name FROM decisions d WHERE d.mint = p.mint LIMIT 1) AS name, (SELECT symbol FROM decisions d WHERE d.mint = p.mint LIMIT 1) AS symbol
  FROM price_paths p WHERE p.closed_at_ms >= ?1 AND p.closed_at_ms <= ?2 AND p.change IS NOT NULL ORDER BY p.closed_at_ms DESC LIMIT ${MAX_PATHS}`;
const SOL = `SELECT MAX(at_ms) AS at_ms, sol_usd FROM decisions WHERE at_ms >= ?1 AND at_ms <= ?2 AND sol_usd IS NOT NULL
  GROUP BY at_ms / ${SOL_STEP_MS} ORDER BY at_ms DESC LIMIT ${MAX_SOL_POINTS}`;

const markets = new WeakMap<D1Database, TtlCache<MarketRecord>>();

/**
 * What our own decisions and price paths know: a creator's other coins that graduated before our eyes
 * within a week and what became of them, and the coins that closed within a day. Nothing later than now;
 * the journal reaches the database some seconds late, which only makes it know less.
 */
export function recordsFromEnv({ DB }: Pick<Env, "DB">, nowMs: () => UnixMs): RecordSource {
  async function market(atMs: UnixMs): Promise<MarketRecord> {
    const since = atMs - MARKET_WINDOW_MS;
    const [paths, sol] = await DB.batch([DB.prepare(PATHS).bind(since, atMs), DB.prepare(SOL).bind(since, atMs)]);
    return {
      paths: rowsOf(pathRow, paths).map(({ mint, name, symbol, started_at_ms, closed_at_ms, change }) => ({
        mint,
        name: name ?? "",
        symbol: symbol ?? "",
        startedAtMs: started_at_ms,
        closedAtMs: closed_at_ms,
        change,
      })),
      sol: rowsOf(solRow, sol).map(({ at_ms, sol_usd }) => ({ atMs: at_ms, usd: sol_usd })),
    };
  }

  return {
    creator: async (creator) => {
      const atMs = nowMs();
      const found = await DB.prepare(COINS)
        .bind(creator, atMs - CREATOR_WINDOW_MS, atMs)
        .all();
      const coins = rowsOf(coinRow, found).map(({ mint, seen_at_ms, closed_at_ms, change }) => ({
        mint,
        seenAtMs: seen_at_ms,
        closedAtMs: closed_at_ms,
        change,
      }));
      return ok<CreatorRecord>({ coins });
    },
    market: async () => {
      const atMs = nowMs();
      const cache = markets.get(DB) ?? new TtlCache<MarketRecord>(MARKET_KEPT_MS, 1);
      markets.set(DB, cache);
      const known = cache.get("market", atMs);
      if (known !== undefined) return ok(known);
      const read = await market(atMs);
      cache.set("market", read, atMs);
      return ok(read);
    },
  };
}

/** Rows of the expected shape; any other is no record of ours. */
function rowsOf<T>(schema: z.ZodType<T>, found: D1Result | undefined): T[] {
  return (found?.results ?? []).flatMap((row) => {
    const read = schema.safeParse(row);
    return read.success ? [read.data] : [];
  });
}
