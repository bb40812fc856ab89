import { z } from "@hono/zod-openapi";
import { isAddress } from "../../../domain/solana/address.ts";
import { list, reasonCode, tradingState, unixMs } from "./base.ts";

/** A note or reason is one sentence of a person. */
export const MAX_NOTE_LENGTH = 200;
/** Longest time that a lock can be given; without one it holds until it is lifted. */
export const MAX_LOCK_MS = 366 * 86_400_000;

/** Control characters would let a note rewrite the line it is shown in. */
const sentence = z
  .string()
  .trim()
  .max(MAX_NOTE_LENGTH)
  .regex(/^[^\p{Cc}]*$/u, "one line of text");

export const ledgerId = z.enum(["paper-A", "paper-B", "live-A", "live-B"]).openapi("LedgerId");

const lockFields = {
  lockId: z.string(),
  scope: z.enum(["mint", "creator", "all"]),
  value: z.string().nullable().openapi({ description: "Address of the mint or creator; null for everything" }),
  untilMs: unixMs.nullable().openapi({ description: "Null until it is lifted" }),
  reason: z.string().openapi({ description: "A reason code where the engine set the lock itself" }),
  author: z.string(),
  atMs: unixMs,
};

export const lock = z.object(lockFields).openapi("Lock");
export const ledgerLock = z.object({ ledger: z.string(), ...lockFields }).openapi("LedgerLock");

const riskLimit = z
  .object({
    code: z.string().openapi({ description: "What an entry is refused with once the limit is reached" }),
    used: z.number(),
    limit: z.number(),
    unit: z.enum(["positions", "bps", "entries", "losses", "breaches", "ms", "failures"]),
    isReached: z.boolean(),
  })
  .openapi("RiskLimit");

export const riskView = z
  .object({
    ledger: z.string(),
    state: tradingState,
    stateReason: z.string().nullable(),
    author: z.string(),
    note: z.string().nullable(),
    sinceMs: unixMs,
    isReconciled: z.boolean(),
    limits: list(riskLimit),
    locks: list(lock),
  })
  .openapi("Risk", { description: "The risk engine of one ledger: entries pass all of it, exits none" });

export const stateRequest = z
  .strictObject({
    ledger: ledgerId,
    state: tradingState,
    note: sentence.nullish().openapi({ description: "Why; kept with the state" }),
    clears: z.array(reasonCode).max(10).default([]).openapi({
      description: "With ACTIVE: the codes of what stopped entries, so that nobody resumes after a breaker they have not seen",
    }),
    sinceMs: z.number().int().nonnegative().optional().openapi({
      description: "As risk showed it: refused with STATE_CHANGED when another state was set since",
    }),
  })
  .openapi("StateRequest");

export const lockRequest = z
  .strictObject({
    ledger: ledgerId.optional().openapi({ description: "Every open ledger by default" }),
    scope: z.enum(["mint", "creator", "all"]),
    value: z.string().max(44).refine(isAddress, "not an address").nullish(),
    untilMs: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullish(),
    durationMs: z.number().int().min(1_000).max(MAX_LOCK_MS).nullish(),
    reason: sentence.min(1),
  })
  .refine(({ scope, value }) => (scope === "all") === (value == null), "a mint or creator is named, everything is not")
  .refine(({ untilMs, durationMs }) => untilMs == null || durationMs == null, "untilMs or durationMs, not both")
  .openapi("LockRequest");
