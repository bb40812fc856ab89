import type { ReasonCode } from "../reasons.ts";
import type { Finding } from "../scoring/assessment.ts";
import type { Address } from "../units.ts";
import { hard, percent, soft } from "./findings.ts";

/** Soft findings start far above what the score's curves already charge for. */
export const LARGE = { topHolder: 0.15, top10: 0.4, creator: 0.1 } as const;
/** From here on the holder, or ten of them, can empty the pool at will: a graduated pool holds 20.7 % of the supply. */
export const DOMINANT = { topHolder: 0.4, top10: 0.7, creator: 0.4 } as const;

export interface Holder {
  /** Token account. */
  readonly address: Address;
  readonly amount: bigint;
}

/** Shares of the whole supply, 0 to 1. */
export interface HolderShares {
  readonly topHolder: number | null;
  readonly top10: number | null;
  readonly creator: number | null;
}

/** One entry per owner, under the owner's address; an account whose owner is unknown stands for itself. */
export function mergeByOwner(holders: readonly Holder[], ownerOf: ReadonlyMap<Address, Address>): Holder[] {
  const amounts = new Map<Address, bigint>();
  for (const { address, amount } of holders) {
    const owner = ownerOf.get(address) ?? address;
    amounts.set(owner, (amounts.get(owner) ?? 0n) + amount);
  }
  return [...amounts].map(([address, amount]) => ({ address, amount }));
}

/**
 * Concentration from the largest token accounts (an RPC node returns up to 20). `excluded` are the
 * pool's and the curve's own accounts: counting them as holders would refuse every token.
 */
export function holderShares(
  supply: bigint | null,
  holders: readonly Holder[] | null,
  excluded: ReadonlySet<Address>,
  creatorAmount: bigint | null,
): HolderShares {
  const shareOf = (amount: bigint | null) => (amount === null || supply === null || supply <= 0n ? null : Number(amount) / Number(supply));
  if (holders === null) return { topHolder: null, top10: null, creator: shareOf(creatorAmount) };
  const amounts = holders.filter(({ address }) => !excluded.has(address)).map(({ amount }) => amount);
  amounts.sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
  const top10 = amounts.slice(0, 10).reduce((sum, amount) => sum + amount, 0n);
  return { topHolder: shareOf(amounts[0] ?? 0n), top10: shareOf(top10), creator: shareOf(creatorAmount) };
}

/** Findings on concentration and on what the creator still holds; unknown shares give none. */
export function judgeHolders({ topHolder, top10, creator }: HolderShares): Finding[] {
  return [
    ...judgeShare("TOP_HOLDER_LARGE", topHolder, LARGE.topHolder, DOMINANT.topHolder),
    ...judgeShare("HOLDERS_CONCENTRATED", top10, LARGE.top10, DOMINANT.top10),
    ...judgeShare("CREATOR_HOLDS", creator, LARGE.creator, DOMINANT.creator),
  ];
}

function judgeShare(code: ReasonCode, share: number | null, large: number, dominant: number): Finding[] {
  if (share === null || share <= large) return [];
  return [share >= dominant ? hard(code, percent(share)) : soft(code, percent(share))];
}
