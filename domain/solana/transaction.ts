import { ok, type Result, refuse } from "../result.ts";
import type { Address, Signature, UnixMs } from "../units.ts";
import { isAddress, isSignature } from "./address.ts";
import { decodeBase58, encodeBase58 } from "./base58.ts";
import { decodeBase64 } from "./base64.ts";
import { unwrapTransactions } from "./envelope.ts";
import { decodeWireTransaction } from "./message.ts";
import { PUMP_PROGRAM, PUMP_SWAP_PROGRAM } from "./programs.ts";
import {
  type EnhancedTransaction,
  enhancedTransactionSchema,
  type RawInstruction,
  type RawTokenBalance,
  type RawTransaction,
  rawTransactionSchema,
} from "./transaction-json.ts";

export interface ChainInstruction {
  readonly programId: Address;
  readonly accounts: readonly Address[];
  /** Empty where the recording lacks it (an RPC node parsed the instruction away). */
  readonly data: Uint8Array;
}

export interface TopInstruction extends ChainInstruction {
  /** Every instruction that it called, in execution order, calls of calls included. */
  readonly inner: readonly ChainInstruction[];
}

export interface TokenBalance {
  readonly account: Address;
  readonly mint: Address;
  readonly owner: Address | null;
  readonly tokenProgram: Address | null;
  /** In base units. */
  readonly amount: bigint;
  readonly decimals: number;
}

/** A confirmed transaction, whatever form it was recorded in. */
export interface ChainTransaction {
  readonly signature: Signature;
  readonly slot: number | null;
  readonly blockTimeMs: UnixMs | null;
  readonly failed: boolean;
  /** Static keys, then loaded writable, then loaded read-only addresses. */
  readonly accountKeys: readonly Address[];
  readonly instructions: readonly TopInstruction[];
  /** False when the recording has no inner instructions at all. */
  readonly innerRecorded: boolean;
  readonly logs: readonly string[];
  /** Lamports by account index; empty when not recorded. */
  readonly preBalances: readonly bigint[];
  readonly postBalances: readonly bigint[];
  readonly preTokenBalances: readonly TokenBalance[];
  readonly postTokenBalances: readonly TokenBalance[];
}

/** Leaves the conversion at something unreadable; never crosses this module's border. */
class Malformed extends Error {}

/**
 * Reads one transaction from JSON: a getTransaction answer (json or jsonParsed, legacy or version
 * 0, with or without its envelope), a blockSubscribe entry with wire bytes, a
 * transactionNotification frame, a Helius raw webhook entry or an enhanced one. Refuses with
 * TX_NOT_FOUND for an empty answer and TX_MALFORMED otherwise. Several transactions in one value
 * are refused: open those with `unwrapTransactions`.
 */
export function parseTransaction(json: unknown): Result<ChainTransaction> {
  const found = unwrapTransactions(json);
  const [candidate] = found;
  if (candidate === undefined) return isEmptyAnswer(json) ? refuse("TX_NOT_FOUND") : refuse("TX_MALFORMED", "not a transaction");
  if (found.length > 1) return refuse("TX_MALFORMED", `${found.length} transactions in one value`);
  try {
    // Only an enhanced entry lists account data: a failing parse of the wrong schema costs more than the right one.
    if (typeof candidate === "object" && candidate !== null && "accountData" in candidate) {
      const enhanced = enhancedTransactionSchema.safeParse(candidate);
      if (enhanced.success) return ok(fromEnhanced(enhanced.data));
    }
    const raw = rawTransactionSchema.safeParse(candidate);
    if (raw.success) return ok(fromRaw(raw.data));
    return refuse("TX_MALFORMED", describe(raw.error.issues[0]));
  } catch (error) {
    if (error instanceof Malformed) return refuse("TX_MALFORMED", error.message);
    throw error;
  }
}

function isEmptyAnswer(json: unknown): boolean {
  return json === null || (typeof json === "object" && "result" in json && json.result === null);
}

function describe(issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined): string {
  return issue === undefined ? "not a transaction" : `${issue.path.map(String).join(".")}: ${issue.message}`;
}

function fromRaw({ slot, blockTime, transaction, meta }: RawTransaction): ChainTransaction {
  if (meta.err === undefined) throw new Malformed("meta does not say whether the transaction failed");
  const body = Array.isArray(transaction) ? fromWire(transaction) : fromJson(transaction);
  const accountKeys = body.keysAreComplete
    ? body.accountKeys
    : [...body.accountKeys, ...(meta.loadedAddresses?.writable ?? []), ...(meta.loadedAddresses?.readonly ?? [])];
  for (const key of accountKeys) requireAddress(key);
  const resolve = (instruction: RawInstruction): ChainInstruction => resolveInstruction(instruction, accountKeys);
  const inner = new Map<number, ChainInstruction[]>();
  for (const group of meta.innerInstructions ?? []) {
    if (group.index >= body.instructions.length || inner.has(group.index)) throw new Malformed("inner instructions without a caller");
    inner.set(group.index, group.instructions.map(resolve));
  }
  const balances = (list: readonly RawTokenBalance[] | null | undefined): TokenBalance[] =>
    (list ?? []).map((balance) => resolveBalance(balance, accountKeys));
  return {
    signature: requireSignature(body.signature),
    slot: slot ?? null,
    blockTimeMs: blockTime == null ? null : blockTime * 1_000,
    failed: meta.err !== null,
    accountKeys,
    instructions: body.instructions.map((instruction, i) => ({ ...resolve(instruction), inner: inner.get(i) ?? [] })),
    innerRecorded: meta.innerInstructions != null,
    logs: meta.logMessages ?? [],
    preBalances: (meta.preBalances ?? []).map(exactLamports),
    postBalances: (meta.postBalances ?? []).map(exactLamports),
    preTokenBalances: balances(meta.preTokenBalances),
    postTokenBalances: balances(meta.postTokenBalances),
  };
}

function exactLamports(lamports: number | bigint): bigint {
  return typeof lamports === "bigint" ? lamports : BigInt(Math.trunc(lamports));
}

interface Body {
  readonly signature: string;
  readonly accountKeys: readonly string[];
  /** jsonParsed lists the loaded addresses among the keys. */
  readonly keysAreComplete: boolean;
  readonly instructions: readonly RawInstruction[];
}

function fromJson({ signatures, message }: Exclude<RawTransaction["transaction"], readonly unknown[]>): Body {
  return {
    signature: signatures[0] ?? "",
    accountKeys: message.accountKeys.map((key) => (typeof key === "string" ? key : key.pubkey)),
    keysAreComplete: message.accountKeys.some((key) => typeof key !== "string"),
    instructions: message.instructions,
  };
}

function fromWire([text, encoding]: readonly [string, "base64" | "base58"]): Body {
  const bytes = encoding === "base64" ? decodeBase64(text) : decodeBase58(text);
  if (bytes === null) throw new Malformed(`transaction is not ${encoding}`);
  const wire = decodeWireTransaction(bytes);
  if (!wire.ok) throw new Malformed(wire.detail ?? "wire bytes");
  return {
    signature: wire.value.signatures[0] ?? "",
    accountKeys: wire.value.accountKeys,
    keysAreComplete: false,
    instructions: wire.value.instructions.map(({ programIdIndex, accounts, data }) => ({
      programIdIndex,
      accounts: [...accounts],
      data: encodeBase58(data),
    })),
  };
}

function fromEnhanced(entry: EnhancedTransaction): ChainTransaction {
  const resolve = (instruction: RawInstruction): ChainInstruction => resolveInstruction(instruction, []);
  return {
    signature: requireSignature(entry.signature),
    slot: entry.slot ?? null,
    blockTimeMs: entry.timestamp == null ? null : entry.timestamp * 1_000,
    failed: entry.transactionError != null,
    accountKeys: entry.accountData.map(({ account }) => requireAddress(account)),
    instructions: (entry.instructions ?? []).map((instruction) => ({
      ...resolve(instruction),
      inner: (instruction.innerInstructions ?? []).map(resolve),
    })),
    innerRecorded: entry.instructions != null && entry.instructions.length > 0,
    logs: [],
    preBalances: [],
    postBalances: [],
    preTokenBalances: [],
    postTokenBalances: [],
  };
}

function resolveInstruction(instruction: RawInstruction, keys: readonly Address[]): ChainInstruction {
  if ("programIdIndex" in instruction) {
    const programId = keyAt(keys, instruction.programIdIndex);
    const accounts = instruction.accounts.map((index) => keyAt(keys, index));
    return { programId, accounts, data: instructionData(programId, instruction.data) };
  }
  const programId = requireAddress(instruction.programId);
  if ("parsed" in instruction) return { programId, accounts: [], data: new Uint8Array() };
  return { programId, accounts: instruction.accounts.map(requireAddress), data: instructionData(programId, instruction.data) };
}

/** Other programs' data may be longer than is worth decoding; that of the venues never is. */
function instructionData(programId: Address, text: string): Uint8Array {
  const data = decodeBase58(text);
  if (data !== null) return data;
  if (programId === PUMP_PROGRAM || programId === PUMP_SWAP_PROGRAM) throw new Malformed("instruction data is not base58");
  return new Uint8Array();
}

function resolveBalance(balance: RawTokenBalance, keys: readonly Address[]): TokenBalance {
  return {
    account: keyAt(keys, balance.accountIndex),
    mint: requireAddress(balance.mint),
    owner: balance.owner ? requireAddress(balance.owner) : null,
    tokenProgram: balance.programId ? requireAddress(balance.programId) : null,
    amount: BigInt(balance.uiTokenAmount.amount),
    decimals: balance.uiTokenAmount.decimals,
  };
}

function keyAt(keys: readonly Address[], index: number): Address {
  const key = keys[index];
  if (key === undefined) throw new Malformed(`account ${index} is not in the key list`);
  return key;
}

function requireAddress(text: string): Address {
  if (!isAddress(text)) throw new Malformed("not an address");
  return text;
}

function requireSignature(text: string): Signature {
  if (!isSignature(text)) throw new Malformed("not a signature");
  return text;
}
