import { profileOf } from "../../../adapters/r2/control-log.ts";
import { getModel, putModel } from "../../../adapters/r2/model-store.ts";
import { type RegisteredModel, readRegistry } from "../../../adapters/r2/registry-log.ts";
import { completionOf, hasBothClasses, type Partition, partition, type TrainingRows } from "../../../domain/learning/dataset.ts";
import { baselineReferences, type Comparison, compare, judge, type Metrics, metricsOf } from "../../../domain/learning/evaluate.ts";
import type { ModelFamily, ModelFile } from "../../../domain/learning/model-file.ts";
import { sha256Hex, signatureHash } from "../../../domain/learning/signature.ts";
import { predictSlice, type TrainingRequest, trainModel } from "../../../domain/learning/train.ts";
import { type FoldResult, walkForward } from "../../../domain/learning/walk-forward.ts";
import type { ReasonCode } from "../../../domain/reasons.ts";
import { ok, type Result, refuse } from "../../../domain/result.ts";
import { FEATURE_NAMES, FEATURE_SET_VERSION } from "../../../domain/scoring/features.ts";
import { logLoss } from "../../../domain/statistics/metrics.ts";
import { LEARNING_RULES, type LearningEnv } from "../env.ts";
import { type ChunkReport, type EtlPlan, readDataset } from "../etl-processor/etl.ts";

export const MODEL_NAME = "entry-win";
export const FAMILIES: readonly ModelFamily[] = ["logistic", "gbdt"];

/** One way of training: what is fitted, and on which rows. */
export interface Contender {
  readonly family: ModelFamily;
  readonly rows: TrainingRows;
}

/** Every family on served rows, and once more on completed ones when there are any. */
export function contendersOf({ completed }: { readonly completed: number }): readonly Contender[] {
  const served = FAMILIES.map((family): Contender => ({ family, rows: "served" }));
  return completed === 0 ? served : [...served, ...FAMILIES.map((family): Contender => ({ family, rows: "completed" }))];
}

/** Names a contender in steps and details. */
export function contenderName({ family, rows }: Contender): string {
  return rows === "served" ? family : `${family}-${rows}`;
}

/** Where a family's trained file is, and how it did on the rows that chose its settings. */
export interface TrainedFamily extends Contender {
  readonly version: string;
  readonly artifactKey: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly validationLogLoss: number;
  /** Walk-forward folds before the holdout; they show steadiness and decide nothing. */
  readonly folds: readonly FoldResult[];
}

/** A judged model and what it was judged by. */
export interface Judgement {
  readonly trained: TrainedFamily;
  readonly verdict: "promoted" | "refused";
  readonly reason: ReasonCode | null;
  readonly detail: string | null;
  readonly metrics: Metrics;
  readonly comparisons: readonly Comparison[];
  readonly rowsTrain: number;
  readonly rowsHoldout: number;
  readonly championVersion: string | null;
}

/** Identifies the data of a run: same rows, same hash. */
export function datasetHashOf(plan: EtlPlan, reports: readonly ChunkReport[]): string {
  return sha256Hex([plan.labelHash, ...reports.map((report) => report.contentHash)].join("\n"));
}

/** Whether there is enough to train on, and how many training rows were completed later. Refuses with MODEL_TOO_FEW_ROWS or MODEL_ONE_CLASS. */
export async function checkDataset(env: LearningEnv, plan: EtlPlan): Promise<Result<{ rows: number; completed: number }>> {
  const { minRows } = LEARNING_RULES[profileOf(env)];
  const rows = plan.chunks.length === 0 ? [] : await readDataset(env, plan);
  if (rows.length < minRows) return refuse("MODEL_TOO_FEW_ROWS", `${rows.length} labelled rows of ${minRows}`);
  const { train, validation, holdout } = partition(rows, FEATURE_NAMES.length);
  for (const [name, part] of Object.entries({ train, validation, holdout })) {
    if (!hasBothClasses(part)) return refuse("MODEL_ONE_CLASS", `${name}: ${part.rows.length} rows`);
  }
  return ok({ rows: rows.length, completed: completionOf(train).rows });
}

/** Trains one contender and stores its file. Repeating it gives the same file. */
export async function trainFamily(
  env: LearningEnv,
  plan: EtlPlan,
  datasetHash: string,
  { family, rows }: Contender,
): Promise<Result<TrainedFamily>> {
  const parts = await readPartition(env, plan);
  const request: TrainingRequest = {
    name: MODEL_NAME,
    family,
    featureSetVersion: FEATURE_SET_VERSION,
    features: FEATURE_NAMES,
    datasetHash,
    parameterVersion: plan.parameterVersion,
    seed: datasetHash,
    rows,
  };
  const trained = trainModel(parts, request);
  if (!trained.ok) return trained;
  const model = trained.value;
  const stored = await putModel(env.BUCKET, model);
  const validationLogLoss = logLoss(parts.validation.labels, predictSlice(model, parts.validation));
  const folds = walkForward([...parts.train.rows, ...parts.validation.rows], FEATURE_NAMES.length, request);
  return ok({ family, rows, version: model.version, ...stored, validationLogLoss, folds });
}

/**
 * Judges the contenders on the holdout. The one with the least validation loss, on rows as they were served, is the challenger (the
 * holdout chooses nothing); it is promoted if it beats the champion and every baseline. The others are
 * refused with their own figures.
 */
export async function judgeFamilies(env: LearningEnv, plan: EtlPlan, trained: readonly TrainedFamily[]): Promise<Judgement[]> {
  const parts = await readPartition(env, plan);
  const champion = (await readRegistry(env.BUCKET)).state.champion;
  const references = [...baselineReferences(parts), ...(await championReference(env, champion, parts))];
  const best = trained.reduce((a, b) => (b.validationLogLoss < a.validationLogLoss ? b : a));
  const judgements: Judgement[] = [];
  for (const one of trained) {
    const model = await requireModel(env, one);
    const probabilities = predictSlice(model, parts.holdout);
    const comparisons = compare(parts.holdout, probabilities, references, model.version);
    const judged = judge(comparisons);
    const isSame = champion?.version === one.version;
    const refusal = isSame
      ? refuse("MODEL_NOT_BETTER", "it is the champion")
      : one !== best
        ? refuse("MODEL_NOT_BETTER", `${contenderName(best)} has the lower validation loss`)
        : judged.ok
          ? null
          : judged;
    judgements.push({
      trained: one,
      verdict: refusal === null ? "promoted" : "refused",
      reason: refusal?.reason ?? null,
      detail: refusal?.detail ?? null,
      metrics: metricsOf(parts.holdout, probabilities, model.threshold),
      comparisons,
      rowsTrain: parts.train.rows.length + parts.validation.rows.length,
      rowsHoldout: parts.holdout.rows.length,
      championVersion: champion?.version ?? null,
    });
  }
  return judgements;
}

/** Reads a model that this run stored; its absence is a fault that a retry may mend. */
export async function requireModel(env: LearningEnv, trained: TrainedFamily): Promise<ModelFile> {
  const model = await getModel(env.BUCKET, trained);
  if (!model.ok) throw new Error(`${model.reason}: ${model.detail}`);
  return model.value;
}

async function readPartition(env: LearningEnv, plan: EtlPlan): Promise<Partition> {
  return partition(await readDataset(env, plan), FEATURE_NAMES.length);
}

/**
 * The champion's probabilities on the same rows. It may have been trained on some of them, which only
 * makes it harder to beat. One that cannot be served any more is no rival.
 */
async function championReference(env: LearningEnv, champion: RegisteredModel | null, parts: Partition) {
  const ours = signatureHash({ featureSetVersion: FEATURE_SET_VERSION, features: FEATURE_NAMES });
  if (champion === null || champion.signatureHash !== ours) return [];
  const model = await getModel(env.BUCKET, champion);
  return model.ok ? [{ name: `champion ${champion.version}`, probabilities: predictSlice(model.value, parts.holdout) }] : [];
}
