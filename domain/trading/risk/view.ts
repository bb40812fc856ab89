import type { LockView, RiskLimit, RiskView } from "../../api/types.ts";
import { type Address, BPS, type UnixMs } from "../../units.ts";
import { type Holding, type PortfolioState, totalsOf } from "../portfolio-state.ts";
import { failedPollsOf, oldestMarkOf } from "./checks.ts";
import { isInForce } from "./locks.ts";
import { creatorKey, dayLossBps, HOUR_MS, isWithin, type Lock } from "./risk-state.ts";

/** The risk engine of a ledger as the API shows it. */
export function riskView(state: PortfolioState, isReconciled: boolean, nowMs: UnixMs): RiskView {
  const { control, risk } = state;
  return {
    ledger: state.ledger,
    state: control.state,
    stateReason: control.reason,
    author: control.author,
    note: control.note,
    sinceMs: control.atMs,
    isReconciled,
    limits: limitsOf(state, nowMs),
    locks: [...risk.locks.values()].filter((lock) => isInForce(lock, nowMs)).map(lockView),
  };
}

/** A lock as the API shows it. */
export function lockView(lock: Lock): LockView {
  const { lockId, scope, value, untilMs, reason, author, atMs } = lock;
  return { lockId, scope, value, untilMs, reason, author, atMs };
}

function limitsOf(state: PortfolioState, nowMs: UnixMs): RiskLimit[] {
  const { risk, holdings } = state;
  const { limits } = risk;
  const totals = totalsOf(state);
  const held = [...holdings.values()];
  const bps = (lamports: bigint) =>
    totals.equityLamports > 0n ? Number((lamports * BPS) / totals.equityLamports) : lamports > 0n ? 10_000 : 0;
  const ofHour = [...risk.entries.values()].filter(({ atMs }) => isWithin(atMs, HOUR_MS, nowMs));
  const oldest = oldestMarkOf(state);
  const cooling = risk.lastEntryAtMs === null ? 0 : Math.max(0, limits.entryCooldownMs - Math.abs(nowMs - risk.lastEntryAtMs));
  const breaches = risk.breachesAtMs.filter((atMs) => isWithin(atMs, HOUR_MS, nowMs)).length;
  const markAgeMs = oldest === null ? 0 : Math.max(0, nowMs - oldest.atMs);
  return [
    atMost("MAX_POSITIONS", held.length, state.maxPositions, "positions"),
    atMost("EXPOSURE_TOKEN", bps(largest(held, ({ mint }) => mint)), limits.maxTokenExposureBps, "bps"),
    atMost("EXPOSURE_CREATOR", bps(largest(held, ({ creator }) => creatorKey(creator))), limits.maxCreatorExposureBps, "bps"),
    atMost("EXPOSURE_TOTAL", bps(sum(held.map((one) => one.exposureLamports))), limits.maxExposureBps, "bps"),
    atMost("EXPOSURE_HOURLY", bps(sum(ofHour.map(({ lamports }) => lamports))), limits.maxHourlyExposureBps, "bps"),
    atMost("ENTRIES_PER_HOUR", ofHour.length, limits.maxEntriesPerHour, "entries"),
    { code: "ENTRY_COOLDOWN", used: cooling, limit: limits.entryCooldownMs, unit: "ms", isReached: cooling > 0 },
    atMost("DRAWDOWN_BREAKER", totals.drawdownBps, state.maxDrawdownBps, "bps", risk.tripped === "DRAWDOWN_BREAKER"),
    atMost(
      "DAILY_LOSS_LIMIT",
      dayLossBps(risk.day, totals.equityLamports),
      limits.dailyLossLimitBps,
      "bps",
      risk.tripped === "DAILY_LOSS_LIMIT",
    ),
    atMost(
      "CONSECUTIVE_LOSSES",
      risk.consecutiveLosses,
      limits.maxConsecutiveLosses,
      "losses",
      isLockedFor(state, "CONSECUTIVE_LOSSES", nowMs),
    ),
    atMost("SLIPPAGE_BREACHES", breaches, limits.maxSlippageBreaches, "breaches", isLockedFor(state, "SLIPPAGE_BREACHES", nowMs)),
    { code: "MARKS_STALE", used: markAgeMs, limit: limits.maxMarkAgeMs, unit: "ms", isReached: markAgeMs > limits.maxMarkAgeMs },
    atMost("RPC_UNHEALTHY", failedPollsOf(state, nowMs), limits.maxFailedPolls, "failures"),
  ];
}

function atMost(code: string, used: number, limit: number, unit: RiskLimit["unit"], isTripped = false): RiskLimit {
  return { code, used, limit, unit, isReached: isTripped || used >= limit };
}

function isLockedFor({ risk }: PortfolioState, reason: string, nowMs: UnixMs): boolean {
  return [...risk.locks.values()].some((lock) => lock.author === "system" && lock.reason === reason && isInForce(lock, nowMs));
}

/** The largest exposure of one key. */
function largest(holdings: readonly Holding[], keyOf: (holding: Holding) => Address): bigint {
  const sums = new Map<string, bigint>();
  for (const holding of holdings) sums.set(keyOf(holding), (sums.get(keyOf(holding)) ?? 0n) + holding.exposureLamports);
  return [...sums.values()].reduce((most, one) => (one > most ? one : most), 0n);
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, one) => total + one, 0n);
}
