import { parseExact, stringifyExact } from "../domain/json.ts";
import type { PathWatch } from "../domain/trading/path-recorder.ts";
import type { PathSample } from "../domain/trading/path-walk.ts";
import type { Address, UnixMs } from "../domain/units.ts";
import { DONE_KEPT_MS, type PositionWatch, type WatchStore } from "./core/watch-store.ts";

/** The watch store in a Durable Object's SQLite. */
export class SqliteWatchStore implements WatchStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS position_watches (position_id TEXT PRIMARY KEY, body TEXT NOT NULL)");
    sql.exec("CREATE TABLE IF NOT EXISTS path_watches (mint TEXT PRIMARY KEY, body TEXT NOT NULL)");
    sql.exec(
      "CREATE TABLE IF NOT EXISTS path_samples (mint TEXT NOT NULL, slot INTEGER NOT NULL, at_ms INTEGER NOT NULL, base TEXT NOT NULL, quote TEXT NOT NULL, PRIMARY KEY (mint, slot)) WITHOUT ROWID",
    );
    sql.exec("CREATE TABLE IF NOT EXISTS paths_done (mint TEXT PRIMARY KEY, at_ms INTEGER NOT NULL)");
  }

  positions(): PositionWatch[] {
    return this.#bodies("position_watches") as PositionWatch[];
  }

  paths(): PathWatch[] {
    return this.#bodies("path_watches") as PathWatch[];
  }

  putPosition(watch: PositionWatch): void {
    this.#sql.exec(
      "INSERT INTO position_watches (position_id, body) VALUES (?, ?) ON CONFLICT (position_id) DO UPDATE SET body = excluded.body",
      watch.positionId,
      stringifyExact(watch),
    );
  }

  deletePosition(positionId: string): void {
    this.#sql.exec("DELETE FROM position_watches WHERE position_id = ?", positionId);
  }

  putPath(watch: PathWatch): void {
    this.#sql.exec(
      "INSERT INTO path_watches (mint, body) VALUES (?, ?) ON CONFLICT (mint) DO UPDATE SET body = excluded.body",
      watch.mint,
      stringifyExact(watch),
    );
  }

  isDone(mint: Address): boolean {
    return this.#sql.exec("SELECT 1 FROM paths_done WHERE mint = ?", mint).toArray().length > 0;
  }

  finishPath(mint: Address, nowMs: UnixMs): void {
    this.#sql.exec("DELETE FROM path_watches WHERE mint = ?", mint);
    this.#sql.exec("DELETE FROM path_samples WHERE mint = ?", mint);
    this.#sql.exec("INSERT OR REPLACE INTO paths_done (mint, at_ms) VALUES (?, ?)", mint, nowMs);
    this.#sql.exec("DELETE FROM paths_done WHERE at_ms < ?", nowMs - DONE_KEPT_MS);
  }

  addSample(mint: Address, sample: PathSample): void {
    const { slot, atMs, baseReserves, quoteReservesLamports } = sample;
    this.#sql.exec(
      "INSERT OR IGNORE INTO path_samples (mint, slot, at_ms, base, quote) VALUES (?, ?, ?, ?, ?)",
      mint,
      slot,
      atMs,
      baseReserves.toString(),
      quoteReservesLamports.toString(),
    );
  }

  samples(mint: Address): PathSample[] {
    const rows = this.#sql.exec<{ slot: number; at_ms: number; base: string; quote: string }>(
      "SELECT slot, at_ms, base, quote FROM path_samples WHERE mint = ? ORDER BY slot",
      mint,
    );
    return rows.toArray().map((row) => ({
      slot: row.slot,
      atMs: row.at_ms,
      baseReserves: BigInt(row.base),
      quoteReservesLamports: BigInt(row.quote),
    }));
  }

  #bodies(table: "position_watches" | "path_watches"): unknown[] {
    const rows = this.#sql.exec<{ body: string }>(`SELECT body FROM ${table} ORDER BY rowid`).toArray();
    return rows.map((row) => parseExact(row.body));
  }
}
