import type { MarketRecord, SolPoint } from "../observations.ts";
import type { Past } from "./past.ts";
import { type FeatureSpecs, median, positive, specsOf, type ValuesOf } from "./schema.ts";

/** Paths that began longer ago say nothing of today's mood. */
export const MARKET_WINDOW_MS = 24 * 3_600_000;
/** Fewer closed paths have no mood, and fewer of one sector no sector. */
const MIN_PATHS = 10;
const MIN_SECTOR_PATHS = 5;
/** Fewer pairs of a coin's and SOL's change have no correlation. */
const MIN_PAIRS = 20;
/** A SOL price older than this is not the price at a moment. */
const MAX_SOL_AGE_MS = 15 * 60_000;

const accounts = specsOf("market", "accounts");
const records = specsOf("market", "own records");
const few = (count: number, what: string) => `our records are late, or hold fewer than ${count} ${what} of the last 24 h`;

/** The weather: SOL, and how the coins before this one fared. */
export const MARKET_FEATURES = {
  solMove: accounts("ratio", -1, 1, "the price is missing or stale", "SOL in USD against the Discoverer's"),
  solChangeHour: records(
    "ratio",
    -1,
    1,
    "the price is missing or stale, or none of an hour ago is known",
    "SOL in USD against an hour ago, by our own decisions",
  ),
  marketMedianChange: records(
    "ratio",
    -1,
    1_000,
    few(MIN_PATHS, "closed price paths"),
    "price over the recorded path, middle of all coins",
  ),
  marketWinShare: records("share of coins", 0, 1, few(MIN_PATHS, "closed price paths"), "that ended above their beginning"),
  marketGraduations: records("1/h", 0, 10_000, few(MIN_PATHS, "closed price paths"), "closed paths of the last hour"),
  sectorMedianChange: records(
    "ratio",
    -1,
    1_000,
    few(MIN_SECTOR_PATHS, "closed price paths of the sector"),
    "as marketMedianChange, of coins with the same theme in name or symbol",
  ),
  solCorrelation: records(
    "-1 to 1",
    -1,
    1,
    few(MIN_PAIRS, "closed paths with SOL's price at both ends"),
    "Pearson: a coin's change and SOL's over the same path",
  ),
} as const satisfies FeatureSpecs;

/** Themes of names: the first in the text wins; a coin without one belongs to the rest, which is a sector too. */
const SECTOR_WORDS = {
  dogs: ["dog", "inu", "shib", "puppy", "bonk", "wif"],
  cats: ["cat", "kitty", "meow"],
  frogs: ["frog", "pepe", "toad", "kek"],
  ai: ["gpt", "agent", "robot", "neural", "llm"],
  politics: ["trump", "maga", "biden", "elon", "musk", "president", "vote"],
} as const;
const SECTOR_OF = new Map<string, string>(Object.entries(SECTOR_WORDS).flatMap(([sector, words]) => words.map((word) => [word, sector])));
const ANY_WORD = new RegExp(`${[...SECTOR_OF.keys()].join("|")}|\\bai\\b`);
/** Names are an attacker's text: no more of one is looked at. */
const MAX_NAME_CHARS = 100;

/** The theme of a coin by its name and symbol. */
export function sectorOf(name: string, symbol: string): string {
  const text = `${name.slice(0, MAX_NAME_CHARS)} ${symbol.slice(0, MAX_NAME_CHARS)}`.toLowerCase();
  const found = ANY_WORD.exec(text)?.[0];
  return found === undefined ? "rest" : (SECTOR_OF.get(found) ?? "ai");
}

/** Features of the market around the coin, from paths that were closed before the moment. */
export function marketFeatures({ account, candidate, asOfMs, marketRecord }: Past): ValuesOf<typeof MARKET_FEATURES> {
  const solUsd = positive(account?.solUsd);
  const before = positive(candidate.solUsd);
  const { mint } = candidate.graduation;
  const recent = (marketRecord?.paths ?? []).filter(
    (path) => path.mint !== mint && path.startedAtMs >= asOfMs - MARKET_WINDOW_MS && Number.isFinite(path.change),
  );
  const sol = (marketRecord?.sol ?? []).filter(({ usd }) => positive(usd) !== null).sort((a, b) => a.atMs - b.atMs);
  const sector = sectorOf(candidate.name, candidate.symbol);
  const alike = recent.filter((path) => sectorOf(path.name, path.symbol) === sector);
  const hourAgo = solAt(sol, asOfMs - 3_600_000);
  const enough = recent.length >= MIN_PATHS;
  return {
    solMove: solUsd === null || before === null ? null : solUsd / before - 1,
    solChangeHour: solUsd === null || hourAgo === null ? null : solUsd / hourAgo - 1,
    marketMedianChange: enough ? median(recent.map(({ change }) => change)) : null,
    marketWinShare: enough ? recent.filter(({ change }) => change > 0).length / recent.length : null,
    marketGraduations: enough ? recent.filter(({ closedAtMs }) => closedAtMs > asOfMs - 3_600_000).length : null,
    sectorMedianChange: alike.length >= MIN_SECTOR_PATHS ? median(alike.map(({ change }) => change)) : null,
    solCorrelation: correlationWithSol(recent, sol),
  };
}

function correlationWithSol(paths: MarketRecord["paths"], sol: readonly SolPoint[]): number | null {
  const pairs = paths.flatMap(({ startedAtMs, closedAtMs, change }) => {
    const [start, end] = [solAt(sol, startedAtMs), solAt(sol, closedAtMs)];
    return start === null || end === null ? [] : [{ coin: change, sol: end / start - 1 }];
  });
  if (pairs.length < MIN_PAIRS) return null;
  const mean = (pick: (pair: (typeof pairs)[number]) => number) => pairs.reduce((sum, pair) => sum + pick(pair), 0) / pairs.length;
  const [coinMean, solMean] = [mean(({ coin }) => coin), mean((pair) => pair.sol)];
  const covariance = mean((pair) => (pair.coin - coinMean) * (pair.sol - solMean));
  const spread = Math.sqrt(mean(({ coin }) => (coin - coinMean) ** 2) * mean((pair) => (pair.sol - solMean) ** 2));
  return spread > 0 ? covariance / spread : null;
}

/** The last price at or before a moment; null when it is too old. `sol` is sorted by time. */
function solAt(sol: readonly SolPoint[], atMs: number): number | null {
  let [low, high] = [0, sol.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sol[middle]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs) low = middle + 1;
    else high = middle;
  }
  const point = sol[low - 1];
  return point === undefined || atMs - point.atMs > MAX_SOL_AGE_MS ? null : point.usd;
}
