import { type ParquetColumn, readParquetColumns, writeParquet } from "../../../adapters/r2/parquet.ts";
import type { LabelledRow } from "../../../domain/learning/dataset.ts";
import { ok, type Result } from "../../../domain/result.ts";

/** Feature columns carry a prefix, so that none can clash with the others. */
const FEATURE_PREFIX = "f_";

/** Writes labelled rows as one Parquet file: identity, interval, label, and one column per feature. */
export async function writeFeatures(
  bucket: R2Bucket,
  key: string,
  rows: readonly LabelledRow[],
  features: readonly string[],
): Promise<void> {
  const columns: ParquetColumn[] = [
    { name: "mint", type: "string", values: rows.map((row) => row.mint) },
    { name: "creator", type: "string", values: rows.map((row) => row.creator) },
    { name: "t0_ms", type: "int64", values: rows.map((row) => row.t0Ms) },
    { name: "t1_ms", type: "int64", values: rows.map((row) => row.t1Ms) },
    { name: "win", type: "int64", values: rows.map((row) => row.win) },
    { name: "return_bps", type: "int64", values: rows.map((row) => row.returnBps) },
    { name: "score", type: "double", values: rows.map((row) => row.score) },
  ];
  features.forEach((name, c) => {
    columns.push({ name: FEATURE_PREFIX + name, type: "double", values: rows.map((row) => finiteOrNull(row.features[c])) });
  });
  await writeParquet(bucket, key, columns);
}

/** Reads what `writeFeatures` wrote. Refuses as the Parquet reader does. */
export async function readFeatures(bucket: R2Bucket, key: string, features: readonly string[]): Promise<Result<LabelledRow[]>> {
  const names = ["mint", "creator", "t0_ms", "t1_ms", "win", "return_bps", "score", ...features.map((name) => FEATURE_PREFIX + name)];
  const read = await readParquetColumns(bucket, key, names);
  if (!read.ok) return read;
  const at = (name: string, i: number) => read.value[name]?.[i] ?? null;
  return ok(
    (read.value["mint"] ?? []).map((mint, i): LabelledRow => {
      const creator = at("creator", i);
      const score = at("score", i);
      return {
        mint: String(mint),
        creator: typeof creator === "string" ? creator : null,
        t0Ms: Number(at("t0_ms", i)),
        t1Ms: Number(at("t1_ms", i)),
        win: Number(at("win", i)) === 1 ? 1 : 0,
        returnBps: Number(at("return_bps", i)),
        score: typeof score === "number" ? score : null,
        features: Float64Array.from(features, (name) => {
          const value = at(FEATURE_PREFIX + name, i);
          return typeof value === "number" ? value : Number.NaN;
        }),
      };
    }),
  );
}

function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
