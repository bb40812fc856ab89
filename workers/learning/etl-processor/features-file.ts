import { type ParquetColumn, readParquetColumns, writeParquet } from "../../../adapters/r2/parquet.ts";
import { completedRow, type LabelledRow } from "../../../domain/learning/dataset.ts";
import { orderedRow } from "../../../domain/learning/model-file.ts";
import { ok, type Result } from "../../../domain/result.ts";
import type { FeatureVector } from "../../../domain/scoring/assessment.ts";

/** Feature columns carry a prefix, so that none can clash with the others. */
const FEATURE_PREFIX = "f_";
/** What was read after the decision, as JSON: few rows have any. */
const LATE = "late_json";

/** Writes labelled rows as one Parquet file: identity, interval, label, one column per feature, and what was read later. */
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
    { name: LATE, type: "string", values: rows.map((row) => lateJson(row, features)) },
  ];
  features.forEach((name, c) => {
    columns.push({ name: FEATURE_PREFIX + name, type: "double", values: rows.map((row) => finiteOrNull(row.features[c])) });
  });
  await writeParquet(bucket, key, columns);
}

/** Reads what `writeFeatures` wrote. Refuses as the Parquet reader does. */
export async function readFeatures(bucket: R2Bucket, key: string, features: readonly string[]): Promise<Result<LabelledRow[]>> {
  const names = ["mint", "creator", "t0_ms", "t1_ms", "win", "return_bps", "score", LATE, ...features.map((name) => FEATURE_PREFIX + name)];
  const read = await readParquetColumns(bucket, key, names);
  if (!read.ok) return read;
  const at = (name: string, i: number) => read.value[name]?.[i] ?? null;
  return ok(
    (read.value["mint"] ?? []).map((mint, i): LabelledRow => {
      const creator = at("creator", i);
      const score = at("score", i);
      const served = Float64Array.from(features, (name) => {
        const value = at(FEATURE_PREFIX + name, i);
        return typeof value === "number" ? value : Number.NaN;
      });
      const late = at(LATE, i);
      const completed = typeof late === "string" ? completedRow(served, orderedRow(features, JSON.parse(late) as FeatureVector)) : null;
      return {
        mint: String(mint),
        creator: typeof creator === "string" ? creator : null,
        t0Ms: Number(at("t0_ms", i)),
        t1Ms: Number(at("t1_ms", i)),
        win: Number(at("win", i)) === 1 ? 1 : 0,
        returnBps: Number(at("return_bps", i)),
        score: typeof score === "number" ? score : null,
        features: served,
        ...(completed === null ? {} : { completed }),
      };
    }),
  );
}

function lateJson({ features: served, completed }: LabelledRow, features: readonly string[]): string | null {
  if (completed === undefined) return null;
  const late = features.flatMap((name, c) => (Number.isNaN(served[c]) && Number.isFinite(completed[c]) ? [[name, completed[c]]] : []));
  return JSON.stringify(Object.fromEntries(late));
}

function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
