import { getTableColumns } from "drizzle-orm";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { CHUNK_ROWS, chunkDigest } from "../../domain/journal/content-hash.ts";
import { PROJECTED_TABLES, resetCursorStatement } from "./project.ts";

/** Rows deleted by one statement: well inside D1's time limit of a query. */
const WIPE_ROWS = 5_000;

/** One chunk of a table's rows in the order of its key; `next` is where the following one begins, null at the end. */
export interface ContentChunk {
  readonly rows: number;
  readonly digest: string;
  readonly next: readonly (string | number)[] | null;
}

/** The tables that the journal alone fills, by name. */
export function projectedTables(): string[] {
  return PROJECTED_TABLES.map((table) => getTableConfig(table).name).sort();
}

/** Digest of the rows of a projected table after the key `after`. Rejects when D1 does not answer. */
export async function readChunk(db: D1Database, name: string, after: readonly (string | number)[] | null): Promise<ContentChunk> {
  const table = tableNamed(name);
  const keys = keysOf(table);
  const order = keys.map(quoted).join(", ");
  const where = after === null ? "" : `WHERE (${order}) > (${keys.map(() => "?").join(", ")})`;
  const columns = Object.values(getTableColumns(table)).map((column) => quoted(column.name));
  const { results } = await db
    .prepare(`SELECT ${columns.join(", ")} FROM ${quoted(name)} ${where} ORDER BY ${order} LIMIT ?`)
    .bind(...(after ?? []), CHUNK_ROWS)
    .all<Record<string, string | number | null>>();
  const last = results.at(-1);
  const next = last === undefined || results.length < CHUNK_ROWS ? null : keys.map((key) => last[key] ?? "");
  return { rows: results.length, digest: chunkDigest(results), next };
}

/**
 * Deletes some rows of every projected table, and first of all forgets how far the projection had come: whatever is
 * interrupted, the Executor projects again from the first entry. @returns whether rows are left.
 */
export async function wipeProjection(db: D1Database): Promise<boolean> {
  const deletes = projectedTables().map((name) =>
    db.prepare(`DELETE FROM ${quoted(name)} WHERE rowid IN (SELECT rowid FROM ${quoted(name)} LIMIT ?)`).bind(WIPE_ROWS),
  );
  const results = await db.batch([resetCursorStatement(db), ...deletes]);
  return results.slice(1).some(({ meta }) => meta.changes >= WIPE_ROWS);
}

function tableNamed(name: string): SQLiteTable {
  const table = PROJECTED_TABLES.find((candidate) => getTableConfig(candidate).name === name);
  if (table === undefined) throw new RangeError(`no projected table ${name}`);
  return table;
}

function keysOf(table: SQLiteTable): string[] {
  const composite = getTableConfig(table).primaryKeys[0]?.columns.map((column) => column.name) ?? [];
  if (composite.length > 0) return composite;
  return Object.values(getTableColumns(table)).flatMap((column) => (column.primary ? [column.name] : []));
}

function quoted(identifier: string): string {
  return `"${identifier}"`;
}
