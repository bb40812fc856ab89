import type { Candidate } from "../candidate.ts";
import type { HolderShares } from "../safety/holder-gates.ts";
import type { SocialSample } from "../sentiment/social.ts";
import type { DecodedEvent } from "../solana/decode.ts";
import { PUMP_SWAP_PROGRAM } from "../solana/programs.ts";
import type { ChainTransaction } from "../solana/transaction.ts";
import type { Address, UnixMs } from "../units.ts";

/** Most RPC calls that one candidate costs, on any network; a coin without a bundle costs about half. */
export const MAX_RPC_CALLS = 36;
/** Newest swaps that are decoded: the features look at the first few, the gates at all. */
export const FEATURE_SWAPS = 4;
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

/** One swap in the pool. */
export interface ObservedTrade {
  readonly slot: number;
  readonly side: "buy" | "sell";
  /** Who paid the transaction's fee. */
  readonly payer: Address;
  /** What the trader paid or got, fees included. */
  readonly quoteLamports: bigint;
}

/** Everything that is known of a token at one moment. Null means that it could not be had. */
export interface Observations {
  readonly asOfMs: UnixMs;
  /** Slot of the account read; chain history after it is not looked at. */
  readonly asOfSlot: number;
  readonly candidate: Candidate;
  readonly supply: bigint | null;
  readonly isMayhem: boolean | null;
  readonly reserves: {
    readonly baseReserves: bigint;
    readonly quoteReservesLamports: bigint;
    readonly quoteVaultLamports: bigint;
  } | null;
  readonly holders: HolderShares;
  readonly curveHistory: SignatureHistory | null;
  readonly poolHistory: SignatureHistory | null;
  /** Newest swaps of the pool, as many as were decoded. */
  readonly trades: readonly ObservedTrade[] | null;
  /** SOL in USD at the moment of judgement. */
  readonly solUsd: number | null;
  readonly social: SocialSample | null;
}

/** Swaps of `pool` in one transaction. */
export function tradesIn(tx: ChainTransaction, events: readonly DecodedEvent[], pool: Address): ObservedTrade[] {
  const payer = tx.accountKeys[0];
  if (payer === undefined || tx.slot === null || tx.failed) return [];
  const trades: ObservedTrade[] = [];
  for (const { program, name, fields } of events) {
    if (program !== PUMP_SWAP_PROGRAM || fields["pool"] !== pool) continue;
    // `buy` and `buy_exact_quote_in` fill the net and the total amount the other way about.
    if (name === "Buy")
      trades.push({ slot: tx.slot, side: "buy", payer, quoteLamports: largest(fields["quote_amount_in"], fields["user_quote_amount_in"]) });
    else if (name === "Sell") trades.push({ slot: tx.slot, side: "sell", payer, quoteLamports: largest(fields["user_quote_amount_out"]) });
  }
  return trades;
}

function largest(...values: readonly unknown[]): bigint {
  return values.reduce<bigint>((max, value) => {
    const amount = typeof value === "string" && /^\d{1,20}$/.test(value) ? BigInt(value) : 0n;
    return amount > max ? amount : max;
  }, 0n);
}
