import type { PortfolioReplay } from "../trading/backtest.ts";

/** What one replay of a parameter set came to. */
export interface ReplayScore {
  /** The objective, maximised; see `scoreReplay`. */
  readonly value: number;
  /** Whether `value` is only a rank, because the set made too few trades to be judged. */
  readonly isRanked: boolean;
  readonly trades: number;
  readonly meanReturnBps: number;
  /** Net profit of the closed trades, in basis points of the opening cash. */
  readonly profitBps: number;
  readonly maxDrawdownBps: number;
}

/** Below any profit or loss that a ledger can make, so that too few trades always rank last. */
const TOO_FEW_TRADES = -20_000;

/**
 * Objective of the search: net profit in basis points of the opening cash, less one standard error of
 * that sum. The error grows with the square root of the number of trades and the profit with their
 * number, so a set must earn its figure on many trades; a handful of lucky ones ranks low. Below
 * `minTrades` the value is worse than any loss and rises with every trade, to lead the search out.
 */
export function scoreReplay(replay: PortfolioReplay, openingLamports: bigint, minTrades: number): ReplayScore {
  const { trades } = replay;
  const profits = trades.map((trade) => (10_000 * Number(trade.pnlLamports)) / Number(openingLamports));
  const profitBps = profits.reduce((sum, profit) => sum + profit, 0);
  const mean = trades.length === 0 ? 0 : profitBps / trades.length;
  const variance = trades.length < 2 ? 0 : profits.reduce((sum, profit) => sum + (profit - mean) ** 2, 0) / (trades.length - 1);
  const meanReturnBps = trades.length === 0 ? 0 : trades.reduce((sum, trade) => sum + trade.returnBps, 0) / trades.length;
  const isRanked = trades.length < minTrades;
  const value = isRanked ? TOO_FEW_TRADES + trades.length : profitBps - Math.sqrt(variance * trades.length);
  return { value, isRanked, trades: trades.length, meanReturnBps, profitBps, maxDrawdownBps: replay.maxDrawdownBps };
}
