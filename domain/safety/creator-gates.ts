import type { Finding } from "../scoring/assessment.ts";
import { BPS } from "../units.ts";
import { hard, percent, shareOf, soft } from "./findings.ts";
import type { CreationSlot, PoolTrade } from "./history.ts";

/**
 * Least share of the supply that the creator must have let go, and least share of what they had bought;
 * sold into the young pool, the first kind of share alone is enough.
 */
export const SOLD = { ofSupply: 0.01, ofBoughtBps: 5_000n, intoPool: 0.02 } as const;
/** Other coins of one creator that we have seen graduate or fail to. */
export const SERIAL = { soft: 5, hard: 50 } as const;

export interface CreatorInputs {
  readonly supply: bigint | null;
  readonly creation: CreationSlot | null;
  /** The creator's balance now, in base units; null when unknown. */
  readonly holds: bigint | null;
  readonly trades: readonly PoolTrade[];
  /** Null when the creator is unknown. */
  readonly creator: string | null;
}

/**
 * Whether the creator has sold: what they bought in the creation slot less what they hold, or what
 * they sold in the pool, whichever is more. Later buys of theirs are not known, so this is a lower bound.
 */
export function judgeCreator({ supply, creation, holds, trades, creator }: CreatorInputs): Finding[] {
  if (supply === null || supply <= 0n || creator === null) return [];
  const own = creation?.trades.filter(({ user }) => user === creator || creation.creators.includes(user)) ?? [];
  const bought = own.reduce((sum, { side, tokenAmount }) => sum + (side === "buy" ? tokenAmount : -tokenAmount), 0n);
  const gone = holds === null || bought <= holds ? 0n : bought - holds;
  const seen = trades
    .filter(({ user, side, failed }) => user === creator && side === "sell" && !failed)
    .reduce((sum, { baseAmount }) => sum + baseAmount, 0n);
  const sold = gone > seen ? gone : seen;
  const share = shareOf(sold, supply);
  const isDumping = shareOf(seen, supply) >= SOLD.intoPool;
  if (!isDumping && (share < SOLD.ofSupply || sold * BPS < bought * SOLD.ofBoughtBps)) return [];
  return [soft("CREATOR_SOLD", `${percent(share)} of the supply${isDumping ? ", into the pool" : ""}`)];
}

/** What our own records know of the creator and of the metadata; null where they could not be asked. */
export interface KnownHistory {
  /** Other coins of this creator that we have met. */
  readonly creatorLaunches: number | null;
  /** Other coins with the same name, symbol and link that we have met. */
  readonly metadataCopies: number | null;
}

/** Gates of our own records. */
export function judgeKnown({ creatorLaunches, metadataCopies }: KnownHistory): Finding[] {
  const findings: Finding[] = [];
  if (creatorLaunches !== null && creatorLaunches >= SERIAL.soft) {
    const detail = `${creatorLaunches} other coins`;
    findings.push(creatorLaunches >= SERIAL.hard ? hard("CREATOR_SERIAL", detail) : soft("CREATOR_SERIAL", detail));
  }
  if (metadataCopies !== null && metadataCopies > 0) findings.push(soft("METADATA_COPIED", `${metadataCopies} other coins`));
  return findings;
}
