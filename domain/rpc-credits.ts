/** What Helius charges for a call, in credits (helius.dev/docs/billing/credits, 2026). */
export const RPC_CREDITS = {
  /** Accounts, the largest holders, slots. */
  state: 1,
  /** getSignaturesForAddress and getTransaction. */
  history: 10,
} as const;
