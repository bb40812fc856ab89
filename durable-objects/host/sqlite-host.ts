import type { UnixMs } from "../../domain/units.ts";
import type { Host, NumberedLog, ObjectStorage, Table } from "./host.ts";

/** Names become part of SQL text. */
const NAME = /^[a-z][a-z_]{0,40}$/;

/** The host of a real Durable Object. */
export function hostOf(ctx: DurableObjectState): Host {
  return { storage: new SqliteStorage(ctx.storage), now: Date.now, background: (work) => ctx.waitUntil(work) };
}

/** A Durable Object's SQLite as tables of text and numbered logs. */
export class SqliteStorage implements ObjectStorage {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  table(name: string): Table {
    return new SqliteTable(this.#storage.sql, checked(name));
  }

  log(name: string): NumberedLog {
    return new SqliteLog(this.#storage.sql, checked(name));
  }

  transaction<T>(run: () => T): T {
    return this.#storage.transactionSync(run);
  }

  setAlarm(atMs: UnixMs | null): void {
    void (atMs === null ? this.#storage.deleteAlarm() : this.#storage.setAlarm(atMs));
  }

  flush(): Promise<void> {
    return this.#storage.sync();
  }
}

class SqliteTable implements Table {
  readonly #sql: SqlStorage;
  readonly #name: string;

  constructor(sql: SqlStorage, name: string) {
    this.#sql = sql;
    this.#name = name;
    sql.exec(`CREATE TABLE IF NOT EXISTS ${name} (key TEXT PRIMARY KEY, body TEXT NOT NULL)`);
  }

  get(key: string): string | null {
    return this.#sql.exec<{ body: string }>(`SELECT body FROM ${this.#name} WHERE key = ?`, key).toArray()[0]?.body ?? null;
  }

  put(key: string, body: string): void {
    this.#sql.exec(`INSERT INTO ${this.#name} (key, body) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body`, key, body);
  }

  delete(key: string): void {
    this.#sql.exec(`DELETE FROM ${this.#name} WHERE key = ?`, key);
  }

  entries(): ReadonlyArray<readonly [string, string]> {
    const rows = this.#sql.exec<{ key: string; body: string }>(`SELECT key, body FROM ${this.#name} ORDER BY rowid`);
    return rows.toArray().map((row) => [row.key, row.body] as const);
  }
}

class SqliteLog implements NumberedLog {
  readonly #sql: SqlStorage;
  readonly #name: string;

  constructor(sql: SqlStorage, name: string) {
    this.#sql = sql;
    this.#name = name;
    sql.exec(`CREATE TABLE IF NOT EXISTS ${name} (n INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL)`);
  }

  append(body: string): number {
    return this.#sql.exec<{ n: number }>(`INSERT INTO ${this.#name} (body) VALUES (?) RETURNING n`, body).one().n;
  }

  after(after: number, limit: number): ReadonlyArray<{ readonly n: number; readonly body: string }> {
    return this.#sql
      .exec<{ n: number; body: string }>(`SELECT n, body FROM ${this.#name} WHERE n > ? ORDER BY n LIMIT ?`, after, limit)
      .toArray();
  }

  delete(n: number): void {
    this.#sql.exec(`DELETE FROM ${this.#name} WHERE n = ?`, n);
  }

  deleteThrough(n: number): void {
    this.#sql.exec(`DELETE FROM ${this.#name} WHERE n <= ?`, n);
  }

  count(): number {
    return this.#sql.exec<{ count: number }>(`SELECT count(*) AS count FROM ${this.#name}`).one().count;
  }
}

function checked(name: string): string {
  if (!NAME.test(name)) throw new TypeError(`not a table name: ${name}`);
  return name;
}
