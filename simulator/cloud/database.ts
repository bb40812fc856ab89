import type { Actor } from "./actor.ts";
import type { Network } from "./network.ts";

type Row = Readonly<Record<string, unknown>>;

/** A statement that writes rows given as JSON (`upsertStatements`), read once from its text. */
interface Upsert {
  readonly table: string;
  readonly columns: ReadonlyArray<{ readonly name: string; readonly property: string }>;
  readonly key: readonly string[];
}

interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** Answers of statements that the engine runs beside the upserts; a test may add more. */
export type Query = (tables: ReadonlyMap<string, ReadonlyMap<string, Row>>, values: readonly unknown[]) => readonly Row[];

/**
 * D1 as far as the engine's projection uses it: the upserts that `adapters/d1/upsert.ts` writes, read
 * from their SQL text, and the few queries named in `queries`. Any other statement is a loud failure.
 */
export class Database {
  readonly tables = new Map<string, Map<string, Row>>();
  readonly #network: Network | null;
  readonly #upserts = new Map<string, Upsert | null>();
  /** Away altogether until told otherwise. */
  isDown = false;

  /** @param network null: nobody is between the database and its caller */
  constructor(network: Network | null) {
    this.#network = network;
  }

  /** Everything in it is gone. */
  drop(): void {
    this.tables.clear();
  }

  binding(actor: Actor | null): D1Database {
    const network = this.#network;
    const all = (statements: readonly Statement[]) =>
      statements.map((statement) => ({ success: true, results: this.#run(statement), meta: {} }));
    const run = (label: string, statements: readonly Statement[]): Promise<unknown> => {
      if (network === null || actor === null) return Promise.resolve(all(statements));
      return network.call(actor, `d1 ${label}`, (reply, fail) => {
        const { rates } = network;
        if (this.isDown || network.chance(rates.databaseFails)) return fail(new Error("D1_ERROR: Network connection lost."));
        const results = all(statements);
        if (network.chance(rates.databaseFailsAfterCommit)) return fail(new Error("D1_ERROR: storage caused object to be reset."));
        reply(results);
      });
    };
    const prepared = (sql: string, values: readonly unknown[]): unknown => ({
      sql,
      values,
      bind: (...bound: unknown[]) => prepared(sql, bound),
      first: async (column?: string) => {
        const [result] = (await run("query", [{ sql, values }])) as Array<{ readonly results: readonly Row[] }>;
        const row = result?.results[0];
        if (row === undefined) return null;
        return column === undefined ? row : (row[column] ?? null);
      },
      all: async () => ((await run("query", [{ sql, values }])) as unknown[])[0],
      run: async () => ((await run("statement", [{ sql, values }])) as unknown[])[0],
    });
    return {
      prepare: (sql: string) => prepared(sql, []),
      batch: (statements: readonly Statement[]) => run("batch", statements),
    } as unknown as D1Database;
  }

  #run({ sql, values }: Statement): readonly Row[] {
    const upsert = this.#upsertOf(sql);
    if (upsert !== null) {
      this.#write(upsert, values[0]);
      return [];
    }
    if (sql.startsWith("CREATE TABLE") || sql.includes("INTO d1_migrations")) return [];
    if (sql.includes("FROM d1_migrations")) return [{ name: "applied" }];
    if (sql.startsWith("SELECT seq FROM projection_state")) {
      const row = this.tables.get("projection_state")?.get(String(values[0]));
      return row === undefined ? [] : [row];
    }
    if (sql.includes("FROM price_paths")) return [{ paths: 0, trades: 0, nudged: null }];
    throw new Error(`the simulated database does not know: ${sql.slice(0, 200)}`);
  }

  #write({ table, columns, key }: Upsert, json: unknown): void {
    let rows = this.tables.get(table);
    if (rows === undefined) {
      rows = new Map();
      this.tables.set(table, rows);
    }
    for (const value of JSON.parse(String(json)) as Row[]) {
      const row: Record<string, unknown> = {};
      for (const { name, property } of columns) row[name] = value[property] ?? null;
      const id = key.map((name) => String(row[name])).join("|");
      const before = rows.get(id);
      if (before === undefined || Number(row["seq"]) >= Number(before["seq"])) rows.set(id, row);
    }
  }

  #upsertOf(sql: string): Upsert | null {
    const known = this.#upserts.get(sql);
    if (known !== undefined) return known;
    const match = /^INSERT INTO "(\w+)" \(([^)]*)\) SELECT (.*?) FROM json_each\(\?\)[\s\S]*ON CONFLICT \(([^)]*)\)/.exec(sql);
    let upsert: Upsert | null = null;
    if (match !== null) {
      const [, table = "", columns = "", values = "", key = ""] = match;
      const names = columns.split(", ").map(unquoted);
      const properties = [...values.matchAll(/'\$\.(\w+)'/g)].map(([, property]) => property ?? "");
      if (properties.length !== names.length) throw new Error(`the simulated database cannot read: ${sql.slice(0, 200)}`);
      upsert = {
        table,
        columns: names.map((name, index) => ({ name, property: properties[index] ?? "" })),
        key: key.split(", ").map(unquoted),
      };
    }
    this.#upserts.set(sql, upsert);
    return upsert;
  }
}

function unquoted(name: string): string {
  return name.replaceAll('"', "");
}
