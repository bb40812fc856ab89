import { ok, type Result, refuse } from "../result.ts";
import type { Address, Signature } from "../units.ts";
import { encodeBase58 } from "./base58.ts";
import { WireFormatError, WireReader } from "./wire-reader.ts";

/** Solana PACKET_DATA_SIZE: the largest transaction on the wire, in bytes. */
export const MAX_WIRE_TRANSACTION_BYTES = 1_232;
const VERSION_FLAG = 0x80;

export interface WireInstruction {
  readonly programIdIndex: number;
  /** Indexes into static keys, then loaded writable, then loaded read-only addresses. */
  readonly accounts: readonly number[];
  readonly data: Uint8Array;
}

export interface AddressTableLookup {
  readonly accountKey: Address;
  readonly writableIndexes: readonly number[];
  readonly readonlyIndexes: readonly number[];
}

/** A signed transaction as it travels on the wire. */
export interface WireTransaction {
  readonly version: "legacy" | 0;
  readonly signatures: readonly Signature[];
  readonly header: {
    readonly numRequiredSignatures: number;
    readonly numReadonlySignedAccounts: number;
    readonly numReadonlyUnsignedAccounts: number;
  };
  readonly accountKeys: readonly Address[];
  readonly recentBlockhash: string;
  readonly instructions: readonly WireInstruction[];
  readonly addressTableLookups: readonly AddressTableLookup[];
}

/** Decodes a legacy or version 0 transaction from its wire bytes. Refuses with TX_MALFORMED. */
export function decodeWireTransaction(bytes: Uint8Array): Result<WireTransaction> {
  if (bytes.length > MAX_WIRE_TRANSACTION_BYTES) return refuse("TX_MALFORMED", "larger than a packet");
  try {
    const reader = new WireReader(bytes);
    const transaction = readTransaction(reader);
    if (transaction === null) return refuse("TX_MALFORMED", "unknown message version");
    return reader.atEnd ? ok(transaction) : refuse("TX_MALFORMED", "bytes after the end");
  } catch (error) {
    if (error instanceof WireFormatError) return refuse("TX_MALFORMED", error.message);
    throw error;
  }
}

function readTransaction(reader: WireReader): WireTransaction | null {
  const signatures = reader.list(() => encodeBase58(reader.bytes(64)));
  const versioned = (reader.peek() & VERSION_FLAG) !== 0;
  if (versioned && reader.u8() !== VERSION_FLAG) return null;
  const header = {
    numRequiredSignatures: reader.u8(),
    numReadonlySignedAccounts: reader.u8(),
    numReadonlyUnsignedAccounts: reader.u8(),
  };
  const accountKeys = reader.list(() => reader.key());
  const recentBlockhash = reader.key();
  const instructions = reader.list(() => ({
    programIdIndex: reader.u8(),
    accounts: reader.indexes(),
    data: reader.bytes(reader.compactU16()),
  }));
  const addressTableLookups = versioned
    ? reader.list(() => ({ accountKey: reader.key(), writableIndexes: reader.indexes(), readonlyIndexes: reader.indexes() }))
    : [];
  const version = versioned ? 0 : "legacy";
  return { version, signatures, header, accountKeys, recentBlockhash, instructions, addressTableLookups };
}
