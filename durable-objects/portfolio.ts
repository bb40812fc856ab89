import { DurableObject } from "cloudflare:workers";
import type { LedgerStatus, PositionView } from "../domain/api/types.ts";
import type { ReasonCode } from "../domain/reasons.ts";
import { ok, type Result, refuse } from "../domain/result.ts";
import type { TradingState } from "../domain/trading/entry.ts";
import { type OpeningBooks, openPortfolio, reducePortfolio } from "../domain/trading/portfolio.ts";
import {
  type Control,
  type EntryGrant,
  type EntryRequest,
  holdingViews,
  ledgerStatus,
  type PoolMark,
  type PortfolioEffect,
  type PortfolioEvent,
  type PortfolioState,
  type PortfolioStep,
  signalAnswer,
} from "../domain/trading/portfolio-state.ts";
import type { EntrySettlement, ExitSettlement } from "../domain/trading/position-state.ts";
import { hostOf } from "./host/sqlite-host.ts";
import { BooksStore } from "./portfolio-store.ts";
import { NamedAlarms } from "./shared/alarms.ts";
import { EffectQueue } from "./shared/effects.ts";
import { JournalOutbox } from "./shared/outbox.ts";
import { positionOf } from "./stubs.ts";

/** The flush that follows a change at once has this long before the alarm does it again. */
const FLUSH_MS = 2_000;

type Outgoing = Exclude<PortfolioEffect, { type: "journal" }>;

/**
 * The books of one ledger. Each call is one event for the reducer; state, journal entries and calls
 * to positions are stored in one transaction before anything is awaited.
 */
export class Portfolio extends DurableObject<Env> {
  readonly #store: BooksStore;
  readonly #alarms: NamedAlarms;
  readonly #outbox: JournalOutbox;
  readonly #effects: EffectQueue<Outgoing>;
  #state: PortfolioState | null;
  /** What the rows hold: behind `#state` by values of open positions at most. */
  #stored: PortfolioState | null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new BooksStore(ctx.storage.sql);
    this.#alarms = new NamedAlarms(hostOf(ctx));
    this.#outbox = new JournalOutbox(hostOf(ctx), env);
    this.#effects = new EffectQueue(hostOf(ctx));
    this.#stored = this.#store.load();
    this.#state = this.#stored;
  }

  /** Opens the books on the first call; later calls change nothing. */
  async ensureOpen(opening: OpeningBooks): Promise<void> {
    if (this.#state !== null) return;
    this.#commit(null, openPortfolio(opening, Date.now(), this.#store.loadControl()), Date.now());
  }

  /** What was decided on a signal; null when nothing was. */
  async decided(signalId: string): Promise<Result<EntryGrant> | null> {
    const outcome = this.#state?.signals.get(signalId);
    return outcome === undefined ? null : signalAnswer(outcome);
  }

  /**
   * Decides on an entry and reserves its cash, once per signal: asked again, the first answer comes
   * back. Refuses as `decideEntry` does, or with NOT_FOUND before the books are open.
   * @param nowMs counts only where the deployment lets the caller set the time
   */
  async requestEntry(request: EntryRequest, nowMs: number): Promise<Result<EntryGrant>> {
    const clockMs = this.env.REPLAY_CLOCK === "on" ? nowMs : Date.now();
    const answer = this.#apply({ type: "request-entry", nowMs: clockMs, request });
    if (!answer.ok) return answer;
    return answer.value === null ? refuse("NOT_FOUND", "no grant") : ok(answer.value);
  }

  /** Books an entry's outcome. @returns false when it has to be sent again. */
  async settleEntry(settlement: EntrySettlement): Promise<boolean> {
    return this.#apply({ type: "settle-entry", nowMs: Date.now(), settlement }).ok;
  }

  /** Books an exit's outcome. @returns false when it has to be sent again. */
  async settleExit(settlement: ExitSettlement): Promise<boolean> {
    return this.#apply({ type: "settle-exit", nowMs: Date.now(), settlement }).ok;
  }

  /** Values the open positions of these pools. */
  async mark(marks: readonly PoolMark[]): Promise<void> {
    this.#apply({ type: "mark", nowMs: Date.now(), marks });
  }

  /**
   * Books money that came to or left the wallet beside the trades. @returns false when cash and
   * reservations are no longer `seenLamports`, or the books are not open.
   */
  async recordFlow(seenLamports: bigint, lamports: bigint): Promise<boolean> {
    return this.#state !== null && this.#apply({ type: "external-flow", nowMs: Date.now(), seenLamports, lamports }).ok;
  }

  /** The ledger's figures; null before its books are open. */
  async status(): Promise<LedgerStatus | null> {
    return this.#state === null ? null : ledgerStatus(this.#state);
  }

  /** Entering and open positions with their newest values. */
  async positions(): Promise<PositionView[]> {
    return this.#state === null ? [] : holdingViews(this.#state);
  }

  /**
   * Sets the trading state; before the books are open it is kept for their opening. Once this
   * returns true in a state other than ACTIVE, no entry of this ledger can fill any more.
   * @returns false when a position did not answer: its entry is being cancelled still.
   */
  async setState(state: TradingState, author: string, reason: ReasonCode | null = null): Promise<boolean> {
    const control: Control = { state, author, reason, atMs: Date.now() };
    if (this.#state === null) this.#store.saveControl(control);
    else this.#apply({ type: "set-state", nowMs: control.atMs, state, author, reason });
    return this.#effects.drain((effect) => this.#perform(effect));
  }

  /** Asks one position to sell, or to give up its entry. @returns false when the ledger does not hold it. */
  async closePosition(positionId: string): Promise<boolean> {
    if (this.#state?.holdings.has(positionId) !== true) return false;
    this.#apply({ type: "close", nowMs: Date.now(), positionId });
    return true;
  }

  /** Asks every position to sell. @returns how many were asked. */
  async closeAll(author: string): Promise<number> {
    console.warn(`${this.#state?.ledger ?? "unopened ledger"}: ${author} closes all positions`);
    this.#apply({ type: "close", nowMs: Date.now(), positionId: null });
    return this.#state?.holdings.size ?? 0;
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    await this.#alarms.run(Date.now(), info, async () => {
      if (!(await this.#flush())) throw new Error("effects remain");
    });
  }

  /** Sets lost alarms again, here and in every position of the ledger; called by the cron. */
  async watchdog(): Promise<void> {
    if (this.#outbox.pending() > 0 || this.#effects.pending() > 0) this.#alarms.ensure("flush", Date.now());
    this.#alarms.arm();
    const ids = [...(this.#state?.holdings.keys() ?? [])];
    const results = await Promise.allSettled(ids.map((id) => positionOf(this.env, id).watchdog()));
    for (const result of results) if (result.status === "rejected") console.error("position watchdog failed", String(result.reason));
  }

  #apply(event: PortfolioEvent): PortfolioStep["answer"] {
    const before = this.#state;
    if (before === null) return refuse("NOT_FOUND", "the ledger is not open");
    const step = reducePortfolio(before, event);
    this.#commit(before, step, event.nowMs);
    return step.answer;
  }

  #commit(before: PortfolioState | null, step: PortfolioStep, nowMs: number): void {
    if (step.state === before && step.effects.length === 0) return;
    // Marks alone stay in memory: the next record holds them, and a peak or a tripped breaker is never alone.
    if (before === null || step.effects.length > 0 || !isOnlyMarked(before, step.state)) {
      this.ctx.storage.transactionSync(() => {
        this.#store.save(this.#stored, step.state);
        for (const effect of step.effects) {
          if (effect.type === "journal") this.#outbox.add([effect.entry]);
          else this.#effects.add(effect.type === "start-position" ? effect.plan.positionId : effect.positionId, effect);
        }
      });
      this.#stored = step.state;
    }
    this.#state = step.state;
    if (step.effects.length === 0) return;
    this.#alarms.set("flush", nowMs + FLUSH_MS);
    this.ctx.waitUntil(this.#flush());
  }

  async #flush(): Promise<boolean> {
    const performed = await this.#effects.drain((effect) => this.#perform(effect));
    const journalled = await this.#outbox.drain();
    const done = performed && journalled && this.#effects.pending() === 0 && this.#outbox.pending() === 0;
    if (done) this.#alarms.cancel("flush");
    return done;
  }

  async #perform(effect: Outgoing): Promise<void> {
    switch (effect.type) {
      case "start-position":
        return positionOf(this.env, effect.plan.positionId).start(effect.plan);
      case "cancel-entry":
        return positionOf(this.env, effect.positionId).cancelEntry();
      case "close-position":
        return positionOf(this.env, effect.positionId).close();
    }
  }
}

/** True when nothing but values differs, so that a restart loses nothing that matters. */
function isOnlyMarked(before: PortfolioState, after: PortfolioState): boolean {
  return before.signals === after.signals && before.peakLamports === after.peakLamports && before.control === after.control;
}
