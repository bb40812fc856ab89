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
  const { nodes: t, weights } = quadrature(Math.max(1, Math.ceil(forest.depth / 2)));
  const values = new Float64Array(columns);
  const scratch: Scratch = {
    products: new Float64Array(forest.width * t.length),
    sums: new Float64Array(forest.width * t.length),
    along: new Uint8Array(forest.width),
  };
  for (let tree = 0; tree < forest.roots.length; tree++) {
    const root = forest.roots[tree] as number;
    const end = forest.roots[tree + 1] ?? forest.feature.length;
    pushDown(forest, row, root, end, t, weights, scratch);
    pullUp(forest, root, end, t, scratch, values);
  }
  return { base: forest.mean, values };
}

/** Per node of one tree, counted from its root; `products` and `sums` have one cell per quadrature node. */
interface Scratch {
  /** Product of the factors of the columns on the path, times the quadrature weight. */
  readonly products: Float64Array;
  /** Sum over the leaves below of value times product. */
  readonly sums: Float64Array;
  /** 1 when the row goes along with every edge of this edge's column on the path. */
  readonly along: Uint8Array;
}

/** From the root to the leaves. Parents come first, so that a loop over the nodes does. */
function pushDown(
  { feature, threshold, missingLeft, left, value, parent, share, columnShare, sameAbove }: Forest,
  row: ArrayLike<number>,
  root: number,
  end: number,
  t: Float64Array,
  weights: Float64Array,
  { products, sums, along }: Scratch,
): void {
  const n = t.length;
  for (let node = root; node < end; node++) {
    const at = (node - root) * n;
    const above = parent[node] as number;
    if (above < 0) {
      for (let k = 0; k < n; k++) products[at + k] = weights[k] as number;
    } else {
      const from = (above - root) * n;
      const x = row[feature[above] as number] as number;
      const goesLeft = !Number.isNaN(x) ? x <= (threshold[above] as number) : missingLeft[above] === 1;
      const goes = goesLeft === (left[above] === node);
      const same = sameAbove[node] as number;
      const wasAlong = same < 0 || along[same - root] === 1;
      along[node - root] = goes && wasAlong ? 1 : 0;
      const now = columnShare[node] as number;
      const before = same < 0 ? 1 : (columnShare[same] as number);
      if (!wasAlong) {
        const factor = share[node] as number;
        for (let k = 0; k < n; k++) products[at + k] = (products[from + k] as number) * factor;
      } else if (same < 0) {
        for (let k = 0; k < n; k++) {
          const tk = t[k] as number;
          products[at + k] = (products[from + k] as number) * (goes ? now + (1 - now) * tk : now * (1 - tk));
        }
      } else {
        for (let k = 0; k < n; k++) {
          const tk = t[k] as number;
          const factor = (goes ? now + (1 - now) * tk : now * (1 - tk)) / (before + (1 - before) * tk);
          products[at + k] = (products[from + k] as number) * factor;
        }
      }
    }
    const leaf = (feature[node] as number) < 0 ? (value[node] as number) : 0;
    for (let k = 0; k < n; k++) sums[at + k] = leaf * (products[at + k] as number);
  }
}

/** From the leaves to the root, adding what each edge gives its column. */
function pullUp(
  { feature, parent, columnShare, sameAbove }: Forest,
  root: number,
  end: number,
  t: Float64Array,
  { sums, along }: Scratch,
  values: Float64Array,
): void {
  const n = t.length;
  const away = t.map((tk) => -1 / (1 - tk));
  for (let node = end - 1; node > root; node--) {
    const at = (node - root) * n;
    const above = parent[node] as number;
    const into = (above - root) * n;
    const same = sameAbove[node] as number;
    const goes = along[node - root] === 1;
    const now = columnShare[node] as number;
    const before = same < 0 ? 1 : (columnShare[same] as number);
    // Where the row had left the path by this column before, the edge above accounts for all of it.
    const isNew = same < 0 || along[same - root] === 1;
    let gained = 0;
    for (let k = 0; k < n; k++) {
      const tk = t[k] as number;
      const sum = sums[at + k] as number;
      sums[into + k] = (sums[into + k] as number) + sum;
      if (!isNew) continue;
      const mine = goes ? (1 - now) / (now + (1 - now) * tk) : (away[k] as number);
      // What an edge of the same column above adds for these leaves is taken back.
      gained += sum * (same < 0 ? mine : mine - (1 - before) / (before + (1 - before) * tk));
    }
    if (isNew) {
      const column = feature[above] as number;
      values[column] = (values[column] as number) + gained;
    }
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
