import type { LedgerAccount, LedgerRecord } from "../journal/entry.ts";
import type { SettledMoney } from "../trading/position-state.ts";

/** One side of a movement; debits are positive. */
export interface Posting {
  readonly account: LedgerAccount;
  readonly lamports: bigint;
}

export type Movement = LedgerRecord["movement"];

/** Opening cash, a deposit or (negative) a withdrawal. */
export function capitalPostings(lamports: bigint): Posting[] {
  return balanced([debit("cash", lamports), debit("capital", -lamports)]);
}

/** Cash set aside for an entry. */
export function reservePostings(lamports: bigint): Posting[] {
  return balanced([debit("reserved", lamports), debit("cash", -lamports)]);
}

/**
 * The end of an entry: its reservation becomes cost, rent and fees, and what is left of it is free
 * again. An abandoned entry has fees at most.
 */
export function entryPostings(reservedLamports: bigint, money: SettledMoney): Posting[] {
  return balanced([
    debit("reserved", -reservedLamports),
    debit("cash", reservedLamports - entryCostLamports(money)),
    debit("position-cost", money.grossLamports),
    debit("rent", money.rentLamports),
    ...feePostings(money),
  ]);
}

/** What is sold of a position, out of its accounts. */
export interface SoldShare {
  /** Of what was paid to the venue for the tokens. */
  readonly grossLamports: bigint;
  /** Of the rent in the coin's account. */
  readonly rentLamports: bigint;
}

/**
 * One sale: the tokens' share of the cost leaves the books, what they brought beyond it is realised.
 * Rent that leaves the books without having come back is spent.
 */
export function exitPostings(share: SoldShare, money: SettledMoney): Posting[] {
  return balanced([
    debit("cash", exitProceedsLamports(money)),
    debit("position-cost", -share.grossLamports),
    debit("realised", share.grossLamports - money.grossLamports),
    debit("rent", -share.rentLamports),
    debit("rent-spent", share.rentLamports - money.rentLamports),
    ...feePostings(money),
  ]);
}

/** All that left the wallet for an entry. */
export function entryCostLamports(money: SettledMoney): bigint {
  return money.grossLamports + money.rentLamports + feesLamports(money);
}

/** What came into the wallet from a sale, its costs taken off. */
export function exitProceedsLamports(money: SettledMoney): bigint {
  return money.grossLamports + money.rentLamports - feesLamports(money);
}

function feesLamports(money: SettledMoney): bigint {
  return money.venueFeeLamports + money.networkFeeLamports + money.tipLamports + money.otherRentLamports;
}

function feePostings(money: SettledMoney): Posting[] {
  return [
    debit("venue-fees", money.venueFeeLamports),
    debit("network-fees", money.networkFeeLamports),
    debit("tips", money.tipLamports),
    debit("rent-spent", money.otherRentLamports),
  ];
}

function debit(account: LedgerAccount, lamports: bigint): Posting {
  return { account, lamports };
}

/** One posting per account, none of 0. Throws when they do not add up to 0: such a record must never exist. */
function balanced(postings: readonly Posting[]): Posting[] {
  const sums = new Map<LedgerAccount, bigint>();
  let total = 0n;
  for (const { account, lamports } of postings) {
    sums.set(account, (sums.get(account) ?? 0n) + lamports);
    total += lamports;
  }
  if (total !== 0n) throw new Error(`postings add up to ${total}`);
  return [...sums].flatMap(([account, lamports]) => (lamports === 0n ? [] : [{ account, lamports }]));
}
