import { bundleWallets } from "../../safety/bundle-gates.ts";
import type { CreationSlot } from "../../safety/history.ts";
import type { Address } from "../../units.ts";
import type { HoldersRead } from "../observations.ts";
import type { Past } from "./past.ts";
import { type FeatureSpecs, ratio, shareOfSupply, specsOf, type ValuesOf } from "./schema.ts";
import { volumeSol } from "./trading.ts";

/** A swap of this size is a whale's: 6 % of the 85 SOL that a pool opens with, ten times what most pay. */
const WHALE_SWAP_LAMPORTS = 5_000_000_000n;

const NO_SLOT = "the creation slot is late or beyond the pages read";
const NO_OWNERS = `${NO_SLOT}, or the largest holders or their owners are late`;
const trades = specsOf("smart money", "pool trades");
const slot = specsOf("smart money", "creation slot");
const owners = specsOf("smart money", "creation slot", "holders");
const sales = specsOf("smart money", "creation slot", "pool trades");

/** Large traders, and those who were there first. */
export const SMART_MONEY_FEATURES = {
  whaleSwapShare: trades("share of swaps", 0, 1, "no swap could be decoded in time", `of ${Number(WHALE_SWAP_LAMPORTS) / 1e9} SOL or more`),
  creationBuyers: slot("wallets", 0, 100, NO_SLOT, "that bought in the slot of the creation, without the creator"),
  creationBoughtShare: slot("share of supply", 0, 1, NO_SLOT, "what they bought there: a lower bound when the slot was not read whole"),
  earlyBuyersHolding: owners(
    "share of them",
    0,
    1,
    `${NO_OWNERS}, or nobody bought there`,
    "who hold half of it or more; those too small to be seen are not counted",
  ),
  insiderExitShare: owners(
    "share of what they bought",
    0,
    1,
    `${NO_OWNERS}, or nobody bought there`,
    "gone from creator and creation-slot buyers: a lower bound",
  ),
  insiderSellShare: sales(
    "share of volume",
    0,
    1,
    `${NO_SLOT}, or no swap could be decoded in time`,
    "sold by creator and creation-slot buyers in the decoded swaps",
  ),
} as const satisfies FeatureSpecs;

/** Features of whales and early buyers. */
export function smartMoneyFeatures({ account, creation, holder, trades: sampled }: Past): ValuesOf<typeof SMART_MONEY_FEATURES> {
  const early = creation === null ? null : bundleWallets(creation);
  const supply = account?.supply ?? null;
  const swaps = sampled ?? [];
  return {
    whaleSwapShare:
      swaps.length === 0 ? null : swaps.filter(({ quoteLamports }) => quoteLamports >= WHALE_SWAP_LAMPORTS).length / swaps.length,
    creationBuyers: early?.length ?? null,
    creationBoughtShare: early === null ? null : shareOfSupply(sum(early.map(({ tokens }) => tokens)), supply),
    ...earlyFeatures(creation, holder, account?.creator ?? null, account?.creatorHolds ?? null),
    insiderSellShare: creation === null ? null : insiderSales(creation, account?.creator ?? null, swaps),
  };
}

function earlyFeatures(creation: CreationSlot | null, holder: HoldersRead | null, creator: Address | null, creatorHolds: bigint | null) {
  const none = { earlyBuyersHolding: null, insiderExitShare: null };
  if (creation === null || holder === null || !holder.isByOwner) return none;
  const held = new Map(holder.largest.map(({ owner, amount }) => [owner, amount]));
  // A wallet that is not on the list holds no more than the smallest that is; nothing, when the list is whole.
  const floor = holder.isComplete ? 0n : (holder.largest.at(-1)?.amount ?? 0n);
  const wallets = bundleWallets(creation).map(({ wallet, tokens }) => ({
    tokens,
    least: held.get(wallet) ?? 0n,
    most: held.get(wallet) ?? floor,
  }));
  const decided = wallets.filter(({ tokens, least, most }) => 2n * least >= tokens || 2n * most < tokens);
  const own = creatorBought(creation, creator);
  if (own > 0n && creatorHolds !== null) wallets.push({ tokens: own, least: creatorHolds, most: creatorHolds });
  const gone = wallets.map(({ tokens, most }) => (most < tokens ? tokens - most : 0n));
  return {
    earlyBuyersHolding: ratio(decided.filter(({ tokens, least }) => 2n * least >= tokens).length, decided.length),
    insiderExitShare: ratio(Number(sum(gone)), Number(sum(wallets.map(({ tokens }) => tokens)))),
  };
}

function insiderSales(creation: CreationSlot, creator: Address | null, swaps: NonNullable<Past["trades"]>): number | null {
  const insiders = new Set([...creation.creators, ...bundleWallets(creation).map(({ wallet }) => wallet)]);
  if (creator !== null) insiders.add(creator);
  return ratio(volumeSol(swaps.filter(({ side, user }) => side === "sell" && insiders.has(user))), volumeSol(swaps));
}

/** What the creator bought in the creation slot, less what they sold there; base units, never negative. */
export function creatorBought({ creators, trades: all }: CreationSlot, creator: Address | null): bigint {
  const own = all.filter(({ user }) => user === creator || creators.includes(user));
  const net = own.reduce((total, { side, tokenAmount }) => total + (side === "buy" ? tokenAmount : -tokenAmount), 0n);
  return net > 0n ? net : 0n;
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}
