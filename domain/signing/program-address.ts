import { sha256 } from "@noble/hashes/sha2.js";
import { KEYS, type Key } from "./keys.ts";

const UTF8 = new TextEncoder();
const MARKER = UTF8.encode("ProgramDerivedAddress");
const POOL_AUTHORITY = UTF8.encode("pool-authority");
/** Seed of a pool and its index, 0, as u16. */
const POOL_0 = UTF8.encode("pool\0\0");
/**
 * Bumps tried, from 255 down. Half of all hashes lie off the curve, so that an address has a lower
 * bump with a probability of 2^-32; such an address is refused.
 */
const BUMPS_TRIED = 32;
/** Addresses found to be derived. An entry and its exits ask for some twenty, half of them the same for all coins. */
const CACHE_ENTRIES = 4_096;

export type Seed = string | Key;

const confirmed = new Set<string>();

/**
 * True when `address` is the hash of the seeds, a bump and the program, as program-derived addresses
 * are (solana-program `Pubkey::create_program_address`). No test that it is the highest bump off the
 * curve, which would need curve arithmetic: nobody can hold the key of a hash, and our programs create
 * and sign for the highest bump only, so that another one names an account that does not exist.
 */
export function isProgramAddress(address: Key, program: Key, ...seeds: readonly Seed[]): boolean {
  let id = address.hex + program.hex;
  for (const seed of seeds) id += typeof seed === "string" ? seed : seed.hex;
  if (confirmed.has(id)) return true;
  for (const candidate of candidates(program, seeds.map(seedBytes))) {
    if (equal(candidate, address.bytes)) return remember(id);
  }
  return false;
}

/** True when `address` is the associated token account of `owner` for `mint` under `tokenProgram`. */
export function isAssociatedToken(address: Key, owner: Key, mint: Key, tokenProgram: Key): boolean {
  return isProgramAddress(address, KEYS.associatedToken, owner, tokenProgram, mint);
}

/**
 * True when `address` is the pool that the graduation of `mint` creates: PumpSwap's pool 0 of the
 * coin's pool authority, against wrapped SOL. The authority is not in a trade's accounts, so each of
 * its possible bumps is tried.
 */
export function isCanonicalPool(address: Key, mint: Key): boolean {
  const id = `${address.hex}canonical${mint.hex}`;
  if (confirmed.has(id)) return true;
  for (const authority of candidates(KEYS.pump, [POOL_AUTHORITY, mint.bytes])) {
    for (const pool of candidates(KEYS.pumpSwap, [POOL_0, authority, mint.bytes, KEYS.wsol.bytes])) {
      if (equal(pool, address.bytes)) return remember(id);
    }
  }
  return false;
}

function* candidates(program: Key, seeds: readonly Uint8Array[]): Generator<Uint8Array> {
  const prefix = sha256.create();
  for (const seed of seeds) prefix.update(seed);
  for (let bump = 255; bump > 255 - BUMPS_TRIED; bump--) {
    yield prefix.clone().update(Uint8Array.of(bump)).update(program.bytes).update(MARKER).digest();
  }
}

function remember(id: string): true {
  if (confirmed.size >= CACHE_ENTRIES) confirmed.clear();
  confirmed.add(id);
  return true;
}

function seedBytes(seed: Seed): Uint8Array {
  return typeof seed === "string" ? UTF8.encode(seed) : seed.bytes;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
