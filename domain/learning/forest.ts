import type { GbdtModel } from "./gbdt.ts";

/** All trees of a model in flat arrays: one cache line instead of seven objects per node. */
export interface Forest {
  readonly baseMargin: number;
  /** Index of each tree's root. */
  readonly roots: Int32Array;
  /** Column that a node splits by; -1 for a leaf. */
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** 1 when a missing value goes left. */
  readonly missingLeft: Uint8Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** A leaf's margin. */
  readonly value: Float64Array;
  /** Of the edge into a node: the node above (-1 for a root) and the share of its cover that came along. */
  readonly parent: Int32Array;
  readonly share: Float64Array;
  /** The share merged with those of all edges above that split by the same column. */
  readonly columnShare: Float64Array;
  /** The nearest node above whose own edge splits by the same column; -1 when there is none. */
  readonly sameAbove: Int32Array;
  /** Margin of a row of which nothing is known: every leaf in proportion to its cover. */
  readonly mean: number;
  /** Nodes of the largest tree. */
  readonly width: number;
  /** Longest path, in edges. */
  readonly depth: number;
  /** One more than the last column that is split by. */
  readonly columns: number;
}

/** Flattens a model. Its trees must be trees whose children come after their parents, as the model file's check demands. */
export function compileForest({ baseMargin, trees }: GbdtModel): Forest {
  const size = trees.reduce((sum, tree) => sum + tree.feature.length, 0);
  const forest = {
    baseMargin,
    roots: new Int32Array(trees.length),
    feature: new Int32Array(size),
    threshold: new Float64Array(size),
    missingLeft: new Uint8Array(size),
    left: new Int32Array(size),
    right: new Int32Array(size),
    value: new Float64Array(size),
    parent: new Int32Array(size).fill(-1),
    share: new Float64Array(size).fill(1),
    columnShare: new Float64Array(size).fill(1),
    sameAbove: new Int32Array(size).fill(-1),
  };
  const depths = new Int32Array(size);
  const reaches = new Float64Array(size).fill(1);
  let offset = 0;
  let mean = baseMargin;
  trees.forEach((tree, t) => {
    forest.roots[t] = offset;
    for (let node = 0; node < tree.feature.length; node++) {
      const at = offset + node;
      const feature = tree.feature[node] as number;
      forest.feature[at] = feature;
      forest.value[at] = tree.value[node] as number;
      if (feature < 0) {
        mean += (reaches[at] as number) * (tree.value[node] as number);
        continue;
      }
      const [left, right] = [tree.left[node] as number, tree.right[node] as number];
      const leftShare = shareOf(tree.cover[left] as number, tree.cover[right] as number);
      forest.threshold[at] = tree.threshold[node] as number;
      forest.missingLeft[at] = tree.missingLeft[node] === true ? 1 : 0;
      forest.left[at] = offset + left;
      forest.right[at] = offset + right;
      const sameAbove = nearestSplit(forest, at, feature);
      for (const [child, share] of [[offset + left, leftShare] as const, [offset + right, 1 - leftShare] as const]) {
        forest.parent[child] = at;
        forest.share[child] = share;
        forest.sameAbove[child] = sameAbove;
        forest.columnShare[child] = share * (sameAbove < 0 ? 1 : (forest.columnShare[sameAbove] as number));
        depths[child] = (depths[at] as number) + 1;
        reaches[child] = (reaches[at] as number) * share;
      }
    }
    offset += tree.feature.length;
  });
  return {
    ...forest,
    depth: depths.reduce((most, depth) => Math.max(most, depth), 0),
    mean,
    columns: forest.feature.reduce((most, column) => Math.max(most, column + 1), 0),
    width: trees.reduce((most, tree) => Math.max(most, tree.feature.length), 0),
  };
}

/** The nearest node at or above `node` whose own edge splits by `column`. */
function nearestSplit({ parent, feature }: Pick<Forest, "parent" | "feature">, node: number, column: number): number {
  for (let at = node; ; ) {
    const above = parent[at] as number;
    if (above < 0) return -1;
    if (feature[above] === column) return at;
    at = above;
  }
}

/** Of the children's cover, not the parent's: rounded figures need not add up, and shares must. */
function shareOf(left: number, right: number): number {
  const both = left + right;
  return both > 0 ? left / both : 0.5;
}

/** Margin (log-odds) of one row; NaN is missing. Sums in the trees' order, as training does. */
export function forestMargin(forest: Forest, row: ArrayLike<number>): number {
  const { roots, feature, threshold, missingLeft, left, right, value, baseMargin } = forest;
  let margin = baseMargin;
  for (let t = 0; t < roots.length; t++) {
    let node = roots[t] as number;
    for (let column = feature[node] as number; column >= 0; column = feature[node] as number) {
      const x = row[column] as number;
      const goesLeft = !Number.isNaN(x) ? x <= (threshold[node] as number) : missingLeft[node] === 1;
      node = (goesLeft ? left[node] : right[node]) as number;
    }
    margin += value[node] as number;
  }
  return margin;
}
