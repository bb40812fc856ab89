import { mean } from "./metrics.ts";

/** What the statistics need of a closed trade. */
export interface ClosedTrade {
  /** After every fee. */
  readonly pnlLamports: bigint;
  readonly returnBps: number;
}

/** Ratios are null where they are undefined: a sentinel would poison whatever is computed from it. */
export interface TradeStatistics {
  readonly trades: number;
  readonly wins: number;
  readonly losses: number;
  /** Wins over all trades; a trade that ends even is no win. */
  readonly winRate: number | null;
  readonly pnlLamports: bigint;
  readonly grossProfitLamports: bigint;
  /** Sum of the losses, positive. */
  readonly grossLossLamports: bigint;
  /** Gross profit over gross loss; null without a loss. */
  readonly profitFactor: number | null;
  /** Mean result per trade, rounded toward zero. */
  readonly expectancyLamports: bigint | null;
  readonly meanReturnBps: number | null;
  readonly bestReturnBps: number | null;
  readonly worstReturnBps: number | null;
  /** System quality number: sqrt(n) * mean / sample deviation of the returns (Tharp); null below two trades or without spread. */
  readonly systemQuality: number | null;
}

/** Statistics of closed trades, in any order. */
export function tradeStatistics(trades: readonly ClosedTrade[]): TradeStatistics {
  let wins = 0;
  let losses = 0;
  let grossProfitLamports = 0n;
  let grossLossLamports = 0n;
  for (const { pnlLamports } of trades) {
    if (pnlLamports > 0n) {
      wins += 1;
      grossProfitLamports += pnlLamports;
    } else if (pnlLamports < 0n) {
      losses += 1;
      grossLossLamports -= pnlLamports;
    }
  }
  const returns = trades.map((trade) => trade.returnBps);
  const isEmpty = trades.length === 0;
  const pnlLamports = grossProfitLamports - grossLossLamports;
  return {
    trades: trades.length,
    wins,
    losses,
    winRate: isEmpty ? null : wins / trades.length,
    pnlLamports,
    grossProfitLamports,
    grossLossLamports,
    profitFactor: grossLossLamports === 0n ? null : Number(grossProfitLamports) / Number(grossLossLamports),
    expectancyLamports: isEmpty ? null : pnlLamports / BigInt(trades.length),
    meanReturnBps: isEmpty ? null : mean(returns),
    bestReturnBps: isEmpty ? null : returns.reduce((best, value) => Math.max(best, value)),
    worstReturnBps: isEmpty ? null : returns.reduce((worst, value) => Math.min(worst, value)),
    systemQuality: systemQuality(returns),
  };
}

function systemQuality(returns: readonly number[]): number | null {
  const count = returns.length;
  if (count < 2) return null;
  const average = mean(returns);
  const squares = returns.reduce((sum, value) => sum + (value - average) ** 2, 0);
  const deviation = Math.sqrt(squares / (count - 1));
  return deviation > 0 ? (Math.sqrt(count) * average) / deviation : null;
}
