import type { BudgetEntry } from "./budget.ts";
import type { Reservation, SignerStore } from "./signer.ts";
import type { SignatureRecord } from "./types.ts";

/** A signer's memory that ends with the process: for tests. */
export function memoryStore(): SignerStore {
  const reservations = new Map<string, Reservation>();
  const records: SignatureRecord[] = [];
  let recent: BudgetEntry[] = [];
  const append = (record: Omit<SignatureRecord, "seq">): void => {
    records.push({ seq: records.length + 1, ...record });
  };
  return {
    reservation: (intentId) => reservations.get(intentId) ?? null,
    reserve: (reservation) => {
      reservations.set(reservation.intentId, reservation);
      recent.push(reservation);
    },
    signed: (intentId, signature, record) => {
      const reservation = reservations.get(intentId);
      if (reservation !== undefined) reservations.set(intentId, { ...reservation, signature });
      append(record);
    },
    refused: append,
    budget: (sinceMs) => {
      recent = recent.filter(({ atMs }) => atMs > sinceMs);
      return recent;
    },
    records: (afterSeq, limit) => records.slice(afterSeq, afterSeq + limit),
  };
}
