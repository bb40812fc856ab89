import type { Candidate } from "../candidate.ts";
import { sampleToken } from "../safety/sample-token.ts";
import { PUMP_TOKEN_SUPPLY, WSOL_MINT } from "../solana/programs.ts";
import type { Observations } from "./observations.ts";

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

/** What an Analyzer might know of it ten seconds after the graduation. */
export const SAMPLE_OBSERVATIONS: Observations = {
  asOfMs: GRADUATED_AT_MS + 10_000,
  asOfSlot: GRADUATED_IN_SLOT + 25,
  candidate: SAMPLE_CANDIDATE,
  supply: PUMP_TOKEN_SUPPLY,
  isMayhem: false,
  reserves: { baseReserves: 203_000_000_000_000n, quoteReservesLamports: 86_623_172_120n, quoteVaultLamports: 69_038_666_832n },
  holders: { topHolder: 0.031, top10: 0.19, creator: 0.012 },
  curveHistory: {
    isComplete: true,
    rows: [
      ...Array.from({ length: 9 }, () => ({ slot: 369_997_750, failed: false })),
      ...Array.from({ length: 392 }, (_, i) => ({ slot: 369_997_760 + 5 * i, failed: i % 14 === 0 })),
    ],
  },
  poolHistory: {
    isComplete: true,
    rows: [
      { slot: GRADUATED_IN_SLOT, failed: false },
      ...Array.from({ length: 12 }, (_, i) => ({ slot: GRADUATED_IN_SLOT + 2 * i, failed: i % 4 === 3 })),
    ],
  },
  trades: [
    { slot: GRADUATED_IN_SLOT + 20, side: "buy", payer: "A", quoteLamports: 1_500_000_000n },
    { slot: GRADUATED_IN_SLOT + 19, side: "sell", payer: "B", quoteLamports: 500_000_000n },
    { slot: GRADUATED_IN_SLOT + 16, side: "buy", payer: "C", quoteLamports: 800_000_000n },
    { slot: GRADUATED_IN_SLOT + 12, side: "buy", payer: "A", quoteLamports: 200_000_000n },
  ],
  solUsd: 150.3,
  social: {
    provider: "sample",
    fetchedAtMs: GRADUATED_AT_MS + 10_000,
    newestId: "5",
    costMicroUsd: 0,
    authors: [
      { id: "a", followers: 12_000, posts: 8_000, createdAtMs: GRADUATED_AT_MS - 1e11 },
      { id: "b", followers: 340, posts: 900, createdAtMs: GRADUATED_AT_MS - 5e10 },
      { id: "c", followers: 1, posts: 40, createdAtMs: GRADUATED_AT_MS - 1e8 },
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

function post(id: string, authorId: string, agoS: number, text: string, engagements: number) {
  return { id, authorId, text, lang: "en", createdAtMs: GRADUATED_AT_MS + 10_000 - agoS * 1000, engagements };
}
