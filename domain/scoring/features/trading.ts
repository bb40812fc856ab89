import { solNumber } from "../../units.ts";
import type { ObservedSignature, ObservedTrade } from "../observations.ts";
import type { Past } from "./past.ts";
import { type FeatureSpecs, specsOf, type ValuesOf } from "./schema.ts";

/** Solana's target slot time (solana.com/docs, 400 ms). */
export const SLOT_S = 0.4;
/** No rate is taken over less. */
export const MIN_RATE_SPAN_S = 2;
/** Round trips are looked for in no fewer swaps. */
const MIN_WASH_SWAPS = 4;

const NO_POOL = "the pool's history is late";
const NO_TRADES = "no swap could be decoded in time";
const candidate = specsOf("trading", "candidate");
const history = specsOf("trading", "pool history");
const sample = specsOf("trading", "pool trades");
const volume = specsOf("trading", "pool trades", "pool history");

/** What goes on in the pool since the migration. */
export const TRADING_FEATURES = {
  poolAgeS: candidate("s", 0, 30 * 86_400, "the graduation has no slot", "slots since the migration × 0.4"),
  poolTrades: history("transactions", 0, 1_000, NO_POOL, "that succeeded, without the migration"),
  poolTradesPerMinute: history(
    "1/min",
    0,
    10_000,
    `${NO_POOL}, or covers less than ${MIN_RATE_SPAN_S} s`,
    "over the slots that the page covers",
  ),
  poolFailedShare: history("share of pool transactions", 0, 1, `${NO_POOL} or empty`, "that failed"),
  poolTradePace: history(
    "-1 to 1",
    -1,
    1,
    `${NO_POOL} or covers less than ${2 * MIN_RATE_SPAN_S} s`,
    "(later half - earlier half) / both, by time",
  ),
  poolVolumeSol: volume("SOL", 0, 1e7, `${NO_POOL}, or ${NO_TRADES}`, "since the migration: transactions × mean size of the decoded swaps"),
  sampledTrades: sample("swaps", 0, 100, NO_TRADES, "decoded: the newest"),
  sampledBuyShare: sample("share of swaps", 0, 1, NO_TRADES, "buys; the buy/sell ratio is share / (1 - share)"),
  sampledNetFlow: sample("share of volume", -1, 1, NO_TRADES, "(bought - sold) / both"),
  sampledUniquePayers: sample("share of swaps", 0, 1, NO_TRADES, "different fee payers / swaps"),
  uniqueBuyers: sample("wallets", 0, 100, NO_TRADES, "that bought in the decoded swaps: a lower bound"),
  sampledMeanTradeSol: sample("SOL", 0, 1e6, NO_TRADES, "mean size"),
  washShare: sample("share of volume", 0, 1, `fewer than ${MIN_WASH_SWAPS} swaps were decoded`, "that one wallet both bought and sold"),
} as const satisfies FeatureSpecs;

/** Features of the pool's transactions. */
export function tradingFeatures({ candidate: found, asOfSlot, poolHistory, trades }: Past): ValuesOf<typeof TRADING_FEATURES> {
  const openedAtSlot = found.graduation.slot;
  const poolAgeS = openedAtSlot === null ? null : Math.max(0, asOfSlot - openedAtSlot) * SLOT_S;
  const rows = poolHistory?.rows ?? null;
  const succeeded = rows?.filter(({ failed }) => !failed).length ?? 0;
  // The migration created the pool: it is the first transaction of a complete list, and no trade.
  const poolTrades = rows === null ? null : Math.max(0, succeeded - (poolHistory?.isComplete === true ? 1 : 0));
  // A list that was cut off counts too few trades, so its rate is of the slots that it covers.
  const spanS = poolHistory?.isComplete === false && rows !== null ? spanOf(rows, asOfSlot) : poolAgeS;
  const sampled = sampleFeatures(trades ?? []);
  return {
    poolAgeS,
    poolTrades,
    poolTradesPerMinute: poolTrades === null || spanS === null || spanS < MIN_RATE_SPAN_S ? null : (poolTrades * 60) / spanS,
    poolFailedShare: rows === null || rows.length === 0 ? null : 1 - succeeded / rows.length,
    poolTradePace: rows === null ? null : paceOf(rows, asOfSlot, poolHistory?.isComplete === true),
    poolVolumeSol: poolTrades === null || sampled.sampledMeanTradeSol === null ? null : poolTrades * sampled.sampledMeanTradeSol,
    ...sampled,
  };
}

function sampleFeatures(trades: readonly ObservedTrade[]) {
  if (trades.length === 0) {
    return {
      sampledTrades: null,
      sampledBuyShare: null,
      sampledNetFlow: null,
      sampledUniquePayers: null,
      uniqueBuyers: null,
      sampledMeanTradeSol: null,
      washShare: null,
    };
  }
  const buys = trades.filter(({ side }) => side === "buy");
  const bought = volumeSol(buys);
  const total = volumeSol(trades);
  return {
    sampledTrades: trades.length,
    sampledBuyShare: buys.length / trades.length,
    sampledNetFlow: total > 0 ? (2 * bought - total) / total : null,
    sampledUniquePayers: new Set(trades.map(({ payer }) => payer)).size / trades.length,
    uniqueBuyers: new Set(buys.map(({ user }) => user)).size,
    sampledMeanTradeSol: total / trades.length,
    washShare: trades.length < MIN_WASH_SWAPS ? null : roundTripShare(trades),
  };
}

/** What the swaps moved together. */
export function volumeSol(trades: readonly ObservedTrade[]): number {
  return trades.reduce((sum, { quoteLamports }) => sum + Math.max(0, solNumber(quoteLamports)), 0);
}

/** Twice the smaller side of each wallet, over the whole volume. */
function roundTripShare(trades: readonly ObservedTrade[]): number | null {
  const total = volumeSol(trades);
  if (!(total > 0)) return null;
  let roundTrip = 0;
  for (const user of new Set(trades.map((trade) => trade.user))) {
    const own = trades.filter((trade) => trade.user === user);
    const bought = volumeSol(own.filter(({ side }) => side === "buy"));
    roundTrip += 2 * Math.min(bought, volumeSol(own) - bought);
  }
  return Math.max(0, roundTrip) / total;
}

/** Whether trade quickens: successes of the later half of the span against the earlier, without the migration. */
function paceOf(rows: readonly ObservedSignature[], asOfSlot: number, isComplete: boolean): number | null {
  const spanS = spanOf(rows, asOfSlot);
  if (spanS === null || spanS < 2 * MIN_RATE_SPAN_S) return null;
  const middle = asOfSlot - spanS / SLOT_S / 2;
  const landed = rows.filter(({ failed }) => !failed);
  const later = landed.filter(({ slot }) => slot > middle).length;
  const earlier = Math.max(0, landed.length - later - (isComplete ? 1 : 0));
  return later + earlier === 0 ? null : (later - earlier) / (later + earlier);
}

function spanOf(rows: readonly ObservedSignature[], asOfSlot: number): number | null {
  return rows.length === 0 ? null : (asOfSlot - rows.reduce((least, { slot }) => Math.min(least, slot), asOfSlot)) * SLOT_S;
}
