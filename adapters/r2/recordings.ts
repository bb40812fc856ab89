import { ascendingSamples, type RecordedPath } from "../../domain/learning/label.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { FeatureVector } from "../../domain/scoring/assessment.ts";
import type { PathSample } from "../../domain/trading/backtest.ts";
import { type ParquetValue, readParquetColumns } from "./parquet.ts";
import { type RawTable, rawPrefix, windowOf } from "./raw-tables.ts";

/** Digits of a sequence number in a raw file's name. */
const SEQ_DIGITS = 12;

/** The Analyzer's judgement of one candidate as recorded. */
export interface RecordedDecision {
  readonly id: string;
  readonly mint: string;
  readonly creator: string | null;
  readonly atMs: number;
  readonly score: number | null;
  readonly solUsd: number;
  readonly featureSetVersion: string;
  readonly features: FeatureVector;
}

export interface RawFile {
  readonly key: string;
  readonly etag: string;
}

/** The raw files of one table whose windows begin in [fromSeq, toSeq], in order. */
export async function listRawFiles(bucket: R2Bucket, table: RawTable, fromSeq: number, toSeq: number): Promise<RawFile[]> {
  const prefix = rawPrefix(table);
  const pad = (seq: number): string => String(seq).padStart(SEQ_DIGITS, "0");
  const end = `${prefix}${pad(windowOf(toSeq).to)}`;
  const files: RawFile[] = [];
  let startAfter = `${prefix}${pad(Math.max(0, fromSeq))}`;
  for (;;) {
    const page = await bucket.list({ prefix, startAfter });
    for (const { key, etag } of page.objects) {
      if (key > end) return files;
      files.push({ key, etag });
    }
    const last = page.objects.at(-1);
    if (!page.truncated || last === undefined) return files;
    startAfter = last.key;
  }
}

/** Begin of the newest window of a table; 0 when there is none. */
export async function newestWindow(bucket: R2Bucket, table: RawTable): Promise<number> {
  let newest = 0;
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ prefix: rawPrefix(table), ...(cursor === undefined ? {} : { cursor }) });
    const match = /(\d{12})-\d{12}[.\d]*\.parquet$/.exec(page.objects.at(-1)?.key ?? "");
    if (match !== null) newest = Number(match[1]);
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return newest;
}

/** The Analyzer's decisions of one raw file; replays and those without features are left out. */
export async function readDecisions(bucket: R2Bucket, key: string): Promise<Result<RecordedDecision[]>> {
  const read = await readParquetColumns(bucket, key, [
    "id",
    "mint",
    "creator",
    "at_ms",
    "stage",
    "source",
    "score",
    "sol_usd",
    "feature_set_version",
    "features_json",
  ]);
  if (!read.ok) return read;
  const columns = read.value;
  const decisions: RecordedDecision[] = [];
  columns.mint.forEach((mint, i) => {
    const features = columns.features_json[i];
    const solUsd = columns.sol_usd[i];
    if (columns.stage[i] !== "analyze" || columns.source[i] === "replay" || typeof features !== "string") return;
    const creator = columns.creator[i];
    decisions.push({
      id: String(columns.id[i]),
      mint: String(mint),
      creator: typeof creator === "string" ? creator : null,
      atMs: Number(columns.at_ms[i]),
      score: numberOrNull(columns.score[i]),
      solUsd: numberOrNull(solUsd) ?? 0,
      featureSetVersion: String(columns.feature_set_version[i] ?? ""),
      features: JSON.parse(features) as FeatureVector,
    });
  });
  return ok(decisions);
}

/** What one judgement lacked and was read after it. */
export interface RecordedLate {
  readonly decisionId: string;
  readonly featureSetVersion: string;
  readonly features: FeatureVector;
}

/** What was read after the judgements, of one raw file. */
export async function readLateFeatures(bucket: R2Bucket, key: string): Promise<Result<RecordedLate[]>> {
  const read = await readParquetColumns(bucket, key, ["decision_id", "feature_set_version", "features_json"]);
  if (!read.ok) return read;
  const { decision_id, feature_set_version, features_json } = read.value;
  return ok(
    decision_id.map((decisionId, i) => ({
      decisionId: String(decisionId),
      featureSetVersion: String(feature_set_version[i]),
      features: JSON.parse(String(features_json[i])) as FeatureVector,
    })),
  );
}

/** The price paths of one raw file whose mint is wanted, samples in order. */
export async function readPaths(bucket: R2Bucket, key: string, isWanted: (mint: string) => boolean): Promise<Result<RecordedPath[]>> {
  const read = await readParquetColumns(bucket, key, [
    "path_id",
    "mint",
    "complete",
    "at_ms",
    "slot",
    "base_reserves",
    "quote_reserves_lamports",
  ]);
  if (!read.ok) return read;
  const columns = read.value;
  const paths = new Map<string, { mint: string; complete: boolean; samples: PathSample[] }>();
  columns.path_id.forEach((id, i) => {
    const mint = String(columns.mint[i]);
    if (!isWanted(mint)) return;
    const path = paths.get(String(id)) ?? { mint, complete: columns.complete[i] === true, samples: [] };
    paths.set(String(id), path);
    const [atMs, slot, base, quote] = [columns.at_ms[i], columns.slot[i], columns.base_reserves[i], columns.quote_reserves_lamports[i]];
    if (atMs == null || slot == null || typeof base !== "bigint" || typeof quote !== "bigint") return;
    path.samples.push({ atMs: Number(atMs), slot: Number(slot), baseReserves: base, quoteReservesLamports: quote });
  });
  return ok([...paths.values()].map((path) => ({ ...path, samples: ascendingSamples(path.samples) })));
}

function numberOrNull(value: ParquetValue | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
