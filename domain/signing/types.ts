import type { Result } from "../result.ts";
import type { Address, Signature, UnixMs } from "../units.ts";

/** What a transaction does, as the signer itself decodes it. The caller does not get to say. */
export type SignKind = "entry" | "exit" | "sweep";

export interface SignRequest {
  /** Serialized message, legacy or version 0, without signatures. */
  readonly message: Uint8Array;
  /** The order it carries. The signer signs one message per intent and refuses any other. */
  readonly intentId: string;
  /**
   * Of a position's order: the newest one of the position that the asker knows to have been shown to the
   * signer, null for none. The signer refuses whoever knows less than it signed.
   */
  readonly after?: string | null;
  /** Given back with the signature to whoever asks what was signed; the signer does not read it. */
  readonly memo?: string;
}

/** Longest memo: well above a prepared pool trade with all of its fee tiers. */
export const MAX_MEMO_CHARS = 32_768;

/** A position's order that was signed. */
export interface SignedOrder {
  readonly intentId: string;
  readonly signature: Signature;
  readonly memo: string;
}

export interface SignedMessage {
  /** First signature of the transaction, base58. */
  readonly signature: Signature;
  readonly kind: SignKind;
  /** Most lamports that can leave the wallet, fees, tip and rents included. */
  readonly spendLamports: bigint;
}

/** Limits of one signer. All amounts in lamports. */
export interface SignerPolicy {
  readonly network: "localnet" | "mainnet";
  /** Quote that one entry may hand to the venue. */
  readonly maxSpendPerTxLamports: bigint;
  /** Base fee, priority fee and tip of one transaction together. */
  readonly maxFeePerTxLamports: bigint;
  /** Spend of entries per rolling hour and day. */
  readonly entryHourLamports: bigint;
  readonly entryDayLamports: bigint;
  readonly entrySignaturesPerHour: number;
  readonly entrySignaturesPerDay: number;
  /** Fees of exits per rolling hour and day: a budget that entries cannot touch. */
  readonly exitHourLamports: bigint;
  readonly exitDayLamports: bigint;
  readonly exitSignaturesPerHour: number;
  readonly exitSignaturesPerDay: number;
  /** The one address that a balance may be swept to; null forbids sweeping. */
  readonly sweepAddress: Address | null;
  /** The engine sweeps what the wallet holds above this. */
  readonly sweepAboveLamports: bigint | null;
  readonly tipAccounts: readonly Address[];
}

/** What a budget window has used and may use. */
export interface BudgetUse {
  readonly kind: SignKind;
  readonly windowMs: number;
  readonly usedLamports: bigint;
  readonly limitLamports: bigint;
  readonly signatures: number;
  readonly signaturesLimit: number;
}

export interface SignerDescription {
  readonly address: Address;
  readonly policy: SignerPolicy;
  readonly budgets: readonly BudgetUse[];
  readonly nowMs: UnixMs;
}

/** One line of the signer's own journal: signatures and refusals. */
export interface SignatureRecord {
  readonly seq: number;
  readonly atMs: UnixMs;
  readonly intentId: string;
  readonly kind: SignKind | null;
  /** Null for a refusal. */
  readonly signature: Signature | null;
  /** SHA-256 hex of the message. */
  readonly messageSha256: string;
  readonly spendLamports: bigint | null;
  readonly reason: string | null;
}

/** The signer as the engine sees it, whether over a service binding or in a test. */
export interface SignerPort {
  /** Refuses with a SIGN_… code, WALLET_MISSING, WALLET_KEY_INVALID or SIGNER_UNAVAILABLE. The same message for the same intent gets the same signature and is counted once. */
  sign(request: SignRequest): Promise<Result<SignedMessage>>;
  /**
   * What was signed for a position's order, or for a later one of the same side: of buys the newest, of sales
   * the first. Null when nothing was: whoever is about to give an order up learns so that it may.
   */
  signedFrom(intentId: string): Promise<Result<SignedOrder | null>>;
  describe(): Promise<Result<SignerDescription>>;
  /** The signer's journal after `seq`, oldest first, at most 500. */
  history(afterSeq: number): Promise<Result<readonly SignatureRecord[]>>;
}
