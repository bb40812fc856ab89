import { z } from "@hono/zod-openapi";
import type * as api from "../../domain/api/types.ts";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";

/** A reason code of `domain/reasons.ts`. */
export const reasonCode = z.enum(Object.keys(REASONS) as [ReasonCode, ...ReasonCode[]]).openapi("ReasonCode");

const tradingMode = z.enum(["paper", "live"]);
const lamports = z.string().openapi({ description: "Lamports as a decimal string", example: "1500000000" });
const unixMs = z.number().openapi({ description: "Unix milliseconds", example: 1_790_000_000_000 });

function list<Item extends z.ZodType>(item: Item) {
  return z.array(item).readonly();
}

const reasonNote = z.object({ code: reasonCode, detail: z.string().exactOptional() });
const finding = reasonNote.extend({ severity: z.enum(["hard", "soft"]) });
const score = z.number().nullable();
const numbers = z.record(z.string(), z.number().nullable());

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
    state: z.enum(["ACTIVE", "REDUCING", "HALTED"]),
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

export const problem = z
  .object({ type: z.string(), title: z.string(), status: z.number(), detail: z.string().exactOptional(), reason: reasonCode })
  .openapi("Problem", { description: "RFC 9457 problem details with a reason code" });

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: list(item), next: z.string().nullable() });
}

/** Largest page; also the most points of one equity curve. */
export const PAGE_MAX = 500;

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(100),
  before: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .openapi({ description: "`next` of the page before; without it the newest page" }),
});

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

/** Compile-time proof that each schema describes exactly its type in `domain/api/types.ts`. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;
type Proven<Proofs extends readonly true[]> = Proofs;
export type SchemasMatchTypes = Proven<
  [
    Same<z.infer<typeof health>, api.Health>,
    Same<z.infer<typeof status>, api.Status>,
    Same<z.infer<typeof decision>, api.DecisionView>,
    Same<z.infer<typeof position>, api.PositionView>,
    Same<z.infer<typeof trade>, api.TradeView>,
    Same<z.infer<typeof equityPoint>, api.EquityPoint>,
    Same<z.infer<typeof model>, api.ModelView>,
    Same<z.infer<typeof experiment>, api.ExperimentView>,
    Same<z.infer<typeof study>, api.StudyView>,
    Same<z.infer<typeof run>, api.RunView>,
    Same<z.infer<typeof incident>, api.IncidentView>,
    Same<z.infer<typeof intent>, api.IntentView>,
    Same<z.infer<typeof preflight>, api.Preflight>,
    Same<z.infer<typeof liveStatus>, api.LiveStatus>,
    Same<keyof z.infer<typeof decision>, keyof api.DecisionView>,
    Same<keyof z.infer<typeof status>, keyof api.Status>,
    Same<keyof z.infer<typeof intent>, keyof api.IntentView>,
    Same<keyof z.infer<typeof liveStatus>, keyof api.LiveStatus>,
  ]
>;
