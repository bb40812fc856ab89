import { rpcFromEnv } from "../../adapters/env.ts";
import type { ReasonCode } from "../../domain/reasons.ts";
import { ok, type Refusal, type Result, refuse } from "../../domain/result.ts";
import type { Assessment, ReasonNote } from "../../domain/scoring/assessment.ts";
import { isExpired, PLAIN_TERMS } from "../../domain/trading/entry.ts";
import type { ParameterSet, Parameters } from "../../domain/trading/parameters.ts";
import type { OpeningBooks } from "../../domain/trading/portfolio.ts";
import { isLiveLedger, type LedgerId, type Signal } from "../../domain/trading/signal.ts";
import { LAMPORTS_PER_SOL, type UnixMs } from "../../domain/units.ts";
import { portfolioOf } from "../../durable-objects/stubs.ts";
import { type PreparedEntry, prepareLiveEntry } from "./live-entry.ts";
import { readPoolForEntry } from "./read-pool.ts";

export interface TradeContext {
  readonly ledger: LedgerId;
  readonly parameters: ParameterSet;
  readonly nowMs: UnixMs;
  readonly env: Env;
}

export interface TradeAnswer {
  readonly outcome: "BUY" | "DECLINE";
  readonly reasons: readonly ReasonNote[];
  readonly positionId: string | null;
  readonly sizeLamports: bigint | null;
}

/** Refusals that say nothing about the signal and may be over in a moment. */
const PASSING: ReadonlySet<ReasonCode> = new Set([
  "RPC_UNAVAILABLE",
  "RPC_RATE_LIMITED",
  "RPC_LAGGING",
  "UPSTREAM_MALFORMED",
  "RECONCILING",
]);

/**
 * The Trader: turns an assessment into a signal, reads the pool again, and asks the ledger's
 * Portfolio for an entry. Every refusal is a reason; what cannot be read is not bought. The
 * Portfolio decides once per signal, so a repeated call gets the first answer and buys nothing more.
 * Throws on a fault that may pass while the signal is still worth another try; after that it is a
 * refusal like any other.
 */
export async function tradeSignal(assessment: Assessment, context: TradeContext): Promise<TradeAnswer> {
  const { ledger, parameters, nowMs, env } = context;
  const signal = signalOf(assessment, ledger, parameters);
  if (assessment.recommendation !== "BUY") return declined("SCORE_BELOW_THRESHOLD", `${assessment.score}`);
  const portfolio = portfolioOf(env, ledger);
  const before = await portfolio.decided(signal.id);
  if (before !== null) return answerOf(before);
  const prepared = isLiveLedger(ledger)
    ? await prepareLiveEntry({ ...signal, parameters: parameters.parameters, isRehearsal: false }, env)
    : await preparePaperEntry(signal, context);
  if (!prepared.ok) return refused(prepared, signal, context);
  const { opening, reading, terms } = prepared.value;
  const { keys, market } = reading;
  await portfolio.ensureOpen(opening);
  const answer = await portfolio.requestEntry({ signal, parameters: parameters.parameters, keys, market, terms }, nowMs);
  return answer.ok ? answerOf(answer) : refused(answer, signal, context);
}

function refused({ reason, detail }: Refusal, signal: Signal, { env, nowMs }: TradeContext): TradeAnswer {
  const clockMs = env.REPLAY_CLOCK === "on" ? nowMs : Date.now();
  if (PASSING.has(reason) && !isExpired(signal, clockMs)) throw new Error(`${reason} ${detail ?? ""}`.trim());
  return declined(reason, detail);
}

async function preparePaperEntry(signal: Signal, { ledger, parameters, nowMs, env }: TradeContext): Promise<Result<PreparedEntry>> {
  const opening = openingBooks(ledger, parameters.parameters, signal.solUsd);
  if (!opening.ok) return opening;
  const clock = env.REPLAY_CLOCK === "on" ? () => nowMs : Date.now;
  const reading = await readPoolForEntry(rpcFromEnv(env), signal, null, clock);
  if (!reading.ok) return reading;
  const { otherRentLamports } = reading.value;
  return ok({ opening: opening.value, reading: reading.value, terms: { ...PLAIN_TERMS, otherRentLamports } });
}

/** Signal of an assessment: the same graduation always makes the same one. */
export function signalOf(assessment: Assessment, ledger: LedgerId, { version, parameters }: ParameterSet): Signal {
  const { graduation, symbol, creator, solUsd } = assessment.candidate;
  return {
    id: `${graduation.mint}:${graduation.signature}`,
    mint: graduation.mint,
    pool: graduation.pool,
    symbol,
    creator,
    score: assessment.score,
    assessedAtMs: assessment.assessedAtMs,
    expiresAtMs: assessment.assessedAtMs + parameters.signalExpiryMs,
    baseReserves: assessment.baseReserves,
    quoteReservesLamports: assessment.quoteReservesLamports,
    solUsd,
    parameterVersion: version,
    modelVersion: assessment.modelVersion,
    ledger,
  };
}

/**
 * Opening cash of a paper ledger: the capital at the SOL price, in whole micro-dollars on both sides
 * and rounded down. Refuses with SOL_PRICE_STALE without a usable price.
 */
export function openingBooks(ledger: LedgerId, parameters: Parameters, solUsd: number): Result<OpeningBooks> {
  const microUsdPerSol = Number.isFinite(solUsd) ? BigInt(Math.round(solUsd * 1e6)) : 0n;
  if (microUsdPerSol <= 0n) return refuse("SOL_PRICE_STALE");
  const openingLamports = (BigInt(Math.round(parameters.paperCapitalUsd * 1e6)) * LAMPORTS_PER_SOL) / microUsdPerSol;
  const { maxPositions, maxDrawdownBps } = parameters;
  return ok({ ledger, openingLamports, maxPositions, maxDrawdownBps, solUsd });
}

function answerOf(result: Result<{ readonly positionId: string; readonly sizeLamports: bigint }>): TradeAnswer {
  if (!result.ok) return declined(result.reason, result.detail);
  return { outcome: "BUY", reasons: [], ...result.value };
}

function declined(code: ReasonCode, detail: string | undefined): TradeAnswer {
  const reason = detail === undefined ? { code } : { code, detail };
  return { outcome: "DECLINE", reasons: [reason], positionId: null, sizeLamports: null };
}
