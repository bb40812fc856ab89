import { DurableObject } from "cloudflare:workers";
import { providersFromEnv } from "../adapters/env.ts";
import { loadControl } from "../adapters/r2/control-log.ts";
import { readLamportsAgreeing } from "../adapters/rpc/agreement.ts";
import { signerFromEnv } from "../adapters/signer.ts";
import type { IncidentView, LiveStatus, Preflight } from "../domain/api/types.ts";
import type { IncidentRecord, LiveModeRecord } from "../domain/journal/entry.ts";
import {
  type IncidentEvent,
  type IncidentReport,
  type Incidents,
  incidentViews,
  nextReminderMs,
  openIncident,
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
import { CONFIRMATION_MS, confirmationText, evaluatePreflight } from "../domain/live/preflight.ts";
import type { ReasonCode } from "../domain/reasons.ts";
import { ok, type Result, refuse } from "../domain/result.ts";
import type { SignerDescription } from "../domain/signing/types.ts";
import { toHex } from "../domain/solana/bytes.ts";
import type { TradingMode } from "../domain/trading/parameters.ts";
import type { LedgerId } from "../domain/trading/signal.ts";
import type { Address, UnixMs } from "../domain/units.ts";
import { hostOf } from "./host/sqlite-host.ts";
import { type Gathered, gatherFacts } from "./live/gather.ts";
import { type Confirmation, enabledBy, type LiveReading, liveStatus, readingOf } from "./live/live-status.ts";
import { LiveStore } from "./live/live-store.ts";
import { isSweepOpen, pursueSweep, type Sweep } from "./live/sweep.ts";
import { runWatch, type WatchPorts } from "./live/watch.ts";
import { NamedAlarms } from "./shared/alarms.ts";
import { JournalOutbox } from "./shared/outbox.ts";
import { portfolioOf } from "./stubs.ts";

/** The one ledger of the wallet. */
export const LIVE_LEDGER: LedgerId = "live-A";
/** The flush that follows a change at once has this long before the alarm does it again. */
const FLUSH_MS = 2_000;
/** Programs, providers, books and the wallet's history are looked at this often while the deployment allows live. */
const CHECK_MS = 60_000;
/** A sweep under way is sent again, or looked for, this often. */
const SWEEP_MS = 2_000;
const SYSTEM = "system";
/** Reasons for which nobody but this object stops the live ledger. */
const OWN_REASONS: readonly ReasonCode[] = [
  "LIVE_NOT_ENABLED",
  "PROGRAM_DRIFT",
  "SCHEMA_DRIFT",
  "PREDICTION_MISSED",
  "BOOKS_MISMATCH",
  "WALLET_FOREIGN_SIGNATURE",
];

/** Confirmation texts that are good at once; a further one puts the oldest out of force. */
const MAX_CONFIRMATIONS = 5;

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
    this.#alarms = new NamedAlarms(hostOf(ctx));
    this.#outbox = new JournalOutbox(hostOf(ctx), env);
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

  /** Live trading as it stands: what the last look saw, and the signer's budgets now. */
  async status(): Promise<LiveStatus> {
    this.#settleCeiling();
    const [signer, control] = await Promise.all([signerFromEnv(this.env)?.describe() ?? null, loadControl(this.env, Date.now())]);
    const reading = this.#store.get<LiveReading>("reading");
    return liveStatus(this.env.MODE, this.#state, reading, signer, control.active.parameters, this.#incidents);
  }

  /** The signer's wallet, its policy and budgets, and its balance now. Refuses as the signer does; the balance is null when the providers do not agree. */
  async wallet(): Promise<Result<SignerDescription & { readonly lamports: bigint | null }>> {
    const described = await signerFromEnv(this.env)?.describe();
    if (described === undefined) return refuse("SIGNER_UNAVAILABLE", "no signer is bound");
    if (!described.ok) return described;
    const lamports = await readLamportsAgreeing(providersFromEnv(this.env).all, described.value.address, "refuse");
    return ok({ ...described.value, lamports: lamports.ok ? lamports.value.value : null });
  }

  /** Runs every check now. When all pass, the answer holds the text that `enable` wants within a minute. */
  async preflight(): Promise<Preflight> {
    const { preflight, wallet } = this.#evaluate(await this.#gather());
    if (!preflight.ok || wallet === null) return preflight;
    const nonce = toHex(crypto.getRandomValues(new Uint8Array(3)));
    const confirmation: Confirmation = { text: confirmationText(wallet, nonce), wallet, expiresAtMs: preflight.atMs + CONFIRMATION_MS };
    this.#store.put("confirmations", [...this.#confirmations(), confirmation].slice(-MAX_CONFIRMATIONS));
    return { ...preflight, confirmation: confirmation.text };
  }

  /**
   * Puts live in force and pins the programs, after the checks passed once more. Refuses with
   * CONFIRMATION_REQUIRED without the text of a preflight of the last minute, which is good for one
   * use, and with PREFLIGHT_FAILED.
   */
  async enable(confirmation: string, author: string): Promise<Result<null>> {
    const isConfirmed = (wallet: Address | null): boolean =>
      this.#confirmations().some(({ text, wallet: of }) => text === confirmation && (wallet === null || wallet === of));
    if (!isConfirmed(null)) return refuse("CONFIRMATION_REQUIRED");
    const gathered = await this.#gather();
    // From here on nothing is awaited: what was noticed meanwhile is among the incidents that are judged.
    const { preflight, wallet } = this.#evaluate(gathered);
    if (!preflight.ok || wallet === null) {
      const failing = preflight.checks.filter((check) => !check.ok).map(({ name, detail }) => `${name}: ${detail}`);
      return refuse("PREFLIGHT_FAILED", failing.join("; "));
    }
    if (!isConfirmed(wallet)) return refuse("CONFIRMATION_REQUIRED", "used already, too late, or of another wallet");
    this.#store.put("confirmations", []);
    this.#live(enabledBy(author, wallet, gathered.facts, preflight));
    this.#alarms.set("check", Date.now() + CHECK_MS);
    if (!(await this.#enforce())) console.warn("live ledger did not answer, it is asked again");
    return ok(null);
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
      if (name === "check") await this.#check();
      if (name === "sweep") await this.#pursueSweep();
    });
  }

  /** Sets lost alarms again; called by the cron. */
  async watchdog(): Promise<void> {
    this.#settleCeiling();
    if (this.#outbox.pending() > 0) this.#alarms.ensure("flush", Date.now());
    this.#armReminder();
    if (this.env.MODE === "live") this.#alarms.ensure("check", Date.now());
    if (isSweepOpen(this.#store.get<Sweep>("sweep"))) this.#alarms.ensure("sweep", Date.now());
    this.#alarms.arm();
  }

  async #gather(): Promise<Gathered> {
    const known = this.#store.get<LiveReading>("reading")?.programs ?? [];
    const gathered = await gatherFacts(this.env, LIVE_LEDGER, { pins: this.#state.pins, known, isPinning: true });
    this.#store.put("reading", readingOf(gathered, Date.now()));
    return gathered;
  }

  #evaluate({ facts }: Gathered): { readonly preflight: Preflight; readonly wallet: Address | null } {
    const checks = evaluatePreflight({ ...facts, incidents: this.#incidents });
    const isPassed = checks.every((check) => check.ok);
    const wallet = facts.signer?.ok === true ? facts.signer.value.address : null;
    return { preflight: { atMs: Date.now(), ok: isPassed, checks, confirmation: null }, wallet };
  }

  /** Confirmation texts that are good still. */
  #confirmations(): Confirmation[] {
    const nowMs: UnixMs = Date.now();
    return (this.#store.get<Confirmation[]>("confirmations") ?? []).filter(({ expiresAtMs }) => nowMs < expiresAtMs);
  }

  async #check(): Promise<void> {
    if (this.env.MODE !== "live") return;
    this.#alarms.set("check", Date.now() + CHECK_MS);
    await runWatch(this.#ports());
    if (!(await this.#enforce())) throw new Error("live ledger's state not set");
  }

  #ports(): WatchPorts {
    return {
      env: this.env,
      ledger: LIVE_LEDGER,
      store: this.#store,
      state: () => this.#state,
      incidents: () => this.#incidents,
      apply: (event) => this.#live(event),
      raise: (report) => void this.#raise(report),
      clear: (code, subject) => this.#incident({ type: "clear", nowMs: Date.now(), code, subject, author: SYSTEM }),
      sweepBegan: () => this.#alarms.set("sweep", Date.now()),
    };
  }

  async #pursueSweep(): Promise<void> {
    const sweep = this.#store.get<Sweep>("sweep");
    if (sweep?.status !== "signed") return;
    this.#alarms.set("sweep", Date.now() + SWEEP_MS);
    const next = await pursueSweep(sweep, providersFromEnv(this.env));
    this.#store.put("sweep", next);
    if (next.status === "signed") return;
    this.#alarms.cancel("sweep");
    this.#alarms.set("check", Date.now());
    const { signature, lamports, to } = next;
    if (next.status === "landed") this.#live({ type: "swept", signature, lamports, to });
    else console.warn("sweep did not land", next.status, signature);
  }

  #settleCeiling(): void {
    if (this.env.MODE === "live" || this.#state.mode === "paper") return;
    this.#live({ type: "disable", nowMs: Date.now(), author: SYSTEM, reason: "MODE_NOT_ALLOWED" });
  }

  #raise(report: IncidentReport): string {
    const newId = crypto.randomUUID().replaceAll("-", "").slice(0, 12);
    this.#incident({ type: "raise", nowMs: Date.now(), report, newId, author: SYSTEM });
    return openIncident(this.#incidents, report.code, report.subject)?.incidentId ?? newId;
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
      const isOurs = status?.state === "REDUCING" && OWN_REASONS.some((one) => one === status.stateReason);
      if (reason === null && isOurs) await portfolio.liftStop(OWN_REASONS, this.#state.author ?? SYSTEM);
      return true;
    } catch (error) {
      console.error("live ledger's state not set, tried again", String(error));
      return false;
    }
  }
}
