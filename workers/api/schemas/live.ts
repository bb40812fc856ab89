import { z } from "@hono/zod-openapi";
import { lamports, list, tradingMode, unixMs } from "./base.ts";

export const incident = z
  .object({
    incidentId: z.string(),
    code: z.string(),
    subject: z.string(),
    detail: z.string(),
    severity: z.enum(["page", "warn"]),
    status: z.enum(["raised", "acknowledged", "cleared"]),
    raisedAtMs: unixMs,
    updatedAtMs: unixMs,
    author: z.string(),
  })
  .openapi("Incident");

const tradeCosts = z
  .object({
    baseAmount: z.string().openapi({ description: "Base units as a decimal string" }),
    quoteLamports: lamports,
    venueFeeLamports: lamports,
    networkFeeLamports: lamports,
    tipLamports: lamports,
    rentLamports: lamports,
    otherRentLamports: lamports,
  })
  .openapi("TradeCosts", { description: "A trade's effect on the wallet, cost by cost" });

export const intent = z
  .object({
    intentId: z.string(),
    positionId: z.string(),
    mint: z.string(),
    side: z.enum(["buy", "sell"]),
    status: z.string(),
    signature: z.string().nullable(),
    amountIn: z.string().openapi({ description: "Lamports of a buy, base units of a sell" }),
    minOut: z.string(),
    sends: z.number(),
    reactionMs: z.number().nullable().openapi({ description: "From the read of the market that it was decided on to its first send" }),
    slot: z.number().nullable(),
    reason: z.string().nullable(),
    detail: z.string().nullable(),
    predicted: tradeCosts.nullable(),
    actual: tradeCosts.nullable(),
    updatedAtMs: unixMs,
  })
  .openapi("Intent");

export const preflight = z
  .object({
    atMs: unixMs,
    ok: z.boolean(),
    checks: list(
      z.object({
        name: z.enum(["mode", "wallet", "policy", "drift", "clock", "rpc", "books", "incidents"]),
        ok: z.boolean(),
        code: z.string().nullable(),
        detail: z.string(),
      }),
    ),
    confirmation: z.string().nullable(),
  })
  .openapi("Preflight", { description: "Whether live trading may begin; the confirmation text is valid for a minute" });

const budgetUse = z.object({
  kind: z.string(),
  windowMs: z.number(),
  usedLamports: lamports,
  limitLamports: lamports,
  signatures: z.number(),
  signaturesLimit: z.number(),
});

export const liveStatus = z
  .object({
    ceiling: tradingMode,
    mode: tradingMode,
    sinceMs: unixMs.nullable(),
    author: z.string().nullable(),
    wallet: z.string().nullable(),
    walletLamports: lamports.nullable(),
    agreed: z.number(),
    agreedWanted: z.number(),
    trialSizeLamports: lamports,
    programs: list(
      z.object({
        name: z.string(),
        programId: z.string(),
        pinnedSlot: z.number().nullable(),
        slot: z.number().nullable(),
        pinnedSha256: z.string().nullable(),
        ok: z.boolean(),
      }),
    ),
    providers: list(
      z.object({
        name: z.string(),
        ok: z.boolean(),
        slot: z.number().nullable(),
        lagSlots: z.number().nullable(),
        errorShareBps: z.number(),
        latencyMs: z.number().nullable(),
        reason: z.string().nullable(),
      }),
    ),
    budgets: list(budgetUse),
    incidents: list(incident),
  })
  .openapi("LiveStatus");

export const liveWallet = z
  .object({
    address: z.string(),
    lamports: lamports.nullable().openapi({ description: "Null when the node does not answer" }),
    policy: z.object({
      network: z.enum(["localnet", "mainnet"]),
      maxSpendPerTxLamports: lamports,
      maxFeePerTxLamports: lamports,
      entryHourLamports: lamports,
      entryDayLamports: lamports,
      entrySignaturesPerHour: z.number(),
      entrySignaturesPerDay: z.number(),
      exitHourLamports: lamports,
      exitDayLamports: lamports,
      exitSignaturesPerHour: z.number(),
      exitSignaturesPerDay: z.number(),
      sweepAddress: z.string().nullable(),
      sweepAboveLamports: lamports.nullable(),
      tipAccounts: list(z.string()),
    }),
    budgets: list(budgetUse),
  })
  .openapi("LiveWallet", { description: "The signer's wallet and policy; the key never leaves the signer" });
export type LiveWallet = z.infer<typeof liveWallet>;
