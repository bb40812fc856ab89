import { ok, type Result, refuse } from "../result.ts";
import type { Attribution } from "../scoring/champion.ts";
import { FEATURE_SET_VERSION, FEATURES, type FeatureName } from "../scoring/features.ts";
import type { ServedModel } from "./served-model.ts";

/** Rows of one request: 1,000 rows of a 100-tree model are some 20 ms of processor time. */
export const MAX_INVOCATION_ROWS = 1_000;
/** Explained rows of one request: each takes as long as a hundred that are not. */
export const MAX_EXPLAINED_ROWS = 50;
/** 1,000 rows of 80 named numbers with 17 digits each are 3.5 MB. */
export const MAX_INVOCATION_BYTES = 4 * 1024 * 1024;
/** Features that an explained row lists; the others are summed. */
const MAX_LISTED = 10;
/** Characters of a caller's text that an answer repeats. */
const MAX_ECHO = 60;

type InputReason = "REQUEST_INVALID" | "MODEL_COLUMN_UNKNOWN" | "MODEL_COLUMN_MISSING" | "MODEL_VALUE_INVALID" | "MODEL_ROWS_TOO_MANY";

/** Rows to predict, in the model's order. */
export interface InvocationRows {
  readonly count: number;
  /** `values[row * features + feature]`; NaN is missing. */
  readonly values: Float64Array;
  readonly isExplained: boolean;
}

export interface InvocationPrediction {
  readonly probability: number;
  readonly explanation?: InvocationExplanation;
}

/** SHAP values on the margin, which the calibration turns into the probability. */
export interface InvocationExplanation {
  readonly baseProbability: number;
  readonly baseMargin: number;
  readonly margin: number;
  /** The strongest first; with `rest` they add up to `margin` - `baseMargin`. */
  readonly shap: ReadonlyArray<{ readonly name: string; readonly value: number }>;
  readonly rest: number;
}

/**
 * Reads a batch as MLflow's scoring servers take it: `dataframe_split` with `columns` and `data`, or
 * `instances` with one object a row; `params.explain` asks for explanations. Columns may come in any order, each
 * of the model's once and no other; null is missing. Written out by hand: 60,000 cells through a schema library
 * that may not compile code in a Worker take longer than the model.
 */
export function readInvocations(
  json: unknown,
  model: Pick<ServedModel, "features" | "featureSetVersion">,
): Result<InvocationRows, InputReason> {
  if (!isRecord(json)) return refuse("REQUEST_INVALID", "the body is no object");
  const { dataframe_split: split, instances, params, ...others } = json;
  const [other] = Object.keys(others);
  if (other !== undefined) return refuse("REQUEST_INVALID", `${echo(other)} is no field`);
  if ((split === undefined) === (instances === undefined)) return refuse("REQUEST_INVALID", "one of dataframe_split and instances");
  const explain = readParams(params);
  if (!explain.ok) return explain;
  const cells = new Cells(model);
  const read = split === undefined ? readInstances(instances, cells, explain.value) : readSplit(split, cells, explain.value);
  if (!read.ok) return read;
  return ok({ count: read.value, values: cells.values, isExplained: explain.value });
}

/** Predicts the rows. Refuses with MODEL_OUT_OF_RANGE when an answer is no probability. */
export function answerInvocations(model: ServedModel, rows: InvocationRows): Result<InvocationPrediction[], "MODEL_OUT_OF_RANGE"> {
  const columns = model.features.length;
  const predictions: InvocationPrediction[] = [];
  for (let i = 0; i < rows.count; i++) {
    const row = rows.values.subarray(i * columns, (i + 1) * columns);
    const probability = model.predictRow(row);
    if (!(probability >= 0 && probability <= 1)) return refuse("MODEL_OUT_OF_RANGE", `row ${i}`);
    predictions.push(rows.isExplained ? { probability, explanation: explanationOf(model.attributeRow(row)) } : { probability });
  }
  return ok(predictions);
}

function explanationOf({ baseProbability, baseMargin, margin, shap }: Attribution): InvocationExplanation {
  const strongest = shap.filter(({ value }) => value !== 0).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const rest = strongest.slice(MAX_LISTED).reduce((sum, { value }) => sum + value, 0);
  return { baseProbability, baseMargin, margin, shap: strongest.slice(0, MAX_LISTED), rest };
}

/** The cells of a batch, filled row by row. */
class Cells {
  readonly features: readonly string[];
  values = new Float64Array(0);
  readonly #min: Float64Array;
  readonly #max: Float64Array;

  constructor({ features, featureSetVersion }: Pick<ServedModel, "features" | "featureSetVersion">) {
    this.features = features;
    // The ranges of an older feature set are not known any more.
    const specs = features.map((name) =>
      featureSetVersion === FEATURE_SET_VERSION && Object.hasOwn(FEATURES, name) ? FEATURES[name as FeatureName] : undefined,
    );
    this.#min = Float64Array.from(specs, (spec) => spec?.min ?? -Number.MAX_VALUE);
    this.#max = Float64Array.from(specs, (spec) => spec?.max ?? Number.MAX_VALUE);
  }

  open(rows: number): void {
    this.values = new Float64Array(rows * this.features.length);
  }

  /** Whether the value is one: null, or a number in the feature's range. */
  set(row: number, feature: number, value: unknown): boolean {
    const at = row * this.features.length + feature;
    if (value === null) {
      this.values[at] = Number.NaN;
      return true;
    }
    if (typeof value !== "number" || !(value >= (this.#min[feature] as number) && value <= (this.#max[feature] as number))) return false;
    this.values[at] = value;
    return true;
  }

  refusal(row: number, feature: number, value: unknown): Result<never, "MODEL_VALUE_INVALID"> {
    const range = `${this.#min[feature]} to ${this.#max[feature]}`;
    return refuse("MODEL_VALUE_INVALID", `row ${row}, ${this.features[feature]}: ${echo(JSON.stringify(value))}, not null or ${range}`);
  }
}

function readParams(params: unknown): Result<boolean, InputReason> {
  if (params === undefined) return ok(false);
  if (!isRecord(params)) return refuse("REQUEST_INVALID", "params is no object");
  const { explain = false, ...others } = params;
  const [other] = Object.keys(others);
  if (other !== undefined) return refuse("REQUEST_INVALID", `params.${echo(other)} is no field`);
  return typeof explain === "boolean" ? ok(explain) : refuse("REQUEST_INVALID", "params.explain is no boolean");
}

function checkCount(rows: readonly unknown[], isExplained: boolean): Result<number, InputReason> {
  const most = isExplained ? MAX_EXPLAINED_ROWS : MAX_INVOCATION_ROWS;
  if (rows.length > most) return refuse("MODEL_ROWS_TOO_MANY", `${rows.length} of ${most}${isExplained ? " with explanations" : ""}`);
  return ok(rows.length);
}

function readSplit(split: unknown, cells: Cells, isExplained: boolean): Result<number, InputReason> {
  if (!isRecord(split)) return refuse("REQUEST_INVALID", "dataframe_split is no object");
  const { columns, data, index: _, ...others } = split;
  const [other] = Object.keys(others);
  if (other !== undefined) return refuse("REQUEST_INVALID", `dataframe_split.${echo(other)} is no field`);
  if (!Array.isArray(columns) || !Array.isArray(data)) return refuse("REQUEST_INVALID", "dataframe_split needs columns and data");
  const order = readColumns(columns, cells.features);
  if (!order.ok) return order;
  const count = checkCount(data, isExplained);
  if (!count.ok) return count;
  cells.open(count.value);
  const places = order.value;
  for (let i = 0; i < count.value; i++) {
    const row: unknown = data[i];
    if (!Array.isArray(row) || row.length !== places.length) {
      return refuse("REQUEST_INVALID", `row ${i} is not an array of ${places.length}`);
    }
    for (let c = 0; c < places.length; c++) {
      const feature = places[c] as number;
      if (!cells.set(i, feature, row[c])) return cells.refusal(i, feature, row[c]);
    }
  }
  return count;
}

/** Where each column of the request stands in the model. */
function readColumns(columns: readonly unknown[], features: readonly string[]): Result<Int32Array, InputReason> {
  // Before anything is built of it: the body bounds it only by its size.
  if (columns.length > 2 * features.length) return refuse("MODEL_COLUMN_UNKNOWN", `${columns.length} columns of ${features.length}`);
  const known = new Map(features.map((name, i) => [name, i]));
  const places = new Int32Array(columns.length);
  const seen = new Set<number>();
  for (const [i, name] of columns.entries()) {
    const place = typeof name === "string" ? known.get(name) : undefined;
    if (place === undefined) return refuse("MODEL_COLUMN_UNKNOWN", echo(String(name)));
    if (seen.has(place)) return refuse("REQUEST_INVALID", `${features[place]} is there twice`);
    seen.add(place);
    places[i] = place;
  }
  const lacking = features.find((_, i) => !seen.has(i));
  return lacking === undefined ? ok(places) : refuse("MODEL_COLUMN_MISSING", lacking);
}

function readInstances(instances: unknown, cells: Cells, isExplained: boolean): Result<number, InputReason> {
  if (!Array.isArray(instances)) return refuse("REQUEST_INVALID", "instances is no array");
  const count = checkCount(instances, isExplained);
  if (!count.ok) return count;
  cells.open(count.value);
  const { features } = cells;
  for (let i = 0; i < count.value; i++) {
    const row: unknown = instances[i];
    if (!isRecord(row)) return refuse("REQUEST_INVALID", `row ${i} is no object`);
    for (let c = 0; c < features.length; c++) {
      const name = features[c] as string;
      const value = row[name];
      if (value === undefined || !Object.hasOwn(row, name)) return refuse("MODEL_COLUMN_MISSING", `row ${i}: ${name}`);
      if (!cells.set(i, c, value)) return cells.refusal(i, c, value);
    }
    const names = Object.keys(row);
    if (names.length > features.length) {
      const unknown = names.find((name) => !features.includes(name)) ?? "";
      return refuse("MODEL_COLUMN_UNKNOWN", `row ${i}: ${echo(unknown)}`);
    }
  }
  return count;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function echo(text: string | undefined): string {
  return JSON.stringify((text ?? "undefined").slice(0, MAX_ECHO));
}
