/** What the statistics need of a closed trade. */
export interface ClosedTrade {
  readonly closedAtMs: number;
  readonly holdMs: number;
  readonly costLamports: bigint;
  /** After every fee. */
  readonly pnlLamports: bigint;
  /** Distance of the stop below the cost, what the trade risked; null where it is not known. */
  readonly stopLossBps: number | null;
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
  /** Mean result in units of what was risked (R = P&L over cost times stop distance), over `tradesWithRisk`. */
  readonly expectancyR: number | null;
  readonly tradesWithRisk: number;
  /** System quality number: √n · mean(R) / sample deviation of R (Tharp), n not capped; null below two trades or without spread. */
  readonly systemQuality: number | null;
  readonly averageHoldMs: number | null;
  /** Most wins, most losses in a row; a trade that ends even ends both. */
  readonly longestWinStreak: number;
  readonly longestLossStreak: number;
  /** Wins in a row up to now; negative for losses. */
  readonly currentStreak: number;
}

const BPS = 10_000;
/** A deviation below this share of the mean is rounding error of equal values. */
const ROUNDING_SHARE = 1e-12;

/** Adds up closed trades one by one, oldest first: only the streaks depend on the order. Money stays exact. */
export class TradeTally {
  #wins = 0;
  #losses = 0;
  #grossProfitLamports = 0n;
  #grossLossLamports = 0n;
  #holdMs = 0;
  #longestWins = 0;
  #longestLosses = 0;
  #streak = 0;
  // Welford's running mean and squares of R.
  #withRisk = 0;
  #meanR = 0;
  #squaresR = 0;
  readonly #results: number[] = [];

  add(trade: ClosedTrade): void {
    const { pnlLamports } = trade;
    if (pnlLamports > 0n) {
      this.#wins += 1;
      this.#grossProfitLamports += pnlLamports;
      this.#streak = Math.max(0, this.#streak) + 1;
      this.#longestWins = Math.max(this.#longestWins, this.#streak);
    } else if (pnlLamports < 0n) {
      this.#losses += 1;
      this.#grossLossLamports -= pnlLamports;
      this.#streak = Math.min(0, this.#streak) - 1;
      this.#longestLosses = Math.max(this.#longestLosses, -this.#streak);
    } else {
      this.#streak = 0;
    }
    this.#holdMs += trade.holdMs;
    this.#results.push(Number(pnlLamports));
    const multiple = riskMultiple(trade);
    if (multiple === null) return;
    this.#withRisk += 1;
    const step = multiple - this.#meanR;
    this.#meanR += step / this.#withRisk;
    this.#squaresR += step * (multiple - this.#meanR);
  }

  /** Results in lamports in the order they were added, for resampling only. */
  get results(): readonly number[] {
    return this.#results;
  }

  statistics(): TradeStatistics {
    const trades = this.#results.length;
    const isEmpty = trades === 0;
    const pnlLamports = this.#grossProfitLamports - this.#grossLossLamports;
    return {
      trades,
      wins: this.#wins,
      losses: this.#losses,
      winRate: isEmpty ? null : this.#wins / trades,
      pnlLamports,
      grossProfitLamports: this.#grossProfitLamports,
      grossLossLamports: this.#grossLossLamports,
      profitFactor: this.#grossLossLamports === 0n ? null : Number(this.#grossProfitLamports) / Number(this.#grossLossLamports),
      expectancyLamports: isEmpty ? null : pnlLamports / BigInt(trades),
      expectancyR: this.#withRisk === 0 ? null : this.#meanR,
      tradesWithRisk: this.#withRisk,
      systemQuality: this.#systemQuality(),
      averageHoldMs: isEmpty ? null : this.#holdMs / trades,
      longestWinStreak: this.#longestWins,
      longestLossStreak: this.#longestLosses,
      currentStreak: this.#streak,
    };
  }

  #systemQuality(): number | null {
    if (this.#withRisk < 2) return null;
    const deviation = Math.sqrt(this.#squaresR / (this.#withRisk - 1));
    return deviation > Math.abs(this.#meanR) * ROUNDING_SHARE ? (Math.sqrt(this.#withRisk) * this.#meanR) / deviation : null;
  }
}

/** Statistics of closed trades, oldest first. */
export function tradeStatistics(trades: Iterable<ClosedTrade>): TradeStatistics {
  const tally = new TradeTally();
  for (const trade of trades) tally.add(trade);
  return tally.statistics();
}

/** P&L in units of what the trade risked, R; null where the stop or the cost is not known. */
export function riskMultiple({ costLamports, pnlLamports, stopLossBps }: ClosedTrade): number | null {
  if (stopLossBps === null || stopLossBps <= 0 || costLamports <= 0n) return null;
  return (Number(pnlLamports) * BPS) / (Number(costLamports) * stopLossBps);
}
