import type { Address, Signature } from "../../domain/units.ts";
import type { TransactionRecord } from "../chain/types.ts";
import type { History, HistoryEntry } from "./history.ts";

interface Stored {
  readonly entry: HistoryEntry;
  readonly record: TransactionRecord;
  readonly sequence: number;
}

/** A history that keeps every record as it is: the localnet's own packs them with node:v8, which workerd lacks. */
export function createPlainHistory(): History {
  const bySignature = new Map<Signature, Stored>();
  const byAddress = new Map<Address, Stored[]>();
  return {
    add: (record) => {
      const signature = record.transaction.signatures[0] ?? "";
      const { slot, blockTimeS, err } = record;
      const stored = { entry: { signature, slot, blockTimeS, err }, record, sequence: bySignature.size };
      bySignature.set(signature, stored);
      for (const key of record.transaction.accountKeys) {
        const list = byAddress.get(key);
        if (list === undefined) byAddress.set(key, [stored]);
        else list.push(stored);
      }
      return new Uint8Array();
    },
    restore: () => {},
    get: (signature) => bySignature.get(signature)?.record ?? null,
    entry: (signature) => bySignature.get(signature)?.entry ?? null,
    signaturesFor: (address, { limit, before, until, maxSlot }) => {
      const upper = before === undefined ? Number.POSITIVE_INFINITY : (bySignature.get(before)?.sequence ?? -1);
      const lower = until === undefined ? -1 : (bySignature.get(until)?.sequence ?? -1);
      // Newest first, and no further than asked for: a program's list holds every trade of a long run.
      const stored = byAddress.get(address) ?? [];
      const found: HistoryEntry[] = [];
      for (let i = stored.length - 1; i >= 0 && found.length < limit; i--) {
        const one = stored[i];
        if (one === undefined || one.sequence <= lower) break;
        if (one.sequence < upper && one.record.slot <= maxSlot) found.push(one.entry);
      }
      return found;
    },
    size: () => bySignature.size,
  };
}
