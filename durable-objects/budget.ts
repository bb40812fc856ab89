import { DurableObject } from "cloudflare:workers";
import { settingsOf } from "../adapters/env.ts";
import {
  type BudgetClaim,
  type BudgetLimits,
  type BudgetOutcome,
  type BudgetPort,
  type BudgetState,
  claimBudget,
  EMPTY_BUDGET,
  PROVIDERS,
  type Provider,
  settleBudget,
} from "../domain/budget.ts";
import { ok, type Result } from "../domain/result.ts";
import { locationOf } from "./stubs.ts";

/** A claim that nobody settled stays charged; its row is dropped after this long. */
const CLAIM_KEPT_MS = 3_600_000;

type StateRow = {
  window_start_ms: number;
  window_requests: number;
  day_start_ms: number;
  spent_micro_usd: number;
  blocked_until_ms: number;
};
type ClaimRow = { provider: Provider; requests: number; cost_micro_usd: number; claimed_at_ms: number };

/** What a provider may still be asked today. */
export interface BudgetStatus extends BudgetState {
  readonly provider: Provider;
  readonly limits: BudgetLimits;
}

/** Counts requests and dollars of paid providers for the whole deployment, and stops them. */
export class Budget extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS budgets (provider TEXT PRIMARY KEY, window_start_ms INTEGER NOT NULL,
        window_requests INTEGER NOT NULL, day_start_ms INTEGER NOT NULL, spent_micro_usd INTEGER NOT NULL, blocked_until_ms INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS claims (id TEXT PRIMARY KEY, provider TEXT NOT NULL, requests INTEGER NOT NULL,
        cost_micro_usd INTEGER NOT NULL, claimed_at_ms INTEGER NOT NULL)`);
  }

  /** Charges a claim, or refuses with BUDGET_EXHAUSTED. The value is the claim's id. */
  async claim(provider: Provider, claim: BudgetClaim, nowMs = Date.now()): Promise<Result<string, "BUDGET_EXHAUSTED">> {
    const result = claimBudget(this.#state(provider), this.#limits(provider), claim, nowMs);
    if (!result.ok) return result;
    const id = crypto.randomUUID();
    this.ctx.storage.transactionSync(() => {
      this.#store(provider, result.value);
      this.#sql.exec("DELETE FROM claims WHERE claimed_at_ms < ?", nowMs - CLAIM_KEPT_MS);
      this.#sql.exec("INSERT INTO claims VALUES (?, ?, ?, ?, ?)", id, provider, claim.requests, claim.costMicroUsd, nowMs);
    });
    return ok(id);
  }

  /** Replaces a claim by what it cost; an id that is unknown or settled changes nothing. */
  async settle(id: string, outcome: BudgetOutcome, nowMs = Date.now()): Promise<void> {
    const [row] = this.#sql.exec<ClaimRow>("SELECT provider, requests, cost_micro_usd, claimed_at_ms FROM claims WHERE id = ?", id);
    if (row === undefined) return;
    const claim = { requests: row.requests, costMicroUsd: row.cost_micro_usd, claimedAtMs: row.claimed_at_ms };
    this.ctx.storage.transactionSync(() => {
      this.#store(row.provider, settleBudget(this.#state(row.provider), this.#limits(row.provider), claim, outcome, nowMs));
      this.#sql.exec("DELETE FROM claims WHERE id = ?", id);
    });
  }

  async status(provider: Provider): Promise<BudgetStatus> {
    return { provider, limits: this.#limits(provider), ...this.#state(provider) };
  }

  #limits(provider: Provider): BudgetLimits {
    const limits = PROVIDERS[provider];
    const dailyUsd = Number(settingsOf(this.env).X_DAILY_BUDGET_USD || Number.NaN);
    return dailyUsd >= 0 && dailyUsd <= 1_000_000 ? { ...limits, dailyMicroUsd: Math.floor(dailyUsd * 1e6) } : limits;
  }

  #state(provider: Provider): BudgetState {
    const [row] = this.#sql.exec<StateRow>("SELECT * FROM budgets WHERE provider = ?", provider);
    if (row === undefined) return EMPTY_BUDGET;
    return {
      windowStartMs: row.window_start_ms,
      windowRequests: row.window_requests,
      dayStartMs: row.day_start_ms,
      spentMicroUsd: row.spent_micro_usd,
      blockedUntilMs: row.blocked_until_ms,
    };
  }

  #store(provider: Provider, state: BudgetState): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO budgets VALUES (?, ?, ?, ?, ?, ?)",
      provider,
      state.windowStartMs,
      state.windowRequests,
      state.dayStartMs,
      state.spentMicroUsd,
      state.blockedUntilMs,
    );
  }
}

/** The budget of one provider as an adapter sees it. */
export function budgetPort(env: Env, provider: Provider): BudgetPort {
  const stub = env.BUDGET.get(env.BUDGET.idFromName("budget"), locationOf(env)) as DurableObjectStub<Budget>;
  return {
    claim: async (claim) => await stub.claim(provider, claim),
    settle: async (claimId, outcome) => await stub.settle(claimId, outcome),
  };
}
