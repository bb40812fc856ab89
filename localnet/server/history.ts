import { deserialize, serialize } from "node:v8";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { COMPUTE_BUDGET_PROGRAM, RENT_SYSVAR } from "../../domain/solana/programs.ts";
import type { Address, Signature } from "../../domain/units.ts";
import type { TransactionError, TransactionRecord } from "../chain/types.ts";

/** Transactions kept: more than 10 minutes of either mix at speed 1 (35 a second). Each takes about 3 KB packed. */
export const MAX_TRANSACTIONS = 24_000;
/** Signatures kept per address; getSignaturesForAddress returns at most 1,000 (Solana RPC). */
export const MAX_SIGNATURES_PER_ADDRESS = 1_000;
/** Addresses that nearly every transaction names, and that nobody asks for. */
const UNINDEXED: ReadonlySet<Address> = new Set([COMPUTE_BUDGET_PROGRAM, RENT_SYSVAR]);

export interface HistoryEntry {
  readonly signature: Signature;
  readonly slot: number;
  readonly blockTimeS: number;
  readonly err: TransactionError | null;
}

interface Stored extends HistoryEntry {
  readonly sequence: number;
  readonly keys: readonly Address[];
  readonly packed: Uint8Array;
}

/** The newest transactions, by signature and by address. */
export interface History {
  /** Adds a transaction and returns its packed form, which `restore` takes back. */
  add(record: TransactionRecord): Uint8Array;
  restore(packed: Uint8Array): void;
  get(signature: Signature): TransactionRecord | null;
  entry(signature: Signature): HistoryEntry | null;
  /** Newest first. `before` and `until` are exclusive; null when `before` is unknown. */
  signaturesFor(
    address: Address,
    range: { readonly limit: number; readonly before?: Signature; readonly until?: Signature; readonly maxSlot: number },
  ): HistoryEntry[];
  size(): number;
}

/** Creates an empty history. */
export function createHistory(maxTransactions = MAX_TRANSACTIONS): History {
  const bySignature = new Map<Signature, Stored>();
  const byAddress = new Map<Address, Stored[]>();
  let nextSequence = 0;

  function insert(record: TransactionRecord, packed: Uint8Array): void {
    const signature = record.transaction.signatures[0];
    if (signature === undefined) return;
    const keys = record.transaction.accountKeys.filter((key) => !UNINDEXED.has(key));
    const { slot, blockTimeS, err } = record;
    const stored: Stored = { signature, slot, blockTimeS, err, sequence: nextSequence++, keys, packed };
    bySignature.set(signature, stored);
    for (const key of keys) {
      const list = byAddress.get(key);
      if (list === undefined) byAddress.set(key, [stored]);
      else {
        list.push(stored);
        // Cut in batches: shifting one at a time would cost a copy per transaction.
        if (list.length >= 2 * MAX_SIGNATURES_PER_ADDRESS) list.splice(0, list.length - MAX_SIGNATURES_PER_ADDRESS);
      }
    }
    if (bySignature.size > maxTransactions) evictOldest();
  }

  function evictOldest(): void {
    const oldest = bySignature.values().next();
    if (oldest.done) return;
    bySignature.delete(oldest.value.signature);
    for (const key of oldest.value.keys) {
      const list = byAddress.get(key);
      if (list?.[0] === oldest.value) list.shift();
      if (list?.length === 0) byAddress.delete(key);
    }
  }

  return {
    add: (record) => {
      // A copy: zlib's own result is a view that would keep its whole 16 KB work buffer alive.
      const packed = Uint8Array.from(deflateRawSync(serialize(record), { level: 1 }));
      insert(record, packed);
      return packed;
    },
    restore: (packed) => insert(unpack(packed), packed),
    get: (signature) => {
      const stored = bySignature.get(signature);
      return stored === undefined ? null : unpack(stored.packed);
    },
    entry: (signature) => bySignature.get(signature) ?? null,
    signaturesFor: (address, { limit, before, until, maxSlot }) => {
      const list = byAddress.get(address) ?? [];
      const upper = before === undefined ? Number.POSITIVE_INFINITY : (bySignature.get(before)?.sequence ?? -1);
      const lower = until === undefined ? -1 : (bySignature.get(until)?.sequence ?? -1);
      const found: HistoryEntry[] = [];
      for (let i = list.length - 1; i >= 0 && found.length < limit; i--) {
        const stored = list[i];
        if (stored === undefined || stored.sequence <= lower) break;
        if (stored.sequence < upper && stored.slot <= maxSlot) found.push(stored);
      }
      return found;
    },
    size: () => bySignature.size,
  };
}

/** Packed records come from this process or its own state folder. */
function unpack(packed: Uint8Array): TransactionRecord {
  return deserialize(inflateRawSync(packed)) as TransactionRecord;
}
