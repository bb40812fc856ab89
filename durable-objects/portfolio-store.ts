import { parseExact, stringifyExact } from "../domain/json.ts";
import type { Control, Holding, PortfolioState, SignalOutcome } from "../domain/trading/portfolio-state.ts";

type Books = Omit<PortfolioState, "holdings" | "signals" | "tradedMints">;

/** A ledger's books in SQLite: one row for the figures, one per holding, one per signal. Amounts are text. */
export class BooksStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const table of ["books", "holdings", "signals"]) {
      sql.exec(`CREATE TABLE IF NOT EXISTS ${table} (key TEXT PRIMARY KEY, body TEXT NOT NULL)`);
    }
  }

  /** Null before the books are open. */
  load(): PortfolioState | null {
    const books = this.#rows<Books>("books").get("books");
    if (books === undefined) return null;
    const signals = this.#rows<SignalOutcome>("signals");
    const tradedMints = new Set([...signals.values()].flatMap((outcome) => (outcome.granted ? [outcome.mint] : [])));
    return { ...books, holdings: this.#rows<Holding>("holdings"), signals, tradedMints };
  }

  /** Writes what differs from the state that was stored last; call it inside a transaction. */
  save(stored: PortfolioState | null, after: PortfolioState): void {
    const { holdings, signals, tradedMints: _, ...books } = after;
    this.#put("books", "books", books satisfies Books);
    this.#difference("holdings", stored?.holdings ?? new Map(), holdings);
    this.#difference("signals", stored?.signals ?? new Map(), signals);
  }

  /** A trading state chosen before the books are open. */
  saveControl(control: Control): void {
    this.#put("books", "control", control);
  }

  loadControl(): Control | null {
    return this.#rows<Control>("books").get("control") ?? null;
  }

  #difference<V>(table: string, before: ReadonlyMap<string, V>, after: ReadonlyMap<string, V>): void {
    if (before === after) return;
    for (const [key, value] of after) if (before.get(key) !== value) this.#put(table, key, value);
    for (const key of before.keys()) if (!after.has(key)) this.#sql.exec(`DELETE FROM ${table} WHERE key = ?`, key);
  }

  #put(table: string, key: string, value: unknown): void {
    this.#sql.exec(`INSERT OR REPLACE INTO ${table} (key, body) VALUES (?, ?)`, key, stringifyExact(value));
  }

  #rows<V>(table: string): Map<string, V> {
    const rows = this.#sql.exec<{ key: string; body: string }>(`SELECT key, body FROM ${table} ORDER BY rowid`);
    return new Map(rows.toArray().map((row) => [row.key, parseExact(row.body) as V]));
  }
}
