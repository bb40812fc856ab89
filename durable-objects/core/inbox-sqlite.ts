import type { RowState } from "../../domain/pipeline/inbox.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { InboxEntry, InboxStore } from "./inbox-store.ts";

type Row = {
  key: string;
  state: string;
  lease_until_ms: number;
  attempts: number;
  source: string;
  received_at_ms: number;
  payload: string;
  updated_at_ms: number;
};

/** An inbox in a Durable Object's SQLite. */
export class SqliteInboxStore implements InboxStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS deliveries (signature TEXT PRIMARY KEY, received_at_ms INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS graduations (
        key TEXT PRIMARY KEY, state TEXT NOT NULL, lease_until_ms INTEGER NOT NULL, attempts INTEGER NOT NULL,
        source TEXT NOT NULL, received_at_ms INTEGER NOT NULL, payload TEXT NOT NULL, updated_at_ms INTEGER NOT NULL);
      CREATE INDEX IF NOT EXISTS graduations_state ON graduations (state, updated_at_ms);
    `);
  }

  addDelivery(signature: string, receivedAtMs: UnixMs): boolean {
    const fresh = this.#sql.exec(
      "INSERT INTO deliveries (signature, received_at_ms) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING signature",
      signature,
      receivedAtMs,
    );
    return fresh.toArray().length > 0;
  }

  isDelivered(signature: string): boolean {
    return this.#sql.exec("SELECT 1 FROM deliveries WHERE signature = ?", signature).toArray().length > 0;
  }

  put(entry: InboxEntry): void {
    const { key, state, leaseUntilMs, attempts, source, receivedAtMs, payload, updatedAtMs } = entry;
    this.#sql.exec(
      `INSERT INTO graduations (key, state, lease_until_ms, attempts, source, received_at_ms, payload, updated_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET state = excluded.state, lease_until_ms = excluded.lease_until_ms, attempts = excluded.attempts,
         source = excluded.source, received_at_ms = excluded.received_at_ms, payload = excluded.payload, updated_at_ms = excluded.updated_at_ms`,
      ...[key, state, leaseUntilMs, attempts, source, receivedAtMs, payload, updatedAtMs],
    );
  }

  get(key: string): InboxEntry | null {
    const row = this.#sql.exec<Row>("SELECT * FROM graduations WHERE key = ?", key).toArray()[0];
    return row === undefined ? null : entryOf(row);
  }

  waiting(updatedAtMs: UnixMs, limit: number): readonly InboxEntry[] {
    return this.#sql
      .exec<Row>(
        "SELECT * FROM graduations WHERE state <> 'done' AND updated_at_ms <= ? ORDER BY updated_at_ms, key LIMIT ?",
        updatedAtMs,
        limit,
      )
      .toArray()
      .map(entryOf);
  }

  hasOpen(): boolean {
    return this.#sql.exec("SELECT 1 FROM graduations WHERE state IN ('discover', 'analyze', 'trade') LIMIT 1").toArray().length > 0;
  }

  forget(beforeMs: UnixMs): void {
    this.#sql.exec("DELETE FROM graduations WHERE state = 'done' AND updated_at_ms < ?", beforeMs);
    this.#sql.exec("DELETE FROM deliveries WHERE received_at_ms < ?", beforeMs);
  }
}

function entryOf(row: Row): InboxEntry {
  return {
    key: row.key,
    state: row.state as RowState,
    leaseUntilMs: row.lease_until_ms,
    attempts: row.attempts,
    source: row.source,
    receivedAtMs: row.received_at_ms,
    payload: row.payload,
    updatedAtMs: row.updated_at_ms,
  };
}
