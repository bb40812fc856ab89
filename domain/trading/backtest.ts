import type { ReasonCode } from "../reasons.ts";
import { type Address, changeBps, type UnixMs } from "../units.ts";
import { PLAIN_TERMS, planEntry } from "./entry.ts";
import type { PoolKeys } from "./market.ts";
import type { Parameters } from "./parameters.ts";
import { marketAt, type PathSample, PathWalk } from "./path-walk.ts";
import { openPortfolio, reducePortfolio } from "./portfolio.ts";
import { type PortfolioEvent, type PortfolioStep, totalsOf } from "./portfolio-state.ts";
import { isSettled, type PositionEffect, type PositionState, plannedPosition, positionPlan } from "./position-state.ts";
import type { Signal } from "./signal.ts";

export type { PathSample } from "./path-walk.ts";

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
  /** Parts in which it was sold; 0 without an entry. */
  readonly sales: number;
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

const REPLAY_LEDGER = "paper-A";

/**
 * Replays one trade on a recorded path with the decisions, the position reducer and the paper fills
 * that trading uses. The score threshold is the Analyzer's and is not applied here. Returns null
 * when the path ends before the trade does: censored, neither a win nor a loss.
 */
export function replayTrade(input: ReplayInput): ReplayedTrade | null {
  const { path, score, parameters, sizeLamports, seed, supply } = input;
  const first = path[0];
  if (first === undefined) return null;
  const market = marketAt(first, supply);
  const entry = planEntry(score, sizeLamports, market, parameters);
  if (!entry.ok) return { ...NOT_ENTERED, reason: entry.reason };
  const signal = signalAt(first, seed, score, parameters, seed);
  const plan = positionPlan(
    { positionId: seed, ledger: REPLAY_LEDGER, signal, keys: keysOf(seed), parameters },
    entry.value,
    market,
    first.atMs,
  );
  const walk = new PathWalk(path, 0, plannedPosition(plan), market, supply);
  while (!isSettled(walk.state)) {
    walk.skipHolds();
    if (walk.next() === null) return null;
  }
  return tradeOf(walk.state);
}

/**
 * Replays candidates through one ledger: threshold, sizing, caps, cash and breaker as in trading,
 * every sample of an open position's path a mark. A position whose path ends first stays in the
 * books at its last value.
 * @param openingLamports the ledger's opening cash
 */
export function replayPortfolio(
  candidates: readonly ReplayCandidate[],
  parameters: Parameters,
  openingLamports: bigint,
  seed: string,
): PortfolioReplay {
  const queue = arrivals(candidates);
  const open: OpenWalk[] = [];
  const trades: PortfolioTrade[] = [];
  const declined: Partial<Record<ReasonCode, number>> = {};
  const equity: Array<{ atMs: UnixMs; equityLamports: bigint }> = [];
  let maxDrawdownBps = 0;
  let censored = 0;
  // Between two samples there is no price to be had, and none after a path's end.
  const replayed = { ...parameters, maxMarkAgeMs: Number.MAX_SAFE_INTEGER };
  const caps = { maxPositions: parameters.maxPositions, maxDrawdownBps: parameters.maxDrawdownBps };
  const startMs = queue[0]?.sample.atMs ?? 0;
  let books = openPortfolio({ ledger: REPLAY_LEDGER, openingLamports, ...caps, solUsd: 0 }, startMs).state;

  function apply(event: PortfolioEvent): PortfolioStep {
    const step = reducePortfolio(books, event);
    const totals = totalsOf(step.state);
    if (step.state.equityRecordedAtMs !== books.equityRecordedAtMs) {
      equity.push({ atMs: event.nowMs, equityLamports: totals.equityLamports });
    }
    maxDrawdownBps = Math.max(maxDrawdownBps, totals.drawdownBps);
    books = step.state;
    for (const effect of step.effects) {
      if (effect.type === "cancel-entry")
        open.find((one) => one.walk.state.plan.positionId === effect.positionId)?.walk.cancelEntry(event.nowMs);
    }
    return step;
  }

  function decide({ candidate, index, sample }: Arrival): void {
    const { mint, path, score, supply } = candidate;
    const market = marketAt(sample, supply);
    const signal = signalAt(sample, mint, score, parameters, seed);
    const step = apply({
      type: "request-entry",
      nowMs: sample.atMs,
      request: { signal, parameters: replayed, keys: keysOf(mint), market, terms: PLAIN_TERMS },
    });
    if (!step.answer.ok) declined[step.answer.reason] = (declined[step.answer.reason] ?? 0) + 1;
    for (const effect of step.effects) {
      if (effect.type !== "start-position") continue;
      const walk = new PathWalk(path, index, plannedPosition(effect.plan), market, supply);
      open.push({ walk, candidate, nextAtMs: walk.nextAtMs() ?? Number.POSITIVE_INFINITY });
    }
  }

  function advance(one: OpenWalk): void {
    const step = one.walk.next();
    if (step !== null) {
      const nowMs = step.market.atMs;
      apply({ type: "mark", nowMs, marks: [{ pool: one.candidate.mint, market: step.market }] });
      for (const effect of step.effects) {
        if (effect.type === "settle-entry" || effect.type === "settle-exit") settle(effect, nowMs);
      }
      one.nextAtMs = one.walk.nextAtMs() ?? Number.POSITIVE_INFINITY;
    }
    const { state } = one.walk;
    if (state.status === "closed")
      trades.push({ ...tradeOf(state), mint: one.candidate.mint, score: one.candidate.score, sizeLamports: state.plan.sizeLamports });
    if (state.status === "abandoned" && state.reason !== null) declined[state.reason] = (declined[state.reason] ?? 0) + 1;
    if (!isSettled(state) && Number.isFinite(one.nextAtMs)) return;
    if (!isSettled(state)) censored++;
    open.splice(open.indexOf(one), 1);
  }

  function settle(effect: Extract<PositionEffect, { type: "settle-entry" | "settle-exit" }>, nowMs: UnixMs): void {
    const step = apply(
      effect.type === "settle-entry"
        ? { type: "settle-entry", nowMs, settlement: effect.settlement }
        : { type: "settle-exit", nowMs, settlement: effect.settlement },
    );
    if (!step.answer.ok) throw new Error(`settlement refused: ${step.answer.reason}`);
  }

  let arrival = 0;
  for (;;) {
    const next = queue[arrival];
    const first = earliest(open);
    if (next !== undefined && (first === undefined || next.sample.atMs <= first.nextAtMs)) {
      arrival++;
      decide(next);
    } else if (first !== undefined) {
      advance(first);
    } else break;
  }
  return { trades, equity, finalEquityLamports: totalsOf(books).equityLamports, maxDrawdownBps, declined, censored };
}

interface Arrival {
  readonly candidate: ReplayCandidate;
  readonly index: number;
  readonly sample: PathSample;
}

interface OpenWalk {
  readonly walk: PathWalk;
  readonly candidate: ReplayCandidate;
  nextAtMs: number;
}

/** Candidates in order of the sample that they are decided on; those without a path are left out. */
function arrivals(candidates: readonly ReplayCandidate[]): Arrival[] {
  const found: Arrival[] = [];
  for (const candidate of candidates) {
    let index = 0;
    while ((candidate.path[index + 1]?.atMs ?? Number.POSITIVE_INFINITY) <= candidate.decidedAtMs) index++;
    const sample = candidate.path[index];
    if (sample !== undefined) found.push({ candidate, index, sample });
  }
  return found.sort((a, b) => a.sample.atMs - b.sample.atMs || (a.candidate.mint < b.candidate.mint ? -1 : 1));
}

function earliest(walks: readonly OpenWalk[]): OpenWalk | undefined {
  let first = walks[0];
  for (const walk of walks) if (first === undefined || walk.nextAtMs < first.nextAtMs) first = walk;
  return first;
}

function signalAt(sample: PathSample, mint: string, score: number, parameters: Parameters, seed: string): Signal {
  return {
    id: `${mint}:${seed}`,
    mint,
    pool: mint,
    symbol: "",
    score,
    assessedAtMs: sample.atMs,
    expiresAtMs: sample.atMs + parameters.signalExpiryMs,
    baseReserves: sample.baseReserves,
    quoteReservesLamports: sample.quoteReservesLamports,
    solUsd: 0,
    parameterVersion: "",
    modelVersion: null,
    // Paths do not name creators: each coin counts as another one's.
    creator: mint,
    ledger: REPLAY_LEDGER,
  };
}

/** A path stands for one pool: the mint names it. */
function keysOf(mint: string): PoolKeys {
  return { mint, pool: mint, baseVault: "", quoteVault: "" };
}

const NOT_ENTERED: ReplayedTrade = {
  entered: false,
  reason: null,
  exitReason: null,
  entryAtMs: null,
  exitAtMs: null,
  costLamports: 0n,
  proceedsLamports: 0n,
  pnlLamports: 0n,
  returnBps: 0,
  sales: 0,
};

/** Result of a settled position. */
function tradeOf(state: PositionState): ReplayedTrade {
  const { costLamports, proceedsLamports, reason, openedAtMs } = state;
  const pnlLamports = proceedsLamports - costLamports;
  if (state.status !== "closed") return { ...NOT_ENTERED, reason, costLamports, pnlLamports };
  return {
    entered: true,
    reason: null,
    exitReason: reason,
    entryAtMs: openedAtMs,
    exitAtMs: state.closedAtMs,
    costLamports,
    proceedsLamports,
    pnlLamports,
    returnBps: changeBps(costLamports, proceedsLamports),
    sales: state.sales,
  };
}
