import { hash32 } from "../random.ts";
import type { Address, UnixMs } from "../units.ts";

export type Arm = "A" | "B";
/** One set of books: mode and experiment arm. */
export type LedgerId = `${"paper" | "live"}-${Arm}`;

/** The ledger that a text names; null when it names none. */
export function ledgerIdOf(text: string): LedgerId | null {
  return /^(paper|live)-[AB]$/.test(text) ? (text as LedgerId) : null;
}

/** Whether a ledger trades real money. */
export function isLiveLedger(ledger: LedgerId): boolean {
  return ledger.startsWith("live-");
}

/** An assessment worth an entry. */
export interface Signal {
  /** `<mint>:<graduation signature>`: the same graduation never makes two. */
  readonly id: string;
  readonly mint: Address;
  readonly pool: Address;
  readonly symbol: string;
  /** Null when nobody could tell. */
  readonly creator: Address | null;
  readonly score: number;
  readonly assessedAtMs: UnixMs;
  readonly expiresAtMs: UnixMs;
  readonly baseReserves: bigint;
  readonly quoteReservesLamports: bigint;
  readonly solUsd: number;
  readonly parameterVersion: string;
  readonly modelVersion: string | null;
  readonly ledger: LedgerId;
}

/** Stable, short enough for a Telegram button, and the same for every delivery of the signal. */
export function positionIdOf(ledger: LedgerId, signal: Pick<Signal, "id" | "mint">): string {
  return `${ledger}-${signal.mint.slice(0, 8)}-${hash32(signal.id).toString(16).padStart(8, "0")}`;
}
