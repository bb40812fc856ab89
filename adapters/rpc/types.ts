import type { Ok, Refusal } from "../../domain/result.ts";
import type { Address, Signature, UnixMs } from "../../domain/units.ts";

export type RpcReason = "RPC_UNAVAILABLE" | "RPC_RATE_LIMITED" | "RPC_LAGGING" | "RPC_WRONG_CLUSTER" | "UPSTREAM_MALFORMED";

/** Why a call has no value. The URL is never in `detail`, since it may hold a key. */
export interface RpcRefusal<R extends string = RpcReason> extends Refusal<R> {
  /** How long the node asks us to stay away (HTTP Retry-After), bounded by `MAX_RETRY_AFTER_MS`. */
  readonly retryAfterMs?: number;
  /** Number of the JSON-RPC error, when the node answered one. */
  readonly rpcCode?: number;
}

export type RpcResult<T> = Ok<T> | RpcRefusal;

/**
 * Outcome of handing signed bytes to a node. `ok`: the node took them (which is no landing).
 * TX_REFUSED: this node proves that it did not take them this time; it says nothing about earlier
 * sends of the same bytes. Every other refusal: unknown, they may land.
 */
export type SendResult = Ok<Signature> | RpcRefusal<RpcReason | "TX_REFUSED">;

export interface AccountInfo {
  readonly owner: Address;
  readonly lamports: bigint;
  readonly data: Uint8Array;
}

export interface AccountsReply {
  readonly slot: number;
  readonly accounts: ReadonlyArray<AccountInfo | null>;
}

export interface AccountsOptions {
  /** Only these bytes of every account's data. */
  readonly dataSlice?: { readonly offset: number; readonly length: number };
  /** Refuses with RPC_LAGGING when the node has not reached this slot. */
  readonly minContextSlot?: number;
  /** Deadline of the call in milliseconds; the client's own when absent. */
  readonly timeoutMs?: number;
}

export interface SignatureInfo {
  readonly signature: Signature;
  readonly slot: number;
  readonly blockTimeMs: UnixMs | null;
  readonly failed: boolean;
}

export interface SignatureStatus {
  readonly slot: number;
  /** Null when the node does not say, as for old transactions. */
  readonly confirmationStatus: "processed" | "confirmed" | "finalized" | null;
  /** The transaction's error as the node gives it; null when it succeeded. */
  readonly err: unknown;
}

/** One status together with the slot that the node answered at: what "not found" is worth. */
export interface SignatureLookup {
  readonly contextSlot: number;
  readonly status: SignatureStatus | null;
}

export interface TokenHolder {
  /** Token account, not its owner. */
  readonly address: Address;
  readonly amount: bigint;
}

export interface LatestBlockhash {
  readonly blockhash: string;
  /** Last block height at which a transaction with this blockhash can land. */
  readonly lastValidBlockHeight: number;
  readonly slot: number;
}

export interface Simulation {
  readonly slot: number;
  /** The transaction's error as the node gives it; null when it would succeed. */
  readonly err: unknown;
  readonly logs: readonly string[];
  readonly unitsConsumed: number | null;
  /** State afterwards of the accounts asked for, in their order; empty when none were asked for or the node gave none. */
  readonly accounts: ReadonlyArray<AccountInfo | null>;
}

/** How far a node has come. */
export interface ChainProgress {
  readonly slot: number;
  readonly blockHeight: number;
}

/** What a priority fee is estimated for: the accounts to be written, or the transaction itself. */
export type PriorityFeeQuery = { readonly accountKeys: readonly Address[] } | { readonly wireBase64: string };

/** The JSON-RPC methods that we call. Each answers a value or a reason; none throws for an outside fault. Reads are at `confirmed`. */
export interface Rpc {
  getSlot(): Promise<RpcResult<number>>;
  /** Height of the newest confirmed block: the clock of expiry. */
  getBlockHeight(): Promise<RpcResult<number>>;
  /** Slot and height of one confirmed bank: unlike two calls, surely of the same node. */
  getProgress(): Promise<RpcResult<ChainProgress>>;
  getLatestBlockhash(): Promise<RpcResult<LatestBlockhash>>;
  /** At most 100 addresses; an absent account is null. */
  getAccounts(addresses: readonly Address[], options?: AccountsOptions): Promise<RpcResult<AccountsReply>>;
  /** Newest first, at most 1,000. */
  getSignaturesForAddress(
    address: Address,
    options?: { readonly limit?: number; readonly before?: Signature; readonly until?: Signature },
  ): Promise<RpcResult<readonly SignatureInfo[]>>;
  /** At most 256, in their order; null is not known to the node. */
  getSignatureStatuses(
    signatures: readonly Signature[],
    options?: { readonly searchHistory?: boolean },
  ): Promise<RpcResult<ReadonlyArray<SignatureStatus | null>>>;
  /** One signature, looked for in the whole history, with the slot that the node answered at. */
  getSignatureStatus(signature: Signature): Promise<RpcResult<SignatureLookup>>;
  /** The raw `getTransaction` result for the decoder, null when unknown to the node. Integers beyond 2^53 are bigint. */
  getTransaction(signature: Signature): Promise<RpcResult<unknown>>;
  getTokenLargestAccounts(mint: Address): Promise<RpcResult<readonly TokenHolder[]>>;
  getGenesisHash(): Promise<RpcResult<string>>;
  /** Runs a transaction without its signatures, on the node's newest blockhash. A failing transaction is a value with `err`. */
  simulateTransaction(wireBase64: string, options?: { readonly accounts?: readonly Address[] }): Promise<RpcResult<Simulation>>;
  /** Hands over signed bytes without preflight and without the node's own retries. */
  sendTransaction(wireBase64: string): Promise<SendResult>;
  /** Price per compute unit in micro-lamports that should land now. Not capped: the caller's cap decides. */
  getPriorityFeeEstimate(query: PriorityFeeQuery): Promise<RpcResult<bigint>>;
}

/** A configured node. */
export interface Provider {
  /** "primary" or "secondary": safe to show, unlike its URL. */
  readonly name: string;
  readonly rpc: Rpc;
}
