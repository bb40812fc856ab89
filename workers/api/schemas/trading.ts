import { z } from "@hono/zod-openapi";
import { lamports, list, reasonCode, unixMs } from "./base.ts";

const reasonNote = z.object({ code: reasonCode, detail: z.string().exactOptional() });
const finding = reasonNote.extend({ severity: z.enum(["hard", "soft"]) });
const score = z.number().nullable();

const recommendation = z.enum(["BUY", "WATCH", "DECLINE"]);
const alternative = z.object({
  changes: list(
    z.object({
      name: z.string().openapi({ description: "A feature, or `finding:<code>` for a soft finding that would have had to be absent" }),
      from: z.number().nullable(),
      to: z.number().nullable(),
    }),
  ),
  score: z.number(),
  recommendation,
});
const explanation = z
  .object({
    counterfactual: z
      .object({
        threshold: z.number().openapi({ description: "Score from which on a token is bought" }),
        vetoes: list(reasonCode),
        withoutVetoes: z.object({ score: z.number(), recommendation }).nullable(),
        alternatives: list(alternative),
      })
      .nullable()
      .openapi({ description: "What would have changed the answer, the smallest change first" }),
    shadows: list(z.object({ version: z.string(), probability: z.number() })).openapi({
      description: "What models said that do not count",
    }),
  })
  .openapi("Explanation");

const numbers = z.record(z.string(), z.number().nullable());
export const decision = z
  .object({
    id: z.string(),
    atMs: unixMs,
    stage: z.string(),
    outcome: z.enum(["BUY", "WATCH", "DECLINE"]),
    mint: z.string(),
    pool: z.string(),
    creator: z.string().nullable(),
    symbol: z.string(),
    name: z.string(),
    signature: z.string(),
    slot: z.number().nullable(),
    source: z.string(),
    reasons: list(reasonNote),
    findings: list(finding),
    score,
    parts: z.object({ onChain: score, sentiment: score, social: score, model: score }).nullable(),
    features: numbers.nullable(),
    contributions: list(z.object({ name: z.string(), points: z.number() })),
    explanation: explanation.nullable(),
    missing: list(z.string()),
    liquidityLamports: lamports.nullable(),
    parameterVersion: z.string(),
    modelVersion: z.string().nullable(),
    arm: z.string().nullable(),
    isDryRun: z.boolean(),
    latencyMs: z.number(),
  })
  .openapi("Decision");

export const position = z
  .object({
    positionId: z.string(),
    ledger: z.string(),
    isDryRun: z.boolean(),
    mint: z.string(),
    symbol: z.string(),
    status: z.string(),
    score: z.number(),
    openedAtMs: unixMs.nullable(),
    costLamports: lamports,
    valueLamports: lamports.nullable(),
    returnBps: z.number().nullable(),
    stopLossBps: z.number(),
    takeProfitBps: z.number(),
    soldBps: z.number().nullable().openapi({ description: "Share sold by now; cost, value and return are of what is still held" }),
    peakReturnBps: z.number().nullable().openapi({ description: "What the trailing stop hangs from; null while it is not armed" }),
    deadlineMs: unixMs,
    updatedAtMs: unixMs,
    reason: z.string().nullable(),
  })
  .openapi("Position");

export const trade = z
  .object({
    positionId: z.string(),
    ledger: z.string(),
    isDryRun: z.boolean(),
    mint: z.string(),
    symbol: z.string(),
    score: z.number(),
    openedAtMs: unixMs,
    closedAtMs: unixMs,
    holdMs: z.number(),
    costLamports: lamports,
    proceedsLamports: lamports,
    feesLamports: lamports,
    pnlLamports: lamports,
    returnBps: z.number(),
    exitReason: z.string(),
    parameterVersion: z.string(),
    modelVersion: z.string().nullable(),
  })
  .openapi("Trade");

export const equityPoint = z
  .object({ ledger: z.string(), atMs: unixMs, equityLamports: lamports, drawdownBps: z.number() })
  .openapi("EquityPoint");
