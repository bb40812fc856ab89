import type { Finding } from "../scoring/assessment.ts";
import type { Address } from "../units.ts";
import { soft } from "./findings.ts";

/** Findings start far above what the score's curves already charge for. */
const LARGE = { topHolder: 0.15, top10: 0.4, creator: 0.1 } as const;

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

/** Soft findings on concentration and on what the creator still holds; unknown shares give none. */
export function judgeHolders({ topHolder, top10, creator }: HolderShares): Finding[] {
  const findings: Finding[] = [];
  if (topHolder !== null && topHolder > LARGE.topHolder) findings.push(soft("TOP_HOLDER_LARGE", percent(topHolder)));
  if (top10 !== null && top10 > LARGE.top10) findings.push(soft("HOLDERS_CONCENTRATED", percent(top10)));
  if (creator !== null && creator > LARGE.creator) findings.push(soft("CREATOR_HOLDS", percent(creator)));
  return findings;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
