import { loadControl } from "../../../adapters/r2/control-log.ts";
import { PARQUET_MAX_ROWS } from "../../../adapters/r2/parquet.ts";
import { WINDOW_ENTRIES } from "../../../adapters/r2/raw-tables.ts";
import {
  listRawFiles,
  newestWindow,
  type RawFile,
  type RecordedDecision,
  type RecordedLate,
  readDecisions,
  readLateFeatures,
  readPaths,
} from "../../../adapters/r2/recordings.ts";
import { canonicalJson } from "../../../domain/journal/canonical-json.ts";
import { completedRow, type LabelledRow } from "../../../domain/learning/dataset.ts";
import { LABEL_DEFINITION, labelCandidate, type Unlabelled } from "../../../domain/learning/label.ts";
import { orderedRow } from "../../../domain/learning/model-file.ts";
import { sha256Hex } from "../../../domain/learning/signature.ts";
import { FEATURE_NAMES, FEATURE_SET_VERSION } from "../../../domain/scoring/features.ts";
import type { Parameters } from "../../../domain/trading/parameters.ts";
import type { UnixMs } from "../../../domain/units.ts";
import type { LearningEnv } from "../env.ts";
import { readFeatures, writeFeatures } from "./features-file.ts";

/** Raw windows per chunk: about 250 files of 3 tables with some ten range reads each stay far below a Worker's 10,000 subrequests. */
const CHUNK_WINDOWS = 50;
const CHUNK_ENTRIES = CHUNK_WINDOWS * WINDOW_ENTRIES;
/** Newest chunks that a run looks at; 200,000 journal entries are months of graduations. */
const MAX_CHUNKS = 20;
/** Rows of one training run, newest first: 20,000 x 70 doubles are 11 MB, several times over while training; as much again if all were completed. */
export const MAX_TRAINING_ROWS = 20_000;

/** Changes with the columns of the files of labelled rows: those of another version are made again. */
const FILE_VERSION = 2;

/** What a run is fixed to from its first step on, whatever changes meanwhile. */
export interface EtlPlan {
  readonly parameterVersion: string;
  readonly parameters: Parameters;
  /** Names the files of rows labelled alike. */
  readonly labelHash: string;
  readonly chunks: readonly number[];
}

/** What one chunk of the journal gave. */
export interface ChunkReport {
  readonly rows: number;
  /** Of these, rows of which something was read after the decision. */
  readonly completed: number;
  readonly excluded: Readonly<Record<Unlabelled | "other-feature-set" | "undecided", number>>;
  /** SHA-256 over the rows' identities and labels. */
  readonly contentHash: string;
  /** Whether the journal had left the chunk behind: nothing can be added any more. */
  readonly isClosed: boolean;
}

/** Fixes parameters and chunks. */
export async function planEtl(env: LearningEnv, nowMs: UnixMs): Promise<EtlPlan> {
  const { active } = await loadControl(env, nowMs);
  const newest = await newestWindow(env.BUCKET, "price_paths");
  const last = chunkOf(newest);
  const first = Math.max(0, last - MAX_CHUNKS + 1);
  return {
    parameterVersion: active.version,
    parameters: active.parameters,
    labelHash: sha256Hex(
      canonicalJson([LABEL_DEFINITION, FILE_VERSION, FEATURE_SET_VERSION, FEATURE_NAMES, labelParameters(active.parameters)]),
    ).slice(0, 16),
    chunks: newest === 0 ? [] : Array.from({ length: last - first + 1 }, (_, i) => first + i),
  };
}

/** The model's own weight does not touch a label; everything else may. */
function labelParameters({ modelWeight: _, ...rest }: Parameters): Omit<Parameters, "modelWeight"> {
  return rest;
}

/**
 * Raw decisions and price paths of one chunk to labelled rows in Parquet. A decision precedes its path
 * in the journal by the label horizon, so the chunk before is read for decisions too. A chunk that the
 * journal has left behind is labelled once and kept.
 */
export async function runEtlChunk(env: LearningEnv, plan: EtlPlan, chunk: number): Promise<ChunkReport> {
  const isClosed = chunk < (plan.chunks.at(-1) ?? 0);
  const kept = isClosed ? await (await env.BUCKET.get(reportKey(plan, chunk)))?.json<ChunkReport>() : undefined;
  if (kept?.isClosed === true) return kept;

  const decisions = await decisionsOf(env, Math.max(0, chunk - 1), chunk);
  const late = await lateOf(env, Math.max(0, chunk - 1), chunk);
  const excluded = { censored: 0, "not-entered": 0, "no-path": 0, "other-feature-set": 0, undecided: 0 };
  const rows: LabelledRow[] = [];
  for (const { key } of await pathFiles(env, chunk)) {
    const paths = await readPaths(env.BUCKET, key, () => true);
    if (!paths.ok) throw new Error(`${paths.reason}: ${paths.detail}`);
    for (const path of paths.value) {
      const decision = decisions.get(path.mint);
      if (decision === undefined) excluded.undecided++;
      else if (decision.featureSetVersion !== FEATURE_SET_VERSION) excluded["other-feature-set"]++;
      else {
        const label = labelCandidate(path, decision.atMs, decision.solUsd, plan.parameters);
        if (typeof label === "string") excluded[label]++;
        else {
          const { mint, creator, score } = decision;
          const features = orderedRow(FEATURE_NAMES, decision.features);
          const completed = completedRow(features, orderedRow(FEATURE_NAMES, late.get(decision.id)?.features ?? {}));
          rows.push({ mint, creator, score, ...label, features, ...(completed === null ? {} : { completed }) });
        }
      }
    }
  }
  rows.sort((a, b) => a.t0Ms - b.t0Ms || (a.mint < b.mint ? -1 : 1));
  const written = rows.slice(-PARQUET_MAX_ROWS);
  await writeFeatures(env.BUCKET, featuresKey(plan, chunk), written, FEATURE_NAMES);
  const identities = written.map(({ mint, t0Ms, t1Ms, returnBps, score, features, completed = [] }) => [
    mint,
    t0Ms,
    t1Ms,
    returnBps,
    score,
    ...features,
    ...completed,
  ]);
  const completed = written.filter((row) => row.completed !== undefined).length;
  const report: ChunkReport = { rows: written.length, completed, excluded, contentHash: sha256Hex(canonicalJson(identities)), isClosed };
  await env.BUCKET.put(reportKey(plan, chunk), JSON.stringify(report));
  return report;
}

/** The newest labelled rows of a plan, in order of time; each mint once. */
export async function readDataset(env: LearningEnv, plan: EtlPlan): Promise<LabelledRow[]> {
  const byMint = new Map<string, LabelledRow>();
  for (const chunk of [...plan.chunks].reverse()) {
    if (byMint.size >= MAX_TRAINING_ROWS) break;
    const rows = await readFeatures(env.BUCKET, featuresKey(plan, chunk), FEATURE_NAMES);
    if (!rows.ok) throw new Error(`${rows.reason}: ${rows.detail}`);
    for (const row of rows.value) byMint.set(row.mint, row);
  }
  return [...byMint.values()].sort((a, b) => a.t0Ms - b.t0Ms || (a.mint < b.mint ? -1 : 1)).slice(-MAX_TRAINING_ROWS);
}

/** The newest judgement per mint in the given chunks. */
export async function decisionsOf(env: LearningEnv, fromChunk: number, toChunk: number): Promise<Map<string, RecordedDecision>> {
  const byMint = new Map<string, RecordedDecision>();
  for (const { key } of await listRawFiles(env.BUCKET, "decisions", fromChunk * CHUNK_ENTRIES + 1, (toChunk + 1) * CHUNK_ENTRIES)) {
    const decisions = await readDecisions(env.BUCKET, key);
    if (!decisions.ok) throw new Error(`${decisions.reason}: ${decisions.detail}`);
    for (const decision of decisions.value) byMint.set(decision.mint, decision);
  }
  return byMint;
}

/** What was read after the judgements of the given chunks, by decision; of this feature set alone. */
async function lateOf(env: LearningEnv, fromChunk: number, toChunk: number): Promise<Map<string, RecordedLate>> {
  const byDecision = new Map<string, RecordedLate>();
  for (const { key } of await listRawFiles(env.BUCKET, "late_features", fromChunk * CHUNK_ENTRIES + 1, (toChunk + 1) * CHUNK_ENTRIES)) {
    const found = await readLateFeatures(env.BUCKET, key);
    if (!found.ok) throw new Error(`${found.reason}: ${found.detail}`);
    for (const one of found.value) if (one.featureSetVersion === FEATURE_SET_VERSION) byDecision.set(one.decisionId, one);
  }
  return byDecision;
}

/** The raw price path files of a chunk, in order. */
export async function pathFiles(env: LearningEnv, chunk: number): Promise<RawFile[]> {
  return listRawFiles(env.BUCKET, "price_paths", chunk * CHUNK_ENTRIES + 1, (chunk + 1) * CHUNK_ENTRIES);
}

function chunkOf(windowFrom: number): number {
  return Math.max(0, Math.floor((windowFrom - 1) / CHUNK_ENTRIES));
}

function featuresKey({ labelHash }: EtlPlan, chunk: number): string {
  return `features/v1/${labelHash}/${String(chunk).padStart(6, "0")}.parquet`;
}

function reportKey({ labelHash }: EtlPlan, chunk: number): string {
  return `features/v1/${labelHash}/${String(chunk).padStart(6, "0")}.json`;
}
