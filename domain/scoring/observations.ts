import type { Candidate } from "../candidate.ts";
import { RPC_CREDITS } from "../rpc-credits.ts";
import { type CreationSlot, poolTradesIn } from "../safety/history.ts";
import type { SocialSample } from "../sentiment/social.ts";
import type { DecodedEvent } from "../solana/event-decoder.ts";
import type { ChainTransaction } from "../solana/transaction.ts";
import type { Address, UnixMs } from "../units.ts";

/** Most RPC calls that one candidate costs, on any network; a coin without a bundle costs about half. */
export const MAX_RPC_CALLS = 36;
/** Newest swaps that are decoded, for gates and features alike. */
export const GATE_SWAPS = 8;
/** Newest failed transactions of the pool that are decoded, to see whose sales fail. */
export const FAILED_SWAPS = 3;
/** Further pages of the curve's history that are read to find the coin's creation. */
export const CREATION_PAGES = 2;
/** Transactions of the creation slot that are decoded. */
export const CREATION_TRANSACTIONS = 12;
/** Largest buyers of the creation slot whose first funding is looked up, two calls each. */
export const FUNDED_WALLETS = 3;
/** A wallet with this many signatures is no fresh one. */
export const FUNDING_PAGE = 100;
/** Solana's page limit of getSignaturesForAddress: a longer history is cut off. */
export const HISTORY_PAGE = 1_000;
/** Calls for signatures and transactions at most: two lists, their older pages, swaps, the creation slot, fundings. */
const MAX_HISTORY_CALLS = 2 + CREATION_PAGES + GATE_SWAPS + FAILED_SWAPS + CREATION_TRANSACTIONS + 2 * FUNDED_WALLETS;
/** Most credits that a candidate's calls cost. */
export const MAX_RPC_CREDITS = MAX_HISTORY_CALLS * RPC_CREDITS.history + (MAX_RPC_CALLS - MAX_HISTORY_CALLS) * RPC_CREDITS.state;

/** getTokenLargestAccounts returns at most this many (solana.com/docs/rpc/http/gettokenlargestaccounts). */
export const MAX_HOLDERS = 20;

/** A transaction as a signature list shows it. */
export interface ObservedSignature {
  readonly slot: number;
  readonly failed: boolean;
}

/** Transactions that touched an account, in any order. */
export interface SignatureHistory {
  readonly rows: readonly ObservedSignature[];
  /** True when the list reaches back to the account's first transaction. */
  readonly isComplete: boolean;
}

/** One swap in the pool that landed. */
export interface ObservedTrade {
  readonly slot: number;
  readonly side: "buy" | "sell";
  /** Who paid the transaction's fee. */
  readonly payer: Address;
  /** Who traded. */
  readonly user: Address;
  /** Base units. */
  readonly baseAmount: bigint;
  /** What the trader paid or got, fees included. */
  readonly quoteLamports: bigint;
}

/** One batch of accounts, all as of one slot. Null stands for what could not be read. */
export interface AccountsRead {
  readonly slot: number;
  readonly supply: bigint | null;
  readonly isMayhem: boolean | null;
  readonly reserves: {
    readonly baseReserves: bigint;
    readonly quoteReservesLamports: bigint;
    readonly quoteVaultLamports: bigint;
  } | null;
  /** The coin's creator and their balance of it, in base units. */
  readonly creator: Address | null;
  readonly creatorHolds: bigint | null;
  readonly solUsd: number | null;
}

/** The largest token accounts that belong to neither pool nor curve nor a program's vault, largest first. */
export interface HoldersRead {
  readonly readAtMs: UnixMs;
  readonly largest: ReadonlyArray<{ readonly owner: Address; readonly amount: bigint }>;
  /** Whether `owner` is the wallet; else it is the token account, and one wallet may appear twice. */
  readonly isByOwner: boolean;
  /** False when the node's list was full: smaller holders may exist. */
  readonly isComplete: boolean;
}

/** Another coin of the same creator, as our own records have it. */
export interface CreatorCoin {
  readonly mint: Address;
  readonly seenAtMs: UnixMs;
  /** When its price path was closed; null while it is open or when it broke off. */
  readonly closedAtMs: UnixMs | null;
  /** Price at the path's end against its beginning, less one. */
  readonly change: number | null;
}

/** A graduation whose price path we have recorded to its horizon. */
export interface ClosedPath {
  readonly mint: Address;
  readonly name: string;
  readonly symbol: string;
  readonly startedAtMs: UnixMs;
  readonly closedAtMs: UnixMs;
  readonly change: number;
}

/** SOL in USD as one of our own decisions saw it. */
export interface SolPoint {
  readonly atMs: UnixMs;
  readonly usd: number;
}

/** What our own records know of a creator. */
export interface CreatorRecord {
  readonly coins: readonly CreatorCoin[];
}

/** What our own records know of the market. */
export interface MarketRecord {
  readonly paths: readonly ClosedPath[];
  readonly sol: readonly SolPoint[];
}

/** What a classifier made of the posts, as a recorded observation: it cannot be computed again. */
export interface MoodRead {
  readonly scorer: "ai" | "student";
  readonly readAtMs: UnixMs;
  /** -1 to 1. */
  readonly mood: number;
}

/**
 * Everything that is known of a token at one moment, and possibly of later ones: features see only what
 * lies before `asOfSlot` and `asOfMs`. Null means that it could not be had.
 */
export interface Observations {
  readonly asOfMs: UnixMs;
  /** Slot of the account read; chain history after it is not looked at. */
  readonly asOfSlot: number;
  readonly candidate: Candidate;
  /** In any order; the newest that is not too late counts. */
  readonly accounts: readonly AccountsRead[];
  readonly holders: readonly HoldersRead[];
  readonly curveHistory: SignatureHistory | null;
  readonly poolHistory: SignatureHistory | null;
  readonly creation: CreationSlot | null;
  /** Newest swaps of the pool, as many as were decoded. */
  readonly trades: readonly ObservedTrade[] | null;
  readonly social: SocialSample | null;
  readonly moods: readonly MoodRead[];
  readonly creatorRecord: CreatorRecord | null;
  readonly marketRecord: MarketRecord | null;
}

/** Swaps of `pool` in one transaction that landed. */
export function tradesIn(tx: ChainTransaction, events: readonly DecodedEvent[], pool: Address): ObservedTrade[] {
  const payer = tx.accountKeys[0];
  if (payer === undefined || tx.failed) return [];
  return poolTradesIn(tx, events, pool).map(({ slot, side, user, baseAmount, quoteLamports }) => ({
    slot,
    side,
    payer,
    user,
    baseAmount,
    quoteLamports,
  }));
}
