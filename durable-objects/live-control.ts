import { DurableObject } from "cloudflare:workers";
import type { IncidentView } from "../domain/api/types.ts";
import type { IncidentRecord, LiveModeRecord } from "../domain/journal/entry.ts";
import {
  type IncidentEvent,
  type IncidentReport,
  type Incidents,
  incidentViews,
  nextReminderMs,
  reduceIncidents,
} from "../domain/live/incidents.ts";
import {
  INITIAL_LIVE_STATE,
  type LiveEvent,
  type LiveState,
  type Observation,
  reduceLive,
  type TrialParameters,
  trialCapLamports,
} from "../domain/live/live-state.ts";
import type { ReasonCode } from "../domain/reasons.ts";
import type { TradingMode } from "../domain/trading/parameters.ts";
import type { LedgerId } from "../domain/trading/signal.ts";
import { LiveStore } from "./live/live-store.ts";
import { NamedAlarms } from "./shared/alarms.ts";
import { JournalOutbox } from "./shared/outbox.ts";
import { portfolioOf } from "./stubs.ts";

/** The one ledger of the wallet. */
export const LIVE_LEDGER: LedgerId = "live-A";
/** The flush that follows a change at once has this long before the alarm does it again. */
const FLUSH_MS = 2_000;
const SYSTEM = "system";
/** Reasons for which nobody but this object stops the live ledger. */
const OWN_REASONS: ReadonlySet<string> = new Set<ReasonCode>([
  "LIVE_NOT_ENABLED",
  "PROGRAM_DRIFT",
  "SCHEMA_DRIFT",
  "PREDICTION_MISSED",
  "BOOKS_MISMATCH",
  "WALLET_FOREIGN_SIGNATURE",
]);

/** What a trader has to know before an entry of the live ledger. */
export interface LiveTerms {
  readonly mode: TradingMode;
  /** Why no live entry may be made although the mode is live; empty when one may. */
  readonly holds: readonly ReasonCode[];
  /** Cap on the entry's size; null when there is none. */
  readonly maxSizeLamports: bigint | null;
}

/**
 * The one object that holds the mode in force, what going live was allowed on, and what waits for a
 * person. State, incidents and journal entries are stored in one transaction before anything is awaited.
 */
export class LiveControl extends DurableObject<Env> {
  readonly #store: LiveStore;
  readonly #alarms: NamedAlarms;
  readonly #outbox: JournalOutbox;
  #state: LiveState;
  #incidents: Incidents;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new LiveStore(ctx.storage.sql);
    this.#alarms = new NamedAlarms(ctx);
    this.#outbox = new JournalOutbox(ctx, env);
    this.#state = this.#store.get<LiveState>("state") ?? INITIAL_LIVE_STATE;
    this.#incidents = this.#store.loadIncidents();
  }

  /** The mode in force. A deployment whose ceiling is paper is on paper whatever was confirmed before, and stays so until it is confirmed again. */
  async mode(): Promise<TradingMode> {
    this.#settleCeiling();
    return this.#state.mode;
  }

  /** Mode, holds and size cap for an entry of the live ledger. */
  async terms(parameters: TrialParameters): Promise<LiveTerms> {
    this.#settleCeiling();
    const { mode, holds } = this.#state;
    return { mode, holds, maxSizeLamports: trialCapLamports(this.#state, parameters) };
  }

  /** Raises an incident; code and subject name it, so that raising what is open tells nobody again. @returns its id. */
  async raise(report: IncidentReport): Promise<string> {
    return this.#raise(report);
  }

  /** The cause of an incident is gone: clears a warning at once, a page as soon as a person has answered. */
  async clear(code: ReasonCode, subject: string): Promise<void> {
    this.#incident({ type: "clear", nowMs: Date.now(), code, subject, author: SYSTEM });
  }

  /** A person has seen an incident. @returns false when none with this id is open. */
  async acknowledge(incidentId: string, author: string): Promise<boolean> {
    if (!this.#incidents.has(incidentId)) return false;
    this.#incident({ type: "acknowledge", nowMs: Date.now(), incidentId, author });
    return true;
  }

  /** Open incidents, unanswered pages first. */
  async incidents(): Promise<IncidentView[]> {
    return incidentViews(this.#incidents);
  }

  /** Takes what the engine noticed while it traded: what points to an upgraded program or a wrong prediction stops entries. */
  async observe(observation: Observation): Promise<void> {
    if (observation.kind === "prediction" && !this.#store.countPrediction(observation.intentId)) return;
    this.#live({ type: "observe", observation });
  }

  /** Back to paper: no live entry from here on; open live positions keep exiting live. */
  async disable(author: string, reason: ReasonCode | null = null): Promise<void> {
    this.#live({ type: "disable", nowMs: Date.now(), author, reason });
    await this.#enforce();
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    await this.#alarms.run(Date.now(), info, async (name) => {
      if (name === "remind") this.#incident({ type: "tick", nowMs: Date.now() });
      if (name === "flush") await this.#flush();
    });
  }

  /** Sets lost alarms again; called by the cron. */
  async watchdog(): Promise<void> {
    this.#settleCeiling();
    if (this.#outbox.pending() > 0) this.#alarms.ensure("flush", Date.now());
    this.#armReminder();
    this.#alarms.arm();
  }

  #settleCeiling(): void {
    if (this.env.MODE === "live" || this.#state.mode === "paper") return;
    this.#live({ type: "disable", nowMs: Date.now(), author: SYSTEM, reason: "MODE_NOT_ALLOWED" });
  }

  #raise(report: IncidentReport): string {
    const newId = crypto.randomUUID().replaceAll("-", "").slice(0, 12);
    this.#incident({ type: "raise", nowMs: Date.now(), report, newId, author: SYSTEM });
    for (const { incidentId, code, subject } of this.#incidents.values()) {
      if (code === report.code && subject === report.subject) return incidentId;
    }
    return newId;
  }

  #incident(event: IncidentEvent): void {
    const step = reduceIncidents(this.#incidents, event);
    this.#commit(this.#state, step.incidents, step.records);
  }

  /** One event of live mode, with the incidents that it raises and clears. */
  #live(event: LiveEvent): void {
    const step = reduceLive(this.#state, event);
    const nowMs = Date.now();
    let incidents = this.#incidents;
    const records: Array<IncidentRecord | LiveModeRecord> = [...step.records];
    const apply = (incidentEvent: IncidentEvent): void => {
      const next = reduceIncidents(incidents, incidentEvent);
      incidents = next.incidents;
      records.push(...next.records);
    };
    for (const report of step.reports) {
      apply({ type: "raise", nowMs, report, newId: crypto.randomUUID().replaceAll("-", "").slice(0, 12), author: SYSTEM });
    }
    for (const { code, subject } of step.clears) apply({ type: "clear", nowMs, code, subject, author: SYSTEM });
    this.#commit(step.state, incidents, records);
  }

  #commit(state: LiveState, incidents: Incidents, records: ReadonlyArray<IncidentRecord | LiveModeRecord>): void {
    if (state === this.#state && incidents === this.#incidents) return;
    this.ctx.storage.transactionSync(() => {
      if (state !== this.#state) this.#store.put("state", state);
      this.#store.saveIncidents(this.#incidents, incidents);
      this.#outbox.add(records);
    });
    const isNewlyHeld = state.holds !== this.#state.holds && state.holds.length > 0;
    this.#state = state;
    this.#incidents = incidents;
    this.#armReminder();
    if (records.length === 0 && !isNewlyHeld) return;
    this.#alarms.set("flush", Date.now() + FLUSH_MS);
    this.ctx.waitUntil(this.#flush().catch(() => {}));
  }

  #armReminder(): void {
    const dueMs = nextReminderMs(this.#incidents);
    if (dueMs === null) this.#alarms.cancel("remind");
    else this.#alarms.set("remind", dueMs);
  }

  /** Sends the journal entries and enforces the holds. Throws when something remains, so that the alarm repeats it. */
  async #flush(): Promise<void> {
    const enforced = await this.#enforce();
    if (!(await this.#outbox.drain()) || !enforced) throw new Error("effects remain");
    this.#alarms.cancel("flush");
  }

  /**
   * Makes the live ledger's trading state follow: no entries while live trading is on hold or off, and
   * entries again after a person enabled it, unless the ledger stopped for another reason.
   * @returns false when the ledger did not answer.
   */
  async #enforce(): Promise<boolean> {
    const { mode, holds, records } = this.#state;
    if (records === 0) return true;
    const reason = holds[0] ?? (mode === "paper" ? "LIVE_NOT_ENABLED" : null);
    try {
      const portfolio = portfolioOf(this.env, LIVE_LEDGER);
      const status = await portfolio.status();
      if (reason !== null && status?.state === "ACTIVE") return await portfolio.setState("REDUCING", SYSTEM, reason);
      const isOurs = status?.state === "REDUCING" && OWN_REASONS.has(status.stateReason ?? "");
      if (reason === null && isOurs) return await portfolio.setState("ACTIVE", this.#state.author ?? SYSTEM);
      return true;
    } catch (error) {
      console.error("live ledger's state not set, tried again", String(error));
      return false;
    }
  }
}
