import { DurableObject } from "cloudflare:workers";
import { settingsOf } from "../adapters/env.ts";
import {
  type BudgetClaim,
  type BudgetLimits,
  type BudgetOutcome,
  type BudgetState,
  claimBudget,
  EMPTY_BUDGET,
  PROVIDERS,
  type Provider,
  settleBudget,
  spend,
  spendOnExits,
  usedShare,
} from "../domain/budget.ts";
import { ok, type Result } from "../domain/result.ts";

/** A claim that nobody settled stays charged; its row is dropped after this long. */
const CLAIM_KEPT_MS = 3_600_000;
/** A setting above this is a slip: a million dollars, or a trillion credits. */
const MAX_DAILY_COST = 1e12;

type StateRow = {
  window_start_ms: number;
  window_requests: number;
  day_start_ms: number;
  spent: number;
  spent_on_exits: number;
  blocked_until_ms: number;
};
type ClaimRow = { provider: Provider; requests: number; cost: number; claimed_at_ms: number };

/** What a provider may still be asked today. */
export interface BudgetStatus extends BudgetState {
  readonly provider: Provider;
  readonly limits: BudgetLimits;
}

/** Counts requests and costs of paid providers for the whole deployment, and stops them. */
export class Budget extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS provider_budgets (provider TEXT PRIMARY KEY, window_start_ms INTEGER NOT NULL,
        window_requests INTEGER NOT NULL, day_start_ms INTEGER NOT NULL, spent INTEGER NOT NULL, spent_on_exits INTEGER NOT NULL,
        blocked_until_ms INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS provider_claims (id TEXT PRIMARY KEY, provider TEXT NOT NULL, requests INTEGER NOT NULL,
        cost INTEGER NOT NULL, claimed_at_ms INTEGER NOT NULL)`);
  }

  /** Charges a claim, or refuses with BUDGET_EXHAUSTED. The value is the claim's id. */
  async claim(provider: Provider, claim: BudgetClaim, nowMs = Date.now()): Promise<Result<string, "BUDGET_EXHAUSTED">> {
    const result = claimBudget(this.#state(provider), this.#limits(provider), claim, nowMs);
    if (!result.ok) return result;
    const id = crypto.randomUUID();
    this.ctx.storage.transactionSync(() => {
      this.#store(provider, result.value);
      this.#sql.exec("DELETE FROM provider_claims WHERE claimed_at_ms < ?", nowMs - CLAIM_KEPT_MS);
      this.#sql.exec("INSERT INTO provider_claims VALUES (?, ?, ?, ?, ?)", id, provider, claim.requests, claim.cost, nowMs);
    });
    return ok(id);
  }

  /** Replaces a claim by what it cost; an id that is unknown or settled changes nothing. */
  async settle(id: string, outcome: BudgetOutcome, nowMs = Date.now()): Promise<void> {
    const [row] = this.#sql.exec<ClaimRow>("SELECT provider, requests, cost, claimed_at_ms FROM provider_claims WHERE id = ?", id);
    if (row === undefined) return;
    const claim = { requests: row.requests, cost: row.cost, claimedAtMs: row.claimed_at_ms };
    this.ctx.storage.transactionSync(() => {
      this.#store(row.provider, settleBudget(this.#state(row.provider), this.#limits(row.provider), claim, outcome, nowMs));
      this.#sql.exec("DELETE FROM provider_claims WHERE id = ?", id);
    });
  }

  /** Counts what gap filling used; it is never refused. @returns the share of the day that is used now. */
  async spend(provider: Provider, spent: BudgetClaim, nowMs = Date.now()): Promise<number> {
    const limits = this.#limits(provider);
    const state = spend(this.#state(provider), limits, spent, nowMs);
    this.#store(provider, state);
    return usedShare(state, limits, nowMs);
  }

  /** Counts what exits used; they are never refused. */
  async spendOnExits(provider: Provider, spent: BudgetClaim, nowMs = Date.now()): Promise<void> {
    this.#store(provider, spendOnExits(this.#state(provider), this.#limits(provider), spent, nowMs));
  }

  async status(provider: Provider): Promise<BudgetStatus> {
    return { provider, limits: this.#limits(provider), ...this.#state(provider) };
  }

  #limits(provider: Provider): BudgetLimits {
    const limits = PROVIDERS[provider];
    const settings = settingsOf(this.env);
    const setting = { x: settings.X_DAILY_BUDGET_USD, rpc: settings.RPC_DAILY_CREDITS, ai: undefined }[provider];
    const wanted = Number(setting || Number.NaN) * (provider === "x" ? 1e6 : 1);
    return wanted >= 0 && wanted <= MAX_DAILY_COST ? { ...limits, dailyCost: Math.floor(wanted) } : limits;
  }

  #state(provider: Provider): BudgetState {
    const [row] = this.#sql.exec<StateRow>("SELECT * FROM provider_budgets WHERE provider = ?", provider);
    if (row === undefined) return EMPTY_BUDGET;
    return {
      windowStartMs: row.window_start_ms,
      windowRequests: row.window_requests,
      dayStartMs: row.day_start_ms,
      spent: row.spent,
      spentOnExits: row.spent_on_exits,
      blockedUntilMs: row.blocked_until_ms,
    };
  }

  #store(provider: Provider, state: BudgetState): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO provider_budgets VALUES (?, ?, ?, ?, ?, ?, ?)",
      provider,
      state.windowStartMs,
      state.windowRequests,
      state.dayStartMs,
      state.spent,
      state.spentOnExits,
      state.blockedUntilMs,
    );
  }
}
