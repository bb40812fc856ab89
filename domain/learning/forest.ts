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

/** A margin as a function of one column: constant up to and including each break, then the next one. */
export interface MarginSteps {
  /** Ascending, each once. */
  readonly breaks: Float64Array;
  /** One more than breaks: `margins[i]` holds up to `breaks[i]`. */
  readonly margins: Float64Array;
}

/** One row's way through the forest. */
export interface RowPaths {
  readonly row: Float64Array;
  readonly margin: number;
  /** What each tree adds. */
  readonly leaves: Float64Array;
  /** The nodes that the row passes but for the leaf and what they split by, `depth` places a tree, and how many are taken. */
  readonly nodes: Int32Array;
  readonly splits: Int32Array;
  readonly lengths: Uint8Array;
  /**
   * Lists of the places with a column's first split in a tree: no tree without one can change with the column. `heads` has
   * each column's first entry, `later` the one after an entry; entry 0 is the end.
   */
  readonly heads: Int32Array;
  readonly later: Int32Array;
  readonly places: Int32Array;
}

/** Walks the forest once, for any number of `forestSteps` of the same row. */
export function forestPaths(forest: Forest, row: ArrayLike<number>): RowPaths {
  const { roots, depth } = forest;
  const paths = {
    row: new Float64Array(row),
    leaves: new Float64Array(roots.length),
    nodes: new Int32Array(roots.length * depth),
    splits: new Int32Array(roots.length * depth),
    lengths: new Uint8Array(roots.length),
  };
  for (let tree = 0; tree < roots.length; tree++) walk(forest, paths, tree, roots[tree] as number, 0);
  return listSplits(forest, paths);
}

/** The way of the same row with another value in `column`: only trees that split by it where the row passes are walked anew. */
export function changePaths(forest: Forest, known: RowPaths, column: number, value: number): RowPaths {
  const { row, leaves, nodes, splits, lengths } = known;
  const paths = { row: row.slice(), leaves: leaves.slice(), nodes: nodes.slice(), splits: splits.slice(), lengths: lengths.slice() };
  paths.row[column] = value;
  for (let entry = known.heads[column] ?? 0; entry !== 0; entry = known.later[entry] as number) {
    const place = known.places[entry] as number;
    const tree = Math.floor(place / forest.depth);
    walk(forest, paths, tree, nodes[place] as number, place - tree * forest.depth);
  }
  return listSplits(forest, paths);
}

type Walks = Pick<RowPaths, "row" | "leaves" | "nodes" | "splits" | "lengths">;

/** From a node that is `length` splits below the root to the leaf. */
function walk(forest: Forest, { row, leaves, nodes, splits, lengths }: Walks, tree: number, from: number, length: number): void {
  const { feature, threshold, missingLeft, left, right, value, depth } = forest;
  let node = from;
  let place = tree * depth + length;
  for (let column = feature[node] as number; column >= 0; column = feature[node] as number) {
    nodes[place] = node;
    splits[place++] = column;
    const x = row[column] as number;
    const goesLeft = !Number.isNaN(x) ? x <= (threshold[node] as number) : missingLeft[node] === 1;
    node = (goesLeft ? left[node] : right[node]) as number;
  }
  lengths[tree] = place - tree * depth;
  leaves[tree] = value[node] as number;
}

function listSplits({ baseMargin, depth, columns }: Forest, walks: Walks): RowPaths {
  const { leaves, splits, lengths } = walks;
  const [later, places] = [new Int32Array(splits.length + 1), new Int32Array(splits.length + 1)];
  const [heads, tails] = [new Int32Array(columns), new Int32Array(columns)];
  let last = 0;
  let margin = baseMargin;
  for (let tree = 0; tree < lengths.length; tree++) {
    margin += leaves[tree] as number;
    const start = tree * depth;
    const end = start + (lengths[tree] as number);
    for (let place = start; place < end; place++) {
      const column = splits[place] as number;
      const tail = tails[column] as number;
      // A later split of the same tree.
      if (tail !== 0 && (places[tail] as number) >= start) continue;
      last++;
      places[last] = place;
      if (tail === 0) heads[column] = last;
      else later[tail] = last;
      tails[column] = last;
    }
  }
  return { ...walks, margin, heads, later, places };
}

/** Room to work in that every call of `forestSteps` uses again. */
const scratch = {
  /** Where the margin changes, ascending, and by how much. */
  places: new Float64Array(64),
  deltas: new Float64Array(64),
  /** Subtrees still to be walked, and the values of the column between which they are reached. */
  nodes: new Int32Array(0),
  above: new Float64Array(0),
  upTo: new Float64Array(0),
};

/** The forest's margin as `column` alone varies over all numbers, the rest of the row staying as it is. */
export function forestSteps(forest: Forest, paths: RowPaths, column: number): MarginSteps {
  const { row, margin, leaves, nodes, heads, later, places } = paths;
  const { feature, threshold, missingLeft, left, right, value, depth } = forest;
  if (scratch.nodes.length <= depth) {
    scratch.nodes = new Int32Array(depth + 1);
    scratch.above = new Float64Array(depth + 1);
    scratch.upTo = new Float64Array(depth + 1);
  }
  const { nodes: pending, above, upTo } = scratch;
  let count = 0;
  // What the other trees say does not depend on the column: take the row's margin and put these trees in anew.
  let start = margin;
  for (let entry = heads[column] ?? 0; entry !== 0; entry = later[entry] as number) {
    const first = places[entry] as number;
    pending[0] = nodes[first] as number;
    above[0] = Number.NEGATIVE_INFINITY;
    upTo[0] = Number.POSITIVE_INFINITY;
    let before = Number.NaN;
    let place = Number.NaN;
    // The leaves that the row can reach as the column rises, in that order.
    for (let open = 1; open > 0; ) {
      open--;
      let node = pending[open] as number;
      const from = above[open] as number;
      let to = upTo[open] as number;
      for (let split = feature[node] as number; split >= 0; split = feature[node] as number) {
        const bound = threshold[node] as number;
        let goesLeft: boolean;
        if (split !== column) {
          const x = row[split] as number;
          goesLeft = !Number.isNaN(x) ? x <= bound : missingLeft[node] === 1;
        } else if (bound <= from) goesLeft = false;
        else {
          goesLeft = true;
          if (bound < to) {
            pending[open] = right[node] as number;
            above[open] = bound;
            upTo[open] = to;
            open++;
            to = bound;
          }
        }
        node = (goesLeft ? left[node] : right[node]) as number;
      }
      const leaf = value[node] as number;
      if (Number.isNaN(place)) start += leaf - (leaves[Math.floor(first / depth)] as number);
      else if (leaf - before !== 0) count = insert(count, place, leaf - before);
      before = leaf;
      place = to;
    }
  }
  const margins = new Float64Array(count + 1);
  margins[0] = start;
  for (let i = 0; i < count; i++) margins[i + 1] = (margins[i] as number) + (scratch.deltas[i] as number);
  return { breaks: scratch.places.slice(0, count), margins };
}

/** Adds a change to the `count` ascending ones in the scratch; two at one place are one. Returns how many there are then. */
function insert(count: number, place: number, delta: number): number {
  if (count === scratch.places.length) {
    const { places, deltas } = scratch;
    scratch.places = new Float64Array(2 * count);
    scratch.deltas = new Float64Array(2 * count);
    scratch.places.set(places);
    scratch.deltas.set(deltas);
  }
  const { places, deltas } = scratch;
  let i = count;
  while (i > 0 && (places[i - 1] as number) > place) i--;
  if (i > 0 && places[i - 1] === place) {
    deltas[i - 1] = (deltas[i - 1] as number) + delta;
    return count;
  }
  for (let j = count; j > i; j--) {
    places[j] = places[j - 1] as number;
    deltas[j] = deltas[j - 1] as number;
  }
  places[i] = place;
  deltas[i] = delta;
  return count + 1;
}
