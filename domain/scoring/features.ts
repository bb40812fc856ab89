import { summarizeSocial } from "../sentiment/aggregate.ts";
import { SCORERS } from "../sentiment/scorers.ts";
import { solNumber } from "../units.ts";
import type { FeatureVector } from "./assessment.ts";
import type { Observations, ObservedSignature, ObservedTrade, SignatureHistory } from "./observations.ts";

/** Changes whenever a feature is added, removed or computed otherwise: a model knows one version only. */
export const FEATURE_SET_VERSION = "f1";

export interface FeatureSpec {
  readonly unit: string;
  /** Values outside are cut to the range. */
  readonly min: number;
  readonly max: number;
  /** When the value is null. */
  readonly missing: string;
  readonly source: FeatureSource;
}

export type FeatureSource = "candidate" | "accounts" | "holders" | "curve history" | "pool history" | "pool trades" | "posts";

/** Solana's target slot time (solana.com/docs, 400 ms). */
const SLOT_S = 0.4;
/** No rate is taken over less. */
const MIN_RATE_SPAN_S = 2;

const NO_RESERVES = "a pool vault could not be read";
const NO_CURVE = "the curve's history is late, or older than one page of 1,000";
const NO_POOL = "the pool's history is late";
const NO_TRADES = "no swap could be decoded in time";
const NO_HOLDERS = "the largest accounts are late";
const NO_POSTS = "no posts, or the source refused";
const NO_SOURCE = "the source refused";

/** Every feature, in the order that models are fed. `docs/scoring.md` is checked against this table. */
export const FEATURES = {
  liquidityUsd: spec("USD", 0, 1e9, NO_RESERVES, "accounts"),
  liquidityToMarketCap: spec("share", 0, 2, NO_RESERVES, "accounts"),
  marketCapSol: spec("SOL", 0, 1e9, NO_RESERVES, "accounts"),
  realQuoteShare: spec("share", 0, 1, NO_RESERVES, "accounts"),
  priceChangeSinceOpen: spec("ratio", -1, 1_000, NO_RESERVES, "accounts"),
  isMayhem: spec("0 or 1", 0, 1, "the pool could not be read", "accounts"),
  solMove: spec("ratio", -1, 1, "the price is missing or stale", "accounts"),
  creatorShare: spec("share of supply", 0, 1, "the creator is unknown or the account is late", "accounts"),
  topHolderShare: spec("share of supply", 0, 1, NO_HOLDERS, "holders"),
  top10Share: spec("share of supply", 0, 1, NO_HOLDERS, "holders"),
  tokenAgeS: spec("s", 0, 30 * 86_400, "never", "candidate"),
  curveTrades: spec("trades", 0, 5_000, "never", "candidate"),
  curveDurationS: spec("s", 0, 30 * 86_400, "the graduation has no block time", "candidate"),
  creationSlotShare: spec("share of curve transactions", 0, 1, NO_CURVE, "curve history"),
  busiestSlotShare: spec("share of curve transactions", 0, 1, NO_CURVE, "curve history"),
  curveFailedShare: spec("share of curve transactions", 0, 1, NO_CURVE, "curve history"),
  poolAgeS: spec("s", 0, 30 * 86_400, "the graduation has no slot", "candidate"),
  poolTrades: spec("transactions", 0, 1_000, NO_POOL, "pool history"),
  poolTradesPerMinute: spec("1/min", 0, 10_000, `${NO_POOL}, or covers less than ${MIN_RATE_SPAN_S} s`, "pool history"),
  poolFailedShare: spec("share of pool transactions", 0, 1, `${NO_POOL} or empty`, "pool history"),
  sampledTrades: spec("swaps", 0, 100, NO_TRADES, "pool trades"),
  sampledBuyShare: spec("share of swaps", 0, 1, NO_TRADES, "pool trades"),
  sampledNetFlow: spec("share of volume", -1, 1, NO_TRADES, "pool trades"),
  sampledUniquePayers: spec("share of swaps", 0, 1, NO_TRADES, "pool trades"),
  sampledMeanTradeSol: spec("SOL", 0, 1e6, NO_TRADES, "pool trades"),
  sentimentMean: spec("-1 to 1", -1, 1, NO_POSTS, "posts"),
  sentimentWeighted: spec("-1 to 1", -1, 1, NO_POSTS, "posts"),
  effectivePosts: spec("posts", 0, 100, NO_SOURCE, "posts"),
  mentions: spec("posts", 0, 100, NO_SOURCE, "posts"),
  mentionsPerMinute: spec("1/min", 0, 1_000, NO_SOURCE, "posts"),
  distinctAuthors: spec("authors", 0, 100, NO_SOURCE, "posts"),
  reachLog10: spec("log10 followers", 0, 10, "no author is known", "posts"),
  engagementsPerPost: spec("per post", 0, 1e7, NO_POSTS, "posts"),
  botShare: spec("share of posts", 0, 1, NO_POSTS, "posts"),
  duplicateShare: spec("share of posts", 0, 1, NO_POSTS, "posts"),
  mintMentionShare: spec("share of posts", 0, 1, NO_POSTS, "posts"),
} as const satisfies Record<string, FeatureSpec>;

export type FeatureName = keyof typeof FEATURES;
export type Features = { readonly [name in FeatureName]: number | null };

/** Names in the table's order. */
export const FEATURE_NAMES = Object.keys(FEATURES) as readonly FeatureName[];

function spec(unit: string, min: number, max: number, missing: string, source: FeatureSource): FeatureSpec {
  return { unit, min, max, missing, source };
}

/**
 * The features of a token at `asOfMs` and `asOfSlot`. Nothing later is looked at, whatever the
 * observations hold. Unknown is null, never zero.
 */
export function buildFeatures(observed: Observations): Features {
  const raw: Features = {
    ...poolFeatures(observed),
    ...curveFeatures(observed),
    ...tradingFeatures(observed),
    ...socialFeatures(observed),
    creatorShare: observed.holders.creator,
    topHolderShare: observed.holders.topHolder,
    top10Share: observed.holders.top10,
  };
  const cut: Partial<Record<FeatureName, number | null>> = {};
  for (const name of FEATURE_NAMES) {
    const value = raw[name];
    const { min, max } = FEATURES[name];
    cut[name] = value === null || !Number.isFinite(value) ? null : Math.min(max, Math.max(min, value));
  }
  return cut as Features satisfies FeatureVector;
}

type Part<N extends FeatureName> = Pick<Features, N>;

function poolFeatures({
  reserves,
  supply,
  candidate,
  isMayhem,
  solUsd,
}: Observations): Part<
  "liquidityUsd" | "liquidityToMarketCap" | "marketCapSol" | "realQuoteShare" | "priceChangeSinceOpen" | "isMayhem" | "solMove"
> {
  const { baseAmount, quoteAmountLamports } = candidate.graduation;
  const priced = reserves !== null && reserves.baseReserves > 0n && reserves.quoteReservesLamports > 0n ? reserves : null;
  const price = priced === null ? null : Number(priced.quoteReservesLamports) / Number(priced.baseReserves);
  const openingPrice = baseAmount > 0n && quoteAmountLamports > 0n ? Number(quoteAmountLamports) / Number(baseAmount) : null;
  const liquiditySol = reserves === null ? null : 2 * solNumber(reserves.quoteVaultLamports);
  const marketCapSol = price === null || supply === null ? null : (price * Number(supply)) / 1e9;
  return {
    liquidityUsd: liquiditySol === null ? null : liquiditySol * candidate.solUsd,
    liquidityToMarketCap: liquiditySol === null || marketCapSol === null ? null : liquiditySol / marketCapSol,
    marketCapSol,
    realQuoteShare: priced === null ? null : Number(priced.quoteVaultLamports) / Number(priced.quoteReservesLamports),
    priceChangeSinceOpen: price === null || openingPrice === null ? null : price / openingPrice - 1,
    isMayhem: isMayhem === null ? null : Number(isMayhem),
    solMove: solUsd === null ? null : solUsd / candidate.solUsd - 1,
  };
}

function curveFeatures({
  candidate,
  asOfMs,
  asOfSlot,
  curveHistory,
}: Observations): Part<"tokenAgeS" | "curveTrades" | "curveDurationS" | "creationSlotShare" | "busiestSlotShare" | "curveFailedShare"> {
  const { ageMs, discoveredAtMs, graduation, tradeCount } = candidate;
  const createdAtMs = discoveredAtMs - ageMs;
  return {
    tokenAgeS: Math.max(0, asOfMs - createdAtMs) / 1000,
    curveTrades: tradeCount,
    curveDurationS: graduation.blockTimeMs === null ? null : Math.max(0, graduation.blockTimeMs - createdAtMs) / 1000,
    ...slotShares(curveHistory, asOfSlot),
  };
}

/** The creation itself is in the first slot, so it is not counted there. */
function slotShares(
  history: SignatureHistory | null,
  asOfSlot: number,
): Part<"creationSlotShare" | "busiestSlotShare" | "curveFailedShare"> {
  const rows = history === null ? [] : upTo(history.rows, asOfSlot);
  const slots = rows.filter(({ failed }) => !failed).map(({ slot }) => slot);
  if (history === null || !history.isComplete || slots.length < 2)
    return { creationSlotShare: null, busiestSlotShare: null, curveFailedShare: null };
  const counts = new Map<number, number>();
  for (const slot of slots) counts.set(slot, (counts.get(slot) ?? 0) + 1);
  const first = slots.reduce((least, slot) => Math.min(least, slot));
  counts.set(first, (counts.get(first) ?? 0) - 1);
  const total = slots.length - 1;
  return {
    creationSlotShare: (counts.get(first) ?? 0) / total,
    busiestSlotShare: [...counts.values()].reduce((most, count) => Math.max(most, count)) / total,
    curveFailedShare: 1 - slots.length / rows.length,
  };
}

function tradingFeatures({
  candidate,
  asOfSlot,
  poolHistory,
  trades,
}: Observations): Part<
  | "poolAgeS"
  | "poolTrades"
  | "poolTradesPerMinute"
  | "poolFailedShare"
  | "sampledTrades"
  | "sampledBuyShare"
  | "sampledNetFlow"
  | "sampledUniquePayers"
  | "sampledMeanTradeSol"
> {
  const openedAtSlot = candidate.graduation.slot;
  const poolAgeS = openedAtSlot === null ? null : Math.max(0, asOfSlot - openedAtSlot) * SLOT_S;
  const rows = poolHistory === null ? null : upTo(poolHistory.rows, asOfSlot);
  const succeeded = rows?.filter(({ failed }) => !failed).length ?? 0;
  // The migration created the pool: it is the first transaction of a complete list, and no trade.
  const poolTrades = rows === null ? null : Math.max(0, succeeded - (poolHistory?.isComplete === true ? 1 : 0));
  // A list that was cut off counts too few trades, so its rate is of the slots that it covers.
  const spanS = poolHistory?.isComplete === false && rows !== null ? spanOf(rows, asOfSlot) : poolAgeS;
  return {
    poolAgeS,
    poolTrades,
    poolTradesPerMinute: poolTrades === null || spanS === null || spanS < MIN_RATE_SPAN_S ? null : (poolTrades * 60) / spanS,
    poolFailedShare: rows === null || rows.length === 0 ? null : 1 - succeeded / rows.length,
    ...sampleFeatures(trades === null ? [] : upTo(trades, asOfSlot)),
  };
}

function sampleFeatures(
  trades: readonly ObservedTrade[],
): Part<"sampledTrades" | "sampledBuyShare" | "sampledNetFlow" | "sampledUniquePayers" | "sampledMeanTradeSol"> {
  if (trades.length === 0)
    return { sampledTrades: null, sampledBuyShare: null, sampledNetFlow: null, sampledUniquePayers: null, sampledMeanTradeSol: null };
  const volume = (side: ObservedTrade["side"] | null) =>
    trades.reduce((sum, trade) => (side === null || trade.side === side ? sum + solNumber(trade.quoteLamports) : sum), 0);
  const total = volume(null);
  return {
    sampledTrades: trades.length,
    sampledBuyShare: trades.filter(({ side }) => side === "buy").length / trades.length,
    sampledNetFlow: total === 0 ? null : (volume("buy") - volume("sell")) / total,
    sampledUniquePayers: new Set(trades.map(({ payer }) => payer)).size / trades.length,
    sampledMeanTradeSol: total / trades.length,
  };
}

function socialFeatures({
  social,
  candidate,
  asOfMs,
}: Observations): Part<
  | "sentimentMean"
  | "sentimentWeighted"
  | "effectivePosts"
  | "mentions"
  | "mentionsPerMinute"
  | "distinctAuthors"
  | "reachLog10"
  | "engagementsPerPost"
  | "botShare"
  | "duplicateShare"
  | "mintMentionShare"
> {
  const summary = social === null ? null : summarizeSocial(social, candidate.graduation.mint, asOfMs, SCORERS.overlay);
  return {
    sentimentMean: summary?.sentimentMean ?? null,
    sentimentWeighted: summary?.sentimentWeighted ?? null,
    effectivePosts: summary?.effectivePosts ?? null,
    mentions: summary?.posts ?? null,
    mentionsPerMinute: summary?.mentionsPerMinute ?? null,
    distinctAuthors: summary?.distinctAuthors ?? null,
    reachLog10: summary?.reach ?? null,
    engagementsPerPost: summary?.engagementsPerPost ?? null,
    botShare: summary?.botShare ?? null,
    duplicateShare: summary?.duplicateShare ?? null,
    mintMentionShare: summary?.mintShare ?? null,
  };
}

function upTo<T extends { readonly slot: number }>(rows: readonly T[], asOfSlot: number): readonly T[] {
  return rows.filter(({ slot }) => slot <= asOfSlot);
}

function spanOf(rows: readonly ObservedSignature[], asOfSlot: number): number | null {
  return rows.length === 0 ? null : (asOfSlot - rows.reduce((least, { slot }) => Math.min(least, slot), asOfSlot)) * SLOT_S;
}
