import { z } from "zod";
import { ok, type Result, refuse } from "../result.ts";
import type { FeatureVector } from "../scoring/assessment.ts";
import { type Calibration, calibrate } from "./calibration.ts";
import { type GbdtModel, gbdtMargin, type Tree } from "./gbdt.ts";
import { type LogisticModel, logisticMargin } from "./logistic.ts";
import { signatureHash } from "./signature.ts";

export const MODEL_FORMAT_VERSION = 1;
/** A model is loaded beside webhooks in one isolate of 128 MB; promotion refuses larger files. */
export const MODEL_MAX_BYTES = 1024 * 1024;
const MAX_FEATURES = 256;
const MAX_TREES = 1_000;
const MAX_NODES = 1_024;
/** A tree of 31 leaves is at most 30 deep; the time of an explanation grows with the depth. */
const MAX_DEPTH = 64;

export type ModelFamily = "logistic" | "gbdt";

export type ModelParameters =
  | { readonly family: "logistic"; readonly parameters: LogisticModel }
  | { readonly family: "gbdt"; readonly parameters: GbdtModel };

/** Frozen distribution of one input at training: share of rows per bin between `edges`, and missing. */
export interface DriftBaseline {
  readonly name: string;
  readonly edges: readonly number[];
  readonly shares: readonly number[];
  readonly missingShare: number;
}

export interface TrainingMetadata {
  readonly datasetHash: string;
  readonly label: string;
  readonly parameterVersion: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly rowsTrain: number;
  readonly rowsValidation: number;
  readonly rowsHoldout: number;
  readonly positiveRate: number;
  readonly purged: number;
  readonly embargoMs: number;
  readonly seed: string;
  /** Training rows and values that were read after their decisions; left out when it was fitted on what was served. */
  readonly completed?: { readonly rows: number; readonly values: number };
  readonly hyperparameters: Readonly<Record<string, number>>;
}

/** A trained model as stored in `model.json`: everything needed to serve, check and explain it. */
export type ModelFile = ModelParameters & {
  readonly formatVersion: typeof MODEL_FORMAT_VERSION;
  readonly name: string;
  /** `<family>-<12 hex of the content hash>`: the same data and settings give the same version. */
  readonly version: string;
  readonly featureSetVersion: string;
  readonly features: readonly string[];
  readonly signatureHash: string;
  readonly calibration: Calibration;
  readonly training: TrainingMetadata;
  /** Probability from which on the validation rows paid best in sum. */
  readonly threshold: number;
  readonly baseline: readonly DriftBaseline[];
  /** Must be reproduced before the model is served. */
  readonly example: { readonly input: ReadonlyArray<number | null>; readonly output: number };
};

/** The vector in the model's order; null and absent are NaN. */
export function orderedRow(features: readonly string[], vector: FeatureVector): Float64Array {
  // A loop: `Float64Array.from` with a mapping takes several times as long, on every row served.
  const row = new Float64Array(features.length);
  for (let i = 0; i < row.length; i++) row[i] = vector[features[i] as string] ?? Number.NaN;
  return row;
}

/** Log-odds of an ordered row before calibration. */
export function modelMargin(model: ModelParameters, row: ArrayLike<number>): number {
  return model.family === "logistic" ? logisticMargin(model.parameters, row) : gbdtMargin(model.parameters, row);
}

/** Calibrated probability, 0 to 1, that the model's label is 1. A feature that is null or absent is missing. */
export function predictProbability(model: ModelParameters & Pick<ModelFile, "features" | "calibration">, vector: FeatureVector): number {
  return calibrate(model.calibration, modelMargin(model, orderedRow(model.features, vector)));
}

/**
 * Reads an untrusted model file. Refuses with MODEL_UNAVAILABLE when it is too large or malformed, its
 * signature hash is not that of its features, or it does not reproduce its own example.
 */
export function parseModelFile(text: string): Result<ModelFile, "MODEL_UNAVAILABLE"> {
  if (text.length > MODEL_MAX_BYTES) return refuse("MODEL_UNAVAILABLE", `${text.length} characters`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse("MODEL_UNAVAILABLE", "not JSON");
  }
  return checkModelFile(json);
}

/** As `parseModelFile`, for JSON that was read already. */
export function checkModelFile(json: unknown): Result<ModelFile, "MODEL_UNAVAILABLE"> {
  const parsed = modelSchema.safeParse(json);
  if (!parsed.success) return refuse("MODEL_UNAVAILABLE", parsed.error.issues[0]?.message ?? "malformed");
  const model = parsed.data as ModelFile;
  const columns = model.features.length;
  if (!isConsistent(model, columns)) return refuse("MODEL_UNAVAILABLE", "parameters do not fit the features");
  if (model.signatureHash !== signatureHash(model)) return refuse("MODEL_UNAVAILABLE", "signature hash is not that of the features");
  const { input, output } = model.example;
  const reproduced = calibrate(
    model.calibration,
    modelMargin(
      model,
      Float64Array.from(input, (value) => value ?? Number.NaN),
    ),
  );
  if (input.length !== columns || !(Math.abs(reproduced - output) < 1e-9)) return refuse("MODEL_UNAVAILABLE", "example is not reproduced");
  return ok(model);
}

function isConsistent(model: ModelFile, columns: number): boolean {
  if (model.family === "logistic") {
    const { means, scales, coefficients, missing } = model.parameters;
    const lengths = [means, scales, coefficients, missing].every((values) => values.length === columns);
    return lengths && scales.every((scale) => scale > 0);
  }
  return model.parameters.trees.every((tree) => isTree(tree, columns));
}

/** One root, every other node the child of one before it, and not too deep: so that scoring and explaining end. */
function isTree(tree: Tree, columns: number): boolean {
  const nodes = tree.feature.length;
  const arrays = [tree.threshold, tree.missingLeft, tree.left, tree.right, tree.value, tree.cover];
  if (nodes === 0 || arrays.some((array) => array.length !== nodes)) return false;
  const depths = new Int32Array(nodes).fill(-1);
  depths[0] = 0;
  return tree.feature.every((feature, node) => {
    const depth = depths[node] ?? -1;
    if (depth < 0 || depth > MAX_DEPTH || (tree.cover[node] ?? -1) < 0) return false;
    if (feature < 0) return true;
    const children = [tree.left[node] ?? 0, tree.right[node] ?? 0];
    return children.every((child) => {
      if (child <= node || child >= nodes || depths[child] !== -1) return false;
      depths[child] = depth + 1;
      return feature < columns;
    });
  });
}

const numbers = (max: number) => z.array(z.number()).max(max);
const nodes = numbers(MAX_NODES);
const treeSchema = z.object({
  feature: z.array(z.number().int().min(-1)).max(MAX_NODES),
  threshold: nodes,
  missingLeft: z.array(z.boolean()).max(MAX_NODES),
  left: z.array(z.number().int()).max(MAX_NODES),
  right: z.array(z.number().int()).max(MAX_NODES),
  value: nodes,
  cover: nodes,
});

const calibrationSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("platt"), a: z.number(), b: z.number() }),
  z
    .object({ kind: z.literal("isotonic"), x: numbers(10_000), y: z.array(z.number().min(0).max(1)).max(10_000) })
    .refine(({ x, y }) => x.length > 0 && x.length === y.length && x.every((value, i) => i === 0 || value > (x[i - 1] ?? 0))),
]);

const common = {
  formatVersion: z.literal(MODEL_FORMAT_VERSION),
  name: z.string().max(80),
  version: z.string().max(80),
  featureSetVersion: z.string().max(80),
  features: z.array(z.string().max(80)).min(1).max(MAX_FEATURES),
  signatureHash: z.string().max(64),
  calibration: calibrationSchema,
  threshold: z.number().min(0).max(1),
  training: z.object({
    datasetHash: z.string().max(64),
    label: z.string().max(500),
    parameterVersion: z.string().max(100),
    fromMs: z.number(),
    toMs: z.number(),
    rowsTrain: z.number(),
    rowsValidation: z.number(),
    rowsHoldout: z.number(),
    positiveRate: z.number(),
    purged: z.number(),
    embargoMs: z.number(),
    seed: z.string().max(200),
    completed: z.object({ rows: z.number(), values: z.number() }).optional(),
    hyperparameters: z.record(z.string(), z.number()),
  }),
  baseline: z
    .array(z.object({ name: z.string().max(80), edges: numbers(100), shares: numbers(101), missingShare: z.number() }))
    .max(MAX_FEATURES),
  example: z.object({ input: z.array(z.number().nullable()).max(MAX_FEATURES), output: z.number() }),
};

const modelSchema = z.discriminatedUnion("family", [
  z.object({
    ...common,
    family: z.literal("logistic"),
    parameters: z.object({
      means: numbers(MAX_FEATURES),
      scales: numbers(MAX_FEATURES),
      coefficients: numbers(MAX_FEATURES),
      missing: numbers(MAX_FEATURES),
      intercept: z.number(),
    }),
  }),
  z.object({
    ...common,
    family: z.literal("gbdt"),
    parameters: z.object({ baseMargin: z.number(), trees: z.array(treeSchema).max(MAX_TREES) }),
  }),
]);
