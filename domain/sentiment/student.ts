import { z } from "zod";
import { ok, type Result, refuse } from "../result.ts";
import { OVERLAY_VERSION } from "./crypto-lexicon.ts";
import { scoreScanned } from "./overlay.ts";
import { pythonRound } from "./python-text.ts";
import { scan } from "./scan.ts";
import { gramsOf } from "./student-grams.ts";
import type { Sentiment } from "./vader.ts";

/** Buckets that share one scale. */
export const BLOCK = 64;
/** Changes whenever the grams, the features or the shares do: a model fits the code it was trained with. */
export const STUDENT_FORMAT = "student-1";
/** A rating within this distance of 0 is neutral, on a scale of -1 to 1: the bound that VADER's authors use. */
export const NEUTRAL_BAND = 0.05;
/** Buckets are a power of two; more than this is no small model. */
const MAX_BUCKETS = 65_536;
const FLOAT_BYTES = 4;
/** Standard deviation of the logistic distribution. */
const LOGISTIC_SPREAD = Math.PI / Math.sqrt(3);

const file = z.strictObject({
  name: z.literal("sentiment-student"),
  format: z.string().max(40),
  /** Version of the crypto overlay that the model was trained on. */
  overlay: z.string().max(40),
  bias: z.number(),
  compound: z.number(),
  neg: z.number(),
  neu: z.number(),
  pos: z.number(),
  /** Standard deviation of what people said around what the model said. */
  spread: z.number().positive(),
  /** A number for each block of buckets: 32-bit floats, little-endian, in base64. */
  scales: z.string().max(MAX_BUCKETS),
  /** A signed byte for each bucket, in base64. */
  weights: z.string().max(MAX_BUCKETS * 2),
});

/** The student model as its file holds it. */
export type StudentFile = z.output<typeof file>;

/** A model ready to score. */
export interface Student extends Omit<StudentFile, "scales" | "weights"> {
  readonly buckets: number;
  /** Weight by bucket. */
  readonly table: Float64Array;
}

/**
 * Reads a model file. Refuses with MODEL_UNAVAILABLE what is no model, and with MODEL_SIGNATURE_MISMATCH
 * one that was trained on other grams or another overlay than this code has.
 */
export function readStudent(json: unknown): Result<Student, "MODEL_UNAVAILABLE" | "MODEL_SIGNATURE_MISMATCH"> {
  const parsed = file.safeParse(json);
  if (!parsed.success) return refuse("MODEL_UNAVAILABLE", `sentiment student: ${parsed.error.issues[0]?.path.join(".") ?? "shape"}`);
  const { scales, weights, ...rest } = parsed.data;
  if (rest.format !== STUDENT_FORMAT || rest.overlay !== OVERLAY_VERSION) {
    return refuse("MODEL_SIGNATURE_MISMATCH", `${rest.format} on ${rest.overlay}, not ${STUDENT_FORMAT} on ${OVERLAY_VERSION}`);
  }
  const bytes = decodeBase64(weights);
  const factors = decodeBase64(scales);
  const buckets = bytes?.length ?? 0;
  if (
    bytes === null ||
    factors === null ||
    buckets === 0 ||
    buckets * FLOAT_BYTES !== factors.length * BLOCK ||
    (buckets & (buckets - 1)) !== 0
  ) {
    return refuse("MODEL_UNAVAILABLE", "sentiment student: weights do not fit their scales");
  }
  const view = new DataView(factors.buffer);
  const factorOf = (bucket: number): number => view.getFloat32(Math.floor(bucket / BLOCK) * FLOAT_BYTES, true);
  const table = Float64Array.from(bytes, (byte, bucket) => ((byte << 24) >> 24) * factorOf(bucket));
  if (!table.every(Number.isFinite)) return refuse("MODEL_UNAVAILABLE", "sentiment student: a weight is no number");
  return ok({ ...rest, buckets, table });
}

/**
 * What people would say of a text, -1 to 1, and how likely they find it negative, neutral or positive.
 * The shares add up to 1: the logistic distribution around the compound, cut at the neutral band. A text
 * of names alone is neutral; one without words scores zero everywhere.
 */
export function scoreStudent(text: string, student: Student): Sentiment {
  const words = scan(text);
  if (words.count === 0) return { compound: 0, neg: 0, neu: 0, pos: 0 };
  const { hashes, count } = gramsOf(words);
  if (count === 0) return { compound: 0, neg: 0, neu: 1, pos: 0 };
  const { table, buckets } = student;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const hash = hashes[i] ?? 0;
    const weight = table[hash & (buckets - 1)] ?? 0;
    sum += hash < 0 ? -weight : weight;
  }
  const overlay = scoreScanned(words);
  const mean =
    student.bias +
    student.compound * overlay.compound +
    student.neg * overlay.neg +
    student.neu * overlay.neu +
    student.pos * overlay.pos +
    sum / Math.sqrt(count);
  const compound = Math.max(-1, Math.min(1, mean));
  const neg = pythonRound(below(-NEUTRAL_BAND, compound, student.spread), 3);
  const pos = pythonRound(1 - below(NEUTRAL_BAND, compound, student.spread), 3);
  return { compound: pythonRound(compound, 4), neg, neu: pythonRound(1 - neg - pos, 3), pos };
}

/** Share of the logistic distribution around `center` below `bound`. */
function below(bound: number, center: number, spread: number): number {
  return 1 / (1 + Math.exp(((center - bound) * LOGISTIC_SPREAD) / spread));
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}
