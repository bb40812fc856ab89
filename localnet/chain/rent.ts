/** Rent-exempt minimum: (128 + bytes) x 3,480 lamports per byte-year x 2 years (Solana Rent defaults). */
export function rentExemptLamports(dataBytes: number): bigint {
  return BigInt((128 + dataBytes) * 6_960);
}
