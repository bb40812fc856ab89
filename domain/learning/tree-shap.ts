import type { Forest } from "./forest.ts";

/** SHAP values of one row on the margin: `base` + the sum of `values` is the row's margin. */
export interface ShapValues {
  /** Margin of a row of which nothing is known. */
  readonly base: number;
  /** One per column. */
  readonly values: Float64Array;
}

/**
 * Path-dependent TreeSHAP (Lundberg et al. 2020): the exact Shapley values of the game in which an
 * absent feature sends a row down both branches in proportion to their cover.
 *
 * A leaf with value v, reached over the features j with share z_j of the cover and o_j = 1 where the
 * row itself goes that way, gives feature i
 *     v (o_i - z_i) ∫₀¹ Π_{j≠i} (z_j (1 - t) + o_j t) dt,
 * since Shapley values are the integral of the game's multilinear extension along its diagonal (Owen
 * 1972). The integrand is a polynomial of at most depth - 1, so Gauss-Legendre quadrature with ⌈depth / 2⌉
 * nodes is exact, and its sums over leaves are shared by all edges above them: O(nodes × depth) a
 * tree, where the textbook recursion takes O(leaves × depth²).
 */
export function treeShap(forest: Forest, row: ArrayLike<number>, columns: number): ShapValues {
  const plan = planOf(forest);
  const n = plan.weights.length;
  const values = new Float64Array(columns);
  for (let tree = 0; tree < forest.roots.length; tree++) {
    const root = forest.roots[tree] as number;
    const end = forest.roots[tree + 1] ?? forest.feature.length;
    if (!plan.isWhole) fillFactors(forest, root, end, plan);
    findEdges(plan, row, tree, plan.isWhole ? root : 0);
    plan.gained.fill(0, 0, end - root);
    for (let k = 0; k < n; k++) {
      pushDown(plan, root, end, k);
      pullUp(plan, root, end, k);
    }
    for (let node = end - 1; node > root; node--) {
      const column = plan.columnAbove[node] as number;
      values[column] = (values[column] as number) + (plan.gained[node - root] as number);
    }
  }
  return { base: forest.mean, values };
}

/** The row goes along with an edge, or leaves its path there; or it had left before, by the same column. */
const ALONG = 0;
const LEAVES = 1;
const LEFT = 2;
const STATES = 3;
/**
 * Factors kept per model at most, in each of two tables: 8 MB together, some ten times what a trained model has. Those of a
 * larger model are computed anew, tree by tree.
 */
const MAX_KEPT_FACTORS = 2 ** 19;

/** What explaining needs of a forest whatever the row is, and room to work in. Nodes of one tree count from its root. */
interface Plan {
  readonly t: Float64Array;
  readonly weights: Float64Array;
  /** False when the tables hold one tree at a time. */
  readonly isWhole: boolean;
  /** What an edge makes of the product above it; see `cellOf`. */
  readonly factors: Float64Array;
  /** What an edge gives its column, for each unit of the sum below it. */
  readonly gains: Float64Array;
  readonly splits: Splits;
  /** Of every node: a leaf's margin or 0, the node above, and the column that splits there. */
  readonly leaf: Float64Array;
  readonly above: Int32Array;
  readonly columnAbove: Int32Array;
  /** Of the tree at hand: each edge's state, and where its factors and gains are. */
  readonly state: Uint8Array;
  readonly cells: Int32Array;
  /** Product of the factors on the path, times the quadrature weight. */
  readonly products: Float64Array;
  /** Sum over the leaves below of value times product. */
  readonly sums: Float64Array;
  /** What the edge gives its column. */
  readonly gained: Float64Array;
}

/** The nodes that split, tree after tree. */
interface Splits {
  /** Where each tree begins, and the end. */
  readonly starts: Int32Array;
  readonly column: Int32Array;
  readonly threshold: Float64Array;
  readonly missingLeft: Uint8Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** The nearest node at or above whose own edge splits by the same column; one past the widest tree when there is none. */
  readonly same: Int32Array;
}

const plans = new WeakMap<Forest, Plan>();

function planOf(forest: Forest): Plan {
  const known = plans.get(forest);
  if (known !== undefined) return known;
  const { feature, value, parent, roots, width, depth } = forest;
  const { nodes: t, weights } = quadrature(Math.max(1, Math.ceil(depth / 2)));
  const size = feature.length;
  const isWhole = STATES * t.length * size <= MAX_KEPT_FACTORS;
  const table = STATES * t.length * (isWhole ? size : width);
  const rootOf = new Int32Array(size);
  roots.forEach((root, tree) => void rootOf.fill(root, root, roots[tree + 1] ?? size));
  const plan: Plan = {
    t,
    weights,
    isWhole,
    factors: new Float64Array(table),
    gains: new Float64Array(table),
    splits: splitsOf(forest, rootOf),
    leaf: value.map((margin, node) => ((feature[node] as number) < 0 ? margin : 0)),
    above: parent.map((node, i) => (node < 0 ? 0 : node - (rootOf[i] as number))),
    columnAbove: parent.map((node) => (node < 0 ? 0 : (feature[node] as number))),
    // One more for `same`: what stands nowhere was not left.
    state: new Uint8Array(width + 1),
    cells: new Int32Array(width),
    products: new Float64Array(width),
    sums: new Float64Array(width),
    gained: new Float64Array(width),
  };
  if (isWhole) fillFactors(forest, 0, size, plan);
  plans.set(forest, plan);
  return plan;
}

function splitsOf({ roots, feature, threshold, missingLeft, left, right, sameAbove, width }: Forest, rootOf: Int32Array): Splits {
  const nodes = Int32Array.from(feature.keys()).filter((node) => (feature[node] as number) >= 0);
  const inTree = (node: number): number => node - (rootOf[node] as number);
  const starts = new Int32Array(roots.length + 1).fill(nodes.length);
  roots.forEach((root, tree) => {
    const start = nodes.findIndex((node) => node >= root);
    if (start >= 0) starts[tree] = start;
  });
  return {
    starts,
    column: nodes.map((node) => feature[node] as number),
    threshold: Float64Array.from(nodes, (node) => threshold[node] as number),
    missingLeft: Uint8Array.from(nodes, (node) => missingLeft[node] as number),
    left: nodes.map((node) => inTree(left[node] as number)),
    right: nodes.map((node) => inTree(right[node] as number)),
    same: nodes.map((node) => {
      const same = sameAbove[left[node] as number] as number;
      return same < 0 ? width : inTree(same);
    }),
  };
}

/**
 * Where the tables have what belongs to an edge, one number per quadrature node. What rarely counts stands apart, out of
 * the processor's way.
 */
function cellOf(node: number, state: number, nodes: number, n: number): number {
  return (state === LEFT ? 2 * nodes + node : 2 * node + state) * n;
}

/** Of the nodes from `from` to `end`. */
function fillFactors({ share, columnShare, sameAbove }: Forest, from: number, end: number, { t, factors, gains }: Plan): void {
  const n = t.length;
  const nodes = factors.length / (STATES * n);
  for (let node = from; node < end; node++) {
    const same = sameAbove[node] as number;
    const now = columnShare[node] as number;
    const before = same < 0 ? 1 : (columnShare[same] as number);
    const [goes, leaves, left] = [ALONG, LEAVES, LEFT].map((state) => cellOf(node - from, state, nodes, n)) as [number, number, number];
    for (let k = 0; k < n; k++) {
      const tk = t[k] as number;
      const along = now + (1 - now) * tk;
      const above = before + (1 - before) * tk;
      // What an edge of the same column above adds for these leaves is taken back.
      const back = (1 - before) / above;
      factors[goes + k] = along / above;
      gains[goes + k] = (1 - now) / along - back;
      factors[leaves + k] = (now * (1 - tk)) / above;
      gains[leaves + k] = -1 / (1 - tk) - back;
      // Where the row had left the path by this column before, the edge above accounts for all of it.
      factors[left + k] = share[node] as number;
      gains[left + k] = 0;
    }
  }
}

/** Which way the row goes at every node of a tree. That is a coin toss to the processor: numbers, not branches, tell. */
function findEdges({ weights, factors, splits, state, cells }: Plan, row: ArrayLike<number>, tree: number, shift: number): void {
  const { starts, column, threshold, missingLeft, left, right, same } = splits;
  const n = weights.length;
  const nodes = factors.length / (STATES * n);
  const end = starts[tree + 1] as number;
  for (let split = starts[tree] as number; split < end; split++) {
    const toLeft = left[split] as number;
    const toRight = right[split] as number;
    if (state[same[split] as number] !== ALONG) {
      state[toLeft] = LEFT;
      state[toRight] = LEFT;
      cells[toLeft] = cellOf(shift + toLeft, LEFT, nodes, n);
      cells[toRight] = cellOf(shift + toRight, LEFT, nodes, n);
      continue;
    }
    const x = row[column[split] as number] as number;
    const goesLeft = Number(x <= (threshold[split] as number)) | (Number(Number.isNaN(x)) & (missingLeft[split] as number));
    state[toLeft] = 1 - goesLeft;
    state[toRight] = goesLeft;
    cells[toLeft] = (2 * (shift + toLeft) + 1 - goesLeft) * n;
    cells[toRight] = (2 * (shift + toRight) + goesLeft) * n;
  }
}

/** From the root to the leaves. Parents come first, so that a loop over the nodes does. */
function pushDown({ weights, factors, leaf, above, cells, products, sums }: Plan, root: number, end: number, k: number): void {
  const weight = weights[k] as number;
  products[0] = weight;
  sums[0] = (leaf[root] as number) * weight;
  for (let node = root + 1, i = 1; node < end; node++, i++) {
    const product = (products[above[node] as number] as number) * (factors[(cells[i] as number) + k] as number);
    products[i] = product;
    sums[i] = (leaf[node] as number) * product;
  }
}

/** From the leaves to the root. */
function pullUp({ gains, above, cells, sums, gained }: Plan, root: number, end: number, k: number): void {
  for (let node = end - 1, i = node - root; i > 0; node--, i--) {
    const sum = sums[i] as number;
    const into = above[node] as number;
    sums[into] = (sums[into] as number) + sum;
    gained[i] = (gained[i] as number) + sum * (gains[(cells[i] as number) + k] as number);
  }
}

interface Quadrature {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

const rules = new Map<number, Quadrature>();

/** Gauss-Legendre nodes and weights on 0 to 1, by Newton's method on the Legendre polynomial. */
export function quadrature(n: number): Quadrature {
  const known = rules.get(n);
  if (known !== undefined) return known;
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step++) {
      let [previous, current] = [1, x];
      for (let degree = 2; degree <= n; degree++) {
        [previous, current] = [current, ((2 * degree - 1) * x * current - (degree - 1) * previous) / degree];
      }
      slope = (n * (x * current - previous)) / (x * x - 1);
      const move = current / slope;
      x -= move;
      if (Math.abs(move) < 1e-15) break;
    }
    nodes[i] = (1 - x) / 2;
    weights[i] = 1 / ((1 - x * x) * slope * slope);
  }
  const rule = { nodes, weights };
  rules.set(n, rule);
  return rule;
}
