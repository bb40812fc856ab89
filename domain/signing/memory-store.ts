import type { Address } from "../units.ts";
import type { BudgetEntry } from "./budget.ts";
import type { Reservation, SignerStore } from "./signer.ts";
import type { SignatureRecord } from "./types.ts";

/** A signer's memory that ends with the process: for tests. */
export function memoryStore(): SignerStore {
  const reservations = new Map<string, Reservation>();
  const buyers = new Map<Address, string>();
  const records: SignatureRecord[] = [];
  let recent: BudgetEntry[] = [];
  const append = (record: Omit<SignatureRecord, "seq">): void => {
    records.push({ seq: records.length + 1, ...record });
  };
  const intentIds = new Map<string, string[]>();
  const ordersOf = (positionId: string) =>
    (intentIds.get(positionId) ?? []).flatMap((intentId) => {
      const reservation = reservations.get(intentId);
      return reservation?.order == null ? [] : [{ ...reservation, rank: reservation.order.rank }];
    });
  return {
    reservation: (intentId) => reservations.get(intentId) ?? null,
    reserve: (reservation) => {
      reservations.set(reservation.intentId, reservation);
      const { intentId, coin, order } = reservation;
      if (order !== null) intentIds.set(order.positionId, [...(intentIds.get(order.positionId) ?? []), intentId]);
      if (coin !== null && order !== null && !buyers.has(coin)) buyers.set(coin, order.positionId);
      recent.push(reservation);
    },
    signed: (intentId, signature, record) => {
      const reservation = reservations.get(intentId);
      if (reservation !== undefined) reservations.set(intentId, { ...reservation, signature });
      append(record);
    },
    refused: append,
    buyerOf: (coin) => buyers.get(coin) ?? null,
    newestRank: (positionId) => {
      const ranks = ordersOf(positionId).map(({ rank }) => rank);
      return ranks.length === 0 ? null : Math.max(...ranks);
    },
    signedOrder: (positionId, { from, to, newest }) => {
      const fitting = ordersOf(positionId).filter(({ rank, signature }) => signature !== null && rank >= from && rank <= to);
      const found = fitting.sort((a, b) => a.rank - b.rank).at(newest ? -1 : 0);
      return found === undefined || found.signature === null
        ? null
        : { intentId: found.intentId, signature: found.signature, memo: found.memo };
    },
    budget: (sinceMs) => {
      recent = recent.filter(({ atMs }) => atMs > sinceMs);
      return recent;
    },
    records: (afterSeq, limit) => records.slice(afterSeq, afterSeq + limit),
  };
}
