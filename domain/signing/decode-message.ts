import { ok, type Result, refuse } from "../result.ts";
import { MAX_WIRE_TRANSACTION_BYTES } from "../solana/message.ts";
import { WireFormatError, WireReader } from "../solana/wire-reader.ts";
import { type Key, keyFromBytes } from "./keys.ts";

/** Largest message with one signature: the packet less the count of signatures and the signature itself. */
export const MAX_MESSAGE_BYTES = MAX_WIRE_TRANSACTION_BYTES - 1 - 64;
/** First byte of a version 0 message; a legacy message starts with its number of signatures, below 0x80. */
const VERSION_0 = 0x80;

/** An instruction with its program and accounts in place of their indexes. */
export interface DecodedInstruction {
  readonly program: Key;
  readonly accounts: readonly Key[];
  readonly data: Uint8Array;
}

export interface DecodedMessage {
  readonly feePayer: Key;
  readonly instructions: readonly DecodedInstruction[];
}

/**
 * Decodes an unsigned message, legacy or version 0, whose one signer is its fee payer. Every byte
 * must be accounted for and every key used, so that what was judged is all there is.
 * Refuses with SIGN_MALFORMED, SIGN_LOOKUP_TABLE or SIGN_EXTRA_SIGNER.
 */
export function decodeMessage(bytes: Uint8Array): Result<DecodedMessage> {
  if (bytes.length > MAX_MESSAGE_BYTES) return refuse("SIGN_MALFORMED", "larger than a packet");
  try {
    return readMessage(new WireReader(bytes));
  } catch (error) {
    if (error instanceof WireFormatError) return refuse("SIGN_MALFORMED", error.message);
    throw error;
  }
}

function readMessage(reader: WireReader): Result<DecodedMessage> {
  const versioned = reader.peek() >= VERSION_0;
  if (versioned && reader.u8() !== VERSION_0) return refuse("SIGN_MALFORMED", "unknown message version");
  const signers = reader.u8();
  const readonlySigners = reader.u8();
  const readonlyOthers = reader.u8();
  const keys = reader.list(() => keyFromBytes(reader.bytes(32)));
  reader.bytes(32); // Any blockhash: a wrong one only expires.
  const compiled = reader.list(() => ({ program: reader.u8(), accounts: reader.indexes(), data: reader.bytes(reader.compactU16()) }));
  if (versioned && reader.compactU16() > 0) return refuse("SIGN_LOOKUP_TABLE");
  if (!reader.atEnd) return refuse("SIGN_MALFORMED", "bytes after the end");

  if (signers > 1) return refuse("SIGN_EXTRA_SIGNER", `${signers} signers`);
  const [feePayer] = keys;
  if (feePayer === undefined || signers !== 1 || readonlySigners !== 0 || readonlyOthers > keys.length - 1) {
    return refuse("SIGN_MALFORMED", "impossible header");
  }
  if (new Set(keys.map(({ hex }) => hex)).size !== keys.length) return refuse("SIGN_MALFORMED", "duplicate account key");

  const used = new Set<Key>([feePayer]);
  const keyAt = (index: number): Key => {
    const key = keys[index];
    if (key === undefined) throw new WireFormatError("account index out of range");
    used.add(key);
    return key;
  };
  const instructions: DecodedInstruction[] = [];
  for (const { program, accounts, data } of compiled) {
    // The runtime refuses the fee payer as a program (solana-message `sanitize`).
    if (program === 0) return refuse("SIGN_MALFORMED", "the fee payer as a program");
    instructions.push({ program: keyAt(program), accounts: accounts.map(keyAt), data });
  }
  if (used.size !== keys.length) return refuse("SIGN_MALFORMED", "unused account key");
  return ok({ feePayer, instructions });
}
