import { FEATURE_NAMES, FEATURE_SET_VERSION } from "../scoring/features.ts";
import { bootstrapRows } from "./bootstrap-rows.ts";
import { bootstrapVersion } from "./bootstrap-version.ts";
import { calibrate, fitPlatt } from "./calibration.ts";
import { logisticMargin, trainLogistic } from "./logistic.ts";
import { matrixFromRows } from "./matrix.ts";
import { MODEL_FORMAT_VERSION, type ModelFile, type ModelParameters, modelMargin, orderedRow } from "./model-file.ts";
import { sha256Hex, signatureHash } from "./signature.ts";

const SEED = "bootstrap-1";
const ROWS = 4_000;
/** The last quarter calibrates. */
const TRAIN_ROWS = 3_000;
const L2 = 10;
/** Coefficients have no more meaning than this, and the file is in every Worker. */
const DIGITS = 6;

const LABEL =
  "Generated: drawn from the rules' own curves with noise. No market outcome is in it; it measures nothing and its weight stays 0.";

/** Trains the bootstrap model for the present features: the same features and curves give the same file. */
export function buildBootstrap(): ModelFile {
  const rows = bootstrapRows(ROWS, SEED);
  const vectors = rows.map(({ features }) => orderedRow(FEATURE_NAMES, features));
  const labels = Uint8Array.from(rows, ({ label }) => label);
  const trained = trainLogistic(matrixFromRows(vectors.slice(0, TRAIN_ROWS), FEATURE_NAMES.length), labels.subarray(0, TRAIN_ROWS), {
    l2: L2,
  });
  const short = (values: readonly number[]): number[] => values.map((value) => Number(value.toPrecision(DIGITS)));
  const parameters = {
    means: short(trained.means),
    scales: short(trained.scales),
    coefficients: short(trained.coefficients),
    missing: short(trained.missing),
    intercept: Number(trained.intercept.toPrecision(DIGITS)),
  };
  const late = vectors.slice(TRAIN_ROWS);
  const calibration = fitPlatt(
    late.map((row) => logisticMargin(parameters, row)),
    labels.subarray(TRAIN_ROWS),
  );
  const input = Array.from(vectors[0] ?? [], (value) => (Number.isNaN(value) ? null : Number(value.toPrecision(DIGITS))));
  const row = Float64Array.from(input, (value) => value ?? Number.NaN);
  const positive = labels.subarray(0, TRAIN_ROWS).reduce((sum, label) => sum + label, 0);
  const content: Omit<ModelFile, "version" | keyof ModelParameters> & ModelParameters = {
    family: "logistic",
    parameters,
    formatVersion: MODEL_FORMAT_VERSION,
    name: "entry-win",
    featureSetVersion: FEATURE_SET_VERSION,
    features: FEATURE_NAMES,
    signatureHash: signatureHash({ featureSetVersion: FEATURE_SET_VERSION, features: FEATURE_NAMES }),
    calibration,
    training: {
      datasetHash: sha256Hex(JSON.stringify([SEED, ROWS, FEATURE_NAMES])),
      label: LABEL,
      parameterVersion: "none",
      fromMs: 0,
      toMs: 0,
      rowsTrain: TRAIN_ROWS,
      rowsValidation: ROWS - TRAIN_ROWS,
      rowsHoldout: 0,
      positiveRate: positive / TRAIN_ROWS,
      purged: 0,
      embargoMs: 0,
      seed: SEED,
      hyperparameters: { l2: L2 },
    },
    threshold: 1,
    // Invented rows are no baseline to measure a market's drift against.
    baseline: [],
    example: { input, output: calibrate(calibration, modelMargin({ family: "logistic", parameters }, row)) },
  };
  return { ...content, version: bootstrapVersion(content) } as ModelFile;
}

/** The model card, in Markdown. */
export function bootstrapCard(model: ModelFile): string {
  const { training } = model;
  return `# ${model.name} ${model.version}

Family: ${model.family}. Feature set: ${model.featureSetVersion} (${model.features.length} features, signature ${model.signatureHash}).

## Use
Stands in until a model is promoted: it answers \`POST /api/v1/models/${model.name}/invocations\` and is recorded as a shadow in
assessments, so that both work from the first start. **Its weight in the score is 0, always:** it is no champion, and code that
blends a model into the score is never given it. Do not trade on it.

## Data
None of any market. ${training.rowsTrain.toLocaleString("en-US")} training and ${training.rowsValidation.toLocaleString("en-US")} calibration rows were generated (\`domain/learning/bootstrap-rows.ts\`, seed
\`${training.seed}\`): each feature drawn by itself over the knots of its curve in the rules, 15 % of the values unknown. The label was
drawn with log-odds of ${"`-1.5 + 0.06 × (mean points of the curves - 50)`"}: figures that were chosen, not measured. Share of ones: ${training.positiveRate.toFixed(4)}.

## What it knows
What the hand-set curves say, once more, as a linear model, with the noise of its sample. It has seen no outcome, so its probability
is not the probability of a profit.

## Rebuild
\`node cli/bootstrap-model.ts\` after the feature set changed; a test fails until then. Same features and curves, same file.
`;
}
