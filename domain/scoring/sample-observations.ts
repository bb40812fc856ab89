import type { Candidate } from "../candidate.ts";
import { sampleToken } from "../safety/sample-token.ts";
import { PUMP_TOKEN_SUPPLY, WSOL_MINT } from "../solana/programs.ts";
import type { Observations, ObservedTrade } from "./observations.ts";

const token = sampleToken();
const GRADUATED_AT_MS = Date.UTC(2026, 8, 1, 12, 0, 0);
const GRADUATED_IN_SLOT = 370_000_000;

/** The sound sample token as the Discoverer would hand it on, for tests and worked examples. */
export const SAMPLE_CANDIDATE: Candidate = {
  graduation: {
    signature: "1".repeat(64),
    slot: GRADUATED_IN_SLOT,
    blockTimeMs: GRADUATED_AT_MS,
    mint: token.mint,
    pool: token.pool,
    bondingCurve: token.curve,
    user: token.creator,
    creator: token.creator,
    quoteMint: WSOL_MINT,
    baseAmount: 206_900_000_000_000n,
    quoteAmountLamports: 84_990_359_084n,
    instruction: "migrate_v2",
  },
  source: "webhook",
  discoveredAtMs: GRADUATED_AT_MS + 2_000,
  symbol: "SMPL",
  name: "Sample",
  uri: "https://example.invalid/1",
  metadataHash: "0".repeat(64),
  creator: token.creator,
  liquidityLamports: 134_811_707_592n,
  liquidityUsd: 20_221.76,
  ageMs: 902_000,
  tradeCount: 420,
  solUsd: 150,
};

const AS_OF_MS = GRADUATED_AT_MS + 10_000;
const AS_OF_SLOT = GRADUATED_IN_SLOT + 25;
const CREATED_IN_SLOT = 369_997_750;
const HOUR_MS = 3_600_000;

/** What an Analyzer might know of it ten seconds after the graduation. */
export const SAMPLE_OBSERVATIONS: Observations = {
  asOfMs: AS_OF_MS,
  asOfSlot: AS_OF_SLOT,
  candidate: SAMPLE_CANDIDATE,
  accounts: [
    {
      slot: AS_OF_SLOT,
      supply: PUMP_TOKEN_SUPPLY,
      isMayhem: false,
      reserves: { baseReserves: 203_000_000_000_000n, quoteReservesLamports: 86_623_172_120n, quoteVaultLamports: 69_038_666_832n },
      creator: token.creator,
      creatorHolds: 12_000_000_000_000n,
      solUsd: 150.3,
    },
  ],
  holders: [
    {
      readAtMs: AS_OF_MS,
      isByOwner: true,
      isComplete: false,
      largest: [
        { owner: "H1", amount: 31_000_000_000_000n },
        { owner: "E1", amount: 24_000_000_000_000n },
        { owner: "H2", amount: 22_000_000_000_000n },
        ...Array.from({ length: 15 }, (_, i) => ({ owner: `S${i}`, amount: 16_000_000_000_000n - BigInt(i) * 800_000_000_000n })),
      ],
    },
  ],
  curveHistory: {
    isComplete: true,
    rows: [
      ...Array.from({ length: 9 }, () => ({ slot: CREATED_IN_SLOT, failed: false })),
      ...Array.from({ length: 392 }, (_, i) => ({ slot: CREATED_IN_SLOT + 10 + 5 * i, failed: i % 14 === 0 })),
    ],
  },
  poolHistory: {
    isComplete: true,
    rows: [
      { slot: GRADUATED_IN_SLOT, failed: false },
      ...Array.from({ length: 12 }, (_, i) => ({ slot: GRADUATED_IN_SLOT + 2 * i, failed: i % 4 === 3 })),
    ],
  },
  creation: {
    slot: CREATED_IN_SLOT,
    isComplete: true,
    creators: [token.creator],
    trades: [
      curveBuy(token.creator, 15_000_000_000_000n),
      curveBuy("E1", 24_000_000_000_000n),
      curveBuy("E2", 12_000_000_000_000n),
      curveBuy("E3", 3_000_000_000_000n),
    ],
  },
  trades: [
    swap(20, "buy", "A", 1_500_000_000n),
    swap(19, "sell", "E2", 500_000_000n),
    swap(16, "buy", "C", 5_800_000_000n),
    swap(12, "buy", "A", 200_000_000n),
    swap(9, "sell", "A", 600_000_000n),
    swap(6, "buy", "D", 1_400_000_000n),
  ],
  moods: [
    { scorer: "ai", readAtMs: AS_OF_MS, mood: 0.62 },
    { scorer: "student", readAtMs: AS_OF_MS, mood: 0.48 },
  ],
  creatorRecord: {
    coins: [
      { mint: "coin-1", seenAtMs: AS_OF_MS - 50 * HOUR_MS, closedAtMs: AS_OF_MS - 49 * HOUR_MS, change: -0.92 },
      { mint: "coin-2", seenAtMs: AS_OF_MS - 20 * HOUR_MS, closedAtMs: AS_OF_MS - 19 * HOUR_MS, change: 0.4 },
      { mint: "coin-3", seenAtMs: AS_OF_MS - 600_000, closedAtMs: null, change: null },
    ],
  },
  marketRecord: {
    paths: Array.from({ length: 40 }, (_, i) => ({
      mint: `path-${i}`,
      name: i % 5 === 0 ? "Good Doge" : "Thing",
      symbol: `T${i}`,
      startedAtMs: AS_OF_MS - (i + 2) * 1_200_000,
      closedAtMs: AS_OF_MS - (i + 1) * 1_200_000,
      change: ((i * 7) % 40) / 20 - 1.2 + (i % 2) * 0.3,
    })),
    sol: Array.from({ length: 60 }, (_, i) => ({ atMs: AS_OF_MS - (i + 1) * 840_000, usd: 150 + ((i * 11) % 7) - 3 })),
  },
  social: {
    provider: "sample",
    fetchedAtMs: AS_OF_MS,
    newestId: "5",
    costMicroUsd: 0,
    authors: [
      { id: "a", followers: 12_000, posts: 8_000, createdAtMs: GRADUATED_AT_MS - 1e11, verified: true },
      { id: "b", followers: 340, posts: 900, createdAtMs: GRADUATED_AT_MS - 5e10, verified: false },
      { id: "c", followers: 1, posts: 40, createdAtMs: GRADUATED_AT_MS - 1e8, verified: false },
    ],
    posts: [
      post("1", "a", 300, `$SMPL just graduated, bullish, chart looks great ${token.mint}`, 24),
      post("2", "b", 240, "aping a little $SMPL, still early", 3),
      post("3", "c", 200, "LFG $SMPL to the moon 🚀🚀🚀", 0),
      post("4", "b", 100, "$SMPL dev still holds, careful", 1),
      post("5", "a", 20, "volume is good on $SMPL", 9),
    ],
  },
};

/** Observations of which nothing could be had but the candidate itself. */
export function emptyObservations(candidate: Candidate = SAMPLE_CANDIDATE): Observations {
  return {
    asOfMs: AS_OF_MS,
    asOfSlot: AS_OF_SLOT,
    candidate,
    accounts: [],
    holders: [],
    curveHistory: null,
    poolHistory: null,
    creation: null,
    trades: null,
    social: null,
    moods: [],
    creatorRecord: null,
    marketRecord: null,
  };
}

function curveBuy(user: string, tokenAmount: bigint) {
  return { slot: CREATED_IN_SLOT, side: "buy" as const, user, payer: user, tokenAmount };
}

function swap(slots: number, side: ObservedTrade["side"], user: string, quoteLamports: bigint): ObservedTrade {
  return { slot: GRADUATED_IN_SLOT + slots, side, user, payer: user, quoteLamports, baseAmount: quoteLamports * 2_400n };
}

function post(id: string, authorId: string, agoS: number, text: string, engagements: number) {
  return { id, authorId, text, lang: "en", createdAtMs: GRADUATED_AT_MS + 10_000 - agoS * 1000, engagements };
}
