import type { LedgerStatus, Status } from "../../../domain/api/types.ts";

/**
 * The ledger to show: the chosen one, else arm A of the mode in force. Null when it did not answer: another
 * ledger's figures in its place would be taken for its own.
 */
export function shownLedger(status: Status | undefined, chosen: string | null): LedgerStatus | null {
  const name = shownLedgerName(status, chosen);
  return status?.ledgers.find(({ ledger }) => ledger === name) ?? null;
}

/** Its name, also while it does not answer; undefined until the mode is known. */
export function shownLedgerName(status: Status | undefined, chosen: string | null): string | undefined {
  return chosen ?? (status === undefined ? undefined : `${status.mode}-A`);
}
