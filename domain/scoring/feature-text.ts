import { FEATURE_UNITS } from "./feature-units.ts";
import type { FeatureName } from "./features.ts";

/** What a feature is called in a sentence; one without an entry goes by its own name, spaced. */
const LABELS = {
  liquidityUsd: "liquidity",
  liquidityToMarketCap: "liquidity against market cap",
  marketCapSol: "market cap",
  realQuoteShare: "the real share of the pool's SOL",
  poolSupplyShare: "the supply left in the pool",
  liquidityChange: "liquidity since its discovery",
  priceChangeSinceOpen: "price since the pool opened",
  isMayhem: "mayhem mode",
  poolAgeS: "the pool's age",
  poolTrades: "trades in the pool",
  poolTradesPerMinute: "trading pace",
  poolFailedShare: "failed pool transactions",
  poolTradePace: "the trading pace's trend",
  poolVolumeSol: "volume in the pool",
  sampledTrades: "swaps read",
  sampledBuyShare: "buys among the newest swaps",
  sampledNetFlow: "net buying in the newest swaps",
  sampledUniquePayers: "different wallets behind the newest swaps",
  uniqueBuyers: "buyers in the newest swaps",
  sampledMeanTradeSol: "the mean swap",
  washShare: "wash trading",
  topHolderShare: "the largest holder",
  top10Share: "the ten largest holders",
  holdersAtLeast: "holders seen",
  holderSpread: "the holders' spread",
  holderGrowthPerMinute: "holder growth",
  whaleHolders: "whales",
  whaleHolderShare: "the whales' share",
  whaleSwapShare: "swaps of 5 SOL or more",
  creationBuyers: "buyers in the creation slot",
  creationBoughtShare: "what was bought in the creation slot",
  earlyBuyersHolding: "early buyers who still hold",
  insiderExitShare: "what insiders have sold",
  insiderSellShare: "insiders' sales among the newest swaps",
  tokenAgeS: "the token's age",
  curveTrades: "trades on the bonding curve",
  curveDurationS: "time to graduation",
  creationSlotShare: "curve trades in the creation slot",
  busiestSlotShare: "curve trades in the busiest slot",
  curveFailedShare: "failed curve transactions",
  creatorShare: "the creator's holding",
  creatorBoughtShare: "what the creator bought at creation",
  creatorShareChange: "the creator's holding since creation",
  creatorSoldShare: "what the creator has sold",
  creatorCoins: "the creator's other coins of the week",
  creatorMedianChange: "the price of the creator's other coins",
  creatorDeadShare: "the creator's coins that died",
  sentimentMean: "mood of the posts",
  sentimentWeighted: "mood of the posts, by reach",
  sentimentAi: "mood by Workers AI",
  sentimentStudent: "mood by the student model",
  effectivePosts: "independent posts",
  mentions: "posts that mention it",
  mentionsPerMinute: "mentions",
  distinctAuthors: "authors",
  reachLog10: "the authors' reach",
  influencerShare: "posts by influencers",
  influencerEngagements: "engagement of influencers' posts",
  verifiedShare: "posts by verified authors",
  engagementsPerPost: "engagement",
  botShare: "posts that look like bots'",
  duplicateShare: "copied posts",
  mintMentionShare: "posts that name the mint",
  solMove: "SOL since the discovery",
  solChangeHour: "SOL over the last hour",
  marketMedianChange: "the price of other new coins",
  marketWinShare: "new coins that ended higher",
  marketGraduations: "graduations",
  sectorMedianChange: "the price of coins of its theme",
  solCorrelation: "correlation with SOL",
} as const satisfies Partial<Record<FeatureName, string>>;

/** Digits of a number in a sentence. */
const DIGITS = 3;
const MINUTE_S = 60;
const HOUR_S = 3_600;

/** A feature's name for people. */
export function featureLabel(name: string): string {
  if (Object.hasOwn(LABELS, name)) return LABELS[name as keyof typeof LABELS];
  return name.replaceAll(/([a-z])([A-Z0-9])/g, "$1 $2").toLowerCase();
}

/**
 * A feature's value with its unit, as in `31.2 % of the supply`; short, `31.2 %`, where the label says the rest. What is
 * counted stands alone: the label says what. Of a name that we do not know, the number.
 */
export function featureValue(name: string, value: number, form: "full" | "short" = "full"): string {
  const unit: string = Object.hasOwn(FEATURE_UNITS, name) ? FEATURE_UNITS[name as FeatureName] : "";
  if (unit === "USD") return `$${number(value)}`;
  if (unit === "SOL") return `${number(value)} SOL`;
  if (unit === "0 or 1") return value > 0 ? "on" : "off";
  if (unit === "s") return duration(value);
  if (unit === "ratio") return `${value > 0 ? "+" : ""}${percent(value)}`;
  if (unit === "share of supply" && form === "full") return `${percent(value)} of the supply`;
  if (unit.startsWith("share")) return percent(value);
  if (unit === "log10 followers") return `${number(10 ** value)} followers`;
  if (unit === "1/min") return `${number(value)} a minute`;
  if (unit === "1/h") return `${number(value)} an hour`;
  if (unit === "per post") return `${number(value)} a post`;
  if (unit === "-1 to 1" && form === "full") return `${number(value)} of -1 to 1`;
  return number(value);
}

function percent(share: number): string {
  return `${number(share * 100)} %`;
}

function duration(seconds: number): string {
  if (seconds < 2 * MINUTE_S) return `${number(seconds)} s`;
  return seconds < 2 * HOUR_S ? `${number(seconds / MINUTE_S)} min` : `${number(seconds / HOUR_S)} h`;
}

/** Few digits, thousands apart, no exponent. */
function number(value: number): string {
  const rounded = Number(value.toPrecision(DIGITS));
  return rounded.toLocaleString("en-US", { maximumSignificantDigits: DIGITS });
}
