import type { IncidentView, IntentView, LiveStatus } from "../../domain/api/types.ts";
import type { TradeCosts } from "../../domain/journal/entry.ts";

const WALLET = "7UVimPp1oWb1FRzbkgkGrvr3bHcvEPpmi2bpQGsnPjiE";
const MINT = "9BB6NFEcjBCtnNLFko2FqVQBq8HHM13kCyYcdQbgpump";
const SIGNATURE = "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW";
const HOUR_MS = 3_600_000;

/** What an invented engine says of live trading. */
export function fakeLive(nowMs: number, isLive: boolean): LiveStatus {
  const budget = (kind: string, hours: number, used: number, limit: number, signatures: number, signaturesLimit: number) => ({
    kind,
    windowMs: hours * HOUR_MS,
    usedLamports: String(used),
    limitLamports: String(limit),
    signatures,
    signaturesLimit,
  });
  return {
    ceiling: isLive ? "live" : "paper",
    mode: isLive ? "live" : "paper",
    sinceMs: isLive ? nowMs - HOUR_MS : null,
    author: isLive ? "operator" : null,
    wallet: isLive ? WALLET : null,
    walletLamports: isLive ? "9731204455" : null,
    agreed: isLive ? 7 : 0,
    agreedWanted: 20,
    trialSizeLamports: "50000000",
    programs: [
      ["pump", "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P", 372_101_455, 372_101_455],
      ["pump_amm", "pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA", 372_118_002, isLive ? 401_993_127 : 372_118_002],
      ["pump_fees", "pfeeUxB6jkeY1Hxd7CsFCAjcbHA9rWtchMGdZ6VojVZ", 371_990_871, null],
    ].map(([name, programId, pinnedSlot, slot]) => ({
      name: String(name),
      programId: String(programId),
      pinnedSlot: Number(pinnedSlot),
      slot: slot === null ? null : Number(slot),
      pinnedSha256: "9f2c41d7a0b8e6534f1d2c3b4a5968778695a4b3c2d1e0f9a8b7c6d5e4f30211",
      ok: slot === pinnedSlot,
    })),
    providers: [
      { name: "helius", ok: true, slot: 401_993_455, lagSlots: 0, errorShareBps: 12, latencyMs: 48, reason: null },
      { name: "second", ok: false, slot: 401_993_401, lagSlots: 54, errorShareBps: 850, latencyMs: 212, reason: "RPC_LAGGING" },
    ],
    budgets: isLive
      ? [
          budget("entry", 1, 350_000_000, 1_000_000_000, 7, 30),
          budget("entry", 24, 2_650_000_000, 3_000_000_000, 61, 200),
          budget("exit", 1, 4_100_000, 50_000_000, 9, 120),
          budget("exit", 24, 31_000_000, 300_000_000, 77, 1_000),
        ]
      : [],
    incidents: isLive ? fakeIncidents(nowMs) : [],
  };
}

/** One incident of each kind. */
export function fakeIncidents(nowMs: number): IncidentView[] {
  const incident = (id: string, agoMs: number, rest: Pick<IncidentView, "code" | "subject" | "detail" | "severity" | "status">) => ({
    incidentId: id,
    raisedAtMs: nowMs - agoMs,
    updatedAtMs: nowMs - agoMs,
    author: "watchdog",
    ...rest,
  });
  return [
    incident("PROGRAM_DRIFT:pump_amm:1", 312_000, {
      code: "PROGRAM_DRIFT",
      subject: "pump_amm",
      detail: "deployed in slot 401993127, pinned is slot 372118002: no entries until it is pinned again",
      severity: "page",
      status: "raised",
    }),
    incident("RPC_LAGGING:second:4", 41_000, {
      code: "RPC_LAGGING",
      subject: "second",
      detail: "54 slots behind",
      severity: "warn",
      status: "raised",
    }),
    incident("PREDICTION_MISSED:p9:1", 5_000_000, {
      code: "PREDICTION_MISSED",
      subject: `position:${MINT}`,
      detail: "quote 49999999 instead of 50000000",
      severity: "warn",
      status: "acknowledged",
    }),
  ];
}

/** Orders in every state; one landed a lamport beside its prediction. */
export function fakeIntents(nowMs: number): IntentView[] {
  const costs: TradeCosts = {
    baseAmount: "1184027331902",
    quoteLamports: "50000000",
    venueFeeLamports: "612500",
    networkFeeLamports: "105000",
    tipLamports: "200000",
    rentLamports: "2074080",
    otherRentLamports: "0",
  };
  const states: ReadonlyArray<Partial<IntentView>> = [
    { side: "sell", status: "sent", predicted: costs },
    { side: "buy", predicted: costs, actual: costs },
    {
      side: "sell",
      predicted: costs,
      actual: { ...costs, quoteLamports: "49999999", rentLamports: "2039280" },
      detail: "quoteLamports 49999999 instead of 50000000",
    },
    { side: "buy", predicted: costs, actual: { ...costs, baseAmount: "1183900122730" } },
    { side: "buy", status: "expired", reason: "TX_EXPIRED", sends: 61 },
    { side: "buy", status: "failed", reason: "SIMULATION_FAILED", detail: "custom program error 0x1774 <b>", signature: null, sends: 0 },
  ];
  return states.map((state, index) => ({
    intentId: `position:${MINT}:${state.side}:${index}`,
    positionId: `position:${MINT}`,
    mint: MINT,
    side: "buy",
    status: "landed",
    signature: SIGNATURE,
    amountIn: state.side === "sell" ? costs.baseAmount : costs.quoteLamports,
    minOut: "1172187058583",
    sends: 2,
    reactionMs: 740,
    slot: 401_993_000 - index * 40,
    reason: null,
    detail: null,
    predicted: null,
    actual: null,
    updatedAtMs: nowMs - index * 47_000,
    ...state,
  }));
}
