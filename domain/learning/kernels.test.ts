import { existsSync, readFileSync } from "node:fs";
import { zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { beforeAll, describe, expect, test } from "vitest";
import { createRng } from "../random.ts";
import { areaUnderCurve, averagePrecision, brierScore, logLoss } from "../statistics/metrics.ts";
import { binMatrix } from "./bins.ts";
import { GBDT_DEFAULTS, gbdtMargin, trainGbdt } from "./gbdt.ts";
import { logisticMargin, trainLogistic } from "./logistic.ts";
import { type Matrix, matrixFromRows, selectRows, sigmoid } from "./matrix.ts";

const shared = new URL("../../../shared/", import.meta.url).pathname;
const files = {
  reference: `${shared}reference/ml.json`,
  cancer: `${shared}fixtures/datasets/breast_cancer/breast_cancer.parquet`,
  synthetic: `${shared}fixtures/datasets/synthetic_memecoin120k/data.parquet`,
};
const hasShared = Object.values(files).every(existsSync);
if (!hasShared) console.warn("SKIPPED: kernels against scikit-learn, ../shared/reference or ../shared/fixtures is missing");

const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) };

async function readTable(path: string, from: number, to: number, label: string): Promise<{ matrix: Matrix; labels: Uint8Array }> {
  const bytes = readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const rows = await parquetReadObjects({
    file,
    rowStart: from,
    rowEnd: to,
    compressors,
  });
  const names = Object.keys(rows[0] ?? {}).filter((name) => name !== label);
  const matrix = matrixFromRows(
    rows.map((row) => names.map((name) => Number(row[name]))),
    names.length,
  );
  return { matrix, labels: Uint8Array.from(rows, (row) => Number(row[label])) };
}

function predict(matrix: Matrix, margin: (row: Float64Array) => number): Float64Array {
  const row = new Float64Array(matrix.columns);
  return Float64Array.from({ length: matrix.rows }, (_, i) => {
    for (let c = 0; c < matrix.columns; c++) row[c] = matrix.values[c * matrix.rows + i] ?? Number.NaN;
    return sigmoid(margin(row));
  });
}

describe.skipIf(!hasShared)("against scikit-learn", () => {
  test("logistic regression on breast cancer: every coefficient", async () => {
    const reference = JSON.parse(readFileSync(files.reference, "utf8")).breast_cancer.logistic_C1;
    const label = "target";
    const train = await readTable(files.cancer, 0, 400, label);
    const holdout = await readTable(files.cancer, 400, 569, label);
    const model = trainLogistic(train.matrix, train.labels, { l2: 1 });
    expect(model.intercept).toBeCloseTo(reference.intercept, 6);
    expect(model.coefficients).toEqual(reference.coef.map((coefficient: number) => expect.closeTo(coefficient, 6)));
    const probabilities = predict(holdout.matrix, (row) => logisticMargin(model, row));
    expect(areaUnderCurve(holdout.labels, probabilities)).toBeCloseTo(reference.auc, 10);
    expect(logLoss(holdout.labels, probabilities)).toBeCloseTo(reference.logloss, 7);
  });

  describe("on the synthetic launches, 10,000 rows of training", () => {
    let train: { matrix: Matrix; labels: Uint8Array };
    let holdout: { matrix: Matrix; labels: Uint8Array };
    beforeAll(async () => {
      train = await readTable(files.synthetic, 0, 10_000, "label");
      holdout = await readTable(files.synthetic, 100_000, 120_000, "label");
    });

    test("logistic regression", () => {
      const model = trainLogistic(train.matrix, train.labels, { l2: 1 });
      const probabilities = predict(holdout.matrix, (row) => logisticMargin(model, row));
      expect(areaUnderCurve(holdout.labels, probabilities)).toBeCloseTo(0.8546, 5);
      expect(logLoss(holdout.labels, probabilities)).toBeCloseTo(0.34082, 5);
      expect(averagePrecision(holdout.labels, probabilities)).toBeCloseTo(0.57396, 4);
    });

    test("gradient boosting is at least scikit-learn's and within 0.002 of XGBoost's", () => {
      const started = performance.now();
      const model = trainGbdt(train.matrix, train.labels, { ...GBDT_DEFAULTS, seed: "reference" });
      const seconds = (performance.now() - started) / 1_000;
      const probabilities = predict(holdout.matrix, (row) => gbdtMargin(model, row));
      const area = areaUnderCurve(holdout.labels, probabilities) ?? 0;
      const loss = logLoss(holdout.labels, probabilities);
      console.info(`GBDT 10k rows: ${seconds.toFixed(2)} s, AUC ${area.toFixed(5)}, log loss ${loss.toFixed(5)}`);
      expect(area).toBeGreaterThan(0.86388);
      expect(Math.abs(area - 0.8665)).toBeLessThan(0.002);
      expect(loss).toBeLessThan(0.32987);
      expect(Math.abs(loss - 0.32606)).toBeLessThan(0.002);
      expect(brierScore(holdout.labels, probabilities)).toBeLessThan(0.10236);
      expect(JSON.stringify(model).length).toBeLessThan(600_000);
    });
  });
});

/** y depends on the first column, and on whether the second is missing. */
function ownTable(rows: number, seed: string): { matrix: Matrix; labels: Uint8Array } {
  const rng = createRng(seed);
  const table: Array<Array<number | null>> = [];
  const labels = new Uint8Array(rows);
  for (let i = 0; i < rows; i++) {
    const signal = rng.normal();
    const isMissing = rng.next() < 0.3;
    table.push([signal, isMissing ? null : rng.normal(), rng.int(3)]);
    labels[i] = rng.next() < sigmoid(2 * signal * signal - 2 + (isMissing ? 2 : 0)) ? 1 : 0;
  }
  return { matrix: matrixFromRows(table, 3), labels };
}

describe("kernels", () => {
  const train = ownTable(2_000, "train");
  const test_ = ownTable(2_000, "test");

  test("the fit of a logistic regression is a minimum", () => {
    const model = trainLogistic(train.matrix, train.labels, { l2: 3 });
    const objective = (m: typeof model): number => {
      const penalised = [...m.coefficients, ...m.missing];
      const loss = logLoss(
        train.labels,
        predict(train.matrix, (row) => logisticMargin(m, row)),
      );
      return loss * train.labels.length + 1.5 * penalised.reduce((sum, w) => sum + w * w, 0);
    };
    const best = objective(model);
    for (const nudge of [1e-3, -1e-3]) {
      expect(objective({ ...model, intercept: model.intercept + nudge })).toBeGreaterThan(best);
      for (let c = 0; c < 3; c++) {
        expect(objective({ ...model, coefficients: model.coefficients.map((w, i) => (i === c ? w + nudge : w)) })).toBeGreaterThan(best);
      }
    }
    expect(model.missing[1]).toBeGreaterThan(1);
    expect(model.missing[0]).toBe(0);
  });

  test("perfectly separated and constant columns do not break the fit", () => {
    const rows = Array.from({ length: 40 }, (_, i) => [i, 7, 7]);
    const labels = Uint8Array.from(rows, ([x]) => ((x ?? 0) >= 20 ? 1 : 0));
    const model = trainLogistic(matrixFromRows(rows, 3), labels, { l2: 1 });
    const probabilities = predict(matrixFromRows(rows, 3), (row) => logisticMargin(model, row));
    expect(probabilities.every(Number.isFinite)).toBe(true);
    expect(areaUnderCurve(labels, probabilities)).toBe(1);
  });

  test("boosting finds what a line cannot, and what is missing", () => {
    const line = trainLogistic(train.matrix, train.labels, { l2: 1 });
    const trees = trainGbdt(train.matrix, train.labels, { ...GBDT_DEFAULTS, rounds: 40, seed: "s" });
    const area = (margin: (row: Float64Array) => number): number => areaUnderCurve(test_.labels, predict(test_.matrix, margin)) ?? 0;
    expect(area((row) => gbdtMargin(trees, row))).toBeGreaterThan(area((row) => logisticMargin(line, row)) + 0.05);
    expect(gbdtMargin(trees, [0, Number.NaN, 1])).toBeGreaterThan(gbdtMargin(trees, [0, 0, 1]) + 0.5);
  });

  test("equal data and seed give an equal model; early stopping keeps fewer trees", () => {
    const options = { ...GBDT_DEFAULTS, rounds: 30, columnShare: 0.5, seed: "same" };
    const once = JSON.stringify(trainGbdt(train.matrix, train.labels, options));
    expect(JSON.stringify(trainGbdt(train.matrix, train.labels, options))).toBe(once);
    expect(JSON.stringify(trainGbdt(train.matrix, train.labels, { ...options, seed: "other" }))).not.toBe(once);
    const validation = { matrix: test_.matrix, labels: test_.labels, patience: 5 };
    const stopped = trainGbdt(train.matrix, train.labels, { ...GBDT_DEFAULTS, rounds: 400, seed: "s", validation });
    expect(stopped.trees.length).toBeLessThan(200);
    expect(stopped.trees.length).toBeGreaterThan(5);
  });

  test("no leaf is smaller than allowed, and noise alone grows nothing on few rows", () => {
    const model = trainGbdt(train.matrix, train.labels, { ...GBDT_DEFAULTS, rounds: 3, minChildRows: 150, seed: "s" });
    for (const tree of model.trees) expect(tree.feature.filter((feature) => feature < 0).length).toBeLessThanOrEqual(2_000 / 150);
    const few = selectRows(train.matrix, [0, 1, 2, 3, 4]);
    expect(trainGbdt(few, train.labels.slice(0, 5), { ...GBDT_DEFAULTS, seed: "s" }).trees).toEqual([]);
  });

  test("bins keep the order of values and set the missing apart", () => {
    const values = fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: null }), {
      minLength: 1,
      maxLength: 600,
    });
    fc.assert(
      fc.property(values, (column) => {
        const { codes, edges } = binMatrix(
          matrixFromRows(
            column.map((value) => [value]),
            1,
          ),
        );
        expect(edges[0]?.length).toBeLessThanOrEqual(253);
        for (let i = 0; i < column.length; i++) {
          const value = column[i] ?? null;
          expect(codes[i] === 0).toBe(value === null);
          if (value === null) continue;
          // A trained threshold is an edge: scoring by value must agree with scoring by bin.
          edges[0]?.forEach((edge, e) => {
            expect(value <= edge).toBe((codes[i] ?? 0) <= e + 1);
          });
        }
      }),
      { numRuns: 60 },
    );
  });
});
