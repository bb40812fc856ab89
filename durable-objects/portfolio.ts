import { DurableObject } from "cloudflare:workers";
import type { LedgerStatus, LockView, PositionView, RiskView } from "../domain/api/types.ts";
import type { ReasonCode } from "../domain/reasons.ts";
import type { Result } from "../domain/result.ts";
import type { TradingState } from "../domain/trading/entry.ts";
import type { OpeningBooks } from "../domain/trading/portfolio.ts";
import type { EntryGrant, EntryRequest, ExpectedState, PoolMark } from "../domain/trading/portfolio-state.ts";
import type { EntrySettlement, ExitSettlement } from "../domain/trading/position-state.ts";
import type { LockRequest } from "../domain/trading/risk/locks.ts";
import type { LedgerId } from "../domain/trading/signal.ts";
import { PortfolioCore, type StateChange } from "./core/portfolio-core.ts";
import { hostOf } from "./host/sqlite-host.ts";
import { portfolioPorts } from "./portfolio-ports.ts";

/** The books of one ledger: see `PortfolioCore`. */
export class Portfolio extends DurableObject<Env> {
  readonly #core: PortfolioCore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#core = new PortfolioCore(hostOf(ctx), env, portfolioPorts(env));
  }

  ensureOpen(opening: OpeningBooks): Promise<void> {
    return this.#core.ensureOpen(opening);
  }

  decided(signalId: string): Promise<Result<EntryGrant> | null> {
    return this.#core.decided(signalId);
  }

  requestEntry(request: EntryRequest, nowMs: number): Promise<Result<EntryGrant>> {
    return this.#core.requestEntry(request, nowMs);
  }

  settleEntry(settlement: EntrySettlement): Promise<boolean> {
    return this.#core.settleEntry(settlement);
  }

  settleExit(settlement: ExitSettlement): Promise<boolean> {
    return this.#core.settleExit(settlement);
  }

  mark(marks: readonly PoolMark[]): Promise<void> {
    return this.#core.mark(marks);
  }

  health(report: { readonly failedPolls: number }): Promise<void> {
    return this.#core.health(report);
  }

  recordFlow(seenLamports: bigint, lamports: bigint): Promise<boolean> {
    return this.#core.recordFlow(seenLamports, lamports);
  }

  lookAgain(newest: number): Promise<void> {
    return this.#core.lookAgain(newest);
  }

  status(): Promise<LedgerStatus | null> {
    return this.#core.status();
  }

  risk(): Promise<RiskView | null> {
    return this.#core.risk();
  }

  positions(): Promise<PositionView[]> {
    return this.#core.positions();
  }

  setState(state: TradingState, author: string, reason: ReasonCode | null = null, note: string | null = null): Promise<boolean> {
    return this.#core.setState(state, author, reason, note);
  }

  replaceState(change: StateChange, expected: ExpectedState | null): Promise<Result<boolean>> {
    return this.#core.replaceState(change, expected);
  }

  liftStop(reasons: readonly ReasonCode[], author: string): Promise<void> {
    return this.#core.liftStop(reasons, author);
  }

  setLock(lock: LockRequest): Promise<Result<LockView>> {
    return this.#core.setLock(lock);
  }

  liftLock(lockId: string, author: string): Promise<boolean> {
    return this.#core.liftLock(lockId, author);
  }

  closePosition(positionId: string): Promise<boolean> {
    return this.#core.closePosition(positionId);
  }

  closeAll(author: string): Promise<number> {
    return this.#core.closeAll(author);
  }

  reconcile(): Promise<boolean> {
    return this.#core.reconcile();
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return this.#core.alarm(info);
  }

  watchdog(ledger: LedgerId | null = null): Promise<void> {
    return this.#core.watchdog(ledger);
  }
}
