import { decodeBase58, encodeBase58 } from "../solana/base58.ts";
import {
  ATA_PROGRAM,
  COMPUTE_BUDGET_PROGRAM,
  PUMP_EVENT_AUTHORITY,
  PUMP_FEE_CONFIG,
  PUMP_FEES_PROGRAM,
  PUMP_GLOBAL,
  PUMP_PROGRAM,
  PUMP_SWAP_EVENT_AUTHORITY,
  PUMP_SWAP_FEE_CONFIG,
  PUMP_SWAP_GLOBAL_CONFIG,
  PUMP_SWAP_PROGRAM,
  SYSTEM_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
  WSOL_MINT,
} from "../solana/programs.ts";
import type { Address } from "../units.ts";

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** An account key of a message. Base58 costs more than the rest of a judgement, so keys compare by hexadecimal text. */
export interface Key {
  readonly bytes: Uint8Array;
  readonly hex: string;
}

/** The key of 32 bytes. */
export function keyFromBytes(bytes: Uint8Array): Key {
  let hex = "";
  for (const byte of bytes) hex += HEX[byte];
  return { bytes, hex };
}

/** The key of an address that is known to be one; throws a RangeError otherwise. */
export function keyOf(address: Address): Key {
  const bytes = decodeBase58(address);
  if (bytes?.length !== 32) throw new RangeError("not an address");
  return keyFromBytes(bytes);
}

/** Base58 text of a key. */
export function addressOf(key: Key): Address {
  return encodeBase58(key.bytes);
}

export function sameKey(a: Key, b: Key): boolean {
  return a.hex === b.hex;
}

/** Every fixed account that a message of ours may name. */
export const KEYS = {
  system: keyOf(SYSTEM_PROGRAM),
  computeBudget: keyOf(COMPUTE_BUDGET_PROGRAM),
  token: keyOf(TOKEN_PROGRAM),
  token2022: keyOf(TOKEN_2022_PROGRAM),
  associatedToken: keyOf(ATA_PROGRAM),
  wsol: keyOf(WSOL_MINT),
  pump: keyOf(PUMP_PROGRAM),
  pumpSwap: keyOf(PUMP_SWAP_PROGRAM),
  pumpFees: keyOf(PUMP_FEES_PROGRAM),
  pumpGlobal: keyOf(PUMP_GLOBAL),
  pumpEventAuthority: keyOf(PUMP_EVENT_AUTHORITY),
  pumpFeeConfig: keyOf(PUMP_FEE_CONFIG),
  pumpSwapGlobalConfig: keyOf(PUMP_SWAP_GLOBAL_CONFIG),
  pumpSwapEventAuthority: keyOf(PUMP_SWAP_EVENT_AUTHORITY),
  pumpSwapFeeConfig: keyOf(PUMP_SWAP_FEE_CONFIG),
} as const;
