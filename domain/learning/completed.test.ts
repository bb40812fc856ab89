import { describe, expect, test } from "vitest";
import { createRng } from "../random.ts";
import { logLoss } from "../statistics/metrics.ts";
import { modelCard } from "./card.ts";
import { completedRow, completedSlice, completionOf, type LabelledRow, partition, type TrainingRows } from "./dataset.ts";
import { metricsOf } from "./evaluate.ts";
import { sigmoid } from "./matrix.ts";
import { type ModelFamily, type ModelFile, parseModelFile } from "./model-file.ts";
import { predictSlice, trainModel } from "./train.ts";

const FEATURES = ["telling", "noise"] as const;
const COUNT = 900;
/** Rows from here on are of the time when nothing is late any more. */
const HEALED = COUNT * 0.53;

/**
 * Launches whose first feature is late for many. `telling`: it tells the end, and was late for whatever reason, most of all
 * early on. `busy`: it tells nothing, but it is late where the end is good, so that being late tells it.
 */
function launches(kind: "telling" | "busy"): LabelledRow[] {
  const rng = createRng(kind);
  return Array.from({ length: COUNT }, (_, i) => {
    const value = rng.normal();
    const isLateBusy = rng.next() < 0.5;
    const isLate = kind === "busy" ? isLateBusy : rng.next() < (i < HEALED ? 0.99 : 0.05);
    const strength = kind === "telling" ? 2.5 * value : isLateBusy ? 2 : -2;
    const win = rng.next() < sigmoid(strength) ? 1 : 0;
    const noise = rng.normal();
    const features = Float64Array.of(isLate ? Number.NaN : value, noise);
    const completed = completedRow(features, Float64Array.of(value, 99));
    return {
      mint: `${kind}-${i}`,
      creator: null,
      t0Ms: i * 60_000,
      t1Ms: i * 60_000 + 90_000,
      win,
      returnBps: win === 1 ? 1_500 : -1_100,
      score: null,
      features,
      ...(completed === null ? {} : { completed }),
    };
  });
}

function train(rows: readonly LabelledRow[], family: ModelFamily, used?: TrainingRows): ModelFile {
  const trained = trainModel(partition(rows, FEATURES.length), {
    name: "entry-win",
    family,
    featureSetVersion: "t1",
    features: FEATURES,
    datasetHash: "d".repeat(64),
    parameterVersion: "default-000000000000",
    seed: "seed",
    ...(used === undefined ? {} : { rows: used }),
  });
  if (!trained.ok) throw new Error(trained.detail);
  return trained.value;
}

/** What chooses between them, and what it is worth on later rows. */
function losses(rows: readonly LabelledRow[], family: ModelFamily, used: TrainingRows) {
  const { validation, holdout } = partition(rows, FEATURES.length);
  const model = train(rows, family, used);
  return {
    validation: logLoss(validation.labels, predictSlice(model, validation)),
    holdout: logLoss(holdout.labels, predictSlice(model, holdout)),
  };
}

describe.each(["logistic", "gbdt"] as const)("%s", (family) => {
  test("completed rows are chosen where they help, by rows as they were served", () => {
    const rows = launches("telling");
    const [served, completed] = [losses(rows, family, "served"), losses(rows, family, "completed")];
    expect(completed.validation).toBeLessThan(served.validation);
    expect(completed.holdout).toBeLessThan(served.holdout);
  });

  test("and are not where they hurt: they hide that being late tells something", () => {
    const rows = launches("busy");
    const [served, completed] = [losses(rows, family, "served"), losses(rows, family, "completed")];
    expect(completed.validation).toBeGreaterThan(served.validation + 0.1);
    expect(completed.holdout).toBeGreaterThan(served.holdout + 0.1);
  });

  test("only fitting sees them: completed validation and holdout rows change nothing", () => {
    const rows = launches("telling");
    const { train: fitted } = partition(rows, FEATURES.length);
    const inTraining = new Set(fitted.rows.map(({ mint }) => mint));
    const poisoned = rows.map((row) => (inTraining.has(row.mint) ? row : { ...row, completed: Float64Array.of(1e6, 1e6) }));
    expect(JSON.stringify(train(poisoned, family, "completed"))).toBe(JSON.stringify(train(rows, family, "completed")));
    const all = rows.map((row) => ({ ...row, completed: Float64Array.of(1e6, 1e6) }));
    expect(JSON.stringify(train(all, family, "served"))).toBe(JSON.stringify(train(rows, family)));
  });

  test("the file keeps what was served for drift and example, and says how much was completed", () => {
    const rows = launches("telling");
    const [served, completed] = [train(rows, family), train(rows, family, "completed")];
    const parts = partition(rows, FEATURES.length);
    const { rows: rowsLate, values } = completionOf(parts.train);
    expect(values).toBe(parts.train.rows.filter(({ features }) => Number.isNaN(features[0])).length);
    expect(rowsLate).toBe(values);
    expect(served.training.completed).toBeUndefined();
    expect(completed.training.completed).toEqual({ rows: rowsLate, values });
    expect(completed.baseline).toEqual(served.baseline);
    expect(completed.example.input).toEqual(served.example.input);
    expect(completed.version).not.toBe(served.version);
    expect(parseModelFile(JSON.stringify(completed))).toMatchObject({ ok: true, value: { training: { completed: { values } } } });
    const metrics = metricsOf(parts.holdout, predictSlice(completed, parts.holdout), completed.threshold);
    expect(modelCard(completed, metrics, [], "promoted")).toContain(`${values} values of ${rowsLate} rows`);
    expect(modelCard(served, metrics, [], "promoted")).toContain("Fitted on vectors as they were served.");
  });
});

test("a completed row has what was served, and the late value only where nothing was", () => {
  const served = Float64Array.of(1, Number.NaN, Number.NaN);
  expect(completedRow(served, Float64Array.of(5, 6, Number.NaN))).toEqual(Float64Array.of(1, 6, Number.NaN));
  expect(completedRow(served, Float64Array.of(5, Number.NaN, Number.NaN))).toBeNull();
  expect(served).toEqual(Float64Array.of(1, Number.NaN, Number.NaN));
  const parts = partition(launches("telling"), FEATURES.length);
  expect(completedSlice(parts.train).rows).toBe(parts.train.rows);
  expect(completedSlice(parts.train).matrix.values.some(Number.isNaN)).toBe(false);
});
