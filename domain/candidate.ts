import type { Address, Signature, UnixMs } from "./units.ts";

/** How an event reached us. */
export type EventSource = "webhook" | "gap-filler" | "replay";

/** A pump.fun graduation to PumpSwap, decoded from a confirmed transaction. */
export interface Graduation {
  readonly signature: Signature;
  /** Null when the recording lacks it. */
  readonly slot: number | null;
  readonly blockTimeMs: UnixMs | null;
  readonly mint: Address;
  readonly pool: Address;
  readonly bondingCurve: Address;
  /** Who sent the migration. */
  readonly user: Address;
  /** Coin creator as the pool records it; null when the transaction does not show it. */
  readonly creator: Address | null;
  /** Wrapped SOL unless the coin is paired with another quote. */
  readonly quoteMint: Address;
  readonly baseAmount: bigint;
  readonly quoteAmountLamports: bigint;
  readonly instruction: "migrate" | "migrate_v2";
}

/** A graduation that passed the Discoverer's filters. */
export interface Candidate {
  readonly graduation: Graduation;
  readonly source: EventSource;
  readonly discoveredAtMs: UnixMs;
  readonly symbol: string;
  readonly name: string;
  /** Metadata URI as the mint states it: attacker's text. */
  readonly uri: string;
  /** SHA-256 hex of name, symbol and URI, for the denylist. */
  readonly metadataHash: string;
  readonly creator: Address | null;
  /** Twice the quote vault: virtual reserves move the price but cannot be paid out. */
  readonly liquidityLamports: bigint;
  readonly liquidityUsd: number;
  readonly ageMs: number;
  readonly tradeCount: number;
  readonly solUsd: number;
}
