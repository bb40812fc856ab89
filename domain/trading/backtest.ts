import type { ReasonCode } from "../reasons.ts";
import type { Address, UnixMs } from "../units.ts";
import type { Parameters } from "./parameters.ts";

/** One sample of a recorded price path; samples ascend strictly by `slot` and by `atMs`. */
export interface PathSample {
  readonly atMs: UnixMs;
  readonly slot: number;
  readonly baseReserves: bigint;
  /** Vault plus virtual quote reserves. */
  readonly quoteReservesLamports: bigint;
}

export interface ReplayInput {
  /** The first sample is the moment of the entry decision. */
  readonly path: readonly PathSample[];
  readonly score: number;
  readonly parameters: Parameters;
  /** Base units; defaults to pump.fun's fixed supply of 1e9 tokens with 6 decimals. */
  readonly supply?: bigint;
  /** Quote spent at the venue, venue fees included. */
  readonly sizeLamports: bigint;
  /** Names the landing draws: same seed, same trade. */
  readonly seed: string;
}

/** What one trade on a recorded path would have done, everything paid. */
export interface ReplayedTrade {
  readonly entered: boolean;
  /** Why there was no entry; null when there was one. */
  readonly reason: ReasonCode | null;
  /** Null when there was no entry. */
  readonly exitReason: ReasonCode | null;
  readonly entryAtMs: UnixMs | null;
  readonly exitAtMs: UnixMs | null;
  /** All cash out: venue, network, priority, tip, rent, failed attempts. */
  readonly costLamports: bigint;
  /** All cash in after the exit's costs, rent included. */
  readonly proceedsLamports: bigint;
  readonly pnlLamports: bigint;
  /** `pnl / cost` in basis points, rounded toward zero; 0 without an entry. */
  readonly returnBps: number;
}

export interface ReplayCandidate {
  readonly mint: Address;
  readonly path: readonly PathSample[];
  readonly score: number;
  /** The entry is decided on the newest sample at or before this moment, or else on the first. */
  readonly decidedAtMs: UnixMs;
  readonly supply?: bigint;
}

export interface PortfolioTrade extends ReplayedTrade {
  readonly mint: Address;
  readonly score: number;
  readonly sizeLamports: bigint;
}

export interface PortfolioReplay {
  /** Closed trades in order of their exit. */
  readonly trades: readonly PortfolioTrade[];
  /** Equity after each entry, exit and mark round, in order of time. */
  readonly equity: ReadonlyArray<{ readonly atMs: UnixMs; readonly equityLamports: bigint }>;
  readonly finalEquityLamports: bigint;
  readonly maxDrawdownBps: number;
  /** Candidates declined, per reason code. */
  readonly declined: Readonly<Partial<Record<ReasonCode, number>>>;
  /** Trades whose path ended before their exit: valued at the last sample, not counted as trades. */
  readonly censored: number;
}

/**
 * Replays one trade on a recorded path with the decisions and the paper fills that trading uses.
 * The score threshold is the Analyzer's and is not applied here. Returns null when the path ends
 * before the trade does: censored, neither a win nor a loss.
 */
export function replayTrade(_input: ReplayInput): ReplayedTrade | null {
  throw new Error("replayTrade has no implementation yet");
}

/**
 * Replays candidates through one ledger: threshold, sizing, caps, breaker and cash as in trading.
 * @param openingLamports the ledger's opening cash
 */
export function replayPortfolio(
  _candidates: readonly ReplayCandidate[],
  _parameters: Parameters,
  _openingLamports: bigint,
  _seed: string,
): PortfolioReplay {
  throw new Error("replayPortfolio has no implementation yet");
}
