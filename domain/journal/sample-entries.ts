import type {
  DecisionRecord,
  EquityRecord,
  FillRecord,
  IncidentRecord,
  IntentRecord,
  LateFeaturesRecord,
  LedgerRecord,
  LiveModeRecord,
  LockRecord,
  OrderRecord,
  PositionRecord,
  PricePathRecord,
  TradeRecord,
} from "./entry.ts";

/** Plausible journal entries for tests; `overrides` change single fields. */

export function sampleDecision(id: string, overrides: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    kind: "decision",
    id,
    atMs: 1_790_000_000_000,
    stage: "analyze",
    outcome: "DECLINE",
    mint: `mint-${id}`,
    pool: `pool-${id}`,
    creator: "creator",
    symbol: "SYM",
    name: "A 'quoted' \"name\" 🚀",
    signature: `signature-${id}`,
    slot: 370_000_000,
    source: "webhook",
    reasons: [{ code: "SCORE_BELOW_THRESHOLD", detail: "41.5 < 60" }, { code: "LIQUIDITY_TOO_LOW" }],
    findings: [{ code: "LP_NOT_BURNED", severity: "soft" }],
    score: 41.5,
    parts: { onChain: 40, sentiment: null, social: 45.25, model: null },
    featureSetVersion: "v1",
    features: { liquidityUsd: 12_345.678, holders: null },
    contributions: [{ name: "holders", points: -3.5 }],
    explanation: {
      counterfactual: {
        threshold: 60,
        vetoes: [],
        withoutVetoes: null,
        alternatives: [{ changes: [{ name: "liquidityUsd", from: 12_345.678, to: 31_400 }], score: 60.01, recommendation: "BUY" }],
      },
      shadows: [{ version: "gbdt-0123456789ab", probability: 0.25 }],
    },
    missing: ["sentiment"],
    liquidityLamports: "18446744073709551615",
    solUsd: 143.21,
    parameterVersion: "default-0123456789ab",
    modelVersion: null,
    arm: "A",
    isDryRun: true,
    latencyMs: 321,
    ...overrides,
  };
}

export function sampleLateFeatures(decisionId: string, overrides: Partial<LateFeaturesRecord> = {}): LateFeaturesRecord {
  return {
    kind: "late-features",
    id: `late:${decisionId}`,
    atMs: 1_790_000_004_500,
    decisionId,
    mint: `mint-${decisionId}`,
    featureSetVersion: "v1",
    asOfSlot: 370_000_000,
    asOfMs: 1_790_000_000_000,
    features: { holders: 17 },
    sources: [{ source: "pool history", readAtMs: 1_790_000_004_000 }],
    rpcCalls: 1,
    credits: 10,
    ...overrides,
  };
}

export function samplePosition(positionId: string, overrides: Partial<PositionRecord> = {}): PositionRecord {
  return {
    kind: "position",
    id: `${positionId}:open`,
    atMs: 1_790_000_001_000,
    positionId,
    ledger: "paper-A",
    isDryRun: true,
    mint: `mint-${positionId}`,
    pool: `pool-${positionId}`,
    symbol: "SYM",
    status: "open",
    score: 72,
    reason: null,
    openedAtMs: 1_790_000_001_000,
    baseAmount: "1000000000",
    costLamports: "500000000",
    valueLamports: "550000000",
    stopLossBps: 1_300,
    takeProfitBps: 2_300,
    deadlineMs: 1_790_000_046_000,
    parameterVersion: "default-0123456789ab",
    modelVersion: null,
    ...overrides,
  };
}

export function sampleFill(id: string, overrides: Partial<FillRecord> = {}): FillRecord {
  return {
    kind: "fill",
    id,
    atMs: 1_790_000_001_000,
    positionId: "p1",
    ledger: "paper-A",
    isDryRun: true,
    mint: "mint-p1",
    side: "buy",
    attempt: 1,
    slot: 370_000_010,
    baseAmount: "1000000000",
    quoteLamports: "500000000",
    venueFeeLamports: "1500000",
    networkCostLamports: "105000",
    rentLamports: "2039280",
    impactBps: 57,
    parameterVersion: "default-0123456789ab",
    modelVersion: null,
    ...overrides,
  };
}

export function sampleTrade(positionId: string, overrides: Partial<TradeRecord> = {}): TradeRecord {
  return {
    kind: "trade",
    id: `${positionId}:trade`,
    atMs: 1_790_000_040_000,
    positionId,
    signalId: `signal-${positionId}`,
    ledger: "paper-A",
    isDryRun: true,
    mint: `mint-${positionId}`,
    pool: `pool-${positionId}`,
    symbol: "SYM",
    score: 72,
    openedAtMs: 1_790_000_001_000,
    closedAtMs: 1_790_000_040_000,
    holdMs: 39_000,
    baseAmount: "1000000000",
    costLamports: "502000000",
    proceedsLamports: "600000000",
    feesLamports: "3605000",
    pnlLamports: "98000000",
    returnBps: 1_952,
    exitReason: "EXIT_TAKE_PROFIT",
    parameterVersion: "default-0123456789ab",
    modelVersion: null,
    ...overrides,
  };
}

export function sampleEquity(id: string, overrides: Partial<EquityRecord> = {}): EquityRecord {
  return {
    kind: "equity",
    id,
    atMs: 1_790_000_002_000,
    ledger: "paper-A",
    isDryRun: true,
    equityLamports: "6990000000",
    cashLamports: "6440000000",
    reservedLamports: "0",
    positionsLamports: "550000000",
    realisedLamports: "-10000000",
    peakLamports: "7000000000",
    drawdownBps: 14,
    openPositions: 1,
    solUsd: 143.21,
    ...overrides,
  };
}

export function samplePricePath(id: string, samples: number, overrides: Partial<PricePathRecord> = {}): PricePathRecord {
  return {
    kind: "price-path",
    id,
    atMs: 1_790_000_060_000,
    mint: `mint-${id}`,
    pool: `pool-${id}`,
    startedAtMs: 1_790_000_000_000,
    horizonMs: 60_000,
    complete: true,
    samples: Array.from({ length: samples }, (_, i) => ({
      atMs: 1_790_000_000_000 + i * 1_000,
      slot: 370_000_000 + i,
      baseReserves: String(206_900_000_000_000n - BigInt(i)),
      quoteReservesLamports: String(85_005_000_000n + BigInt(i)),
    })),
    ...overrides,
  };
}

export function sampleIntent(intentId: string, overrides: Partial<IntentRecord> = {}): IntentRecord {
  const costs = {
    baseAmount: "1000000000",
    quoteLamports: "500000000",
    venueFeeLamports: "1500000",
    networkFeeLamports: "105000",
    tipLamports: "200000",
    rentLamports: "2074080",
    otherRentLamports: "0",
  };
  return {
    kind: "intent",
    id: `${intentId}:landed`,
    atMs: 1_790_000_001_500,
    intentId,
    positionId: "p1",
    ledger: "live-A",
    mint: "mint-p1",
    side: "buy",
    status: "landed",
    amountIn: "500000000",
    minOut: "950000000",
    signature: `signature-${intentId}`,
    lastValidBlockHeight: 348_000_150,
    computeUnitLimit: 260_000,
    priorityFeeLamports: "100000",
    tipLamports: "200000",
    sends: 2,
    marketAtMs: 1_790_000_000_400,
    firstSendAtMs: 1_790_000_000_900,
    slot: 370_000_011,
    reason: null,
    detail: null,
    predicted: costs,
    actual: costs,
    ...overrides,
  };
}

export function sampleIncident(incidentId: string, overrides: Partial<IncidentRecord> = {}): IncidentRecord {
  return {
    kind: "incident",
    id: `incident:${incidentId}:1`,
    atMs: 1_790_000_003_000,
    incidentId,
    code: "EXIT_STUCK",
    subject: "p1",
    detail: "5 attempts at 90.0 % slippage failed",
    severity: "page",
    status: "raised",
    raisedAtMs: 1_790_000_003_000,
    author: "system",
    ...overrides,
  };
}

export function sampleLiveMode(n: number, overrides: Partial<LiveModeRecord> = {}): LiveModeRecord {
  return {
    kind: "live-mode",
    id: `live-mode:${n}`,
    atMs: 1_790_000_004_000,
    mode: "live",
    author: "operator",
    reason: null,
    preflightJson: '{"ok":true}',
    ...overrides,
  };
}

export function sampleOrder(orderId: string, overrides: Partial<OrderRecord> = {}): OrderRecord {
  return {
    kind: "order",
    id: `order:${orderId}`,
    atMs: 1_790_000_000_500,
    orderId,
    positionId: "p1",
    ledger: "paper-A",
    isDryRun: true,
    mint: "mint-p1",
    side: "buy",
    attempt: 1,
    amountIn: "500000000",
    minOut: "950000000",
    slippageBps: 500,
    slot: 370_000_009,
    reason: null,
    parameterVersion: "default-0123456789ab",
    modelVersion: null,
    ...overrides,
  };
}

export function sampleLedger(n: number, overrides: Partial<LedgerRecord> = {}): LedgerRecord {
  return {
    kind: "ledger",
    id: `ledger:paper-A:${n}`,
    atMs: 1_790_000_001_000,
    ledger: "paper-A",
    isDryRun: true,
    movement: "entry",
    positionId: "p1",
    postings: [
      { account: "reserved", lamports: "-502144280" },
      { account: "position-cost", lamports: "498500000" },
      { account: "venue-fees", lamports: "1500000" },
      { account: "network-fees", lamports: "105000" },
      { account: "rent", lamports: "2039280" },
    ],
    ...overrides,
  };
}

export function sampleLock(n: number, overrides: Partial<LockRecord> = {}): LockRecord {
  return {
    kind: "lock",
    id: `lock:paper-A:${n}`,
    atMs: 1_790_000_005_000,
    lockId: `l${n}`,
    ledger: "paper-A",
    scope: "creator",
    value: "creator",
    untilMs: 1_790_000_605_000,
    reason: "sold early twice",
    author: "operator",
    status: "set",
    ...overrides,
  };
}
