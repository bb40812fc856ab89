import { z } from "@hono/zod-openapi";
import { lamports, list, tradingMode, tradingState, unixMs } from "./base.ts";
import { incident } from "./live.ts";

export const health = z
  .object({
    status: z.enum(["ok", "degraded"]),
    version: z.string(),
    nowMs: unixMs,
    checks: list(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
  })
  .openapi("Health");

const ledgerStatus = z
  .object({
    ledger: z.string(),
    isDryRun: z.boolean(),
    state: tradingState,
    stateReason: z.string().nullable(),
    equityLamports: lamports,
    cashLamports: lamports,
    reservedLamports: lamports,
    openingLamports: lamports,
    realisedLamports: lamports,
    drawdownBps: z.number(),
    openPositions: z.number(),
    maxPositions: z.number(),
    maxDrawdownBps: z.number(),
    trades: z.number(),
    wins: z.number(),
  })
  .openapi("LedgerStatus");

const reasonCount = z.object({ code: z.string(), count: z.number() });

export const status = z
  .object({
    mode: tradingMode,
    incidents: list(incident),
    network: z.enum(["localnet", "mainnet"]),
    nowMs: unixMs,
    solUsd: z.object({ value: z.number(), source: z.string(), ageMs: z.number() }).nullable(),
    slot: z.number().nullable(),
    feedAgeMs: z.number().nullable(),
    ledgers: list(ledgerStatus),
    parameters: z.object({ version: z.string(), name: z.string() }),
    champion: z.object({ name: z.string(), version: z.string() }).nullable(),
    experiment: z.object({ id: z.string(), status: z.string() }).nullable(),
    funnel: z.object({
      detected: z.number(),
      passedFilters: z.number(),
      passedGates: z.number(),
      scoredAbove: z.number(),
      bought: z.number(),
    }),
    reasons: list(reasonCount),
  })
  .openapi("Status");

export const reasonCounts = z
  .object({ sinceMs: unixMs, items: list(reasonCount.extend({ text: z.string() })) })
  .openapi("ReasonCounts", { description: "How often each reason was given, most frequent first" });

const denySubject = z.enum(["mint", "creator", "metadata"]);

export const denyEntry = z
  .object({ subject: denySubject, value: z.string(), reason: z.string(), author: z.string(), atMs: unixMs })
  .openapi("DenyEntry");

export const denyRequest = z
  .strictObject({
    subject: denySubject,
    value: z
      .string()
      .regex(/^([1-9A-HJ-NP-Za-km-z]{32,44}|[0-9a-f]{64})$/)
      .openapi({ description: "Address of the mint or creator, or the SHA-256 hex of the metadata" }),
    reason: z.string().trim().min(1).max(300),
  })
  .openapi("DenyRequest");

export const journalHead = z
  .object({
    seq: z.number(),
    hash: z.string(),
    executorSeq: z.number().openapi({ description: "Projected, published and notified up to here" }),
    archivedSeq: z.number().openapi({ description: "On R2 up to here" }),
  })
  .openapi("JournalHead");
