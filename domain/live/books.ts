/** The wallet against the books, at a moment when nothing is under way. */
export type BooksVerdict =
  | { readonly kind: "equal" }
  /** The difference is new: it has to be seen again before anybody acts on it. */
  | { readonly kind: "unsure"; readonly differenceLamports: bigint }
  /** A landed sweep that the books still count. */
  | { readonly kind: "swept"; readonly lamports: bigint }
  /** Somebody paid in. */
  | { readonly kind: "surplus"; readonly lamports: bigint }
  /** Lamports are gone that the books still count. */
  | { readonly kind: "deficit"; readonly lamports: bigint };

export interface BooksReading {
  /** Cash and reservations. */
  readonly booksLamports: bigint;
  readonly walletLamports: bigint;
  /** What a landed sweep took, its fee included, that is not known to be booked; 0 when there is none. */
  readonly sweptLamports: bigint;
  /** The difference that the reading before showed; null when it showed none. */
  readonly previousDifferenceLamports: bigint | null;
}

/**
 * Compares what the books expect in the wallet with what it holds. Only meaningful while no intent is
 * unresolved. A node may lag behind a trade that is booked, so a difference counts once it was read
 * twice, unchanged.
 */
export function judgeBooks(reading: BooksReading): BooksVerdict {
  const differenceLamports = reading.walletLamports - reading.booksLamports;
  if (differenceLamports === 0n) return { kind: "equal" };
  if (differenceLamports !== reading.previousDifferenceLamports) return { kind: "unsure", differenceLamports };
  if (differenceLamports > 0n) return { kind: "surplus", lamports: differenceLamports };
  const missing = -differenceLamports;
  return { kind: missing === reading.sweptLamports ? "swept" : "deficit", lamports: missing };
}

/** 0.01 SOL: below it the fee and the noise in the wallet's history cost more than the risk. */
export const MIN_SWEEP_LAMPORTS = 10_000_000n;

/**
 * Lamports to sweep: what the wallet holds above `sweepAboveLamports`, less the transaction's own fee;
 * null when that is not worth a transaction.
 */
export function sweepLamports(walletLamports: bigint, sweepAboveLamports: bigint, feeLamports: bigint): bigint | null {
  const amount = walletLamports - sweepAboveLamports - feeLamports;
  return amount >= MIN_SWEEP_LAMPORTS ? amount : null;
}
