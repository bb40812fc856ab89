import { open } from "node:fs/promises";
import { z } from "zod";
import type { DecisionView } from "../../domain/api/types.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { Finding } from "../../domain/scoring/assessment.ts";
import { FEATURE_NAMES, FEATURES, type FeatureName, type Features } from "../../domain/scoring/features.ts";
import { firstIssue } from "../../domain/scoring/observations-schema.ts";
import { describeFileError } from "../replay/json-files.ts";
import { type SavedObservations, savedSchema } from "./saved.ts";
import { code, findingsSchema, list, MAX_ENTRIES, note, text } from "./schemas.ts";

/** As much as one answer of the API may have: 500 decisions with every feature. */
export const MAX_SCORE_FILE_BYTES = 16 * 1024 * 1024;
/** Decisions of one page of the API. */
const MAX_DECISIONS = 500;

export type ScoreFileRefusal =
  | "FILE_UNREADABLE"
  | "FILE_TOO_LARGE"
  | "NOT_JSON"
  | "NOT_A_DECISION"
  | "NOT_OBSERVATIONS"
  | "FEATURE_UNKNOWN"
  | "FEATURE_OUT_OF_RANGE";

/** What a file gave: a decision as it was recorded, what was observed of a token, or its bare features. */
export type ScoreFile =
  | { readonly kind: "observations"; readonly saved: SavedObservations }
  | { readonly kind: "decision"; readonly decision: DecisionView }
  | { readonly kind: "features"; readonly features: Features; readonly findings: readonly Finding[] };

const points = z.number().min(0).max(100).nullable();
const vector = z
  .record(text, z.number().nullable())
  .refine((value) => Object.keys(value).length <= MAX_ENTRIES, `more than ${MAX_ENTRIES} features`);
const recommendation = z.enum(["BUY", "WATCH", "DECLINE"]);
const alternative = z.object({
  changes: list(z.object({ name: text, from: z.number().nullable(), to: z.number().nullable() })),
  score: z.number(),
  recommendation,
});
const counterfactual = z.object({
  threshold: z.number(),
  vetoes: list(code),
  withoutVetoes: z.object({ score: z.number(), recommendation }).nullable(),
  alternatives: list(alternative),
});

const decision = z.object({
  id: text,
  atMs: z.number().int().min(0).max(8.64e15),
  stage: text,
  outcome: recommendation,
  mint: text,
  pool: text,
  creator: text.nullable(),
  symbol: text,
  name: text,
  signature: text,
  slot: z.number().nullable(),
  source: text,
  reasons: list(note),
  findings: findingsSchema,
  score: points,
  parts: z.object({ onChain: points, sentiment: points, social: points, model: points }).nullable(),
  features: vector.nullable(),
  contributions: list(z.object({ name: text, points: z.number() })),
  explanation: z
    .object({
      counterfactual: counterfactual.nullable(),
      shadows: list(z.object({ version: text, probability: z.number().min(0).max(1) })),
    })
    .nullable(),
  missing: list(text),
  liquidityLamports: text.nullable(),
  parameterVersion: text,
  modelVersion: text.nullable(),
  arm: text.nullable(),
  isDryRun: z.boolean(),
  latencyMs: z.number(),
});
const bare = z.strictObject({ features: vector, findings: findingsSchema.default([]) });
const page = z.object({ items: z.array(decision).min(1).max(MAX_DECISIONS) });

/** Reads a file for `score`; anything but observations, a decision, a page of decisions or a bare token is refused with its reason. */
export async function readScoreFile(file: string): Promise<Result<ScoreFile, ScoreFileRefusal>> {
  const bytes = await readBytes(file);
  if (!bytes.ok) return bytes;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes.value));
  } catch {
    return refuse("NOT_JSON", `${file} is not one JSON value in UTF-8`);
  }
  return parseScoreFile(value);
}

/** Checks what a file holds. Of a page the newest judgement of the Analyzer counts, or the newest decision when there is none. */
export function parseScoreFile(value: unknown): Result<ScoreFile, ScoreFileRefusal> {
  if (typeof value === "object" && value !== null && "observations" in value) {
    const parsed = savedSchema.safeParse(value);
    return parsed.success ? ok({ kind: "observations", saved: parsed.data }) : refuse("NOT_OBSERVATIONS", firstIssue(parsed.error));
  }
  const isPage = typeof value === "object" && value !== null && "items" in value;
  const isBare = !isPage && typeof value === "object" && value !== null && "features" in value && !("outcome" in value);
  if (isBare) {
    const parsed = bare.safeParse(value);
    return parsed.success ? bareToken(parsed.data) : refuse("NOT_A_DECISION", firstIssue(parsed.error));
  }
  const parsed = isPage ? page.safeParse(value) : decision.transform((one) => ({ items: [one] })).safeParse(value);
  if (!parsed.success) return refuse("NOT_A_DECISION", firstIssue(parsed.error));
  const newestFirst = parsed.data.items.toSorted((a, b) => b.atMs - a.atMs);
  const newest = newestFirst.find(({ stage }) => stage === "analyze") ?? newestFirst[0];
  return newest === undefined ? refuse("NOT_A_DECISION", "no decision") : ok({ kind: "decision", decision: newest });
}

function bareToken({ features, findings: found }: z.infer<typeof bare>): Result<ScoreFile, ScoreFileRefusal> {
  const filled = Object.fromEntries(FEATURE_NAMES.map((name) => [name, null])) as Record<FeatureName, number | null>;
  for (const [name, value] of Object.entries(features)) {
    if (!isFeature(name)) return refuse("FEATURE_UNKNOWN", `${name} is no feature`);
    const { min, max } = FEATURES[name];
    if (value !== null && (value < min || value > max))
      return refuse("FEATURE_OUT_OF_RANGE", `${name} must be ${min} to ${max}, was ${value}`);
    filled[name] = value;
  }
  return ok({ kind: "features", features: filled, findings: found });
}

function isFeature(name: string): name is FeatureName {
  return Object.hasOwn(FEATURES, name);
}

/** Reads no more than the bound, whatever the file says its size is. */
async function readBytes(file: string): Promise<Result<Uint8Array, ScoreFileRefusal>> {
  try {
    await using handle = await open(file, "r");
    if (!(await handle.stat()).isFile()) return refuse("FILE_UNREADABLE", `${file}: is no file`);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of handle.createReadStream({ autoClose: false }) as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > MAX_SCORE_FILE_BYTES) return refuse("FILE_TOO_LARGE", `${file}: larger than ${MAX_SCORE_FILE_BYTES} bytes`);
      chunks.push(chunk);
    }
    return ok(Buffer.concat(chunks));
  } catch (error) {
    return refuse("FILE_UNREADABLE", `${file}: ${describeFileError(error)}`);
  }
}
