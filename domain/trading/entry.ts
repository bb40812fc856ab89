import type { ReasonCode } from "../reasons.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { UnixMs } from "../units.ts";
import { type EntryQuote, exitBudgetLamports, quoteEntry, reservationLamports } from "./costs.ts";
import { MAX_MARKET_AGE_MS, type Market, priceMoveBps } from "./market.ts";
import type { Parameters } from "./parameters.ts";
import { checkRisk, type RiskFacts } from "./risk/checks.ts";
import { sizeWithinCaps } from "./risk/exposure.ts";
import type { Signal } from "./signal.ts";
import { positionSizeLamports, stopLossBps, takeProfitBps } from "./sizing.ts";

/** ACTIVE trades; REDUCING and HALTED enter nothing. Exits go on in each of them. */
export type TradingState = "ACTIVE" | "REDUCING" | "HALTED";

/** A signal may be this far ahead of our clock before it counts as not ours to judge. */
const MAX_CLOCK_SKEW_MS = 5_000;

/** What the books say at the moment of the decision. */
export interface EntryBooks {
  readonly state: TradingState;
  readonly stateReason: ReasonCode | null;
  /** Who set the state, and what they said. */
  readonly stateDetail: string;
  /** Cash, reservations and positions at executable value. */
  readonly equityLamports: bigint;
  /** Neither reserved nor in a position. */
  readonly cashLamports: bigint;
  readonly drawdownBps: number;
  /** Reserved and open positions together. */
  readonly positions: number;
  readonly tradedMint: boolean;
  readonly risk: RiskFacts;
}

/** What is particular to this entry beside signal and market. */
export interface EntryTerms {
  /** Rent of accounts of others that the buy has to create and that never comes back. */
  readonly otherRentLamports: bigint;
  /** Cap on the size; null when there is none. */
  readonly maxSizeLamports: bigint | null;
  /** Cash that stays free beside the exits' fees: what a wallet needs to be able to sell at all. */
  readonly keptLamports: bigint;
  /** Bought to be sold at once, so that a person sees the whole path work. */
  readonly isRehearsal: boolean;
}

export const PLAIN_TERMS: EntryTerms = { otherRentLamports: 0n, maxSizeLamports: null, keptLamports: 0n, isRehearsal: false };

export interface EntryPlan extends EntryQuote {
  readonly sizeLamports: bigint;
  /** The size and every cost that the entry can have. */
  readonly reservedLamports: bigint;
  readonly stopLossBps: number;
  readonly takeProfitBps: number;
  readonly otherRentLamports: bigint;
  readonly isRehearsal: boolean;
}

/**
 * Whether a signal becomes an entry, and of what size. The checks run in this order and the first
 * that fails is the answer: trading state, expiry, score, mint traded before, the risk engine's
 * (`checkRisk`), number of positions, drawdown, age of the market, price move since the assessment,
 * size, exposure caps (`sizeWithinCaps`), cash, quote, cost.
 */
export function decideEntry(
  signal: Signal,
  parameters: Parameters,
  market: Market,
  books: EntryBooks,
  nowMs: UnixMs,
  terms: EntryTerms = PLAIN_TERMS,
): Result<EntryPlan> {
  if (books.state !== "ACTIVE" && !mayRehearse(books, terms)) return refuse(stateRefusal(books), books.stateDetail);
  if (isExpired(signal, nowMs)) return refuse("SIGNAL_EXPIRED");
  if (!(signal.score >= parameters.qualityThreshold))
    return refuse("SCORE_BELOW_THRESHOLD", `${signal.score} of ${parameters.qualityThreshold}`);
  if (books.tradedMint) return refuse("MINT_ALREADY_TRADED");
  const risk = checkRisk(books.risk, parameters, nowMs);
  if (!risk.ok) return risk;
  if (books.positions >= parameters.maxPositions) return refuse("MAX_POSITIONS", `${books.positions} of ${parameters.maxPositions}`);
  if (books.drawdownBps >= parameters.maxDrawdownBps)
    return refuse("DRAWDOWN_BREAKER", `${books.drawdownBps} of ${parameters.maxDrawdownBps} bps`);
  if (nowMs - market.atMs > MAX_MARKET_AGE_MS) return refuse("QUOTE_UNAVAILABLE", `the pool was read ${nowMs - market.atMs} ms ago`);
  const move = checkPriceMove(signal, market, parameters);
  if (!move.ok) return move;
  const wanted = positionSizeLamports(signal.score, books.equityLamports, parameters, terms.maxSizeLamports);
  if (wanted === null) return refuse("SIZE_TOO_SMALL", `below ${parameters.minPositionLamports} lamports`);
  const capped = sizeWithinCaps(wanted, books.risk.exposure, books.equityLamports, parameters);
  if (!capped.ok) return capped;
  const sizeLamports = capped.value;
  const exits = exitBudgetLamports(parameters) * BigInt(books.positions + 1);
  const reserved = reservationLamports(sizeLamports, parameters, terms.otherRentLamports);
  const needed = reserved + exits + terms.keptLamports;
  if (needed > books.cashLamports) return refuse("CASH_INSUFFICIENT", `${needed} lamports needed, ${books.cashLamports} free`);
  return planEntry(signal.score, sizeLamports, market, parameters, terms);
}

/** Quotes an entry of a given size and sets its limits. Refuses as `quoteEntry` does. */
export function planEntry(
  score: number,
  sizeLamports: bigint,
  market: Market,
  parameters: Parameters,
  { otherRentLamports, isRehearsal }: EntryTerms = PLAIN_TERMS,
): Result<EntryPlan> {
  const take = takeProfitBps(score, parameters);
  const quote = quoteEntry(market, sizeLamports, take, parameters, otherRentLamports);
  if (!quote.ok) return quote;
  const reservedLamports = reservationLamports(sizeLamports, parameters, otherRentLamports);
  const stop = stopLossBps(score, parameters);
  return ok({ ...quote.value, sizeLamports, reservedLamports, stopLossBps: stop, takeProfitBps: take, otherRentLamports, isRehearsal });
}

/** Refuses with SIGNAL_PRICE_MOVED when the price left the assessed one, up or down, and with POOL_RESERVES_EMPTY. */
export function checkPriceMove(
  assessed: Pick<Signal, "baseReserves" | "quoteReservesLamports">,
  market: Market,
  parameters: Pick<Parameters, "signalMaxPriceMoveBps">,
): Result<number> {
  const moveBps = priceMoveBps(assessed, market);
  if (moveBps === null) return refuse("POOL_RESERVES_EMPTY");
  return Math.abs(moveBps) > parameters.signalMaxPriceMoveBps ? refuse("SIGNAL_PRICE_MOVED", `${moveBps} bps`) : ok(moveBps);
}

/** A rehearsal comes before live trading is enabled; nothing else that stops entries lets it pass. */
function mayRehearse(books: EntryBooks, terms: EntryTerms): boolean {
  return terms.isRehearsal && books.state === "REDUCING" && books.stateReason === "LIVE_NOT_ENABLED";
}

/** Stops of the engine that have a code of their own. */
const OWN_CODES: ReadonlySet<ReasonCode> = new Set(["DRAWDOWN_BREAKER", "DAILY_LOSS_LIMIT", "STATE_RESTORED"]);

function stateRefusal({ state, stateReason }: EntryBooks): ReasonCode {
  if (stateReason !== null && OWN_CODES.has(stateReason)) return stateReason;
  return state === "HALTED" ? "TRADING_HALTED" : "TRADING_REDUCING";
}

/** Whether a signal is worth nothing any more. One of a time to come was assessed by a clock that was ahead: nobody knows how old it is. */
export function isExpired({ assessedAtMs, expiresAtMs }: Pick<Signal, "assessedAtMs" | "expiresAtMs">, nowMs: UnixMs): boolean {
  return nowMs > expiresAtMs || assessedAtMs > nowMs + MAX_CLOCK_SKEW_MS;
}
