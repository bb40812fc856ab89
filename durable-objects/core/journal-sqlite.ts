import { type ChainHead, GENESIS } from "../../domain/journal/chain.ts";
import type { JournalRow, JournalStore } from "./journal-store.ts";

/** The journal's chain in a Durable Object's SQLite. */
export class SqliteJournalStore implements JournalStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS entries (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, at_ms INTEGER NOT NULL, body TEXT)",
    );
  }

  head(): ChainHead {
    return this.#sql.exec<{ seq: number; hash: string }>("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").toArray()[0] ?? GENESIS;
  }

  at(seq: number): { readonly hash: string; readonly atMs: number } | null {
    const row = this.#sql.exec<{ hash: string; at_ms: number }>("SELECT hash, at_ms FROM entries WHERE seq = ?", seq).toArray()[0];
    return row === undefined ? null : { hash: row.hash, atMs: row.at_ms };
  }

  isKnown(id: string): boolean {
    return this.#sql.exec("SELECT 1 FROM entries WHERE id = ?", id).toArray().length > 0;
  }

  add({ seq, id, hash, atMs, body }: JournalRow): void {
    this.#sql.exec("INSERT INTO entries (seq, id, hash, at_ms, body) VALUES (?, ?, ?, ?, ?)", seq, id, hash, atMs, body);
  }

  after(seq: number, limit: number): Iterable<{ seq: number; hash: string; body: string | null }> {
    return this.#sql.exec<{ seq: number; hash: string; body: string | null }>(
      "SELECT seq, hash, body FROM entries WHERE seq > ? ORDER BY seq LIMIT ?",
      seq,
      limit,
    );
  }

  dropBodies(seq: number): void {
    this.#sql.exec("UPDATE entries SET body = NULL WHERE seq <= ? AND body IS NOT NULL", seq);
  }

  bytes(): number {
    return this.#sql.databaseSize;
  }
}
