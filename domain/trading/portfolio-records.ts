import type { EquityRecord, LedgerRecord, LockRecord, TradingStateRecord } from "../journal/entry.ts";
import type { Movement, Posting } from "../ledger/postings.ts";
import type { UnixMs } from "../units.ts";
import { type PortfolioState, totalsOf } from "./portfolio-state.ts";
import type { Lock } from "./risk/risk-state.ts";

/** Journal record of the ledger's equity. */
export function equityRecord(state: PortfolioState, atMs: UnixMs): EquityRecord {
  const totals = totalsOf(state);
  return {
    kind: "equity",
    id: `equity:${state.ledger}:${state.records}`,
    atMs,
    ledger: state.ledger,
    isDryRun: state.isDryRun,
    equityLamports: totals.equityLamports.toString(),
    cashLamports: state.cashLamports.toString(),
    reservedLamports: totals.reservedLamports.toString(),
    positionsLamports: totals.valueLamports.toString(),
    realisedLamports: state.realisedLamports.toString(),
    peakLamports: state.peakLamports.toString(),
    drawdownBps: totals.drawdownBps,
    openPositions: totals.open,
    solUsd: state.solUsd,
  };
}

/** Journal record of who put the ledger into which trading state, and why. */
export function tradingStateRecord(state: PortfolioState, atMs: UnixMs): TradingStateRecord {
  const { control, ledger } = state;
  return {
    kind: "trading-state",
    id: `trading-state:${ledger}:${state.records}`,
    atMs,
    ledger,
    state: control.state,
    reason: control.reason,
    author: control.author,
    note: control.note,
  };
}

/** Journal record of one movement of money in the double-entry books. */
export function ledgerRecord(
  state: PortfolioState,
  atMs: UnixMs,
  movement: Movement,
  positionId: string | null,
  postings: readonly Posting[],
): LedgerRecord {
  const { ledger, isDryRun, records } = state;
  const texts = postings.map(({ account, lamports }) => ({ account, lamports: lamports.toString() }));
  return { kind: "ledger", id: `ledger:${ledger}:${records}`, atMs, ledger, isDryRun, movement, positionId, postings: texts };
}

/** Journal record of a lock that was set, or lifted before its time by `author`. */
export function lockRecord(state: PortfolioState, atMs: UnixMs, lock: Lock, status: LockRecord["status"], author: string): LockRecord {
  const { lockId, scope, value, untilMs, reason } = lock;
  const { ledger, records } = state;
  return { kind: "lock", id: `lock:${ledger}:${records}`, atMs, lockId, ledger, scope, value, untilMs, reason, author, status };
}
