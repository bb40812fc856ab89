import { parseExact, stringifyExact } from "../../domain/json.ts";
import type { Incident, Incidents } from "../../domain/live/incidents.ts";
import type { Signature } from "../../domain/units.ts";

/** What LiveControl keeps in SQLite: named JSON values, open incidents, intents whose prediction was counted, and what the signer signed. */
export class LiveStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`CREATE TABLE IF NOT EXISTS live (name TEXT PRIMARY KEY, body TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS incidents (id TEXT PRIMARY KEY, body TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS predictions (intent_id TEXT PRIMARY KEY);
      CREATE TABLE IF NOT EXISTS own_signatures (signature TEXT PRIMARY KEY)`);
  }

  get<T>(name: string): T | null {
    const row = this.#sql.exec<{ body: string }>("SELECT body FROM live WHERE name = ?", name).toArray()[0];
    return row === undefined ? null : (parseExact(row.body) as T);
  }

  put(name: string, value: unknown): void {
    this.#sql.exec("INSERT OR REPLACE INTO live (name, body) VALUES (?, ?)", name, stringifyExact(value));
  }

  loadIncidents(): Incidents {
    const rows = this.#sql.exec<{ id: string; body: string }>("SELECT id, body FROM incidents ORDER BY rowid");
    return new Map(rows.toArray().map(({ id, body }) => [id, parseExact(body) as Incident]));
  }

  /** Writes what differs; call it inside a transaction. */
  saveIncidents(before: Incidents, after: Incidents): void {
    for (const [id, incident] of after) {
      if (before.get(id) !== incident) {
        this.#sql.exec("INSERT OR REPLACE INTO incidents (id, body) VALUES (?, ?)", id, stringifyExact(incident));
      }
    }
    for (const id of before.keys()) if (!after.has(id)) this.#sql.exec("DELETE FROM incidents WHERE id = ?", id);
  }

  /** @returns true the first time that an intent's prediction is reported. */
  countPrediction(intentId: string): boolean {
    const cursor = this.#sql.exec("INSERT OR IGNORE INTO predictions (intent_id) VALUES (?) RETURNING intent_id", intentId);
    return cursor.toArray().length > 0;
  }

  addOwnSignature(signature: Signature): void {
    this.#sql.exec("INSERT OR IGNORE INTO own_signatures (signature) VALUES (?)", signature);
  }

  isOwnSignature(signature: Signature): boolean {
    return this.#sql.exec("SELECT 1 FROM own_signatures WHERE signature = ?", signature).toArray().length > 0;
  }
}
