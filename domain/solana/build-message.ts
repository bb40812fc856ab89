import type { Instruction } from "@solana/kit";
import type { Address } from "../units.ts";
import { addressBytes } from "./address.ts";

/** Version 0 message: 0x80 | 0. */
const VERSION_0 = 0x80;
const SIGNATURE_BYTES = 64;
/** Indexes of account keys are single bytes, with the payer first. */
const MAX_KEYS = 256;
/** Decoded keys kept: decoding base58 is most of the cost of a message, and a trade's keys recur. */
const CACHE_ENTRIES = 4_096;

const decodedKeys = new Map<Address, Uint8Array>();

export interface MessageParts {
  /** Fee payer and first signer. */
  readonly payer: Address;
  readonly instructions: readonly Instruction[];
  /** Base58 text of a recent blockhash. */
  readonly blockhash: string;
}

interface Key {
  signer: boolean;
  writable: boolean;
}

/**
 * Compiles a version 0 message without address lookup tables. Keys stand in the order of the wire
 * format (writable signers, other signers, writable, the rest) and within a group in order of first
 * use, an instruction's program before its accounts, as @solana/web3.js 1.x has it. Throws a
 * RangeError for a text that is no address or more keys than an index can name: bugs of the caller.
 */
export function compileMessage({ payer, instructions, blockhash }: MessageParts): Uint8Array {
  const keys = collectKeys(payer, instructions);
  const groups: [Address[], Address[], Address[], Address[]] = [[], [], [], []];
  for (const [address, { signer, writable }] of keys) groups[(signer ? 0 : 2) + (writable ? 0 : 1)]?.push(address);
  const [writableSigners, readonlySigners, writable, readonly] = groups;
  const ordered = [...writableSigners, ...readonlySigners, ...writable, ...readonly];
  if (ordered.length > MAX_KEYS) throw new RangeError(`${ordered.length} account keys`);
  const indexes = new Map(ordered.map((address, index) => [address, index]));
  const indexOf = (address: Address): number => indexes.get(address) ?? 0;

  const bytes: number[] = [VERSION_0, writableSigners.length + readonlySigners.length, readonlySigners.length, readonly.length];
  pushCompactU16(bytes, ordered.length);
  for (const address of ordered) bytes.push(...keyBytes(address));
  bytes.push(...addressBytes(blockhash));
  pushCompactU16(bytes, instructions.length);
  for (const { programAddress, accounts = [], data = new Uint8Array() } of instructions) {
    bytes.push(indexOf(programAddress));
    pushCompactU16(bytes, accounts.length);
    for (const { address } of accounts) bytes.push(indexOf(address));
    pushCompactU16(bytes, data.length);
    bytes.push(...data);
  }
  pushCompactU16(bytes, 0);
  return Uint8Array.from(bytes);
}

/**
 * Wire bytes of a transaction with one signature: the fee payer's, which is the message's only
 * signer. Throws a RangeError when the signature has not 64 bytes or the message asks for another
 * number of signatures. Whether it fits a packet is the caller's question: `wireTransactionBytes`.
 */
export function wireTransaction(message: Uint8Array, signature: Uint8Array): Uint8Array {
  if (signature.length !== SIGNATURE_BYTES) throw new RangeError(`a signature has 64 bytes, not ${signature.length}`);
  const signers = (message[0] ?? 0) >= VERSION_0 ? message[1] : message[0];
  if (signers !== 1) throw new RangeError(`the message asks for ${signers} signatures`);
  const wire = new Uint8Array(wireTransactionBytes(message));
  wire[0] = 1;
  wire.set(signature, 1);
  wire.set(message, 1 + SIGNATURE_BYTES);
  return wire;
}

/** Size on the wire of a message with one signer, in bytes: at most MAX_WIRE_TRANSACTION_BYTES can be sent. */
export function wireTransactionBytes(message: Uint8Array): number {
  return 1 + SIGNATURE_BYTES + message.length;
}

/** Every key once, in order of first use, with the union of its roles. */
function collectKeys(payer: Address, instructions: readonly Instruction[]): Map<Address, Key> {
  const keys = new Map<Address, Key>([[payer, { signer: true, writable: true }]]);
  const use = (address: Address, role: number): void => {
    const key = keys.get(address);
    if (key === undefined) {
      keys.set(address, { signer: role >= 2, writable: role % 2 === 1 });
      return;
    }
    key.signer ||= role >= 2;
    key.writable ||= role % 2 === 1;
  };
  for (const { programAddress, accounts = [] } of instructions) {
    use(programAddress, 0);
    for (const { address, role } of accounts) use(address, role);
  }
  return keys;
}

/** Solana's compact-u16: seven bits per byte, least significant first. */
function pushCompactU16(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  bytes.push(rest);
}

function keyBytes(address: Address): Uint8Array {
  const known = decodedKeys.get(address);
  if (known !== undefined) return known;
  const bytes = addressBytes(address);
  if (decodedKeys.size >= CACHE_ENTRIES) {
    const oldest = decodedKeys.keys().next();
    if (!oldest.done) decodedKeys.delete(oldest.value);
  }
  decodedKeys.set(address, bytes);
  return bytes;
}
