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

/**
 * Makes tables and indexes that are missing, also where the books say that they were made: for a
 * database that was lost or partly dropped. Rejects when D1 does not answer.
 */
export async function restoreSchema(db: D1Database): Promise<void> {
  const creates = MIGRATIONS.flatMap(({ sql }) => sql.split("--> statement-breakpoint"))
    .filter((statement) => /^\s*CREATE\s/i.test(statement))
    .map((statement) => statement.replace(/^(\s*CREATE\s+(?:UNIQUE\s+)?(?:TABLE|INDEX)\s+)(?!IF NOT EXISTS)/i, "$1IF NOT EXISTS "));
  const records = MIGRATIONS.map(({ name }) => db.prepare("INSERT OR IGNORE INTO d1_migrations (name) VALUES (?)").bind(name));
  await db.batch([db.prepare(CREATE_BOOKKEEPING), ...creates.map((statement) => db.prepare(statement)), ...records]);
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
