import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Address } from "../units.ts";
import { decodeBase58, encodeBase58 } from "./base58.ts";
import { toHex } from "./bytes.ts";
import { ATA_PROGRAM } from "./programs.ts";

const PDA_MARKER = new TextEncoder().encode("ProgramDerivedAddress");
/** Solana MAX_SEEDS and MAX_SEED_LEN (solana-program/src/pubkey.rs); the bump takes one seed. */
const MAX_SEEDS = 15;
const MAX_SEED_BYTES = 32;
/** Derived addresses kept; deriving one costs up to a millisecond of curve arithmetic. */
const CACHE_ENTRIES = 8_192;

export interface ProgramAddress {
  readonly address: Address;
  readonly bump: number;
}

const derived = new Map<string, ProgramAddress>();

/** 32 bytes of an address; throws when the text is not an address (check outside text with isAddress). */
export function addressBytes(address: Address): Uint8Array {
  const bytes = decodeBase58(address);
  if (bytes?.length !== 32) throw new RangeError(`not an address: ${address}`);
  return bytes;
}

/** Base58 text of 32 bytes; throws on another length. */
export function addressFromBytes(bytes: Uint8Array): Address {
  if (bytes.length !== 32) throw new RangeError(`an address has 32 bytes, not ${bytes.length}`);
  return encodeBase58(bytes);
}

/** True for the base58 text of exactly 32 bytes. */
export function isAddress(text: unknown): text is Address {
  return typeof text === "string" && text.length >= 32 && text.length <= 44 && decodeBase58(text)?.length === 32;
}

/** True for the base58 text of exactly 64 bytes. */
export function isSignature(text: unknown): text is string {
  return typeof text === "string" && text.length >= 64 && text.length <= 88 && decodeBase58(text)?.length === 64;
}

/** True when the 32 bytes decompress to a curve point, by the rules of curve25519-dalek, which Solana uses. */
export function isOnCurve(bytes: Uint8Array): boolean {
  try {
    ed25519.Point.fromBytes(bytes, true);
    return true;
  } catch {
    return false;
  }
}

/**
 * Program-derived address with the highest bump that is off the curve
 * (solana-program `Pubkey::find_program_address`). Results are cached. Throws on seeds that the
 * runtime would not accept.
 */
export function findProgramAddress(seeds: readonly Uint8Array[], program: Address): ProgramAddress {
  if (seeds.length > MAX_SEEDS || seeds.some((seed) => seed.length > MAX_SEED_BYTES)) throw new RangeError("too many or too long seeds");
  const key = `${program}:${seeds.map(toHex).join(".")}`;
  const known = derived.get(key);
  if (known !== undefined) return known;
  const found = derive(seeds, addressBytes(program));
  if (derived.size >= CACHE_ENTRIES) {
    const oldest = derived.keys().next();
    if (!oldest.done) derived.delete(oldest.value);
  }
  derived.set(key, found);
  return found;
}

function derive(seeds: readonly Uint8Array[], program: Uint8Array): ProgramAddress {
  for (let bump = 255; bump >= 0; bump--) {
    const hash = sha256.create();
    for (const seed of seeds) hash.update(seed);
    const bytes = hash.update(Uint8Array.of(bump)).update(program).update(PDA_MARKER).digest();
    if (!isOnCurve(bytes)) return { address: encodeBase58(bytes), bump };
  }
  throw new RangeError("no bump gives an address off the curve");
}

/** Associated token account of `owner` for `mint` under `tokenProgram`. */
export function associatedTokenAddress(owner: Address, mint: Address, tokenProgram: Address): Address {
  return findProgramAddress([addressBytes(owner), addressBytes(tokenProgram), addressBytes(mint)], ATA_PROGRAM).address;
}
