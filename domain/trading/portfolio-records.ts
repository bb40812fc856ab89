import type { EquityRecord, TradingStateRecord } from "../journal/entry.ts";
import type { UnixMs } from "../units.ts";
import { type PortfolioState, totalsOf } from "./portfolio-state.ts";

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
