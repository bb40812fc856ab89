import { getTableColumns } from "drizzle-orm";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";

/** Rows travel as one JSON parameter; D1 values end at 2 MB, so a statement stays well below. */
const STATEMENT_MAX_CHARS = 500_000;

/**
 * Statements that write `rows`, as many as their size needs. Rows are passed as JSON, so that D1's
 * limits of 100 parameters per statement and of statements per invocation do not bound the batch.
 * A row that exists is replaced unless the existing one has a higher `seq`: repeating is harmless.
 */
export function upsertStatements<Table extends SQLiteTable>(
  db: D1Database,
  table: Table,
  rows: ReadonlyArray<Table["$inferInsert"]>,
): D1PreparedStatement[] {
  if (rows.length === 0) return [];
  const sql = upsertSql(table);
  return chunk(rows.map((row) => JSON.stringify(row))).map((json) => db.prepare(sql).bind(`[${json.join(",")}]`));
}

function upsertSql(table: SQLiteTable): string {
  const { name, primaryKeys } = getTableConfig(table);
  const columns = Object.entries(getTableColumns(table));
  const composite = primaryKeys[0]?.columns.map((column) => column.name) ?? [];
  const key = composite.length > 0 ? composite : columns.filter(([, column]) => column.primary).map(([, column]) => column.name);
  const names = columns.map(([, column]) => quote(column.name));
  const values = columns.map(([property]) => `value ->> '$.${property}'`);
  const updates = names.map((column) => `${column} = excluded.${column}`);
  return `INSERT INTO ${quote(name)} (${names.join(", ")}) SELECT ${values.join(", ")} FROM json_each(?) WHERE true
    ON CONFLICT (${key.map(quote).join(", ")}) DO UPDATE SET ${updates.join(", ")} WHERE excluded.seq >= ${quote(name)}.seq`;
}

function quote(identifier: string): string {
  return `"${identifier}"`;
}

function chunk(texts: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let chars = Number.POSITIVE_INFINITY;
  for (const text of texts) {
    if (chars + text.length > STATEMENT_MAX_CHARS) {
      chunks.push([]);
      chars = 0;
    }
    chunks.at(-1)?.push(text);
    chars += text.length;
  }
  return chunks;
}
