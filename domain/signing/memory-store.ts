import type { Reservation, SignerStore } from "./signer.ts";
import type { SignatureRecord } from "./types.ts";

/** A signer's memory that ends with the process: for tests and for the embedded market. */
export function memoryStore(): SignerStore {
  const reservations = new Map<string, Reservation>();
  const records: SignatureRecord[] = [];
  const append = (record: Omit<SignatureRecord, "seq">): void => {
    records.push({ seq: records.length + 1, ...record });
  };
  return {
    reservation: (intentId) => reservations.get(intentId) ?? null,
    reserve: (reservation) => void reservations.set(reservation.intentId, reservation),
    signed: (intentId, signature, record) => {
      const reservation = reservations.get(intentId);
      if (reservation !== undefined) reservations.set(intentId, { ...reservation, signature });
      append(record);
    },
    refused: append,
    budget: (sinceMs) => [...reservations.values()].filter(({ atMs }) => atMs > sinceMs),
    records: (afterSeq, limit) => records.slice(afterSeq, afterSeq + limit),
  };
}
