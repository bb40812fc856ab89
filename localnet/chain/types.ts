import type { Address, Signature, UnixMs } from "../../domain/units.ts";

/** One account. Values are immutable: programs replace accounts, never edit their data in place. */
export interface Account {
  readonly owner: Address;
  readonly lamports: bigint;
  readonly data: Uint8Array;
  readonly executable: boolean;
}

export interface AccountMeta {
  readonly address: Address;
  readonly signer: boolean;
  readonly writable: boolean;
}

export interface Instruction {
  readonly programId: Address;
  readonly accounts: readonly AccountMeta[];
  readonly data: Uint8Array;
}

export interface CompiledInstruction {
  readonly programIdIndex: number;
  readonly accounts: readonly number[];
  readonly data: Uint8Array;
}

export interface MessageHeader {
  readonly numRequiredSignatures: number;
  readonly numReadonlySignedAccounts: number;
  readonly numReadonlyUnsignedAccounts: number;
}

export interface CompiledTransaction {
  readonly version: "legacy" | 0;
  readonly signatures: readonly Signature[];
  readonly header: MessageHeader;
  readonly accountKeys: readonly Address[];
  readonly recentBlockhash: string;
  readonly instructions: readonly CompiledInstruction[];
}

/** Errors in the JSON form of Solana's TransactionError. */
export type InstructionErrorCode = string | { readonly Custom: number };
export type TransactionError =
  | string
  | { readonly InstructionError: readonly [number, InstructionErrorCode] }
  | { readonly InsufficientFundsForRent: { readonly account_index: number } };

export interface InnerInstruction extends CompiledInstruction {
  readonly stackHeight: number;
}

export interface TokenBalance {
  readonly accountIndex: number;
  readonly mint: Address;
  readonly owner: Address;
  readonly programId: Address;
  readonly amount: bigint;
  readonly decimals: number;
}

/** Everything that getTransaction needs, before it is rendered as JSON. */
export interface TransactionRecord {
  readonly transaction: CompiledTransaction;
  readonly slot: number;
  readonly indexInBlock: number;
  readonly blockTimeS: number;
  readonly err: TransactionError | null;
  readonly feeLamports: bigint;
  readonly inner: ReadonlyArray<{ readonly index: number; readonly instructions: readonly InnerInstruction[] }>;
  readonly logs: readonly string[];
  readonly preBalances: readonly bigint[];
  readonly postBalances: readonly bigint[];
  readonly preTokenBalances: readonly TokenBalance[];
  readonly postTokenBalances: readonly TokenBalance[];
  readonly computeUnits: number;
}

export interface Clock {
  readonly slot: number;
  readonly unixMs: UnixMs;
}
