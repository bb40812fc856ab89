import { type Past, sharesOf } from "./past.ts";
import { type FeatureSpecs, median, shareOfSupply, specsOf, type ValuesOf } from "./schema.ts";
import { creatorBought } from "./smart-money.ts";

/** A coin that lost this much by its path's end counts as dead. */
const DEAD_CHANGE = -0.8;

const NO_CREATOR = "the creator is unknown or the account is late";
const NO_SLOT = "the creation slot is late or beyond the pages read";
const NO_RECORDS = "the creator is unknown or our records are late";
const NO_ENDED = `${NO_RECORDS}, or none of their coins' price paths has been closed`;
const accounts = specsOf("developer", "accounts");
const slot = specsOf("developer", "creation slot");
const records = specsOf("developer", "own records");

/** What the coin's creator does and did. */
export const DEVELOPER_FEATURES = {
  creatorShare: accounts("share of supply", 0, 1, NO_CREATOR, "held now"),
  creatorBoughtShare: slot("share of supply", 0, 1, NO_SLOT, "bought in the creation slot"),
  creatorShareChange: slot("share of supply", -1, 1, `${NO_CREATOR}, or ${NO_SLOT}`, "held now less bought then"),
  creatorSoldShare: slot(
    "share of supply",
    0,
    1,
    `${NO_CREATOR}, or neither creation slot nor swaps were read`,
    "sold: a lower bound, later buys are not known",
  ),
  creatorCoins: records("coins", 0, 1_000, NO_RECORDS, "others of theirs that graduated before us in the last week"),
  creatorMedianChange: records("ratio", -1, 1_000, NO_ENDED, "price over the recorded path, middle of those coins"),
  creatorDeadShare: records("share of coins", 0, 1, NO_ENDED, `that lost ${-DEAD_CHANGE * 100} % or more`),
} as const satisfies FeatureSpecs;

/** Features of the creator's dealings. */
export function developerFeatures(past: Past): ValuesOf<typeof DEVELOPER_FEATURES> {
  const { account, creation, trades, candidate, creatorRecord } = past;
  const supply = account?.supply ?? null;
  const creator = account?.creator ?? null;
  const holds = account?.creatorHolds ?? null;
  const bought = creation === null ? null : creatorBought(creation, creator);
  const left = bought === null || holds === null ? null : bought > holds ? bought - holds : 0n;
  const soldInPool =
    creator === null || trades === null
      ? null
      : trades.reduce((total, { user, side, baseAmount }) => (user === creator && side === "sell" ? total + baseAmount : total), 0n);
  const sold = left === null ? soldInPool : soldInPool === null || soldInPool < left ? left : soldInPool;
  const others = creatorRecord?.coins.filter(({ mint }) => mint !== candidate.graduation.mint) ?? null;
  const changes = others?.map(({ change }) => change).filter((change) => change !== null && Number.isFinite(change)) ?? [];
  const heldShare = sharesOf(past).creator;
  const boughtShare = shareOfSupply(bought, supply);
  return {
    creatorShare: heldShare,
    creatorBoughtShare: boughtShare,
    creatorShareChange: heldShare === null || boughtShare === null ? null : heldShare - boughtShare,
    creatorSoldShare: shareOfSupply(sold, supply),
    creatorCoins: others === null ? null : new Set(others.map(({ mint }) => mint)).size,
    creatorMedianChange: median(changes.map((change) => change ?? 0)),
    creatorDeadShare: changes.length === 0 ? null : changes.filter((change) => (change ?? 0) <= DEAD_CHANGE).length / changes.length,
  };
}
