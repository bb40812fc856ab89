import { createRng, type Rng } from "../random.ts";
import { type BinnedMatrix, binMatrix, MISSING_BIN } from "./bins.ts";
import { type Matrix, sigmoid } from "./matrix.ts";

/** One tree as parallel arrays; a node with `feature` -1 is a leaf. Node 0 is the root. */
export interface Tree {
  readonly feature: readonly number[];
  /** A value at or below goes left. */
  readonly threshold: readonly number[];
  readonly missingLeft: readonly boolean[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** Margin added by a leaf, shrinkage included. */
  readonly value: readonly number[];
  /** Summed hessian of the training rows that passed, for attributions. */
  readonly cover: readonly number[];
}

/** Gradient-boosted trees for a binary label. */
export interface GbdtModel {
  readonly baseMargin: number;
  readonly trees: readonly Tree[];
}

export interface GbdtOptions {
  readonly rounds: number;
  readonly maxLeaves: number;
  readonly learningRate: number;
  /** L2 penalty of leaf values. */
  readonly l2: number;
  readonly minChildHessian: number;
  readonly minChildRows: number;
  /** Share of the columns that each tree may use. */
  readonly columnShare: number;
  readonly seed: string;
  /** Stops when the loss on these rows has not fallen for `patience` rounds, and keeps the best round. */
  readonly validation?: { readonly matrix: Matrix; readonly labels: Uint8Array; readonly patience: number };
}

/** Values that match the published figures on the synthetic set of 10,000 rows. */
export const GBDT_DEFAULTS = {
  rounds: 100,
  maxLeaves: 31,
  learningRate: 0.1,
  l2: 1,
  minChildHessian: 1,
  minChildRows: 20,
  columnShare: 1,
} as const satisfies Partial<GbdtOptions>;

/** A split must gain at least this, so that rounding noise grows no tree. */
const MIN_GAIN = 1e-9;
/** Per bin: gradient, hessian, rows. */
const CELL = 3;

/** Histogram gradient boosting, leaf-wise growth, log loss (Ke et al. 2017, Chen & Guestrin 2016). Labels are 0 or 1, both present. */
export function trainGbdt(matrix: Matrix, labels: Uint8Array, options: GbdtOptions): GbdtModel {
  const rng = createRng(options.seed);
  const binned = binMatrix(matrix);
  const n = matrix.rows;
  let positive = 0;
  for (const label of labels) positive += label;
  const baseMargin = Math.log(positive / (n - positive));
  const margins = new Float64Array(n).fill(baseMargin);
  const gradients = new Float64Array(n);
  const hessians = new Float64Array(n);
  const trees: Tree[] = [];
  /** Histograms of finished trees, used again: allocating them anew costs more than filling them. */
  const pool: Float64Array[] = [];
  const monitor = options.validation === undefined ? null : createMonitor(options.validation, baseMargin);
  for (let round = 0; round < options.rounds; round++) {
    for (let i = 0; i < n; i++) {
      const p = sigmoid(margins[i] as number);
      gradients[i] = p - (labels[i] as number);
      hessians[i] = Math.max(1e-16, p * (1 - p));
    }
    const tree = growTree(binned, gradients, hessians, margins, options, rng, pool);
    if (tree === null) break;
    trees.push(tree);
    if (monitor?.isExhausted(tree) === true) break;
  }
  return { baseMargin, trees: monitor === null ? trees : trees.slice(0, monitor.bestRounds()) };
}

/** Margin (log-odds) of one row; NaN is missing. */
export function gbdtMargin(model: GbdtModel, row: ArrayLike<number>): number {
  let margin = model.baseMargin;
  for (const tree of model.trees) margin += treeValue(tree, row);
  return margin;
}

function treeValue(tree: Tree, row: ArrayLike<number>): number {
  let node = 0;
  for (;;) {
    const feature = tree.feature[node] as number;
    if (feature < 0) return tree.value[node] as number;
    const value = row[feature] as number;
    const goesLeft = Number.isNaN(value) ? (tree.missingLeft[node] as boolean) : value <= (tree.threshold[node] as number);
    node = (goesLeft ? tree.left[node] : tree.right[node]) as number;
  }
}

function createMonitor(validation: NonNullable<GbdtOptions["validation"]>, baseMargin: number) {
  const { matrix, labels, patience } = validation;
  const margins = new Float64Array(matrix.rows).fill(baseMargin);
  const row = new Float64Array(matrix.columns);
  const lossNow = (): number => {
    let loss = 0;
    for (let i = 0; i < margins.length; i++) {
      const m = labels[i] === 1 ? (margins[i] as number) : -(margins[i] as number);
      loss += m > 0 ? Math.log1p(Math.exp(-m)) : Math.log1p(Math.exp(m)) - m;
    }
    return loss;
  };
  let rounds = 0;
  let best = 0;
  let bestLoss = lossNow();
  return {
    bestRounds: () => best,
    isExhausted(tree: Tree): boolean {
      for (let i = 0; i < matrix.rows; i++) {
        for (let c = 0; c < matrix.columns; c++) row[c] = matrix.values[c * matrix.rows + i] as number;
        margins[i] = (margins[i] as number) + treeValue(tree, row);
      }
      rounds++;
      const loss = lossNow();
      if (loss < bestLoss) {
        bestLoss = loss;
        best = rounds;
      }
      return rounds - best >= patience;
    },
  };
}

interface Split {
  readonly gain: number;
  readonly feature: number;
  /** Last bin that goes left. */
  readonly bin: number;
  readonly missingLeft: boolean;
}

interface Leaf {
  readonly node: number;
  /** Rows are `order[start..end)`. */
  readonly start: number;
  readonly end: number;
  readonly gradient: number;
  readonly hessian: number;
  readonly histogram: Float64Array;
  readonly split: Split | null;
}

/** Grows one tree and adds its values to `margins`; null when no split gains anything. */
function growTree(
  binned: BinnedMatrix,
  gradients: Float64Array,
  hessians: Float64Array,
  margins: Float64Array,
  options: GbdtOptions,
  rng: Rng,
  pool: Float64Array[],
): Tree | null {
  const { rows, columns, codes, edges, offsets } = binned;
  const order = new Int32Array(rows);
  for (let i = 0; i < rows; i++) order[i] = i;
  const scratch = new Int32Array(rows);
  const usable = chooseColumns(columns, options.columnShare, rng);
  const takeHistogram = (): Float64Array => pool.pop() ?? new Float64Array((offsets[columns] as number) * CELL);
  const tree = {
    feature: [] as number[],
    threshold: [] as number[],
    missingLeft: [] as boolean[],
    left: [] as number[],
    right: [] as number[],
    value: [] as number[],
    cover: [] as number[],
  };

  const addNode = (gradient: number, hessian: number): number => {
    tree.feature.push(-1);
    tree.threshold.push(0);
    tree.missingLeft.push(false);
    tree.left.push(-1);
    tree.right.push(-1);
    tree.value.push((-options.learningRate * gradient) / (hessian + options.l2));
    tree.cover.push(hessian);
    return tree.feature.length - 1;
  };
  const makeLeaf = (start: number, end: number, gradient: number, hessian: number, histogram: Float64Array): Leaf => ({
    node: addNode(gradient, hessian),
    start,
    end,
    gradient,
    hessian,
    histogram,
    split: bestSplit(histogram, offsets, usable, gradient, hessian, end - start, options),
  });

  const root = takeHistogram().fill(0);
  fillHistogram(root, codes, offsets, order, 0, rows, gradients, hessians);
  let gradient = 0;
  let hessian = 0;
  for (let i = 0; i < rows; i++) {
    gradient += gradients[i] as number;
    hessian += hessians[i] as number;
  }
  const leaves: Leaf[] = [makeLeaf(0, rows, gradient, hessian, root)];
  while (leaves.length < options.maxLeaves) {
    let chosen = -1;
    let bestGain = MIN_GAIN;
    leaves.forEach((leaf, i) => {
      if (leaf.split !== null && leaf.split.gain > bestGain) {
        bestGain = leaf.split.gain;
        chosen = i;
      }
    });
    const leaf = leaves[chosen];
    if (leaf?.split == null) break;
    const { feature, bin, missingLeft } = leaf.split;

    const write = partitionRows(order, scratch, leaf.start, leaf.end, codes, columns, feature, bin, missingLeft);
    let leftGradient = 0;
    let leftHessian = 0;
    for (let i = leaf.start; i < write; i++) {
      const row = order[i] as number;
      leftGradient += gradients[row] as number;
      leftHessian += hessians[row] as number;
    }

    // The smaller child is counted, the other is the parent less it.
    const small = takeHistogram().fill(0);
    const large = leaf.histogram;
    const leftIsSmall = write - leaf.start <= leaf.end - write;
    const [from, to] = leftIsSmall ? [leaf.start, write] : [write, leaf.end];
    fillHistogram(small, codes, offsets, order, from, to, gradients, hessians);
    subtract(large, small);
    const [leftHistogram, rightHistogram] = leftIsSmall ? [small, large] : [large, small];

    const left = makeLeaf(leaf.start, write, leftGradient, leftHessian, leftHistogram);
    const right = makeLeaf(write, leaf.end, leaf.gradient - leftGradient, leaf.hessian - leftHessian, rightHistogram);
    tree.feature[leaf.node] = feature;
    tree.threshold[leaf.node] = edges[feature]?.[bin - 1] ?? Number.MAX_VALUE;
    tree.missingLeft[leaf.node] = missingLeft;
    tree.left[leaf.node] = left.node;
    tree.right[leaf.node] = right.node;
    leaves.splice(chosen, 1, left, right);
  }
  for (const leaf of leaves) pool.push(leaf.histogram);
  if (leaves.length === 1) return null;
  for (const leaf of leaves) {
    const value = tree.value[leaf.node] as number;
    for (let i = leaf.start; i < leaf.end; i++) {
      const row = order[i] as number;
      margins[row] = (margins[row] as number) + value;
    }
  }
  return tree;
}

/** Moves the rows that go left to the front, both sides in their order: equal input gives equal floating sums. Returns where the right begins. */
function partitionRows(
  order: Int32Array,
  scratch: Int32Array,
  start: number,
  end: number,
  codes: Uint8Array,
  columns: number,
  feature: number,
  bin: number,
  missingLeft: boolean,
): number {
  let write = start;
  let spilled = 0;
  for (let i = start; i < end; i++) {
    const row = order[i] as number;
    const code = codes[row * columns + feature] as number;
    if (code === MISSING_BIN ? missingLeft : code <= bin) order[write++] = row;
    else scratch[spilled++] = row;
  }
  order.set(scratch.subarray(0, spilled), write);
  return write;
}

function subtract(from: Float64Array, what: Float64Array): void {
  for (let i = 0; i < from.length; i++) from[i] = (from[i] as number) - (what[i] as number);
}

function chooseColumns(columns: number, share: number, rng: Rng): Int32Array {
  const all = Int32Array.from({ length: columns }, (_, i) => i);
  const count = Math.max(1, Math.ceil(columns * share));
  if (count >= columns) return all;
  for (let i = 0; i < count; i++) {
    const j = i + rng.int(columns - i);
    const swapped = all[i] as number;
    all[i] = all[j] as number;
    all[j] = swapped;
  }
  return all.slice(0, count).sort();
}

function fillHistogram(
  histogram: Float64Array,
  codes: Uint8Array,
  offsets: Int32Array,
  order: Int32Array,
  start: number,
  end: number,
  gradients: Float64Array,
  hessians: Float64Array,
): void {
  const columns = offsets.length - 1;
  for (let i = start; i < end; i++) {
    const row = order[i] as number;
    const g = gradients[row] as number;
    const h = hessians[row] as number;
    const offset = row * columns;
    for (let c = 0; c < columns; c++) {
      const cell = ((offsets[c] as number) + (codes[offset + c] as number)) * CELL;
      histogram[cell] = (histogram[cell] as number) + g;
      histogram[cell + 1] = (histogram[cell + 1] as number) + h;
      histogram[cell + 2] = (histogram[cell + 2] as number) + 1;
    }
  }
}

/** The best cut over all columns and bins, trying the missing rows on both sides. */
function bestSplit(
  histogram: Float64Array,
  offsets: Int32Array,
  usable: Int32Array,
  gradient: number,
  hessian: number,
  rows: number,
  options: GbdtOptions,
): Split | null {
  const { l2, minChildHessian, minChildRows } = options;
  if (rows < 2 * minChildRows) return null;
  const parent = (gradient * gradient) / (hessian + l2);
  let bestGain = MIN_GAIN;
  let best: Split | null = null;
  for (const feature of usable) {
    const base = (offsets[feature] as number) * CELL;
    const missingRows = histogram[base + 2] as number;
    const lastBin = (offsets[feature + 1] as number) - (offsets[feature] as number) - 1;
    for (const missingLeft of missingRows > 0 ? [false, true] : [false]) {
      let leftGradient = missingLeft ? (histogram[base] as number) : 0;
      let leftHessian = missingLeft ? (histogram[base + 1] as number) : 0;
      let leftRows = missingLeft ? missingRows : 0;
      // With the missing rows on the right alone, "all values left" is a split of its own.
      const stop = missingRows > 0 && !missingLeft ? lastBin : lastBin - 1;
      for (let bin = 1; bin <= stop; bin++) {
        const cell = base + bin * CELL;
        leftGradient += histogram[cell] as number;
        leftHessian += histogram[cell + 1] as number;
        leftRows += histogram[cell + 2] as number;
        if (leftRows < minChildRows || leftHessian < minChildHessian) continue;
        const rightHessian = hessian - leftHessian;
        if (rows - leftRows < minChildRows || rightHessian < minChildHessian) break;
        const rightGradient = gradient - leftGradient;
        const gain = (leftGradient * leftGradient) / (leftHessian + l2) + (rightGradient * rightGradient) / (rightHessian + l2) - parent;
        if (gain > bestGain) {
          bestGain = gain;
          best = { gain, feature, bin, missingLeft };
        }
      }
    }
  }
  return best;
}
