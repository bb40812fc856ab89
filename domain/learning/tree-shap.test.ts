import { existsSync, readFileSync } from "node:fs";
import { zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, test } from "vitest";
import { createRng, type Rng } from "../random.ts";
import { compileForest, forestMargin } from "./forest.ts";
import { changePaths, forestPaths, forestSteps } from "./forest-steps.ts";
import { type GbdtModel, gbdtMargin, type Tree } from "./gbdt.ts";
import { sampleTree } from "./sample-models.ts";
import { quadrature, treeShap } from "./tree-shap.ts";

const shared = new URL("../../../shared/", import.meta.url).pathname;
const files = { reference: `${shared}reference/ml.json`, cancer: `${shared}fixtures/datasets/breast_cancer/breast_cancer.parquet` };
const hasShared = Object.values(files).every(existsSync);
if (!hasShared) console.warn("SKIPPED: TreeSHAP against XGBoost, ../shared/reference or ../shared/fixtures is missing");

const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) };
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

function drawModel(rng: Rng, trees: number, depth: number, columns: number): GbdtModel {
  // Few thresholds, so that rows meet them exactly and paths split by one column again and again.
  return {
    baseMargin: rng.normal(),
    trees: Array.from({ length: trees }, () => sampleTree(rng, depth, columns, () => rng.int(5) / 4, 0.2)),
  };
}

function drawRow(rng: Rng, columns: number): Float64Array {
  return Float64Array.from({ length: columns }, () => (rng.next() < 0.25 ? Number.NaN : rng.int(9) / 8));
}

/** What the tree says when only the columns in `known` are: both branches of the others, by cover. */
function expectation(tree: Tree, row: Float64Array, known: number, node = 0): number {
  const column = tree.feature[node] ?? -1;
  if (column < 0) return tree.value[node] ?? 0;
  const [left, right] = [tree.left[node] ?? 0, tree.right[node] ?? 0];
  if ((known >> column) & 1) {
    const x = row[column] ?? Number.NaN;
    const goesLeft = Number.isNaN(x) ? tree.missingLeft[node] : x <= (tree.threshold[node] ?? 0);
    return expectation(tree, row, known, goesLeft ? left : right);
  }
  const [a, b] = [tree.cover[left] ?? 0, tree.cover[right] ?? 0];
  return (a * expectation(tree, row, known, left) + b * expectation(tree, row, known, right)) / (a + b);
}

/** Shapley's definition: every subset of the other columns, weighted. */
function bruteForce(model: GbdtModel, row: Float64Array): { base: number; values: number[] } {
  const columns = row.length;
  const game = Array.from({ length: 1 << columns }, (_, known) =>
    model.trees.reduce((sum, tree) => sum + expectation(tree, row, known), model.baseMargin),
  );
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
  const values = Array.from({ length: columns }, (_, column) => {
    let value = 0;
    for (let subset = 0; subset < 1 << columns; subset++) {
      if ((subset >> column) & 1) continue;
      const size = subset.toString(2).replaceAll("0", "").length;
      const weight = (factorial(size) * factorial(columns - size - 1)) / factorial(columns);
      value += weight * ((game[subset | (1 << column)] ?? 0) - (game[subset] ?? 0));
    }
    return value;
  });
  return { base: game[0] ?? 0, values };
}

describe("TreeSHAP", () => {
  test("quadrature is exact up to degree 2n - 1, and not beyond", () => {
    for (const n of [1, 2, 3, 4, 8, 16, 32]) {
      const { nodes, weights } = quadrature(n);
      const integral = (degree: number): number => nodes.reduce((sum, x, i) => sum + (weights[i] ?? 0) * x ** degree, 0);
      for (let degree = 0; degree < 2 * n; degree++) expect(integral(degree)).toBeCloseTo(1 / (degree + 1), 12);
      if (n <= 4) expect(Math.abs(integral(2 * n) - 1 / (2 * n + 1))).toBeGreaterThan(1e-7);
    }
  });

  test("equals Shapley's definition over all subsets, with missing values and columns that split again", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = createRng(seed);
        const columns = 1 + rng.int(6);
        const model = drawModel(rng, 1 + rng.int(3), 1 + rng.int(6), columns);
        const row = drawRow(rng, columns);
        const { base, values } = treeShap(compileForest(model), row, columns);
        const brute = bruteForce(model, row);
        expect(base).toBeCloseTo(brute.base, 10);
        expect(Array.from(values)).toEqual(brute.values.map((value) => expect.closeTo(value, 10)));
      }),
      { numRuns: 300 },
    );
  });

  test("adds up to the margin, on forests of any depth", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = createRng(seed);
        const columns = 40;
        const model = drawModel(rng, 1 + rng.int(20), 1 + rng.int(10), columns);
        const forest = compileForest(model);
        const row = drawRow(rng, columns);
        const { base, values } = treeShap(forest, row, columns);
        expect(base + values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(forestMargin(forest, row), 9);
      }),
      { numRuns: 100 },
    );
  });

  test("a model too large to keep what is the same for all rows: the sum of its trees", () => {
    const rng = createRng("large");
    const columns = 12;
    const trees = Array.from({ length: 20 }, () => sampleTree(rng, 10, columns, () => rng.next()));
    const whole = compileForest({ baseMargin: 0, trees });
    expect(whole.feature.length).toBeGreaterThan(35_000);
    const parts = trees.map((tree) => compileForest({ baseMargin: 0, trees: [tree] }));
    for (let i = 0; i < 3; i++) {
      const row = drawRow(rng, columns);
      const added = parts.map((part) => treeShap(part, row, columns).values);
      const sums = Array.from({ length: columns }, (_, column) => added.reduce((sum, values) => sum + (values[column] ?? 0), 0));
      expect(Array.from(treeShap(whole, row, columns).values)).toEqual(sums.map((sum) => expect.closeTo(sum, 10)));
    }
  });

  test("a column that no tree splits by has none; a branch without cover counts only for the row that takes it", () => {
    const tree: Tree = {
      feature: [1, -1, -1],
      threshold: [0.5, 0, 0],
      missingLeft: [true, false, false],
      left: [1, 0, 0],
      right: [2, 0, 0],
      value: [0, 1, 3],
      cover: [8, 8, 0],
    };
    const forest = compileForest({ baseMargin: 0, trees: [tree] });
    expect(treeShap(forest, [9, 9, 9], 3)).toEqual({ base: 1, values: Float64Array.of(0, 2, 0) });
    expect(treeShap(forest, [9, 0, 9], 3)).toEqual({ base: 1, values: Float64Array.of(0, 0, 0) });
  });

  test.skipIf(!hasShared)("equals XGBoost's contributions", async () => {
    const reference = JSON.parse(readFileSync(files.reference, "utf8")).breast_cancer["xgb_exact_d3_eta.3_10rounds_lambda1"];
    const bytes = readFileSync(files.cancer);
    const rows = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
      rowStart: 400,
      rowEnd: 405,
      compressors,
    });
    const names = Object.keys(rows[0] ?? {}).filter((name) => name !== "target");
    const model = { baseMargin: 0, trees: reference.trees.map(xgboostTree) };
    const forest = compileForest(model);
    const vectors = rows.map((row) => Float64Array.from(names, (name) => Math.fround(Number(row[name]))));
    expect(vectors.map((row) => forestMargin(forest, row))).toEqual(reference.margin_first5.map((m: number) => expect.closeTo(m, 5)));
    reference.contribs_first2.forEach((contributions: number[], i: number) => {
      const { base, values } = treeShap(forest, vectors[i] ?? [], names.length);
      expect([...values, base]).toEqual(contributions.map((value) => expect.closeTo(value, 5)));
    });
  });
});

interface XgboostNode {
  readonly nodeid: number;
  readonly split?: string;
  readonly split_condition?: number;
  readonly yes?: number;
  readonly missing?: number;
  readonly leaf?: number;
  readonly cover: number;
  readonly children?: readonly XgboostNode[];
}

/** XGBoost sends `x < split` to the left: at or below the number before it, in single precision. */
function xgboostTree(root: XgboostNode): Tree {
  const order: XgboostNode[] = [];
  const visit = (node: XgboostNode): void => {
    order.push(node);
    node.children?.forEach(visit);
  };
  visit(root);
  const child = (node: XgboostNode, i: number): number => order.indexOf(node.children?.[i] as XgboostNode);
  const below = (split: number): number => {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, split);
    view.setInt32(0, view.getInt32(0) - 1);
    return view.getFloat32(0);
  };
  return {
    feature: order.map(({ split }) => (split === undefined ? -1 : Number(split.slice(1)))),
    threshold: order.map(({ split_condition }) => (split_condition === undefined ? 0 : below(split_condition))),
    missingLeft: order.map(({ missing, yes }) => missing === yes),
    left: order.map((node) => (node.children === undefined ? 0 : child(node, 0))),
    right: order.map((node) => (node.children === undefined ? 0 : child(node, 1))),
    value: order.map(({ leaf }) => leaf ?? 0),
    cover: order.map(({ cover }) => cover),
  };
}

describe("forest", () => {
  test("says what the trees say, to the last bit", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = createRng(seed);
        const model = drawModel(rng, 1 + rng.int(10), 1 + rng.int(8), 8);
        const row = drawRow(rng, 8);
        const forest = compileForest(model);
        expect(forestMargin(forest, row)).toBe(gbdtMargin(model, row));
        expect(forestPaths(forest, row).margin).toBe(gbdtMargin(model, row));
      }),
    );
  });

  test("a row with one value changed after another: its paths are those of the row anew, to the last bit", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = createRng(seed);
        const columns = 5;
        const forest = compileForest(drawModel(rng, 1 + rng.int(8), rng.int(8), columns));
        const row = drawRow(rng, columns);
        let paths = forestPaths(forest, row);
        for (let change = 0; change < 3; change++) {
          const column = rng.int(columns);
          row[column] = rng.int(9) / 8;
          paths = changePaths(forest, paths, column, row[column]);
          const anew = forestPaths(forest, row);
          expect(paths.margin).toBe(forestMargin(forest, row));
          for (let c = 0; c < columns; c++) expect(forestSteps(forest, paths, c)).toEqual(forestSteps(forest, anew, c));
        }
      }),
    );
  });

  test("steps of one column: the margin at every value of it", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = createRng(seed);
        const columns = 4;
        const model = drawModel(rng, 1 + rng.int(8), 1 + rng.int(7), columns);
        const forest = compileForest(model);
        const row = drawRow(rng, columns);
        const column = rng.int(columns);
        const { breaks, margins } = forestSteps(forest, forestPaths(forest, row), column);
        expect(margins.length).toBe(breaks.length + 1);
        for (const value of [-1, 2, ...Array.from({ length: 33 }, (_, i) => i / 32)]) {
          const changed = Float64Array.from(row);
          changed[column] = value;
          const step = breaks.filter((at) => at < value).length;
          expect(margins[step]).toBeCloseTo(forestMargin(forest, changed), 9);
        }
      }),
    );
  });
});
