import { parseExact, stringifyExact } from "../../domain/json.ts";

/**
 * Calls to other objects that a state change asks for, kept in the owner's SQLite until they are
 * acknowledged: at least once, in order per target. Receivers must be idempotent.
 */
export class EffectQueue<Effect> {
  readonly #sql: SqlStorage;
  #draining: Promise<boolean> | null = null;

  constructor(ctx: DurableObjectState) {
    this.#sql = ctx.storage.sql;
    this.#sql.exec("CREATE TABLE IF NOT EXISTS effects (n INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, body TEXT NOT NULL)");
  }

  /** Adds an effect; synchronous, so that it shares the owner's transaction. */
  add(target: string, effect: Effect): void {
    this.#sql.exec("INSERT INTO effects (target, body) VALUES (?, ?)", target, stringifyExact(effect));
  }

  pending(): number {
    return this.#sql.exec<{ count: number }>("SELECT count(*) AS count FROM effects").one().count;
  }

  /**
   * Performs what waits at the time of the call. A target whose effect fails is left for the next
   * drain, the others go on. @returns whether nothing failed. Never throws.
   */
  async drain(perform: (effect: Effect) => Promise<void>): Promise<boolean> {
    // A drain under way may have looked for the last time already.
    while (this.#draining !== null) await this.#draining;
    this.#draining = this.#drainAll(perform).finally(() => {
      this.#draining = null;
    });
    return this.#draining;
  }

  async #drainAll(perform: (effect: Effect) => Promise<void>): Promise<boolean> {
    const failed = new Set<string>();
    let last = 0;
    for (let row = this.#after(last); row !== null; row = this.#after(last)) {
      last = row.n;
      if (failed.has(row.target)) continue;
      try {
        await perform(parseExact(row.body) as Effect);
        this.#sql.exec("DELETE FROM effects WHERE n = ?", row.n);
      } catch (error) {
        failed.add(row.target);
        console.warn(`effect on ${row.target} failed, kept`, String(error));
      }
    }
    return failed.size === 0;
  }

  #after(n: number): { n: number; target: string; body: string } | null {
    const rows = this.#sql.exec<{ n: number; target: string; body: string }>(
      "SELECT n, target, body FROM effects WHERE n > ? ORDER BY n LIMIT 1",
      n,
    );
    return rows.toArray()[0] ?? null;
  }
}
