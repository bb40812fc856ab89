import { ok, type Result, refuse } from "../../domain/result.ts";
import { addressBytes } from "../../domain/solana/address.ts";
import { decodeBase58 } from "../../domain/solana/base58.ts";
import { decodeWireTransaction } from "../../domain/solana/message.ts";
import type { Address, Signature } from "../../domain/units.ts";
import type { CompiledInstruction, CompiledTransaction, Instruction } from "./types.ts";

/** How one account is used by a whole transaction. */
export interface KeyUse {
  signer: boolean;
  writable: boolean;
}

/**
 * Compiles instructions to a legacy transaction: payer first, then writable signers, read-only
 * signers, writable and read-only accounts, as the Solana message format orders them.
 * The signature is given, because the market's wallets hold no keys.
 */
export function compileTransaction(
  payer: Address,
  instructions: readonly Instruction[],
  recentBlockhash: string,
  signatures: readonly Signature[],
): CompiledTransaction {
  const uses = new Map<Address, KeyUse>([[payer, { signer: true, writable: true }]]);
  for (const instruction of instructions) {
    for (const meta of instruction.accounts) merge(uses, meta.address, meta.signer, meta.writable);
    merge(uses, instruction.programId, false, false);
  }
  const keys = [...uses.entries()];
  const pick = (signer: boolean, writable: boolean) =>
    keys.filter(([, use]) => use.signer === signer && use.writable === writable).map(([address]) => address);
  const writableSigners = pick(true, true);
  const readonlySigners = pick(true, false);
  const readonlyOthers = pick(false, false);
  const accountKeys = [...writableSigners, ...readonlySigners, ...pick(false, true), ...readonlyOthers];
  const indexOf = new Map(accountKeys.map((address, index) => [address, index]));
  const at = (address: Address): number => {
    const index = indexOf.get(address);
    if (index === undefined) throw new Error(`account ${address} was not collected`);
    return index;
  };
  const compiled: CompiledInstruction[] = instructions.map((instruction) => ({
    programIdIndex: at(instruction.programId),
    accounts: instruction.accounts.map((meta) => at(meta.address)),
    data: instruction.data,
  }));
  return {
    version: "legacy",
    signatures,
    header: {
      numRequiredSignatures: writableSigners.length + readonlySigners.length,
      numReadonlySignedAccounts: readonlySigners.length,
      numReadonlyUnsignedAccounts: readonlyOthers.length,
    },
    accountKeys,
    recentBlockhash,
    instructions: compiled,
  };
}

function merge(uses: Map<Address, KeyUse>, address: Address, signer: boolean, writable: boolean): void {
  const use = uses.get(address);
  if (use === undefined) uses.set(address, { signer, writable });
  else {
    use.signer ||= signer;
    use.writable ||= writable;
  }
}

/** Whether the account at `index` signs. */
export function isSignerIndex(transaction: CompiledTransaction, index: number): boolean {
  return index < transaction.header.numRequiredSignatures;
}

/** Whether the account at `index` may be written. */
export function isWritableIndex(transaction: CompiledTransaction, index: number): boolean {
  const { numRequiredSignatures, numReadonlySignedAccounts, numReadonlyUnsignedAccounts } = transaction.header;
  if (index < numRequiredSignatures) return index < numRequiredSignatures - numReadonlySignedAccounts;
  return index < transaction.accountKeys.length - numReadonlyUnsignedAccounts;
}

/** A wire transaction with the bytes that its signatures cover. */
export interface SignedTransaction {
  readonly transaction: CompiledTransaction;
  readonly message: Uint8Array;
}

/**
 * Reads a serialised transaction and checks it as a validator's sanitiser does. Refuses with
 * TX_MALFORMED; address lookup tables are refused too, because this chain has none.
 */
export function readWireTransaction(bytes: Uint8Array): Result<SignedTransaction> {
  const decoded = decodeWireTransaction(bytes);
  if (!decoded.ok) return decoded;
  const { addressTableLookups, ...transaction } = decoded.value;
  const { header, accountKeys, signatures } = transaction;
  const keyCount = accountKeys.length;
  if (addressTableLookups.length > 0) return refuse("TX_MALFORMED", "address lookup tables are not supported");
  const inRange = (index: number): boolean => index < keyCount;
  const sane =
    signatures.length === header.numRequiredSignatures &&
    signatures.length > 0 &&
    header.numReadonlySignedAccounts < header.numRequiredSignatures &&
    header.numRequiredSignatures + header.numReadonlyUnsignedAccounts <= keyCount &&
    new Set(accountKeys).size === keyCount &&
    transaction.instructions.every(
      ({ programIdIndex, accounts }) => programIdIndex > 0 && inRange(programIdIndex) && accounts.every(inRange),
    );
  if (!sane) return refuse("TX_MALFORMED", "transaction failed to sanitize");
  return ok({ transaction, message: bytes.subarray(1 + 64 * signatures.length) });
}

/** Serialises a compiled transaction to the wire format. */
export function serializeTransaction(transaction: CompiledTransaction): Uint8Array {
  const out: number[] = [];
  pushCompact(out, transaction.signatures.length);
  for (const signature of transaction.signatures) out.push(...fixed(signature, 64));
  if (transaction.version === 0) out.push(0x80);
  const { header } = transaction;
  out.push(header.numRequiredSignatures, header.numReadonlySignedAccounts, header.numReadonlyUnsignedAccounts);
  pushCompact(out, transaction.accountKeys.length);
  for (const key of transaction.accountKeys) out.push(...addressBytes(key));
  out.push(...fixed(transaction.recentBlockhash, 32));
  pushCompact(out, transaction.instructions.length);
  for (const instruction of transaction.instructions) {
    out.push(instruction.programIdIndex);
    pushCompact(out, instruction.accounts.length);
    out.push(...instruction.accounts);
    pushCompact(out, instruction.data.length);
    out.push(...instruction.data);
  }
  if (transaction.version === 0) out.push(0);
  return Uint8Array.from(out);
}

function fixed(text: string, length: number): Uint8Array {
  const bytes = decodeBase58(text);
  if (bytes === null || bytes.length !== length) throw new Error(`expected ${length} bytes of base58`);
  return bytes;
}

function pushCompact(out: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    out.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  out.push(rest);
}
