import { z } from "@hono/zod-openapi";
import { unixMs } from "./base.ts";

const numbers = z.record(z.string(), z.number().nullable());

export const model = z
  .object({
    name: z.string(),
    version: z.string(),
    family: z.string(),
    status: z.enum(["champion", "challenger", "refused", "retired"]),
    reason: z.string().nullable(),
    trainedAtMs: unixMs,
    rowsTrain: z.number(),
    rowsHoldout: z.number(),
    metrics: numbers,
    sha256: z.string(),
  })
  .openapi("Model");

export const experiment = z
  .object({
    id: z.string(),
    status: z.string(),
    championVersion: z.string(),
    challengerVersion: z.string(),
    startedAtMs: unixMs,
    endedAtMs: unixMs.nullable(),
    shareBps: z.number(),
    reason: z.string().nullable(),
    evidence: z.record(z.string(), z.unknown()),
  })
  .openapi("Experiment");

export const study = z
  .object({
    id: z.string(),
    startedAtMs: unixMs,
    endedAtMs: unixMs.nullable(),
    trials: z.number(),
    bestValue: z.number().nullable(),
    baselineValue: z.number().nullable(),
    bestParameters: z.record(z.string(), z.number()).nullable(),
    outcome: z.string(),
    reason: z.string().nullable(),
    proposedVersion: z.string().nullable(),
  })
  .openapi("Study");

export const run = z
  .object({
    id: z.string(),
    kind: z.enum(["train", "optimize"]),
    status: z.enum(["running", "done", "failed"]),
    step: z.string(),
    attempt: z.number(),
    startedAtMs: unixMs,
    endedAtMs: unixMs.nullable(),
    candidates: z.number().nullable().openapi({ description: "Recorded candidates that could be labelled, at the start" }),
    rows: z.number().nullable().openapi({ description: "Rows that got a label" }),
    outcome: z.string().nullable().openapi({ description: "A reason code, `promoted` or `proposed`", example: "MODEL_ONE_CLASS" }),
    detail: z.string().nullable(),
  })
  .openapi("Run");
