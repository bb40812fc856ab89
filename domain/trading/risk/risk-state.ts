import type { ReasonCode } from "../../reasons.ts";
import { type Address, BPS, type UnixMs } from "../../units.ts";
import { builtinParameters, type Parameters } from "../parameters.ts";

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Limits of the parameters that were last used, for what is judged between two entries. */
export type RiskLimits = Pick<
  Parameters,
  | "maxTokenExposureBps"
  | "maxCreatorExposureBps"
  | "maxExposureBps"
  | "maxHourlyExposureBps"
  | "maxEntriesPerHour"
  | "entryCooldownMs"
  | "creatorCooldownMs"
  | "dailyLossLimitBps"
  | "maxConsecutiveLosses"
  | "breakerPauseMs"
  | "slippageBreachBps"
  | "maxSlippageBreaches"
  | "maxMarkAgeMs"
  | "maxFailedPolls"
>;

/** Breakers that stay tripped until an operator sets ACTIVE. */
export type BreakerCode = Extract<ReasonCode, "DRAWDOWN_BREAKER" | "DAILY_LOSS_LIMIT">;

/** Entries are stopped for a mint, a creator or everything. */
export interface Lock {
  readonly lockId: string;
  readonly scope: "mint" | "creator" | "all";
  /** Address of the mint or creator; null for "all". */
  readonly value: Address | null;
  /** Null until it is lifted. */
  readonly untilMs: UnixMs | null;
  /** A reason code where the engine set it. */
  readonly reason: string;
  readonly author: string;
  readonly atMs: UnixMs;
}

/** What the risk engine remembers of a ledger beside its books; part of their state. */
export interface RiskState {
  readonly limits: RiskLimits;
  /** The breaker that tripped, whatever the trading state is meanwhile. */
  readonly tripped: BreakerCode | null;
  /** UTC day since the epoch, never falling, and the equity that it began with. */
  readonly day: { readonly index: number; readonly openingLamports: bigint };
  readonly lastEntryAtMs: UnixMs | null;
  readonly consecutiveLosses: number;
  /** Of the last hour. */
  readonly breachesAtMs: readonly UnixMs[];
  /** Grants of the last hour by position. */
  readonly entries: ReadonlyMap<string, { readonly atMs: UnixMs; readonly lamports: bigint }>;
  /** When a creator's token last lost money. */
  readonly creatorLosses: ReadonlyMap<string, UnixMs>;
  readonly locks: ReadonlyMap<string, Lock>;
  /** The newest word on how many looks at the open pools have failed in a row; not kept over a restart. */
  readonly health: { readonly failedPolls: number; readonly atMs: UnixMs };
}

/** Limits out of a parameter set. */
export function riskLimits(parameters: Parameters): RiskLimits {
  return {
    maxTokenExposureBps: parameters.maxTokenExposureBps,
    maxCreatorExposureBps: parameters.maxCreatorExposureBps,
    maxExposureBps: parameters.maxExposureBps,
    maxHourlyExposureBps: parameters.maxHourlyExposureBps,
    maxEntriesPerHour: parameters.maxEntriesPerHour,
    entryCooldownMs: parameters.entryCooldownMs,
    creatorCooldownMs: parameters.creatorCooldownMs,
    dailyLossLimitBps: parameters.dailyLossLimitBps,
    maxConsecutiveLosses: parameters.maxConsecutiveLosses,
    breakerPauseMs: parameters.breakerPauseMs,
    slippageBreachBps: parameters.slippageBreachBps,
    maxSlippageBreaches: parameters.maxSlippageBreaches,
    maxMarkAgeMs: parameters.maxMarkAgeMs,
    maxFailedPolls: parameters.maxFailedPolls,
  };
}

/** Nothing has happened yet. The first entry brings its own limits; before it there is nothing to judge. */
export function initialRisk(equityLamports: bigint, nowMs: UnixMs): RiskState {
  return {
    limits: riskLimits(builtinParameters("default")),
    tripped: null,
    day: { index: dayOf(nowMs), openingLamports: equityLamports },
    lastEntryAtMs: null,
    consecutiveLosses: 0,
    breachesAtMs: [],
    entries: new Map(),
    creatorLosses: new Map(),
    locks: new Map(),
    health: { failedPolls: 0, atMs: 0 },
  };
}

/** UTC day since the epoch. */
export function dayOf(nowMs: UnixMs): number {
  return Math.floor(nowMs / DAY_MS);
}

/** The day in force at `nowMs`: a new one begins with the equity at hand, and no clock brings an old one back. */
export function rolledDay(day: RiskState["day"], equityLamports: bigint, nowMs: UnixMs): RiskState["day"] {
  const index = dayOf(nowMs);
  return index > day.index ? { index, openingLamports: equityLamports } : day;
}

/** Loss since the day's opening in basis points of it, rounded toward zero; 0 for a gain. */
export function dayLossBps({ openingLamports }: RiskState["day"], equityLamports: bigint): number {
  const lost = openingLamports - equityLamports;
  return lost > 0n && openingLamports > 0n ? Number((lost * BPS) / openingLamports) : 0;
}

/** True while an event counts as within `windowMs`: also when the clock was set back behind it. */
export function isWithin(atMs: UnixMs, windowMs: number, nowMs: UnixMs): boolean {
  return nowMs - atMs < windowMs;
}

/** Creators that nobody could tell may be one: they count as one. */
export function creatorKey(creator: Address | null): string {
  return creator ?? "unknown";
}
