/** Base58 text of a 32-byte Solana account address. */
export type Address = string;
/** Base58 text of a 64-byte transaction signature. */
export type Signature = string;
/** Milliseconds since the Unix epoch. */
export type UnixMs = number;

export const LAMPORTS_PER_SOL = 1_000_000_000n;
export const BPS = 10_000n;

/** Largest unsigned 64-bit integer. */
export const U64_MAX = (1n << 64n) - 1n;

/** Ceiling division for non-negative numerator and positive denominator. */
export function ceilDiv(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}

/** `amount * bps / 10000`, rounded down. */
export function bpsOf(amount: bigint, bps: bigint): bigint {
  return (amount * bps) / BPS;
}

/** Signed change from `base` to `value` in basis points, rounded toward zero; `base` must be positive. */
export function changeBps(base: bigint, value: bigint): number {
  return Number(((value - base) * BPS) / base);
}

/** Lamports as a SOL number, for display and statistics only, never for accounting. */
export function solNumber(lamports: bigint): number {
  return Number(lamports) / 1e9;
}
