import { hash32 } from "../../random.ts";
import { ok, type Result, refuse } from "../../result.ts";
import type { UnixMs } from "../../units.ts";
import type { LedgerId, Signal } from "../signal.ts";
import type { Lock } from "./risk-state.ts";

/** More locks than a person can oversee are a mistake of whoever sets them. */
export const MAX_LOCKS = 500;
const MAX_REASON_LENGTH = 200;
/** Base58 of 32 bytes (Solana addresses). */
const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;

/** What an operator asks for. */
export type LockRequest = Pick<Lock, "scope" | "value" | "untilMs" | "reason" | "author">;

/** Refuses with REQUEST_INVALID what no lock can be, or one beyond `MAX_LOCKS`. */
export function checkLock(lock: LockRequest, locks: ReadonlyMap<string, Lock>, nowMs: UnixMs): Result<null, "REQUEST_INVALID"> {
  if ((lock.scope === "all") !== (lock.value === null)) return refuse("REQUEST_INVALID", "a mint or creator is named, everything is not");
  if (lock.value !== null && !ADDRESS.test(lock.value)) return refuse("REQUEST_INVALID", "not an address");
  if (lock.untilMs !== null && !(lock.untilMs > nowMs)) return refuse("REQUEST_INVALID", "it would be over already");
  if (lock.reason.length > MAX_REASON_LENGTH) return refuse("REQUEST_INVALID", `the reason exceeds ${MAX_REASON_LENGTH} characters`);
  if (locks.size >= MAX_LOCKS) return refuse("REQUEST_INVALID", `${MAX_LOCKS} locks are in force`);
  return ok(null);
}

/** The same request at the same millisecond is the same lock. */
export function lockIdOf(ledger: LedgerId, { scope, value, reason, author }: LockRequest, atMs: UnixMs): string {
  const hash = hash32(`${ledger}|${scope}|${value}|${reason}|${author}|${atMs}`);
  return `lock-${hash.toString(16).padStart(8, "0")}`;
}

export function isInForce(lock: Lock, nowMs: UnixMs): boolean {
  return lock.untilMs === null || nowMs < lock.untilMs;
}

/** Locks without those that are over; the same map when none is. */
export function withoutOver(locks: ReadonlyMap<string, Lock>, nowMs: UnixMs): ReadonlyMap<string, Lock> {
  const kept = [...locks].filter(([, lock]) => isInForce(lock, nowMs));
  return kept.length === locks.size ? locks : new Map(kept);
}

/**
 * The lock that stops a signal; null when none does. A signal whose creator nobody could tell is
 * stopped by any lock on a creator: it may be theirs.
 */
export function lockOn({ mint, creator }: Pick<Signal, "mint" | "creator">, locks: Iterable<Lock>, nowMs: UnixMs): Lock | null {
  for (const lock of locks) {
    if (!isInForce(lock, nowMs)) continue;
    if (lock.scope === "all") return lock;
    if (lock.scope === "mint" && lock.value === mint) return lock;
    if (lock.scope === "creator" && (creator === null || lock.value === creator)) return lock;
  }
  return null;
}
