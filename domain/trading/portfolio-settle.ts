import { entryCostLamports, entryPostings, exitPostings, exitProceedsLamports, type Movement, type Posting } from "../ledger/postings.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { UnixMs } from "../units.ts";
import { type Draft, withEquityRecord, withRecord } from "./portfolio-draft.ts";
import { ledgerRecord } from "./portfolio-records.ts";
import type { Holding, PortfolioState, PortfolioStep } from "./portfolio-state.ts";
import { NO_MONEY } from "./position-money.ts";
import type { EntrySettlement, ExitSettlement, SettledMoney } from "./position-state.ts";
import { noteSlippage, noteTrade, watchBreakers } from "./risk/breakers.ts";

/** Books the outcome of an entry, once: its reservation becomes cost, or is free again. Refuses with NOT_FOUND what was never granted. */
export function settleEntry(state: PortfolioState, settlement: EntrySettlement, nowMs: UnixMs): PortfolioStep {
  const { positionId, money, costLamports, opened } = settlement;
  const known = knownPosition(state, settlement);
  if (!known.ok) return { state, effects: [], answer: known };
  const holding = state.holdings.get(positionId);
  if (holding === undefined || holding.phase !== "reserved") return { state, effects: [], answer: ok(null) };
  if (entryCostLamports(money) !== costLamports) throw new Error(`entry of ${positionId} costs ${costLamports}, its parts differ`);
  if (opened === null) return released(state, holding, money, nowMs);
  const open: Holding = {
    ...holding,
    phase: "open",
    sinceMs: settlement.atMs,
    reservedLamports: 0n,
    exposureLamports: money.grossLamports + money.venueFeeLamports,
    costLamports,
    grossLamports: money.grossLamports,
    baseAmount: opened.baseAmount,
    rentLamports: money.rentLamports,
    valueLamports: opened.valueLamports,
    markedSlot: opened.slot,
    markedAtMs: nowMs,
  };
  const next: PortfolioState = {
    ...state,
    cashLamports: state.cashLamports + holding.reservedLamports - costLamports,
    holdings: new Map(state.holdings).set(positionId, open),
  };
  const booked = withMovement({ state: next, effects: [] }, "entry", positionId, entryPostings(holding.reservedLamports, money), nowMs);
  return finished(noteSlippage(booked, opened.slippageBps, nowMs), nowMs);
}

/** Frees the reservation of an entry that never began; anything else changes nothing. */
export function releaseEntry(state: PortfolioState, positionId: string, nowMs: UnixMs): PortfolioStep {
  const holding = state.holdings.get(positionId);
  if (holding?.phase !== "reserved") return { state, effects: [], answer: ok(null) };
  return released(state, holding, NO_MONEY, nowMs);
}

function released(state: PortfolioState, holding: Holding, money: SettledMoney, nowMs: UnixMs): PortfolioStep {
  if (money.grossLamports !== 0n || money.rentLamports !== 0n) throw new Error(`${holding.positionId} bought and is abandoned`);
  const holdings = new Map(state.holdings);
  holdings.delete(holding.positionId);
  const costLamports = entryCostLamports(money);
  const next: PortfolioState = {
    ...state,
    cashLamports: state.cashLamports + holding.reservedLamports - costLamports,
    holdings,
    realisedLamports: state.realisedLamports - costLamports,
  };
  const postings = entryPostings(holding.reservedLamports, money);
  return finished(withMovement({ state: next, effects: [] }, "release", holding.positionId, postings, nowMs), nowMs);
}

/**
 * Books the position's next sale. The share of a part is its share of the tokens, rounded down; the
 * final one takes what is left. An earlier sale changes nothing; a later one than the next, or one
 * before its entry, is refused with NOT_FOUND and has to be sent again.
 */
export function settleExit(state: PortfolioState, settlement: ExitSettlement, nowMs: UnixMs): PortfolioStep {
  const { positionId, n, money, proceedsLamports } = settlement;
  const known = knownPosition(state, settlement);
  if (!known.ok) return { state, effects: [], answer: known };
  const holding = state.holdings.get(positionId);
  if (holding === undefined) return { state, effects: [], answer: ok(null) };
  if (holding.phase !== "open") return { state, effects: [], answer: refuse("NOT_FOUND", "entry not settled yet") };
  if (n <= holding.exits) return { state, effects: [], answer: ok(null) };
  if (n > holding.exits + 1) return { state, effects: [], answer: refuse("NOT_FOUND", `sale ${n - 1} not settled yet`) };
  if (exitProceedsLamports(money) !== proceedsLamports)
    throw new Error(`sale ${n} of ${positionId} brought ${proceedsLamports}, its parts differ`);
  const sold = soldPart(holding, settlement);
  const pnlLamports = proceedsLamports - sold.costLamports;
  const holdings = new Map(state.holdings);
  if (settlement.isFinal) holdings.delete(positionId);
  else holdings.set(positionId, remaining(holding, sold, pnlLamports));
  const totalPnl = holding.realisedLamports + pnlLamports;
  const isWin = settlement.isFinal && totalPnl > 0n;
  const next: PortfolioState = {
    ...state,
    cashLamports: state.cashLamports + proceedsLamports,
    realisedLamports: state.realisedLamports + pnlLamports,
    holdings,
    trades: state.trades + (settlement.isFinal ? 1 : 0),
    wins: state.wins + (isWin ? 1 : 0),
  };
  const booked = withMovement({ state: next, effects: [] }, "exit", positionId, exitPostings(sold, money), nowMs);
  const noted = settlement.isFinal ? noteTrade(booked, holding, totalPnl, nowMs) : booked;
  return finished(noteSlippage(noted, settlement.slippageBps, nowMs), nowMs);
}

interface SoldPart {
  readonly baseAmount: bigint;
  readonly costLamports: bigint;
  readonly grossLamports: bigint;
  readonly rentLamports: bigint;
  readonly exposureLamports: bigint;
  readonly valueLamports: bigint;
}

function soldPart(holding: Holding, { isFinal, soldBase, money }: ExitSettlement): SoldPart {
  if (isFinal) return holding;
  if (soldBase < 0n || soldBase >= holding.baseAmount)
    throw new Error(`a part of ${soldBase} of ${holding.baseAmount} of ${holding.positionId}`);
  const share = (lamports: bigint) => (lamports * soldBase) / holding.baseAmount;
  return {
    baseAmount: soldBase,
    costLamports: share(holding.costLamports),
    grossLamports: share(holding.grossLamports),
    rentLamports: money.rentLamports,
    exposureLamports: share(holding.exposureLamports),
    valueLamports: share(holding.valueLamports),
  };
}

/** What a partial sale leaves; its value is an estimate until the next mark. */
function remaining(holding: Holding, sold: SoldPart, pnlLamports: bigint): Holding {
  return {
    ...holding,
    exits: holding.exits + 1,
    realisedLamports: holding.realisedLamports + pnlLamports,
    baseAmount: holding.baseAmount - sold.baseAmount,
    costLamports: holding.costLamports - sold.costLamports,
    grossLamports: holding.grossLamports - sold.grossLamports,
    rentLamports: holding.rentLamports - sold.rentLamports,
    exposureLamports: holding.exposureLamports - sold.exposureLamports,
    valueLamports: holding.valueLamports - sold.valueLamports,
  };
}

/** A settlement of a position that these books never granted is refused, so that it can never add money. */
function knownPosition(state: PortfolioState, { positionId, signalId }: { positionId: string; signalId: string }): Result<null> {
  const outcome = state.signals.get(signalId);
  return outcome?.granted === true && outcome.positionId === positionId ? ok(null) : refuse("NOT_FOUND", "position not granted here");
}

/** Adds the ledger record of a movement of money. */
export function withMovement(
  draft: Draft,
  movement: Movement,
  positionId: string | null,
  postings: readonly Posting[],
  nowMs: UnixMs,
): Draft {
  return withRecord(draft, nowMs, (state) => ledgerRecord(state, nowMs, movement, positionId, postings));
}

/** Ends an event that moved money: watches the breakers and journals the equity. */
export function finished(draft: Draft, nowMs: UnixMs): PortfolioStep {
  return { ...withEquityRecord(watchBreakers(draft, nowMs), nowMs), answer: ok(null) };
}
