import { DurableObject } from "cloudflare:workers";
import type { EventSource, Graduation } from "../domain/candidate.ts";
import type { JournalEntry } from "../domain/journal/entry.ts";
import { stringifyExact } from "../domain/json.ts";
import {
  completeStage,
  type InboxRow,
  isStale,
  type LeaseAnswer,
  RETENTION_MS,
  type RowState,
  releaseLease,
  requestLease,
  type Stage,
  SWEEP_AFTER_MS,
} from "../domain/pipeline/inbox.ts";
import type { ReasonCode } from "../domain/reasons.ts";
import type { Signature, UnixMs } from "../domain/units.ts";
import { hostOf } from "./host/sqlite-host.ts";
import { JournalOutbox } from "./shared/outbox.ts";

/** The queue message is a safety net behind the fast lane: late enough to find the work done. */
const QUEUE_DELAY_S = 5;
/** Rows handed out again by one sweep. */
const SWEEP_LIMIT = 50;
/** The copy was cut off or unreadable; the transaction itself may be fine. */
const DAMAGED: ReasonCode = "TX_MALFORMED";
/** Queue sends kept for a later try by one drain. */
const SEND_LIMIT = 100;

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

type Row = {
  key: string;
  state: string;
  lease_until_ms: number;
  attempts: number;
  source: string;
  received_at_ms: number;
  payload: string;
  updated_at_ms: number;
};

/**
 * Owns a share of all signatures. A delivery is durable here before the webhook is answered, a
 * signature counts once, and each stage of a graduation completes once: its result, its journal
 * entries and the next queue message are written in one transaction.
 */
export class Inbox extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  readonly #outbox: JournalOutbox;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS deliveries (signature TEXT PRIMARY KEY, received_at_ms INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS graduations (
        key TEXT PRIMARY KEY, state TEXT NOT NULL, lease_until_ms INTEGER NOT NULL, attempts INTEGER NOT NULL,
        source TEXT NOT NULL, received_at_ms INTEGER NOT NULL, payload TEXT NOT NULL, updated_at_ms INTEGER NOT NULL);
      CREATE INDEX IF NOT EXISTS graduations_state ON graduations (state, updated_at_ms);
      CREATE TABLE IF NOT EXISTS sends (id INTEGER PRIMARY KEY AUTOINCREMENT, stage TEXT NOT NULL, key TEXT NOT NULL, delay_s INTEGER NOT NULL);
    `);
    this.#outbox = new JournalOutbox(hostOf(ctx), env);
  }

  /** Stores deliveries; answers for each whether it was new. Only a new graduation may take the fast lane. */
  async accept(deliveries: readonly Delivery[]): Promise<readonly AcceptAnswer[]> {
    const answers = this.ctx.storage.transactionSync(() => deliveries.map((delivery) => this.#acceptOne(delivery)));
    await this.#flush();
    return answers;
  }

  /** The signatures that were never delivered. */
  unknown(signatures: readonly Signature[]): Signature[] {
    return signatures.filter(
      (signature) => this.#sql.exec("SELECT 1 FROM deliveries WHERE signature = ?", signature).toArray().length === 0,
    );
  }

  /** Asks to run `stage` of a graduation. */
  lease(key: string, stage: Stage, nowMs: UnixMs): StageWork | null {
    const stored = this.#row(key);
    if (stored === null) return null;
    const { answer, row } = requestLease(rowOf(stored), stage, nowMs);
    if (answer === "granted") this.#save(key, row, stored.updated_at_ms);
    return {
      key,
      answer,
      source: stored.source as EventSource,
      receivedAtMs: stored.received_at_ms,
      attempts: row.attempts,
      inputJson: answer === "granted" ? stored.payload : "",
    };
  }

  /** Stores a stage's result once. False when it was completed before: the caller's result is dropped. */
  async complete(
    key: string,
    stage: Stage,
    outcome: { readonly next: RowState; readonly resultJson: string; readonly entries: readonly JournalEntry[] },
    nowMs: UnixMs,
  ): Promise<boolean> {
    const first = this.ctx.storage.transactionSync(() => {
      const stored = this.#row(key);
      const row = stored === null ? null : completeStage(rowOf(stored), stage, outcome.next);
      if (row === null) return false;
      this.#sql.exec("UPDATE graduations SET payload = ? WHERE key = ?", outcome.resultJson, key);
      this.#save(key, row, nowMs);
      this.#outbox.add(outcome.entries);
      if (outcome.next !== "done") this.#queue(outcome.next, key, QUEUE_DELAY_S);
      return true;
    });
    await this.#flush();
    return first;
  }

  /** Gives a lease back after a fault that may pass. */
  release(key: string, stage: Stage): void {
    const stored = this.#row(key);
    if (stored !== null) this.#save(key, releaseLease(rowOf(stored), stage), stored.updated_at_ms);
  }

  /** Sweeps what nobody finished, sends what was not sent, forgets what is old. */
  override async alarm(): Promise<void> {
    await this.#arm();
    const nowMs = Date.now();
    const stale = this.#sql
      .exec<Row>("SELECT * FROM graduations WHERE state <> 'done' AND updated_at_ms <= ? LIMIT ?", nowMs - SWEEP_AFTER_MS, SWEEP_LIMIT)
      .toArray();
    for (const stored of stale) {
      if (isStale(rowOf(stored), stored.updated_at_ms, nowMs)) this.#queue(stored.state as Stage, stored.key, 0);
    }
    this.#sql.exec("DELETE FROM graduations WHERE state = 'done' AND updated_at_ms < ?", nowMs - RETENTION_MS);
    this.#sql.exec("DELETE FROM deliveries WHERE received_at_ms < ?", nowMs - RETENTION_MS);
    await this.#flush();
    if (this.#idle()) await this.ctx.storage.deleteAlarm();
  }

  /** Re-arms a lost alarm; called by the cron. */
  async watchdog(): Promise<void> {
    if (!this.#idle()) await this.#arm();
  }

  #acceptOne(delivery: Delivery): AcceptAnswer {
    const key = delivery.graduation === null ? null : `${delivery.signature}:${delivery.graduation.mint}`;
    if (delivery.rejection?.reason === DAMAGED) {
      // A damaged copy must not keep out the good one that the next delivery or the gap filler brings.
      this.#outbox.add([rejectionOf(delivery, delivery.rejection, `rejection:${delivery.signature}:damaged`)]);
      return { key: null, status: "damaged" };
    }
    const fresh = this.#sql.exec(
      "INSERT INTO deliveries (signature, received_at_ms) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING signature",
      delivery.signature,
      delivery.receivedAtMs,
    );
    if (fresh.toArray().length === 0) return { key, status: "duplicate" };
    if (delivery.rejection !== null) {
      this.#outbox.add([rejectionOf(delivery, delivery.rejection, `rejection:${delivery.signature}`)]);
    }
    if (key === null) return { key, status: "inserted" };
    this.#sql.exec(
      "INSERT INTO graduations VALUES (?, 'discover', 0, 0, ?, ?, ?, ?)",
      key,
      delivery.source,
      delivery.receivedAtMs,
      stringifyExact(delivery.graduation),
      delivery.receivedAtMs,
    );
    this.#queue("discover", key, QUEUE_DELAY_S);
    return { key, status: "inserted" };
  }

  #queue(stage: Stage, key: string, delayS: number): void {
    this.#sql.exec("INSERT INTO sends (stage, key, delay_s) VALUES (?, ?, ?)", stage, key, delayS);
  }

  /** Sends queue messages and journal entries; what fails stays for the alarm. */
  async #flush(): Promise<void> {
    if (!this.#idle()) await this.#arm();
    const sends = this.#sql
      .exec<{ id: number; stage: string; key: string; delay_s: number }>("SELECT * FROM sends ORDER BY id LIMIT ?", SEND_LIMIT)
      .toArray();
    const queues: Record<Stage, Queue> = { discover: this.env.DISCOVERIES, analyze: this.env.ANALYSES, trade: this.env.SIGNALS };
    try {
      for (const send of sends) {
        await queues[send.stage as Stage].send({ v: 1, key: send.key }, { delaySeconds: send.delay_s });
        this.#sql.exec("DELETE FROM sends WHERE id = ?", send.id);
      }
    } catch (error) {
      console.warn("inbox: queue send failed, kept for the alarm", String(error));
    }
    await this.#outbox.drain();
  }

  #idle(): boolean {
    if (this.#outbox.pending() > 0) return false;
    const open = this.#sql.exec("SELECT 1 FROM graduations WHERE state <> 'done' LIMIT 1").toArray().length;
    const unsent = this.#sql.exec("SELECT 1 FROM sends LIMIT 1").toArray().length;
    return open + unsent === 0;
  }

  async #arm(): Promise<void> {
    const current = await this.ctx.storage.getAlarm();
    const nowMs = Date.now();
    if (current === null || current <= nowMs) await this.ctx.storage.setAlarm(nowMs + SWEEP_AFTER_MS / 2);
  }

  #row(key: string): Row | null {
    return this.#sql.exec<Row>("SELECT * FROM graduations WHERE key = ?", key).toArray()[0] ?? null;
  }

  #save(key: string, row: InboxRow, updatedAtMs: UnixMs): void {
    this.#sql.exec(
      "UPDATE graduations SET state = ?, lease_until_ms = ?, attempts = ?, updated_at_ms = ? WHERE key = ?",
      row.state,
      row.leaseUntilMs,
      row.attempts,
      updatedAtMs,
      key,
    );
  }
}

function rowOf(stored: Row): InboxRow {
  return { state: stored.state as RowState, leaseUntilMs: stored.lease_until_ms, attempts: stored.attempts };
}

function rejectionOf(delivery: Delivery, rejection: NonNullable<Delivery["rejection"]>, id: string): JournalEntry {
  const { signature, slot, source, receivedAtMs } = delivery;
  return { kind: "rejection", id, atMs: receivedAtMs, signature, slot, source, reason: rejection.reason, detail: rejection.detail };
}
