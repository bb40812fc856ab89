import type { LedgerAccount, LedgerRecord } from "../journal/entry.ts";

/** Balances by account, debits positive; every account is there. */
export type TrialBalance = Readonly<Record<LedgerAccount, bigint>>;

export const NOTHING_BOOKED: TrialBalance = {
  cash: 0n,
  reserved: 0n,
  "position-cost": 0n,
  rent: 0n,
  "rent-spent": 0n,
  "venue-fees": 0n,
  "network-fees": 0n,
  tips: 0n,
  realised: 0n,
  capital: 0n,
};

/** Adds records of one ledger to a balance. Throws on a record whose postings do not add up to 0. */
export function addRecords(balance: TrialBalance, records: Iterable<Pick<LedgerRecord, "id" | "postings">>): TrialBalance {
  const sums: Record<LedgerAccount, bigint> = { ...balance };
  for (const { id, postings } of records) {
    let total = 0n;
    for (const { account, lamports } of postings) {
      sums[account] += BigInt(lamports);
      total += BigInt(lamports);
    }
    if (total !== 0n) throw new Error(`${id} is out of balance by ${total}`);
  }
  return sums;
}

/**
 * The books' identity: capital and gains less fees are what cash, reservations, positions and rent
 * hold. Anything but 0 is a bug. (Double entry: all accounts add up to 0.)
 */
export function identityError(balance: TrialBalance): bigint {
  const assets = balance.cash + balance.reserved + balance["position-cost"] + balance.rent;
  return assets - (-balance.capital + netRealisedLamports(balance));
}

/** Gains less everything that was paid away: what the ledger has made, the costs of positions still held included. */
export function netRealisedLamports(balance: TrialBalance): bigint {
  const fees = balance["venue-fees"] + balance["network-fees"] + balance.tips + balance["rent-spent"];
  return -balance.realised - fees;
}
