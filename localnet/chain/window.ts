import { encodeBase58 } from "../../domain/solana/base58.ts";
import type { Signature } from "../../domain/units.ts";
import { seededBytes } from "./bytes.ts";
import type { Blockhash } from "./chain.ts";
import type { CompiledTransaction, TransactionError } from "./types.ts";

/** A blockhash is accepted for this many blocks (Solana MAX_RECENT_BLOCKHASHES / 2). */
export const BLOCKHASH_VALID_BLOCKS = 150;
/** Blocks are fewer than slots, because leaders skip some: keeps callers from confusing the two. */
export const SKIPPED_SLOTS = 22_000_000;

/** Which blockhashes are still good, and which signatures were taken while theirs was. */
export interface Window {
  latest(): Blockhash;
  isValid(blockhash: string): boolean;
  /** Why a transaction cannot enter a block at all; null when it can. */
  refusal(transaction: CompiledTransaction): TransactionError | null;
  /** Remembers a transaction that entered a block. */
  note(transaction: CompiledTransaction): void;
  /** Forgets what no valid blockhash can name any more, before the clock moves to `slot`. */
  forget(slot: number): void;
}

/** Creates the window of a chain; hashes depend on seed and slot only. */
export function createWindow(seed: string, currentSlot: () => number): Window {
  const recent = new Map<string, number>();
  const processed = new Map<Signature, number>();
  let latest = { slot: -1, hash: "" };

  function hashOf(slot: number): string {
    return encodeBase58(seededBytes(`${seed}/blockhash/${slot}`, 32));
  }

  /** Fills the window: slots that nobody asked for have no hash yet. */
  function fill(): void {
    const now = currentSlot();
    const known = new Set(recent.values());
    for (let slot = Math.max(0, now - BLOCKHASH_VALID_BLOCKS); slot <= now; slot++) {
      if (!known.has(slot)) recent.set(hashOf(slot), slot);
    }
    for (const [hash, slot] of recent) if (slot < now - BLOCKHASH_VALID_BLOCKS) recent.delete(hash);
  }

  function isValid(blockhash: string): boolean {
    const known = recent.get(blockhash);
    if (known !== undefined) return known >= currentSlot() - BLOCKHASH_VALID_BLOCKS;
    fill();
    return recent.has(blockhash);
  }

  return {
    latest: () => {
      const slot = currentSlot();
      if (latest.slot !== slot) {
        latest = { slot, hash: hashOf(slot) };
        recent.set(latest.hash, slot);
      }
      return { blockhash: latest.hash, lastValidBlockHeight: slot - SKIPPED_SLOTS + BLOCKHASH_VALID_BLOCKS };
    },
    isValid,
    refusal: ({ recentBlockhash, signatures: [signature] }) => {
      if (!isValid(recentBlockhash)) return "BlockhashNotFound";
      return signature === undefined || processed.has(signature) ? "AlreadyProcessed" : null;
    },
    note: ({ signatures: [signature] }) => {
      if (signature !== undefined) processed.set(signature, currentSlot());
    },
    forget: (next) => {
      for (const [signature, slot] of processed) {
        if (slot >= next - BLOCKHASH_VALID_BLOCKS) break;
        processed.delete(signature);
      }
    },
  };
}
