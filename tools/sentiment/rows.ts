import { scoreOverlay } from "../../domain/sentiment/overlay.ts";
import { scan } from "../../domain/sentiment/scan.ts";
import { gramsOf } from "../../domain/sentiment/student-grams.ts";
import type { Row } from "./ridge.ts";

/** Buckets of the student; a power of two. */
export const BUCKETS = 8_192;

/** What the student sees of a text: the four outputs of the overlay scorer and its grams. */
export function studentRow(text: string): Row {
  const { compound, neg, neu, pos } = scoreOverlay(text);
  const { hashes, count } = gramsOf(scan(text));
  const sums = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const hash = hashes[i] ?? 0;
    const bucket = hash & (BUCKETS - 1);
    sums.set(bucket, (sums.get(bucket) ?? 0) + (hash < 0 ? -1 : 1));
  }
  const root = Math.sqrt(Math.max(1, count));
  return {
    dense: Float64Array.of(compound, neg, neu, pos),
    buckets: Int32Array.from(sums.keys()),
    values: Float64Array.from(sums.values(), (sum) => sum / root),
  };
}
