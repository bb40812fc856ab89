import type { ReasonCode } from "../../reasons.ts";
import { REASONS } from "../../reasons.ts";
import { ok, type Result, refuse } from "../../result.ts";
import type { UnixMs } from "../../units.ts";
import type { Parameters } from "../parameters.ts";
import type { PortfolioState } from "../portfolio-state.ts";
import type { Signal } from "../signal.ts";
import { type Exposure, exposureTo } from "./exposure.ts";
import { lockOn } from "./locks.ts";
import { type BreakerCode, creatorKey, dayLossBps, HOUR_MS, isWithin, type Lock } from "./risk-state.ts";

/** A word on the RPC node's health is worth this long: a watch that has nothing to look at says nothing. */
const HEALTH_MS = 60_000;

/** What the risk engine knows at the moment of a decision. */
export interface RiskFacts {
  readonly tripped: BreakerCode | null;
  /** The lock that stops the signal. */
  readonly lock: Lock | null;
  /** When a token of the signal's creator last lost money. */
  readonly creatorLossAtMs: UnixMs | null;
  readonly lastEntryAtMs: UnixMs | null;
  readonly entriesOfHour: number;
  readonly dayLossBps: number;
  /** The open position whose price is the oldest. */
  readonly oldestMark: { readonly positionId: string; readonly atMs: UnixMs } | null;
  readonly failedPolls: number;
  readonly exposure: Exposure;
}

/** Facts of a ledger for one signal. */
export function riskFacts(
  state: PortfolioState,
  signal: Pick<Signal, "mint" | "creator">,
  equityLamports: bigint,
  nowMs: UnixMs,
): RiskFacts {
  const { risk, holdings } = state;
  let entriesOfHour = 0;
  let hourlyLamports = 0n;
  for (const { atMs, lamports } of risk.entries.values()) {
    if (!isWithin(atMs, HOUR_MS, nowMs)) continue;
    entriesOfHour++;
    hourlyLamports += lamports;
  }
  return {
    tripped: risk.tripped,
    lock: lockOn(signal, risk.locks.values(), nowMs),
    creatorLossAtMs: risk.creatorLosses.get(creatorKey(signal.creator)) ?? null,
    lastEntryAtMs: risk.lastEntryAtMs,
    entriesOfHour,
    dayLossBps: dayLossBps(risk.day, equityLamports),
    oldestMark: oldestMarkOf(state),
    failedPolls: failedPollsOf(state, nowMs),
    exposure: exposureTo(signal, holdings.values(), hourlyLamports),
  };
}

/** The open position whose price is the oldest; null without open positions. */
export function oldestMarkOf({ holdings }: Pick<PortfolioState, "holdings">): RiskFacts["oldestMark"] {
  let oldest: RiskFacts["oldestMark"] = null;
  for (const { positionId, phase, markedAtMs } of holdings.values()) {
    if (phase === "open" && (oldest === null || markedAtMs < oldest.atMs)) oldest = { positionId, atMs: markedAtMs };
  }
  return oldest;
}

/** Failed looks in a row by the newest word that is still worth something. */
export function failedPollsOf({ risk: { health } }: Pick<PortfolioState, "risk">, nowMs: UnixMs): number {
  return isWithin(health.atMs, HEALTH_MS, nowMs) ? health.failedPolls : 0;
}

/**
 * The checks of the risk engine that come before the size, in this order: breaker, lock, creator
 * cooldown, entry cooldown, entries per hour, daily loss, age of the marks, health of the RPC node.
 */
export function checkRisk(facts: RiskFacts, parameters: Parameters, nowMs: UnixMs): Result<null> {
  if (facts.tripped !== null) return refuse(facts.tripped, "until an operator resumes");
  if (facts.lock !== null) return refuse(...lockRefusal(facts.lock));
  const { creatorLossAtMs, lastEntryAtMs, oldestMark } = facts;
  if (creatorLossAtMs !== null && isWithin(creatorLossAtMs, parameters.creatorCooldownMs, nowMs))
    return refuse("CREATOR_COOLDOWN", `${nowMs - creatorLossAtMs} of ${parameters.creatorCooldownMs} ms`);
  // A clock that was set back far must not stop entries until it has caught up.
  if (lastEntryAtMs !== null && Math.abs(nowMs - lastEntryAtMs) < parameters.entryCooldownMs)
    return refuse("ENTRY_COOLDOWN", `${nowMs - lastEntryAtMs} of ${parameters.entryCooldownMs} ms`);
  if (facts.entriesOfHour >= parameters.maxEntriesPerHour)
    return refuse("ENTRIES_PER_HOUR", `${facts.entriesOfHour} of ${parameters.maxEntriesPerHour}`);
  if (facts.dayLossBps >= parameters.dailyLossLimitBps)
    return refuse("DAILY_LOSS_LIMIT", `${facts.dayLossBps} of ${parameters.dailyLossLimitBps} bps`);
  if (oldestMark !== null && nowMs - oldestMark.atMs > parameters.maxMarkAgeMs)
    return refuse("MARKS_STALE", `${oldestMark.positionId}: ${nowMs - oldestMark.atMs} of ${parameters.maxMarkAgeMs} ms`);
  if (facts.failedPolls >= parameters.maxFailedPolls)
    return refuse("RPC_UNHEALTHY", `${facts.failedPolls} of ${parameters.maxFailedPolls} failed polls`);
  return ok(null);
}

const LOCK_CODES = { mint: "LOCKED_MINT", creator: "LOCKED_CREATOR", all: "LOCKED_ALL" } as const;

/** A lock that the engine set itself is refused by the breaker that it stands for. */
function lockRefusal({ scope, reason, author, untilMs }: Lock): [ReasonCode, string] {
  const until = untilMs === null ? "until it is lifted" : `until ${new Date(untilMs).toISOString()}`;
  if (author === "system" && isReason(reason)) return [reason, until];
  return [LOCK_CODES[scope], `by ${author}, ${until}: ${reason}`];
}

function isReason(text: string): text is ReasonCode {
  return Object.hasOwn(REASONS, text);
}
