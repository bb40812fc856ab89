import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { encodeParquet, PARQUET_MAX_ROWS, type ParquetColumn, readParquetColumns, writeParquet } from "./parquet.ts";

const COLUMNS: ParquetColumn[] = [
  { name: "mint", type: "string", values: ["a", null, "Größe 🚀"] },
  { name: "amount", type: "uint64", values: [0n, 18_446_744_073_709_551_615n, null] },
  { name: "pnl", type: "int64", values: [-9_223_372_036_854_775_808n, 1_790_000_000_123, null] },
  { name: "score", type: "double", values: [61.5, null, -0.1] },
  { name: "is_dry_run", type: "boolean", values: [true, false, null] },
];

describe("parquet on R2", () => {
  test("every type comes back as it went in, nulls and extreme amounts included", async () => {
    const bytes = await writeParquet(env.BUCKET, "t/types.parquet", COLUMNS);
    expect((await env.BUCKET.head("t/types.parquet"))?.size).toBe(bytes);
    expect(await readParquetColumns(env.BUCKET, "t/types.parquet", ["pnl", "mint", "amount", "score", "is_dry_run"])).toEqual({
      ok: true,
      value: {
        mint: ["a", null, "Größe 🚀"],
        amount: [0n, 18_446_744_073_709_551_615n, null],
        pnl: [-9_223_372_036_854_775_808n, 1_790_000_000_123n, null],
        score: [61.5, null, -0.1],
        is_dry_run: [true, false, null],
      },
    });
  });

  test("equal columns give equal bytes", () => {
    expect(new Uint8Array(encodeParquet(COLUMNS))).toEqual(new Uint8Array(encodeParquet(structuredClone(COLUMNS))));
  });

  test("a full part in several row groups is read by column", async () => {
    const values = Array.from({ length: PARQUET_MAX_ROWS }, (_, i) => i);
    await writeParquet(env.BUCKET, "t/full.parquet", [
      { name: "n", type: "int64", values },
      { name: "text", type: "string", values: values.map((n) => `row ${n}`) },
    ]);
    const read = await readParquetColumns(env.BUCKET, "t/full.parquet", ["n"]);
    expect(read.ok && read.value.n.map(Number)).toEqual(values);
  });

  test.each([
    ["too many rows", [{ name: "n", type: "double", values: new Array(PARQUET_MAX_ROWS + 1).fill(1) }]],
    ["an amount beyond u64", [{ name: "n", type: "uint64", values: [1n << 64n] }]],
    ["a negative amount", [{ name: "n", type: "uint64", values: [-1n] }]],
    ["no column", []],
  ] satisfies Array<[string, ParquetColumn[]]>)("%s is never written", (_, columns) => {
    expect(() => encodeParquet(columns)).toThrow(RangeError);
  });

  test.each([
    ["t/none.parquet", null, "NOT_FOUND"],
    ["t/text.parquet", "this is no parquet file at all", "UPSTREAM_MALFORMED"],
    ["t/empty.parquet", "", "UPSTREAM_MALFORMED"],
  ])("%s is refused", async (key, body, reason) => {
    if (body !== null) await env.BUCKET.put(key, body);
    expect(await readParquetColumns(env.BUCKET, key, ["n"])).toMatchObject({ ok: false, reason });
  });

  test("a missing column and a damaged footer are refused", async () => {
    await writeParquet(env.BUCKET, "t/columns.parquet", COLUMNS);
    expect(await readParquetColumns(env.BUCKET, "t/columns.parquet", ["mint", "label"])).toMatchObject({
      ok: false,
      detail: "t/columns.parquet lacks label",
    });
    const bytes = new Uint8Array(encodeParquet(COLUMNS));
    await env.BUCKET.put("t/cut.parquet", bytes.slice(0, -20));
    expect(await readParquetColumns(env.BUCKET, "t/cut.parquet", ["mint"])).toMatchObject({ ok: false, reason: "UPSTREAM_MALFORMED" });
  });
});
