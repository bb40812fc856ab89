import { ok, type Result, refuse } from "./result.ts";
import type { UnixMs } from "./units.ts";

const DAY_MS = 86_400_000;

/** Hard limits of a paid provider. */
export interface BudgetLimits {
  readonly requestsPerWindow: number;
  readonly windowMs: number;
  /** Per UTC day, in the provider's own unit. */
  readonly dailyCost: number;
  /** The part of it that is kept for exits: nothing else may use it, whether exits need it or not. */
  readonly exitReserve: number;
}

/**
 * Providers and their default limits. X, in millionths of a dollar: 300 recent-search requests per 15
 * minutes and app (docs.x.com, rate limits); no price cap of its own, so ours is the only one. RPC, in
 * Helius credits: a day's share of the Business plan's 100 million a month and half of its 200 requests a
 * second (helius.dev/docs/billing); the reserve is what watching positions costs at most, pushes and their
 * list included (docs/costs.md: 216,000 + 72,000). Workers AI, in thousandths of a neuron: the 10,000 neurons a
 * day that are free (developers.cloudflare.com/workers-ai/platform/pricing), and half of its 2,000 text
 * classifications a minute (platform/limits).
 */
export const PROVIDERS = {
  x: { requestsPerWindow: 300, windowMs: 15 * 60_000, dailyCost: 5_000_000, exitReserve: 0 },
  rpc: { requestsPerWindow: 1_000, windowMs: 10_000, dailyCost: 3_300_000, exitReserve: 288_000 },
  ai: { requestsPerWindow: 1_000, windowMs: 60_000, dailyCost: 10_000_000, exitReserve: 0 },
} as const satisfies Record<string, BudgetLimits>;

export type Provider = keyof typeof PROVIDERS;

/**
 * What is read for learning alone is paid from what is left over: it may not take a day's cost, or a
 * window's requests, above this share of what all others may use. Judgements so keep the other half.
 */
export const LEARNING_SHARE = 0.5;

/**
 * Gap filling is never refused, since a webhook that nobody misses is a loss that nobody sees. Above this share of
 * what all but exits may use in a day it looks once a minute, so that judgements keep the rest.
 */
export const GAP_FILLING_SHARE = 0.9;

/** What a provider has been asked and paid so far. */
export interface BudgetState {
  readonly windowStartMs: UnixMs;
  readonly windowRequests: number;
  /** Start of the UTC day that the costs belong to. */
  readonly dayStartMs: UnixMs;
  readonly spent: number;
  /** The part of `spent` that was spent on exits. */
  readonly spentOnExits: number;
  /** No request before this moment: the provider said so. */
  readonly blockedUntilMs: UnixMs;
}

export const EMPTY_BUDGET: BudgetState = {
  windowStartMs: 0,
  windowRequests: 0,
  dayStartMs: 0,
  spent: 0,
  spentOnExits: 0,
  blockedUntilMs: 0,
};

/** What a caller means to do at most. */
export interface BudgetClaim {
  readonly requests: number;
  /** Upper bound, in the provider's unit; what is not used is given back by settling. */
  readonly cost: number;
  /** What must be left for the next step, without which this one is worthless. 0 unless told. */
  readonly leaving?: number;
  /** No trade needs it: it is refused first. */
  readonly isForLearning?: boolean;
}

/** What became of a claim. */
export interface BudgetOutcome {
  readonly requests: number;
  readonly cost: number;
  /** From the provider's rate-limit headers: no more requests until then. */
  readonly blockedUntilMs?: UnixMs;
}

/**
 * Charges a claim in full before anything is sent, so that a caller that dies has been counted.
 * Refuses with BUDGET_EXHAUSTED when the window, the day or the provider's own block does not allow
 * it, or when it would touch what is kept for exits or, by a claim for learning, what is kept for the
 * others. Windows and days start anew by themselves; a clock
 * that runs backwards starts nothing anew.
 */
export function claimBudget(
  state: BudgetState,
  limits: BudgetLimits,
  claim: BudgetClaim,
  nowMs: UnixMs,
): Result<BudgetState, "BUDGET_EXHAUSTED"> {
  const current = rollOver(state, limits, nowMs);
  const { leaving = 0 } = claim;
  if (![claim.requests, claim.cost, leaving].every(isAmount)) return refuse("BUDGET_EXHAUSTED", "invalid claim");
  if (nowMs < current.blockedUntilMs) return refuse("BUDGET_EXHAUSTED", "the provider asked to wait");
  const share = claim.isForLearning === true ? LEARNING_SHARE : 1;
  if (current.windowRequests + claim.requests > share * limits.requestsPerWindow)
    return refuse("BUDGET_EXHAUSTED", "requests of the window");
  const kept = Math.max(0, limits.exitReserve - current.spentOnExits);
  if (current.spent + claim.cost + leaving > share * (limits.dailyCost - kept)) return refuse("BUDGET_EXHAUSTED", "the day's budget");
  return ok({
    ...current,
    windowRequests: current.windowRequests + claim.requests,
    spent: current.spent + claim.cost,
  });
}

/**
 * Counts what exits used. They are never refused, so there is nothing to claim: what they use is first of
 * all what was kept for them, and beyond it leaves less for everything else.
 */
export function spendOnExits(state: BudgetState, limits: BudgetLimits, spent: BudgetClaim, nowMs: UnixMs): BudgetState {
  const counted = spend(state, limits, spent, nowMs);
  return { ...counted, spentOnExits: counted.spentOnExits + (counts(spent) ? spent.cost : 0) };
}

/** Counts what is neither refused nor an exit: gap filling. It leaves less for everything that claims. */
export function spend(state: BudgetState, limits: BudgetLimits, spent: BudgetClaim, nowMs: UnixMs): BudgetState {
  const current = rollOver(state, limits, nowMs);
  if (!counts(spent)) return current;
  return { ...current, windowRequests: current.windowRequests + spent.requests, spent: current.spent + spent.cost };
}

/** How much of what all but exits may use today is used: 1 and above when nothing is left. */
export function usedShare(state: BudgetState, limits: BudgetLimits, nowMs: UnixMs): number {
  const { spent, spentOnExits } = rollOver(state, limits, nowMs);
  const forOthers = limits.dailyCost - limits.exitReserve;
  const used = spent - Math.min(spentOnExits, limits.exitReserve);
  return forOthers > 0 ? used / forOthers : 1;
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
    spent: current.spent + (sameDay ? Math.max(-claim.cost, outcome.cost - claim.cost) : 0),
    blockedUntilMs: Math.max(current.blockedUntilMs, Math.min(outcome.blockedUntilMs ?? 0, nowMs + DAY_MS)),
  };
}

function rollOver(state: BudgetState, { windowMs }: BudgetLimits, nowMs: UnixMs): BudgetState {
  const dayStartMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  return {
    ...state,
    ...(nowMs >= state.windowStartMs + windowMs ? { windowStartMs: nowMs, windowRequests: 0 } : {}),
    ...(dayStartMs > state.dayStartMs ? { dayStartMs, spent: 0, spentOnExits: 0 } : {}),
  };
}

function counts({ requests, cost }: BudgetClaim): boolean {
  return isAmount(requests) && isAmount(cost);
}

function isAmount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Where an adapter asks before it spends. A claim's answer is settled exactly once; a second settling does nothing. */
export interface BudgetPort {
  claim(claim: BudgetClaim): Promise<Result<string, "BUDGET_EXHAUSTED">>;
  settle(claimId: string, outcome: BudgetOutcome): Promise<void>;
}

/** Where gap filling tells what it used. */
export interface GapFillingSpending {
  /** @returns the share of the day that is used now, see `usedShare`. */
  spend(spent: BudgetClaim): Promise<number>;
}

/** Where exits tell what they used. */
export interface ExitSpending {
  spendOnExits(spent: BudgetClaim): Promise<void>;
}
