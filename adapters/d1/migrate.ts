import init from "../../migrations/0000_init.sql";

/** Every migration in order; `migrations/` holds exactly these (a test compares them). */
export const MIGRATIONS: ReadonlyArray<{ readonly name: string; readonly sql: string }> = [{ name: "0000_init.sql", sql: init }];

/** Bookkeeping table of `wrangler d1 migrations apply`, as wrangler creates it. */
const CREATE_BOOKKEEPING = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

const migrated = new WeakSet<object>();

/**
 * Brings the database to the bundled schema, once per isolate, so that a bare `wrangler deploy`
 * needs no further step. Keeps the same books as `wrangler d1 migrations apply`: both may be used.
 * Each migration is one transaction. Rejects when D1 does not answer; the next call tries again.
 */
export async function ensureSchema(db: D1Database): Promise<void> {
  // Only the outcome is shared: a promise of one request must not be awaited by another.
  if (migrated.has(db)) return;
  await applyPending(db);
  migrated.add(db);
}

/** Makes the next `ensureSchema` look again: the database turned out to have lost its tables. */
export function forgetSchema(db: D1Database): void {
  migrated.delete(db);
}

/** As `ensureSchema`, but looks at the database again on every call. */
export async function applyPending(db: D1Database): Promise<void> {
  await db.prepare(CREATE_BOOKKEEPING).run();
  for (const { name, sql } of MIGRATIONS) {
    if (await isApplied(db, name)) continue;
    const statements = sql.split("--> statement-breakpoint").filter((statement) => statement.trim().length > 0);
    const record = db.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name);
    try {
      await db.batch([...statements.map((statement) => db.prepare(statement)), record]);
    } catch (error) {
      // Another isolate, or wrangler, may have been quicker.
      if (!(await isApplied(db, name))) throw error;
    }
  }
}

async function isApplied(db: D1Database, name: string): Promise<boolean> {
  return (await db.prepare("SELECT 1 FROM d1_migrations WHERE name = ?").bind(name).first()) !== null;
}
