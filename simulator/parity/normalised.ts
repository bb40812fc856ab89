/**
 * All that a paper and a live run of one script may differ in, with the reason. Everything else is compared to
 * the letter: decisions, orders, fills, positions, trades, postings, locks, trading states, books and risk state.
 */
export const NORMALISED = {
  ledger: "the mode itself: its name, also in ids, and `isDryRun`",
  moments:
    "paper fills when it reads the pool, a transaction lands some slots later: moments and slots are compared as epochs, and durations between them are left out",
  looks:
    "a pool is read every few seconds from the fill on: when a price was last read, and records of an open position that say no more than its price; that price is compared at the end of each epoch",
  counters: "numbers of records, which count such renewals too, and lock ids, which hash a moment",
  equity: "equity records, whose number depends on the clock: the equity itself is compared at the end of each epoch",
  intents: "records of transactions, which paper has none of: they are compared with the orders that they are of",
  reverted: "a transaction that fails on chain is TX_REVERTED where paper says SLIPPAGE_EXCEEDED; only live counts these rejections",
  lastQuestion:
    "an entry given up between two attempts has one more order live, which is never signed: the signer is asked for what may be forgotten",
  impact: "the fake chain does not tell it; what it moved is compared",
} as const;
