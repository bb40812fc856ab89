import type { LedgerStatus, LockView, PositionView, RiskView } from "../../domain/api/types.ts";
import type { ReasonCode } from "../../domain/reasons.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { TradingState } from "../../domain/trading/entry.ts";
import { type OpeningBooks, openPortfolio, reducePortfolio } from "../../domain/trading/portfolio.ts";
import type { Adoption } from "../../domain/trading/portfolio-adopt.ts";
import {
  type Control,
  type EntryGrant,
  type EntryRequest,
  type ExpectedState,
  holdingViews,
  ledgerStatus,
  type PoolMark,
  type PortfolioEvent,
  type PortfolioState,
  type PortfolioStep,
  signalAnswer,
} from "../../domain/trading/portfolio-state.ts";
import type { EntrySettlement, ExitSettlement } from "../../domain/trading/position-state.ts";
import { type LockRequest, lockIdOf } from "../../domain/trading/risk/locks.ts";
import { lockView, riskView } from "../../domain/trading/risk/view.ts";
import type { LedgerId } from "../../domain/trading/signal.ts";
import type { AlarmRun, Host, Table } from "../host/host.ts";
import { BooksStore } from "../portfolio-store.ts";
import { NamedAlarms } from "../shared/alarms.ts";
import { EffectQueue } from "../shared/effects.ts";
import { JournalOutbox } from "../shared/outbox.ts";
import { journalOf, liveControlOf, positionOf } from "../stubs.ts";
import { isOnlyMarked, type Outgoing, performOutgoing } from "./portfolio-effects.ts";
import { type PortfolioPorts, reconcileBooks } from "./portfolio-reconcile.ts";
import { ForgottenPositions, grantedIds } from "./portfolio-recovery.ts";
import { Strangers } from "./portfolio-strangers.ts";

/** The flush that follows a change at once has this long before the alarm does it again. */
const FLUSH_MS = 2_000;
/** A buy that was signed by its deadline can land this long after it: 150 blocks of 400 ms, doubled (Solana, blockhash expiry). */
const LANDING_MS = 120_000;

/** A trading state, and who wants it and why. */
export type StateChange = Omit<Control, "atMs">;

/**
 * The books of one ledger and its risk engine. Each call is one event for the reducer; state, journal
 * entries and calls to positions are stored in one transaction before anything is awaited. Entries
 * are closed from every start on until the books were compared with positions and, live, the wallet.
 */
export class PortfolioCore {
  readonly #host: Host;
  readonly #env: Env;
  readonly #ports: PortfolioPorts;
  readonly #store: BooksStore;
  readonly #alarms: NamedAlarms;
  readonly #outbox: JournalOutbox;
  readonly #effects: EffectQueue<Outgoing>;
  readonly #left: Table;
  readonly #forgotten: ForgottenPositions;
  #state: PortfolioState | null;
  /** What the rows hold: behind `#state` by values of open positions at most. */
  #stored: PortfolioState | null;
  /** The newest record of these books at a moment when they may have been restored; null once the journal was asked. */
  #unverifiedFrom: number | null;
  #isReconciled = false;
  /** These books were opened in this life: on what was just read, and nothing has happened since. */
  #isFresh = false;
  #reconciling: Promise<boolean> | null = null;
  /** Positions that these books cannot take in. */
  readonly #strangers: Strangers;

  constructor(host: Host, env: Env, ports: PortfolioPorts) {
    this.#host = host;
    this.#env = env;
    this.#ports = ports;
    this.#store = new BooksStore(host.storage);
    this.#alarms = new NamedAlarms(host);
    this.#outbox = new JournalOutbox(host, env);
    this.#effects = new EffectQueue(host);
    this.#left = host.storage.table("left_positions");
    this.#forgotten = new ForgottenPositions(host, env);
    this.#strangers = new Strangers(host, env);
    this.#stored = this.#store.load();
    this.#state = this.#stored;
    this.#unverifiedFrom = this.#store.unverifiedFrom() ?? this.#state?.records ?? 0;
    if (this.#state !== null) this.#alarms.ensure("reconcile", host.now());
  }

  /** Opens the books on the first call; later calls change nothing. */
  async ensureOpen(opening: OpeningBooks): Promise<void> {
    if (this.#state !== null) return;
    const nowMs = this.#host.now();
    this.#commit(null, openPortfolio(opening, nowMs, this.#store.loadControl()), nowMs);
    this.#isFresh = true;
  }

  /** What was decided on a signal; null when nothing was. */
  async decided(signalId: string): Promise<Result<EntryGrant> | null> {
    const outcome = this.#state?.signals.get(signalId);
    return outcome === undefined ? null : signalAnswer(outcome);
  }

  /**
   * Decides on an entry and reserves its cash, once per signal: asked again, the first answer comes
   * back. Refuses as `decideEntry` does, with NOT_FOUND before the books are open, or with
   * RECONCILING, which decides nothing: the same signal may be asked for again.
   * @param nowMs counts only where the deployment lets the caller set the time
   */
  async requestEntry(request: EntryRequest, nowMs: number): Promise<Result<EntryGrant>> {
    const before = this.#state?.signals.get(request.signal.id);
    if (before !== undefined) return signalAnswer(before);
    if (!this.#isReconciled && this.#state !== null && !(await this.reconcile())) return refuse("RECONCILING");
    // From here on nothing is awaited: the reservation is taken on the books that were looked at.
    const clockMs = this.#env.REPLAY_CLOCK === "on" ? nowMs : this.#host.now();
    const answer = this.#apply({ type: "request-entry", nowMs: clockMs, request });
    if (!answer.ok) return answer;
    return answer.value === null ? refuse("NOT_FOUND", "no grant") : ok(answer.value);
  }

  /** Books an entry's outcome. @returns false when it has to be sent again. */
  async settleEntry(settlement: EntrySettlement): Promise<boolean> {
    return this.#settled(settlement, this.#apply({ type: "settle-entry", nowMs: this.#host.now(), settlement }));
  }

  /** Books the outcome of a sale. @returns false when it has to be sent again. */
  async settleExit(settlement: ExitSettlement): Promise<boolean> {
    return this.#settled(settlement, this.#apply({ type: "settle-exit", nowMs: this.#host.now(), settlement }));
  }

  /** Values the open positions of these pools. */
  async mark(marks: readonly PoolMark[]): Promise<void> {
    this.#apply({ type: "mark", nowMs: this.#host.now(), marks });
  }

  /** Takes how many looks at the open pools have failed in a row; a word holds for a minute. */
  async health({ failedPolls }: { readonly failedPolls: number }): Promise<void> {
    this.#apply({ type: "health", nowMs: this.#host.now(), failedPolls });
  }

  /**
   * Books money that came to or left the wallet beside the trades. @returns false when cash and
   * reservations are no longer `seenLamports`, or the books are not open, or may lack trades: what those
   * moved is no deposit.
   */
  async recordFlow(seenLamports: bigint, lamports: bigint): Promise<boolean> {
    if (this.#store.gap() !== null) return false;
    return this.#apply({ type: "external-flow", nowMs: this.#host.now(), seenLamports, lamports }).ok;
  }

  /** The ledger's figures; null before its books are open. */
  async status(): Promise<LedgerStatus | null> {
    return this.#state === null ? null : ledgerStatus(this.#state);
  }

  /** Trading state, limits and locks; null before the books are open. */
  async risk(): Promise<RiskView | null> {
    return this.#state === null ? null : riskView(this.#state, this.#isReconciled, this.#host.now());
  }

  /** Entering and open positions with their newest values. */
  async positions(): Promise<PositionView[]> {
    return this.#state === null ? [] : holdingViews(this.#state);
  }

  /**
   * Sets the trading state; before the books are open it is kept for their opening. Once this
   * returns true in a state other than ACTIVE, no entry of this ledger can fill any more. ACTIVE also
   * clears the breakers: it is an operator's word.
   * @returns false when a position did not answer: its entry is being cancelled still.
   */
  async setState(state: TradingState, author: string, reason: ReasonCode | null = null, note: string | null = null): Promise<boolean> {
    const set = await this.replaceState({ state, author, reason, note }, null);
    return set.ok && set.value;
  }

  /**
   * As `setState`, but only while the state is the one that the caller saw: refuses with STATE_CHANGED
   * and the present one, so that nobody lifts a stop that came after their look.
   */
  async replaceState(change: StateChange, expected: ExpectedState | null): Promise<Result<boolean>> {
    const control: Control = { ...change, atMs: this.#host.now() };
    if (this.#state === null) this.#store.saveControl(control);
    else {
      const answer = this.#apply({ type: "set-state", nowMs: control.atMs, ...change, expected });
      if (!answer.ok) return answer;
    }
    this.#closeGap();
    return ok(await this.#effects.drain((effect) => performOutgoing(this.#env, effect)));
  }

  /** Ends a stop that the engine made for one of these reasons; any other stop stays, and so does a breaker that tripped meanwhile. */
  async liftStop(reasons: readonly ReasonCode[], author: string): Promise<void> {
    this.#apply({ type: "lift-stop", nowMs: this.#host.now(), reasons, author });
  }

  /** Stops entries for a mint, a creator or everything. Refuses with REQUEST_INVALID, or with NOT_FOUND before the books are open. */
  async setLock(lock: LockRequest): Promise<Result<LockView>> {
    if (this.#state === null) return refuse("NOT_FOUND", "the ledger is not open");
    const atMs = this.#host.now();
    const lockId = lockIdOf(this.#state.ledger, lock, atMs);
    const answer = this.#apply({ type: "set-lock", nowMs: atMs, lockId, lock });
    return answer.ok ? ok(lockView({ ...lock, lockId, atMs })) : answer;
  }

  /** Lifts a lock before its time. @returns false when there is none of this id. */
  async liftLock(lockId: string, author: string): Promise<boolean> {
    return this.#apply({ type: "lift-lock", nowMs: this.#host.now(), lockId, author }).ok;
  }

  /** Asks one position to sell, or to give up its entry. @returns false when the ledger does not hold it. */
  async closePosition(positionId: string): Promise<boolean> {
    if (this.#state?.holdings.has(positionId) !== true) return false;
    this.#apply({ type: "close", nowMs: this.#host.now(), positionId });
    return true;
  }

  /** Asks every position to sell. @returns how many were asked. */
  async closeAll(author: string): Promise<number> {
    console.warn(`${this.#state?.ledger ?? "unopened ledger"}: ${author} closes all positions`);
    this.#apply({ type: "close", nowMs: this.#host.now(), positionId: null });
    return this.#state?.holdings.size ?? 0;
  }

  /**
   * Compares the books with the journal, the positions and, live, the wallet, and opens entries once
   * they agree; until then an alarm asks again. What cannot be read keeps them closed. Never throws.
   * @returns whether entries are open as far as this goes.
   */
  reconcile(): Promise<boolean> {
    if (this.#isReconciled || this.#state === null) return Promise.resolve(this.#isReconciled);
    this.#reconciling ??= this.#reconcileOnce().finally(() => {
      this.#reconciling = null;
    });
    return this.#reconciling;
  }

  /**
   * The journal has heard of a branch of itself that these books may have forgotten: they halt, compare themselves with
   * their positions once more, and take in what they lack; an operator has to resume. Books that are not open ask when they open.
   */
  async lookAgain(newest: number): Promise<void> {
    const state = this.#state;
    if (state === null) return;
    this.#isReconciled = false;
    this.#isFresh = false;
    this.#restored(Math.max(newest, state.records), "the journal was mended: another branch of it names this ledger");
    this.#alarms.ensure("reconcile", this.#host.now());
  }

  /** For the object's `alarm`. */
  async alarm(run?: AlarmRun): Promise<void> {
    await this.#alarms.run(this.#host.now(), run, async (name) => {
      if (name === "flush" && !(await this.#flush())) throw new Error("effects remain");
      if (name === "reconcile" && !(await this.reconcile())) throw new Error("not reconciled yet");
      if (name === "recover" && !(await this.#recover())) throw new Error("not recovered yet");
    });
  }

  /** Sets lost alarms again, here and in every position of the ledger; called by the cron. */
  async watchdog(ledger: LedgerId | null = null): Promise<void> {
    const nowMs = this.#host.now();
    if (this.#state === null && ledger !== null) await this.#forgotten.wakeAll(ledger);
    // What a restore made these books forget may come to the journal late.
    if (this.#store.gap() !== null) this.#alarms.ensure("recover", nowMs);
    if (this.#outbox.pending() > 0 || this.#effects.pending() > 0) this.#alarms.ensure("flush", nowMs);
    if (this.#state !== null && !this.#isReconciled) this.#alarms.ensure("reconcile", nowMs);
    this.#alarms.arm();
    const ids = new Set([...(this.#state?.holdings.keys() ?? []), ...this.#leftIds(), ...this.#forgotten.ids()]);
    await Promise.all([...ids].map((positionId) => this.#watch(positionId)));
  }

  /** One that settled is watched until it has told everything, whatever the clocks say. */
  async #watch(positionId: string): Promise<void> {
    try {
      const isBusy = await positionOf(this.#env, positionId).watchdog();
      if (!isBusy && this.#state?.holdings.has(positionId) === false) this.#left.delete(positionId);
    } catch (error) {
      console.error("position watchdog failed", String(error));
    }
  }

  async #reconcileOnce(): Promise<boolean> {
    try {
      const isWhole = await this.#recover();
      this.#isReconciled = isWhole && (this.#isFresh || (await this.#compare()));
      this.#closeGap();
    } catch (error) {
      console.warn(`${this.#state?.ledger}: not reconciled, tried again`, String(error));
    }
    if (this.#isReconciled) this.#alarms.cancel("reconcile");
    else this.#alarms.ensure("reconcile", this.#host.now());
    return this.#isReconciled;
  }

  #compare(): Promise<boolean> {
    return reconcileBooks({
      env: this.#env,
      ports: this.#ports,
      state: () => this.#state,
      restart: (positionId) => this.#restart(positionId),
    });
  }

  /**
   * Asks the journal whether it knows a later record of this ledger than these books had at their
   * start, or a position that they never granted: then they were restored to an earlier point, and stop. No record goes out before that.
   */
  async #verify(): Promise<void> {
    const from = this.#unverifiedFrom;
    if (from === null || this.#state === null) return;
    const journal = journalOf(this.#env);
    const { ledger } = this.#state;
    const [known, recorded] = await Promise.all([journal.newestOf(ledger), journal.positionsOf(ledger)]);
    if (this.#unverifiedFrom === null) return;
    // The record of a grant may be lost with the books; what its position did is not.
    const granted = grantedIds(this.#state);
    const isForgetful = recorded.some(({ positionId }) => !granted.has(positionId));
    const newest = isForgetful ? Math.max(known, from + 1) : known;
    this.#host.storage.transaction(() => {
      if (newest > from) {
        this.#isFresh = false;
        // Books that had no record yet were opened anew: their opening cash is what the trades before it left.
        this.#store.setGap(from === 0 ? "reopened" : "restored");
        this.#apply({ type: "restored", nowMs: this.#host.now(), newest });
      }
      this.#store.setUnverifiedFrom(null);
    });
    this.#unverifiedFrom = null;
  }

  /**
   * Takes into restored books what positions did that they do not know of. Books that were opened anew
   * take nothing: a person has to. Throws when something does not answer. @returns whether nothing is left
   * that they should have taken.
   */
  async #recover(): Promise<boolean> {
    await this.#verify();
    const gap = this.#store.gap();
    if (gap === null || this.#state === null) return true;
    const { adoptions, lost } = await this.#forgotten.find(this.#state);
    for (const positionId of lost) this.#tell(positionId, "the journal knows it, and it does not know itself");
    if (gap === "reopened") {
      for (const positionId of this.#forgotten.ids()) this.#tell(positionId, "it was granted before these books were opened anew");
      return true;
    }
    const answer = this.#apply({ type: "adopt", nowMs: this.#host.now(), adoptions });
    if (!answer.ok) this.#tell(this.#state.ledger, `restored books cannot take in what they lack: ${answer.detail ?? answer.reason}`);
    else this.#adopted(this.#state, adoptions);
    return answer.ok;
  }

  #adopted(state: PortfolioState, adoptions: readonly Adoption[]): void {
    const ids = adoptions.map(({ account }) => account.plan.positionId);
    this.#host.storage.transaction(() => {
      this.#forgotten.forget(state);
      for (const positionId of ids) this.#noteLeft(positionId);
    });
    if (state.isDryRun) return;
    const control = liveControlOf(this.#env);
    for (const id of [...ids, state.ledger]) this.#host.background(control.clear("BOOKS_MISMATCH", id).catch(() => {}));
  }

  /** Once a person has resumed and the books agree, nothing is looked for any more. */
  #closeGap(): void {
    if (this.#store.gap() === null || !this.#isReconciled || this.#state?.control.reason === "STATE_RESTORED") return;
    this.#host.storage.transaction(() => {
      this.#store.setGap(null);
      this.#alarms.cancel("recover");
    });
  }

  /**
   * Repeats the start of a position that does not know itself; on paper a reservation whose plan is
   * gone, too, is freed. A live buy that may have been signed before must be past landing first.
   * @returns false when it cannot be repeated.
   */
  #restart(positionId: string): boolean {
    const nowMs = this.#host.now();
    const plan = this.#store.plan(positionId);
    if (plan === null) return this.#state?.isDryRun === true && this.#apply({ type: "release", nowMs, positionId }).ok;
    const isPastLanding = plan.isDryRun || nowMs > plan.entryDeadlineMs + LANDING_MS;
    // The start may wait to be delivered still.
    if (this.#effects.pending() === 0 && isPastLanding) this.#effects.add(positionId, { type: "start-position", plan });
    if (this.#effects.pending() > 0) this.#flushSoon(nowMs);
    return true;
  }

  /**
   * A settlement of a position that these books never granted means that they were restored, or that it
   * is another ledger's. Restored books halt, ask the position for its grant and take it in.
   */
  #settled({ positionId, signalId }: EntrySettlement | ExitSettlement, { ok: isBooked }: Result<unknown>): boolean {
    const state = this.#state;
    if (isBooked) this.#noteLeft(positionId);
    if (isBooked || state === null || state.signals.get(signalId)?.granted === true) return isBooked;
    this.#tell(positionId, "settles money that these books never granted it");
    if (!positionId.startsWith(`${state.ledger}-`) || this.#forgotten.ids().includes(positionId)) return false;
    this.#host.storage.transaction(() => {
      this.#forgotten.add(positionId);
      this.#restored(state.records);
    });
    return false;
  }

  /** These books lack what happened: they halt, and look for it. */
  #restored(newest: number, note?: string): void {
    const nowMs = this.#host.now();
    const event: PortfolioEvent = { type: "restored", nowMs, newest, ...(note === undefined ? {} : { note }) };
    this.#host.storage.transaction(() => {
      if (this.#store.gap() === null) this.#store.setGap("restored");
      if (this.#state?.control.reason !== "STATE_RESTORED") this.#apply(event);
      this.#alarms.set("recover", nowMs);
    });
  }

  /** A position that settled for good may not have heard so. */
  #noteLeft(positionId: string): void {
    const isOver = this.#state?.holdings.has(positionId) === false;
    if (isOver && this.#left.get(positionId) === null) this.#left.put(positionId, "");
  }

  #tell(subject: string, detail: string): void {
    if (this.#state !== null) this.#strangers.tell(this.#state, subject, detail);
  }

  /** Positions that settled for good: what they still have to tell must not hang on their own alarm. */
  #leftIds(): string[] {
    return this.#left.entries().map(([positionId]) => positionId);
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
      this.#host.storage.transaction(() => {
        if (this.#unverifiedFrom !== null) this.#store.setUnverifiedFrom(this.#unverifiedFrom);
        this.#store.save(this.#stored, step.state);
        for (const effect of step.effects) {
          if (effect.type === "journal") this.#outbox.add([effect.entry]);
          else {
            if (effect.type === "start-position") this.#store.savePlan(effect.plan);
            this.#effects.add(effect.type === "start-position" ? effect.plan.positionId : effect.positionId, effect);
          }
        }
      });
      this.#stored = step.state;
    }
    this.#state = step.state;
    if (step.effects.length > 0) this.#flushSoon(nowMs);
  }

  #flushSoon(nowMs: number): void {
    this.#alarms.set("flush", nowMs + FLUSH_MS);
    this.#host.background(this.#flush());
  }

  async #flush(): Promise<boolean> {
    const performed = await this.#effects.drain((effect) => performOutgoing(this.#env, effect));
    const journalled = (await this.#isVerified()) && (await this.#outbox.drain());
    const done = performed && journalled && this.#effects.pending() === 0 && this.#outbox.pending() === 0;
    if (done) this.#alarms.cancel("flush");
    return done;
  }

  async #isVerified(): Promise<boolean> {
    try {
      await this.#verify();
      return true;
    } catch (error) {
      console.warn(`${this.#state?.ledger}: the journal does not say what it knows`, String(error));
      return false;
    }
  }
}
