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
  const values = new Float64Array(columns);
  for (let tree = 0; tree < forest.roots.length; tree++) {
    const root = forest.roots[tree] as number;
    const end = forest.roots[tree + 1] ?? forest.feature.length;
    pushDown(plan, row, tree, root);
    plan.gained.fill(0, 0, end - root);
    for (let k = 0; k < plan.weights.length; k++) pullUp(plan, root, end, k);
    for (let node = end - 1; node > root; node--) {
      const column = plan.columnAbove[node] as number;
      values[column] = (values[column] as number) + (plan.gained[node - root] as number);
    }
  }
  return { base: forest.mean, values };
}

/** What explaining needs of a forest whatever the row is, and room to work in. Nodes of one tree count from its root. */
interface Plan {
  readonly t: Float64Array;
  readonly weights: Float64Array;
  /** What an edge where the row leaves its path gives, if no edge above splits by its column. */
  readonly away: Float64Array;
  /** Nodes of the largest tree. */
  readonly width: number;
  readonly splits: Splits;
  /** Of every node: a leaf's margin or 0, the node above, the column that splits there, and the shares of the edge. */
  readonly leaf: Float64Array;
  readonly above: Int32Array;
  readonly columnAbove: Int32Array;
  readonly share: Float64Array;
  readonly columnShare: Float64Array;
  /** Of the tree at hand: 1 when the row goes along with every edge of this edge's column on the path. */
  readonly along: Uint8Array;
  /** For each quadrature node, `width` apart: product of the factors on the path, times the weight. */
  readonly products: Float64Array;
  /** As far apart: what the edge gives its column for each unit of the sum below it. */
  readonly gains: Float64Array;
  /** Sum over the leaves below of value times product; all 0 between two uses. */
  readonly sums: Float64Array;
  /** What the edge gives its column. */
  readonly gained: Float64Array;
}

/** The nodes that split, tree after tree. */
interface Splits {
  /** Where each tree begins, and the end. */
  readonly starts: Int32Array;
  readonly node: Int32Array;
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
  const { feature, value, parent, roots, width, depth, share, columnShare } = forest;
  const { nodes: t, weights } = quadrature(Math.max(1, Math.ceil(depth / 2)));
  const rootOf = new Int32Array(feature.length);
  roots.forEach((root, tree) => void rootOf.fill(root, root, roots[tree + 1] ?? feature.length));
  const plan: Plan = {
    t,
    weights,
    away: t.map((tk) => -1 / (1 - tk)),
    width,
    splits: splitsOf(forest, rootOf),
    leaf: value.map((margin, node) => ((feature[node] as number) < 0 ? margin : 0)),
    above: parent.map((node, i) => (node < 0 ? 0 : node - (rootOf[i] as number))),
    columnAbove: parent.map((node) => (node < 0 ? 0 : (feature[node] as number))),
    share,
    columnShare,
    // One more for `same`: with no edge the row goes along.
    along: new Uint8Array(width + 1).fill(1),
    products: new Float64Array(width * t.length),
    gains: new Float64Array(width * t.length),
    sums: new Float64Array(width),
    gained: new Float64Array(width),
  };
  plans.set(forest, plan);
  return plan;
}

function splitsOf({ roots, feature, threshold, missingLeft, left, right, sameAbove, width }: Forest, rootOf: Int32Array): Splits {
  const nodes = Int32Array.from(feature.keys()).filter((node) => (feature[node] as number) >= 0);
  const inTree = (node: number): number => node - (rootOf[node] as number);
  const starts = new Int32Array(roots.length + 1).fill(nodes.length);
  for (let tree = 0, split = 0; tree < roots.length; tree++) {
    while (split < nodes.length && (nodes[split] as number) < (roots[tree] as number)) split++;
    starts[tree] = split;
  }
  return {
    starts,
    node: nodes.map(inTree),
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
 * From the root to the leaves. Parents come first, so that a loop over the splits does: of the two edges below each, one goes
 * on with the row and one leaves it. Which is which is a coin toss to the processor, so that a number and no branch tells.
 */
function pushDown(plan: Plan, row: ArrayLike<number>, tree: number, root: number): void {
  const { t, weights, away, width, splits, share, columnShare, along, products, gains } = plan;
  const { starts, node, column, threshold, missingLeft, left, right, same } = splits;
  const cells = width * t.length;
  const end = starts[tree + 1] as number;
  for (let k = 0; k < t.length; k++) products[k * width] = weights[k] as number;
  for (let split = starts[tree] as number; split < end; split++) {
    const from = node[split] as number;
    const toLeft = left[split] as number;
    const toRight = right[split] as number;
    const other = same[split] as number;
    if (along[other] === 0) {
      // The row had left the path by this column before: the edge there accounts for all of it.
      along[toLeft] = 0;
      along[toRight] = 0;
      for (let cell = 0; cell < cells; cell += width) {
        const product = products[cell + from] as number;
        products[cell + toLeft] = product * (share[root + toLeft] as number);
        products[cell + toRight] = product * (share[root + toRight] as number);
        gains[cell + toLeft] = 0;
        gains[cell + toRight] = 0;
      }
      continue;
    }
    const x = row[column[split] as number] as number;
    const goesLeft = Number(x <= (threshold[split] as number)) | (Number(Number.isNaN(x)) & (missingLeft[split] as number));
    const goes = toRight ^ ((toLeft ^ toRight) & -goesLeft);
    const leaves = goes ^ toLeft ^ toRight;
    along[goes] = 1;
    along[leaves] = 0;
    const now = columnShare[root + goes] as number;
    const rest = columnShare[root + leaves] as number;
    if (other === width) {
      for (let k = 0, cell = 0; cell < cells; k++, cell += width) {
        const product = products[cell + from] as number;
        const factor = now + (1 - now) * (t[k] as number);
        products[cell + goes] = product * factor;
        gains[cell + goes] = (1 - now) / factor;
        products[cell + leaves] = product * (rest * (1 - (t[k] as number)));
        gains[cell + leaves] = away[k] as number;
      }
      continue;
    }
    const before = columnShare[root + other] as number;
    for (let k = 0, cell = 0; cell < cells; k++, cell += width) {
      const product = products[cell + from] as number;
      const tk = t[k] as number;
      const factor = now + (1 - now) * tk;
      // What an edge of the same column above adds for these leaves is taken back.
      const above = before + (1 - before) * tk;
      const back = (1 - before) / above;
      products[cell + goes] = product * (factor / above);
      gains[cell + goes] = (1 - now) / factor - back;
      products[cell + leaves] = product * ((rest * (1 - tk)) / above);
      gains[cell + leaves] = (away[k] as number) - back;
    }
  }
}

/** From the leaves to the root. */
function pullUp({ width, products, gains, leaf, above, sums, gained }: Plan, root: number, end: number, k: number): void {
  for (let node = end - 1, i = node - root, cell = k * width + i; i > 0; node--, i--, cell--) {
    const sum = (sums[i] as number) + (leaf[node] as number) * (products[cell] as number);
    sums[i] = 0;
    const into = above[node] as number;
    sums[into] = (sums[into] as number) + sum;
    gained[i] = (gained[i] as number) + sum * (gains[cell] as number);
  }
  sums[0] = 0;
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
