import type { Forest } from "./forest.ts";

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
  /** The leaf of each tree. */
  readonly leaves: Int32Array;
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
    leaves: new Int32Array(roots.length),
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
  const { feature, threshold, missingLeft, left, right, depth } = forest;
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
  leaves[tree] = node;
}

function listSplits({ baseMargin, value, depth, columns }: Forest, walks: Walks): RowPaths {
  const { leaves, splits, lengths } = walks;
  const [later, places] = [new Int32Array(splits.length + 1), new Int32Array(splits.length + 1)];
  const [heads, tails] = [new Int32Array(columns), new Int32Array(columns)];
  let last = 0;
  let margin = baseMargin;
  for (let tree = 0; tree < lengths.length; tree++) {
    margin += value[leaves[tree] as number] as number;
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
  const { row, margin, leaves, nodes, splits, lengths, heads, later, places } = paths;
  const { feature, threshold, missingLeft, left, right, value, depth } = forest;
  if (scratch.nodes.length < depth + 2) {
    scratch.nodes = new Int32Array(depth + 2);
    scratch.above = new Float64Array(depth + 2);
    scratch.upTo = new Float64Array(depth + 2);
  }
  const { nodes: pending, above, upTo } = scratch;
  let count = 0;
  // What the other trees say does not depend on the column: take the row's margin and put these trees in anew.
  let start = margin;
  for (let entry = heads[column] ?? 0; entry !== 0; entry = later[entry] as number) {
    const first = places[entry] as number;
    const tree = Math.floor(first / depth);
    const own = leaves[tree] as number;
    const top = nodes[first] as number;
    const end = tree * depth + (lengths[tree] as number);
    let deeper = first + 1;
    while (deeper < end && splits[deeper] !== column) deeper++;
    // Where the row's own way has no more splits by the column, its end is known.
    const isStraight = deeper === end;
    const goesLeft = (first + 1 < end ? nodes[first + 1] : own) === left[top];
    pending[1] = isStraight && goesLeft ? own : (left[top] as number);
    above[1] = Number.NEGATIVE_INFINITY;
    upTo[1] = threshold[top] as number;
    pending[0] = isStraight && !goesLeft ? own : (right[top] as number);
    above[0] = threshold[top] as number;
    upTo[0] = Number.POSITIVE_INFINITY;
    let before = Number.NaN;
    let place = Number.NaN;
    // The leaves that the row can reach as the column rises, in that order.
    for (let open = 2; open > 0; ) {
      open--;
      let node = pending[open] as number;
      const from = above[open] as number;
      let to = upTo[open] as number;
      for (let split = feature[node] as number; split >= 0; split = feature[node] as number) {
        const bound = threshold[node] as number;
        let isLeft: boolean;
        if (split !== column) {
          const x = row[split] as number;
          isLeft = !Number.isNaN(x) ? x <= bound : missingLeft[node] === 1;
        } else if (bound <= from) isLeft = false;
        else {
          isLeft = true;
          if (bound < to) {
            pending[open] = right[node] as number;
            above[open] = bound;
            upTo[open] = to;
            open++;
            to = bound;
          }
        }
        node = (isLeft ? left[node] : right[node]) as number;
      }
      const leaf = value[node] as number;
      if (Number.isNaN(place)) start += leaf - (value[own] as number);
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
