import type { LedgerStatus, Status } from "../../../domain/api/types.ts";

/** Drawdown limit where the API names none: the specification's 15 %. */
const DEFAULT_LIMIT_BPS = 1_500;

/**
 * The ledger to show: the chosen one, else arm A of the mode in force. Null when it did not answer: another
 * ledger's figures in its place would be taken for its own.
 */
export function shownLedger(status: Status | undefined, chosen: string | null): LedgerStatus | null {
  const name = chosen ?? `${status?.mode}-A`;
  return status?.ledgers.find(({ ledger }) => ledger === name) ?? null;
}

/** The ledger's own drawdown limit in basis points of the peak. */
export function drawdownLimitBps(ledger: LedgerStatus): number {
  const { maxDrawdownBps } = ledger as LedgerStatus & { readonly maxDrawdownBps?: number };
  return maxDrawdownBps ?? DEFAULT_LIMIT_BPS;
}
