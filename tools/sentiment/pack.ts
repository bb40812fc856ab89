import { OVERLAY_VERSION } from "../../domain/sentiment/crypto-lexicon.ts";
import { BLOCK, STUDENT_FORMAT, type StudentFile } from "../../domain/sentiment/student.ts";
import type { LinearModel } from "./ridge.ts";

/** Digits that are kept of a number: more would be noise. */
const DIGITS = 6;

/** A model as its file holds it: a signed byte for each bucket, and one scale for each block of buckets. */
export function pack({ bias, dense, sparse }: LinearModel, spread: number): StudentFile {
  const scales = new Float32Array(sparse.length / BLOCK);
  const bytes = new Int8Array(sparse.length);
  for (let from = 0; from < sparse.length; from += BLOCK) {
    const block = sparse.subarray(from, from + BLOCK);
    const scale = Math.fround(block.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) / 127);
    scales[from / BLOCK] = scale;
    if (scale > 0) for (const [i, weight] of block.entries()) bytes[from + i] = Math.max(-127, Math.min(127, Math.round(weight / scale)));
  }
  const [compound = 0, neg = 0, neu = 0, pos = 0] = Array.from(dense, round);
  return {
    name: "sentiment-student",
    format: STUDENT_FORMAT,
    overlay: OVERLAY_VERSION,
    bias: round(bias),
    compound,
    neg,
    neu,
    pos,
    spread: round(spread),
    scales: Buffer.from(scales.buffer).toString("base64"),
    weights: Buffer.from(bytes.buffer).toString("base64"),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
