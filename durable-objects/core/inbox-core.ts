import type { EventSource, Graduation } from "../../domain/candidate.ts";
import type { JournalEntry } from "../../domain/journal/entry.ts";
import { stringifyExact } from "../../domain/json.ts";
import {
  completeStage,
  isStale,
  type LeaseAnswer,
  RETENTION_MS,
  type RowState,
  releaseLease,
  requestLease,
  type Stage,
  SWEEP_AFTER_MS,
} from "../../domain/pipeline/inbox.ts";
import type { ReasonCode } from "../../domain/reasons.ts";
import type { Signature, UnixMs } from "../../domain/units.ts";
import type { AlarmRun, Host, NumberedLog, Table } from "../host/host.ts";
import { JournalOutbox } from "../shared/outbox.ts";
import type { InboxStore } from "./inbox-store.ts";

/** The queue message is a safety net behind the fast lane: late enough to find the work done. */
const QUEUE_DELAY_S = 5;
/** Rows handed out again by one sweep. */
const SWEEP_LIMIT = 50;
/** The copy was cut off or unreadable; the transaction itself may be fine. */
const DAMAGED: ReasonCode = "TX_MALFORMED";
/** Queue sends kept for a later try by one drain. */
const SEND_LIMIT = 100;
const SWEEP_MS = SWEEP_AFTER_MS / 2;
const ALARM = "sweep";

/** One transaction as it was delivered: a graduation, or the reason why it is none. */
export interface Delivery {
  readonly signature: Signature;
  readonly slot: number | null;
  readonly source: EventSource;
  readonly receivedAtMs: UnixMs;
  readonly graduation: Graduation | null;
  readonly rejection: { readonly reason: ReasonCode; readonly detail: string | null } | null;
}

/** What became of one delivery; `damaged` leaves its signature free for a good copy. */
export interface AcceptAnswer {
  /** Key of the graduation; null when the delivery holds none. */
  readonly key: string | null;
  readonly status: "inserted" | "duplicate" | "damaged";
}

export interface StageWork {
  readonly key: string;
  readonly answer: LeaseAnswer;
  readonly source: EventSource;
  readonly receivedAtMs: UnixMs;
  readonly attempts: number;
  /** Exact JSON of what the stage works on: the Graduation, or the stored result of the stage before. Empty unless granted. */
  readonly inputJson: string;
}

export interface StageOutcomeRecord {
  readonly next: RowState;
  readonly resultJson: string;
  readonly entries: readonly JournalEntry[];
}

interface Send {
  readonly stage: Stage;
  readonly key: string;
  readonly delayS: number;
}

/**
 * Owns a share of all signatures. A delivery is durable here before the webhook is answered, a
 * signature counts once, and each stage of a graduation completes once: its result, its journal
 * entries and the next queue message are written in one transaction.
 */
export class InboxCore {
  readonly #host: Host;
  readonly #env: Env;
  readonly #store: InboxStore;
  readonly #outbox: JournalOutbox;
  readonly #sends: NumberedLog;
  readonly #alarms: Table;
  #sending: Promise<void> | null = null;
  /** When the alarm rings, as far as this life of the object knows. */
  #armedAtMs: UnixMs = 0;

  constructor(host: Host, env: Env, store: InboxStore) {
    this.#host = host;
    this.#env = env;
    this.#store = store;
    this.#outbox = new JournalOutbox(host, env);
    this.#sends = host.storage.log("sends");
    this.#alarms = host.storage.table("alarm");
  }

  /** Stores deliveries; answers for each whether it was new. Only a new graduation may take the fast lane. */
  async accept(deliveries: readonly Delivery[]): Promise<readonly AcceptAnswer[]> {
    const answers = this.#host.storage.transaction(() => deliveries.map((delivery) => this.#acceptOne(delivery)));
    await this.#flush();
    return answers;
  }

  /** The signatures that were never delivered. */
  unknown(signatures: readonly Signature[]): Signature[] {
    return signatures.filter((signature) => !this.#store.isDelivered(signature));
  }

  /** Asks to run `stage` of a graduation. */
  lease(key: string, stage: Stage, nowMs: UnixMs): StageWork | null {
    const stored = this.#store.get(key);
    if (stored === null) return null;
    const { answer, row } = requestLease(stored, stage, nowMs);
    if (answer === "granted") this.#store.put({ ...stored, ...row });
    return {
      key,
      answer,
      source: stored.source as EventSource,
      receivedAtMs: stored.receivedAtMs,
      attempts: row.attempts,
      inputJson: answer === "granted" ? stored.payload : "",
    };
  }

  /** Stores a stage's result once. False when it was completed before: the caller's result is dropped. */
  async complete(key: string, stage: Stage, outcome: StageOutcomeRecord, nowMs: UnixMs): Promise<boolean> {
    const first = this.#host.storage.transaction(() => {
      const stored = this.#store.get(key);
      const row = stored === null ? null : completeStage(stored, stage, outcome.next);
      if (stored === null || row === null) return false;
      this.#store.put({ ...stored, ...row, payload: outcome.resultJson, updatedAtMs: nowMs });
      this.#outbox.add(outcome.entries);
      if (outcome.next !== "done") this.#queue({ stage: outcome.next, key, delayS: QUEUE_DELAY_S });
      return true;
    });
    await this.#flush();
    return first;
  }

  /** Gives a lease back after a fault that may pass. */
  release(key: string, stage: Stage): void {
    const stored = this.#store.get(key);
    if (stored !== null) this.#store.put({ ...stored, ...releaseLease(stored, stage) });
  }

  /** Sweeps what nobody finished, sends what was not sent, forgets what is old. */
  async alarm(_run?: AlarmRun): Promise<void> {
    const nowMs = this.#host.now();
    this.#arm(nowMs);
    this.#host.storage.transaction(() => {
      // Longest ago first; those of a time to come, from before the clock went back, are the last.
      for (const stored of this.#store.waiting(Number.MAX_SAFE_INTEGER, SWEEP_LIMIT)) {
        if (stored.state !== "done" && isStale(stored, stored.updatedAtMs, nowMs)) {
          this.#queue({ stage: stored.state, key: stored.key, delayS: 0 });
        }
      }
      this.#store.forget(nowMs - RETENTION_MS);
    });
    await this.#flush();
    if (this.#idle()) this.#disarm();
  }

  /** Re-arms a lost alarm; called by the cron. */
  async watchdog(): Promise<void> {
    this.#armedAtMs = 0;
    if (!this.#idle()) this.#ensureArmed(this.#host.now());
  }

  #acceptOne(delivery: Delivery): AcceptAnswer {
    const key = delivery.graduation === null ? null : `${delivery.signature}:${delivery.graduation.mint}`;
    if (delivery.rejection?.reason === DAMAGED) {
      // A damaged copy must not keep out the good one that the next delivery or the gap filler brings.
      this.#outbox.add([rejectionOf(delivery, delivery.rejection, `rejection:${delivery.signature}:damaged`)]);
      return { key: null, status: "damaged" };
    }
    if (!this.#store.addDelivery(delivery.signature, delivery.receivedAtMs)) return { key, status: "duplicate" };
    if (delivery.rejection !== null) {
      this.#outbox.add([rejectionOf(delivery, delivery.rejection, `rejection:${delivery.signature}`)]);
    }
    if (key === null) return { key, status: "inserted" };
    const { source, receivedAtMs } = delivery;
    const payload = stringifyExact(delivery.graduation);
    this.#store.put({ key, state: "discover", leaseUntilMs: 0, attempts: 0, source, receivedAtMs, payload, updatedAtMs: receivedAtMs });
    this.#queue({ stage: "discover", key, delayS: QUEUE_DELAY_S });
    return { key, status: "inserted" };
  }

  #queue(send: Send): void {
    this.#sends.append(JSON.stringify(send));
  }

  /** Sends queue messages and journal entries; what fails stays for the alarm. */
  async #flush(): Promise<void> {
    if (!this.#idle()) this.#ensureArmed(this.#host.now());
    // One at a time: two drains would send each message twice.
    while (this.#sending !== null) await this.#sending;
    this.#sending = this.#send().finally(() => {
      this.#sending = null;
    });
    await this.#sending;
    await this.#outbox.drain();
  }

  async #send(): Promise<void> {
    const queues: Record<Stage, Queue> = { discover: this.#env.DISCOVERIES, analyze: this.#env.ANALYSES, trade: this.#env.SIGNALS };
    try {
      for (const { n, body } of this.#sends.after(0, SEND_LIMIT)) {
        const { stage, key, delayS } = JSON.parse(body) as Send;
        await queues[stage].send({ v: 1, key }, { delaySeconds: delayS });
        this.#sends.delete(n);
      }
    } catch (error) {
      console.warn("inbox: queue send failed, kept for the alarm", String(error));
    }
  }

  #idle(): boolean {
    return this.#outbox.pending() === 0 && !this.#store.hasOpen() && this.#sends.count() === 0;
  }

  /** Keeps the alarm where it was set unless that has passed: objects come and go faster than it rings. */
  #ensureArmed(nowMs: UnixMs): void {
    // Later than it is ever set: the clock went back meanwhile.
    const isSound = (atMs: UnixMs) => atMs > nowMs && atMs <= nowMs + SWEEP_MS;
    if (isSound(this.#armedAtMs)) return;
    const atMs = Number(this.#alarms.get(ALARM) ?? 0);
    if (!isSound(atMs)) {
      this.#arm(nowMs);
    } else {
      this.#host.storage.setAlarm(atMs);
      this.#armedAtMs = atMs;
    }
  }

  #arm(nowMs: UnixMs): void {
    const atMs = nowMs + SWEEP_MS;
    this.#armedAtMs = 0;
    this.#host.storage.transaction(() => {
      this.#alarms.put(ALARM, String(atMs));
      this.#host.storage.setAlarm(atMs);
    });
    // Only now: an alarm that could not be set must be set by the next who asks.
    this.#armedAtMs = atMs;
  }

  #disarm(): void {
    this.#armedAtMs = 0;
    this.#alarms.delete(ALARM);
    this.#host.storage.setAlarm(null);
  }
}

function rejectionOf(delivery: Delivery, rejection: NonNullable<Delivery["rejection"]>, id: string): JournalEntry {
  const { signature, slot, source, receivedAtMs } = delivery;
  return { kind: "rejection", id, atMs: receivedAtMs, signature, slot, source, reason: rejection.reason, detail: rejection.detail };
}
