import { ok, type Result, refuse } from "../result.ts";
import type { UnixMs } from "../units.ts";
import type { BudgetUse, SignerPolicy, SignKind } from "./types.ts";

const HOUR_MS = 3_600_000;
/** Signatures older than the longest window count no more. */
export const LONGEST_WINDOW_MS = 24 * HOUR_MS;
/** Sweeps go to one fixed address; these only bound the fees that a runaway engine burns on them. */
const SWEEPS_PER_HOUR = 6;
const SWEEPS_PER_DAY = 24;

/** A signature that was reserved, whether or not it was made or landed. */
export interface BudgetEntry {
  readonly atMs: UnixMs;
  readonly kind: SignKind;
  /** What it counts: an entry's spend, the fees of an exit or a sweep. */
  readonly lamports: bigint;
}

/** Lamports that a judged message counts in its budget. An exit's proceeds and a sweep's amount stay ours. */
export function countedLamports({ kind, spendLamports, feeLamports }: Cost): bigint {
  return kind === "entry" ? spendLamports : feeLamports;
}

interface Cost {
  readonly kind: SignKind;
  readonly spendLamports: bigint;
  readonly feeLamports: bigint;
}

/**
 * Every window with what `entries` use of it: rolling, the last `windowMs` up to `nowMs`. Entries of
 * the future count too, so that a clock set back frees nothing.
 */
export function budgetUses(entries: readonly BudgetEntry[], policy: SignerPolicy, nowMs: UnixMs): BudgetUse[] {
  return windowsOf(policy).map((window) => {
    let usedLamports = 0n;
    let signatures = 0;
    for (const { atMs, kind, lamports } of entries) {
      if (kind !== window.kind || atMs <= nowMs - window.windowMs) continue;
      usedLamports += lamports;
      signatures++;
    }
    return { ...window, usedLamports, signatures };
  });
}

/**
 * Whether one more message fits every window of its kind; kinds share nothing, so that entries cannot
 * use up what exits need. Refuses with SIGN_BUDGET (lamports) or SIGN_RATE (number of signatures).
 */
export function admit(entries: readonly BudgetEntry[], cost: Cost, policy: SignerPolicy, nowMs: UnixMs): Result<null> {
  for (const window of budgetUses(entries, policy, nowMs)) {
    if (window.kind !== cost.kind) continue;
    const { windowMs, usedLamports, limitLamports, signatures, signaturesLimit } = window;
    const hours = `${windowMs / HOUR_MS} h`;
    if (signatures >= signaturesLimit) return refuse("SIGN_RATE", `${signatures} of ${signaturesLimit} signatures in ${hours}`);
    if (usedLamports + countedLamports(cost) > limitLamports) {
      return refuse("SIGN_BUDGET", `${usedLamports} of ${limitLamports} lamports in ${hours}, ${countedLamports(cost)} asked`);
    }
  }
  return ok(null);
}

function windowsOf(policy: SignerPolicy): Omit<BudgetUse, "usedLamports" | "signatures">[] {
  const { maxFeePerTxLamports } = policy;
  const window = (kind: SignKind, windowMs: number, limitLamports: bigint, signaturesLimit: number) => ({
    kind,
    windowMs,
    limitLamports,
    signaturesLimit,
  });
  return [
    window("entry", HOUR_MS, policy.entryHourLamports, policy.entrySignaturesPerHour),
    window("entry", LONGEST_WINDOW_MS, policy.entryDayLamports, policy.entrySignaturesPerDay),
    window("exit", HOUR_MS, policy.exitHourLamports, policy.exitSignaturesPerHour),
    window("exit", LONGEST_WINDOW_MS, policy.exitDayLamports, policy.exitSignaturesPerDay),
    window("sweep", HOUR_MS, maxFeePerTxLamports * BigInt(SWEEPS_PER_HOUR), SWEEPS_PER_HOUR),
    window("sweep", LONGEST_WINDOW_MS, maxFeePerTxLamports * BigInt(SWEEPS_PER_DAY), SWEEPS_PER_DAY),
  ];
}
