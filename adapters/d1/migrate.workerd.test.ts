import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { getTableColumns, getTableName, is } from "drizzle-orm";
import { SQLiteTable } from "drizzle-orm/sqlite-core";
import { beforeEach, describe, expect, test } from "vitest";
import { applyPending, ensureSchema, MIGRATIONS } from "./migrate.ts";
import * as learning from "./schema/learning.ts";
import * as trading from "./schema/trading.ts";

async function schema(): Promise<string> {
  const { results } = await env.DB.prepare(
    "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'd1_migrations%' AND sql IS NOT NULL ORDER BY name",
  ).all();
  return JSON.stringify(results);
}

async function applied(): Promise<unknown[]> {
  return (await env.DB.prepare("SELECT name FROM d1_migrations ORDER BY id").all()).results;
}

beforeEach(async () => {
  await reset();
});

describe("migrations", () => {
  test("applying twice, or from two isolates at once, is applying once", async () => {
    await Promise.all([applyPending(env.DB), applyPending(env.DB), applyPending(env.DB)]);
    const first = await schema();
    expect(first).toContain("CREATE TABLE `decisions`");
    await applyPending(env.DB);
    await ensureSchema(env.DB);
    expect(await schema()).toBe(first);
    expect(await applied()).toEqual(MIGRATIONS.map(({ name }) => ({ name })));
  });

  test("wrangler's own books are respected, both ways", async () => {
    const asWrangler = MIGRATIONS.map(({ name, sql }) => ({ name, queries: sql.split("--> statement-breakpoint") }));
    await applyD1Migrations(env.DB, asWrangler);
    const byWrangler = await schema();
    await applyPending(env.DB);
    expect(await schema()).toBe(byWrangler);
    await applyD1Migrations(env.DB, asWrangler);
    expect(await applied()).toEqual(MIGRATIONS.map(({ name }) => ({ name })));
  });

  test("the migrations make exactly the tables and columns of the schema", async () => {
    await applyPending(env.DB);
    const tables = [...Object.values(trading), ...Object.values(learning)].filter((value) => is(value, SQLiteTable)) as SQLiteTable[];
    const { results } = await env.DB.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{ name: string }>();
    const existing = results.map(({ name }) => name).filter((name) => !/^(sqlite_|_cf_|d1_migrations)/.test(name));
    expect(existing.toSorted()).toEqual(tables.map(getTableName).toSorted());
    for (const table of tables) {
      const { results: info } = await env.DB.prepare(`PRAGMA table_info(${getTableName(table)})`).all<{ name: string; notnull: number }>();
      const columns = Object.values(getTableColumns(table)).map(({ name, notNull }) => `${name} ${notNull ? 1 : 0}`);
      expect(
        info.map(({ name, notnull }) => `${name} ${notnull}`),
        getTableName(table),
      ).toEqual(columns);
    }
  });

  test("a database that fails is tried again", async () => {
    let failures = 1;
    const flaky = {
      prepare: (sql: string) => {
        if (failures-- > 0) throw new Error("D1 is away");
        return env.DB.prepare(sql);
      },
      batch: (statements: D1PreparedStatement[]) => env.DB.batch(statements),
    } as unknown as D1Database;
    await expect(ensureSchema(flaky)).rejects.toThrow("D1 is away");
    await ensureSchema(flaky);
    expect(await applied()).toHaveLength(MIGRATIONS.length);
  });
});
