import { SLOT_MS } from "../../domain/trading/market.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { RpcReason } from "./types.ts";

/** Exchanges remembered per provider, and for how long. */
export const WINDOW_CALLS = 50;
export const WINDOW_MS = 60_000;
/** A share of failures from this many calls on is evidence. */
const MIN_CALLS = 4;
const MAX_ERROR_SHARE_BPS = 5_000;
/** As many failures in a row need no share. */
const MAX_FAILURES_IN_A_ROW = 3;
/** Half of a call's default deadline: a node this slow leaves no time for the other. */
const MAX_LATENCY_MS = 1_500;
/** About 8 s of chain: a price older than this misleads an exit, and a node further behind does not see what we sent. */
export const MAX_LAG_SLOTS = 20;
/** A slot seen longer ago says nothing about lag. */
export const SLOT_FRESH_MS = 20_000;
/** A provider that fell behind must come this close before the reads go back to it. */
const RECOVERED_LAG_SLOTS = 5;
/** A provider that failed must be without fault for this long before the reads go back to it. */
export const RECOVERY_MS = 30_000;
const RECOVERY_SUCCESSES = 2;
/** How long a 429 without Retry-After keeps us away. */
export const DEFAULT_PARK_MS = 1_000;

/** One exchange with a provider, as its HTTP client reports it. */
export interface Exchange {
  readonly atMs: UnixMs;
  readonly latencyMs: number;
  /** Null for an answer. A JSON-RPC error about our own request is one, too. */
  readonly reason: RpcReason | null;
  readonly retryAfterMs?: number;
  /** Slot that the answer was made at, where it says so. */
  readonly slot: number | null;
}

/** What is known of one provider. Plain data; every function here returns a new one. */
export interface ProviderHealth {
  /** Oldest first. */
  readonly exchanges: readonly Exchange[];
  /** Slot that it showed last, which may be an older one: then it has fallen back. */
  readonly seen: { readonly slot: number; readonly atMs: UnixMs } | null;
  readonly parkedUntilMs: UnixMs;
  /** Whether its genesis hash is the wanted one; null while nobody asked. */
  readonly isRightCluster: boolean | null;
}

export const UNKNOWN_HEALTH: ProviderHealth = { exchanges: [], seen: null, parkedUntilMs: 0, isRightCluster: null };

/** Adds an exchange. A rate limit parks the provider for as long as it asks. */
export function recordExchange(health: ProviderHealth, exchange: Exchange): ProviderHealth {
  const limited = exchange.reason === "RPC_RATE_LIMITED";
  const parkedUntilMs = limited
    ? Math.max(health.parkedUntilMs, exchange.atMs + (exchange.retryAfterMs ?? DEFAULT_PARK_MS))
    : health.parkedUntilMs;
  return {
    ...health,
    exchanges: [...health.exchanges, exchange].slice(-WINDOW_CALLS),
    seen: exchange.slot === null ? health.seen : { slot: exchange.slot, atMs: exchange.atMs },
    parkedUntilMs,
  };
}

/** Why a provider should not be read from now, worst first; null when it is fit. */
export function faultOf(health: ProviderHealth, lagSlots: number | null, nowMs: UnixMs): RpcReason | null {
  if (health.isRightCluster === false) return "RPC_WRONG_CLUSTER";
  if (nowMs < health.parkedUntilMs) return "RPC_RATE_LIMITED";
  const recent = recentOf(health, nowMs);
  const lastFailure = recent.findLast((exchange) => exchange.reason !== null)?.reason ?? null;
  const isFailing =
    (recent.length >= MIN_CALLS && errorShareBps(health, nowMs) >= MAX_ERROR_SHARE_BPS) ||
    (recent.length >= MAX_FAILURES_IN_A_ROW && recent.slice(-MAX_FAILURES_IN_A_ROW).every((exchange) => exchange.reason !== null));
  if (isFailing) return lastFailure;
  if (lagSlots !== null && lagSlots > MAX_LAG_SLOTS) return "RPC_LAGGING";
  const latencyMs = medianLatencyMs(health, nowMs);
  return recent.length >= MIN_CALLS && latencyMs !== null && latencyMs > MAX_LATENCY_MS ? "RPC_UNAVAILABLE" : null;
}

/** Share of the window's exchanges that failed, in basis points; 0 when there were none. */
export function errorShareBps(health: ProviderHealth, nowMs: UnixMs): number {
  const recent = recentOf(health, nowMs);
  const failures = recent.filter((exchange) => exchange.reason !== null).length;
  return recent.length === 0 ? 0 : Math.round((failures * 10_000) / recent.length);
}

/** Median latency of the window's exchanges, timeouts included; null when there were none. */
export function medianLatencyMs(health: ProviderHealth, nowMs: UnixMs): number | null {
  const sorted = recentOf(health, nowMs)
    .map((exchange) => exchange.latencyMs)
    .sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

/**
 * How many slots each provider is behind the one furthest ahead, its last sighting carried forward
 * at 400 ms a slot to when the other was seen; null where it was not seen lately or there is nobody
 * to compare with.
 */
export function lagsOf(healths: readonly ProviderHealth[], nowMs: UnixMs): ReadonlyArray<number | null> {
  const fresh = healths.map(({ seen }) => (seen !== null && nowMs - seen.atMs <= SLOT_FRESH_MS ? seen : null));
  return fresh.map((own, index) => {
    const lags = fresh.flatMap((other, otherIndex) => {
      if (own === null || other === null || otherIndex === index) return [];
      return [Math.ceil(other.slot - own.slot - (other.atMs - own.atMs) / SLOT_MS)];
    });
    return lags.length === 0 ? null : Math.max(0, ...lags);
  });
}

/**
 * Which provider to ask first, and the order of the rest. Stays with `current` while it is fit, and
 * goes back to the first one only after that has been without fault for `RECOVERY_MS`. When none is
 * fit, those of the right cluster come in the order in which their rate limit ends: an exit must be
 * able to try.
 */
export function preference(healths: readonly ProviderHealth[], current: number, nowMs: UnixMs): readonly number[] {
  const lags = lagsOf(healths, nowMs);
  const faults = healths.map((health, index) => faultOf(health, lags[index] ?? null, nowMs));
  const rank = (index: number): number => {
    const health = healths[index] ?? UNKNOWN_HEALTH;
    if (faults[index] === "RPC_WRONG_CLUSTER") return Number.POSITIVE_INFINITY;
    if (faults[index] === "RPC_RATE_LIMITED") return 10 + health.parkedUntilMs;
    if (faults[index] != null) return 5;
    if (index === current) return 1;
    return index < current && hasRecovered(health, lags[index] ?? null, nowMs) ? 0 : 2;
  };
  return healths.map((_, index) => index).sort((a, b) => compare(rank(a), rank(b)) || a - b);
}

function compare(a: number, b: number): number {
  return a < b ? -1 : Number(a > b);
}

function hasRecovered(health: ProviderHealth, lagSlots: number | null, nowMs: UnixMs): boolean {
  if (lagSlots !== null && lagSlots > RECOVERED_LAG_SLOTS) return false;
  const lastFailure = health.exchanges.findLastIndex((exchange) => exchange.reason !== null);
  const failedAtMs = health.exchanges[lastFailure]?.atMs ?? Number.NEGATIVE_INFINITY;
  const successes = health.exchanges.length - 1 - lastFailure;
  return nowMs - failedAtMs >= RECOVERY_MS && successes >= RECOVERY_SUCCESSES;
}

/** Exchanges within the window; a clock that was set back keeps none from the future. */
function recentOf(health: ProviderHealth, nowMs: UnixMs): readonly Exchange[] {
  return health.exchanges.filter((exchange) => nowMs - exchange.atMs < WINDOW_MS && exchange.atMs <= nowMs);
}
