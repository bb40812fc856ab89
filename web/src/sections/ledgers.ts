import type { LedgerStatus, Status } from "../../../domain/api/types.ts";

/** Drawdown limit where the API names none: the specification's 15 %. */
const DEFAULT_LIMIT_BPS = 1_500;

/** The ledger to show: the chosen one, else arm A of the mode in force, else the first. */
export function shownLedger(status: Status | undefined, chosen: string | null): LedgerStatus | null {
  const ledgers = status?.ledgers ?? [];
  return (
    ledgers.find((ledger) => ledger.ledger === chosen) ??
    ledgers.find((ledger) => ledger.ledger === `${status?.mode}-A`) ??
    ledgers[0] ??
    null
  );
}

/** The ledger's own drawdown limit in basis points of the peak. */
export function drawdownLimitBps(ledger: LedgerStatus): number {
  const { maxDrawdownBps } = ledger as LedgerStatus & { readonly maxDrawdownBps?: number };
  return maxDrawdownBps ?? DEFAULT_LIMIT_BPS;
}
