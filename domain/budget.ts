import { ok, type Result, refuse } from "./result.ts";
import type { UnixMs } from "./units.ts";

const DAY_MS = 86_400_000;

/** Hard limits of a paid provider. */
export interface BudgetLimits {
  readonly requestsPerWindow: number;
  readonly windowMs: number;
  /** Per UTC day, in millionths of a dollar. */
  readonly dailyMicroUsd: number;
}

/**
 * Providers and their default limits. X: 300 recent-search requests per 15 minutes and app
 * (docs.x.com, rate limits); no price cap of its own, so ours is the only one.
 */
export const PROVIDERS = {
  x: { requestsPerWindow: 300, windowMs: 15 * 60_000, dailyMicroUsd: 5_000_000 },
} as const satisfies Record<string, BudgetLimits>;

export type Provider = keyof typeof PROVIDERS;

/** What a provider has been asked and paid so far. */
export interface BudgetState {
  readonly windowStartMs: UnixMs;
  readonly windowRequests: number;
  /** Start of the UTC day that `spentMicroUsd` belongs to. */
  readonly dayStartMs: UnixMs;
  readonly spentMicroUsd: number;
  /** No request before this moment: the provider said so. */
  readonly blockedUntilMs: UnixMs;
}

export const EMPTY_BUDGET: BudgetState = { windowStartMs: 0, windowRequests: 0, dayStartMs: 0, spentMicroUsd: 0, blockedUntilMs: 0 };

/** What a caller means to do at most. */
export interface BudgetClaim {
  readonly requests: number;
  /** Upper bound; what is not used is given back by settling. */
  readonly costMicroUsd: number;
}

/** What became of a claim. */
export interface BudgetOutcome {
  readonly requests: number;
  readonly costMicroUsd: number;
  /** From the provider's rate-limit headers: no more requests until then. */
  readonly blockedUntilMs?: UnixMs;
}

/**
 * Charges a claim in full before anything is sent, so that a caller that dies has been counted.
 * Refuses with BUDGET_EXHAUSTED when the window, the day or the provider's own block does not allow
 * it. Windows and days start anew by themselves; a clock that runs backwards starts nothing anew.
 */
export function claimBudget(
  state: BudgetState,
  limits: BudgetLimits,
  claim: BudgetClaim,
  nowMs: UnixMs,
): Result<BudgetState, "BUDGET_EXHAUSTED"> {
  const current = rollOver(state, limits, nowMs);
  if (!isAmount(claim.requests) || !isAmount(claim.costMicroUsd)) return refuse("BUDGET_EXHAUSTED", "invalid claim");
  if (nowMs < current.blockedUntilMs) return refuse("BUDGET_EXHAUSTED", "the provider asked to wait");
  if (current.windowRequests + claim.requests > limits.requestsPerWindow) return refuse("BUDGET_EXHAUSTED", "requests of the window");
  if (current.spentMicroUsd + claim.costMicroUsd > limits.dailyMicroUsd) return refuse("BUDGET_EXHAUSTED", "dollars of the day");
  return ok({
    ...current,
    windowRequests: current.windowRequests + claim.requests,
    spentMicroUsd: current.spentMicroUsd + claim.costMicroUsd,
  });
}

/**
 * Replaces a claim by what it really cost. A cost above the claim counts in full. A claim of an
 * earlier window or day gives nothing back to this one.
 */
export function settleBudget(
  state: BudgetState,
  limits: BudgetLimits,
  claim: BudgetClaim & { readonly claimedAtMs: UnixMs },
  outcome: BudgetOutcome,
  nowMs: UnixMs,
): BudgetState {
  const current = rollOver(state, limits, nowMs);
  const sameWindow = claim.claimedAtMs >= current.windowStartMs;
  const sameDay = claim.claimedAtMs >= current.dayStartMs;
  return {
    ...current,
    windowRequests: current.windowRequests + (sameWindow ? Math.max(-claim.requests, outcome.requests - claim.requests) : 0),
    spentMicroUsd: current.spentMicroUsd + (sameDay ? Math.max(-claim.costMicroUsd, outcome.costMicroUsd - claim.costMicroUsd) : 0),
    blockedUntilMs: Math.max(current.blockedUntilMs, Math.min(outcome.blockedUntilMs ?? 0, nowMs + DAY_MS)),
  };
}

function rollOver(state: BudgetState, { windowMs }: BudgetLimits, nowMs: UnixMs): BudgetState {
  const dayStartMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  return {
    ...state,
    ...(nowMs >= state.windowStartMs + windowMs ? { windowStartMs: nowMs, windowRequests: 0 } : {}),
    ...(dayStartMs > state.dayStartMs ? { dayStartMs, spentMicroUsd: 0 } : {}),
  };
}

function isAmount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Where an adapter asks before it spends. A claim's answer is settled exactly once; a second settling does nothing. */
export interface BudgetPort {
  claim(claim: BudgetClaim): Promise<Result<string, "BUDGET_EXHAUSTED">>;
  settle(claimId: string, outcome: BudgetOutcome): Promise<void>;
}
