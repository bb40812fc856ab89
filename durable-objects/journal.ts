import { DurableObject } from "cloudflare:workers";
import { canonicalJson } from "../domain/journal/canonical-json.ts";
import { appendEntries, type ChainHead, GENESIS } from "../domain/journal/chain.ts";
import type { JournalEntry, StoredEntry } from "../domain/journal/entry.ts";

/** Bounds of one read: the answer must stay far below the 32 MiB of one RPC call. */
const READ_MAX_ENTRIES = 1_000;
const READ_MAX_BYTES = 4 * 1024 * 1024;
/** An unanswered nudge is repeated: local queues lose messages, and a consumer may die. */
const RENUDGE_MS = 10_000;
/** One Executor works at a time; one that died is replaced after this. */
const LEASE_MS = 60_000;
/** Bodies that the Executor has archived to R2 are dropped beyond this (an object holds 10 GB). */
const DATABASE_TARGET_BYTES = 4 * 1024 ** 3;
const PRUNE_ENTRIES = 500;

/** Message that tells the Executor to pull. */
export interface JournalNudge {
  readonly type: "journal";
  readonly head: number;
}

/** Where a claimed Executor goes on. */
export interface ExecutorClaim {
  readonly lease: number;
  readonly head: number;
  /** Everything up to here has gone out: projected, on the live feed, notified. */
  readonly executorSeq: number;
  /** Everything up to here is on R2. */
  readonly archivedSeq: number;
  readonly archivedAtMs: number;
}

/** What an Executor has done under its claim. */
export interface ExecutorProgress {
  readonly lease: number;
  readonly executorSeq: number;
  readonly archivedSeq: number;
  readonly archivedAtMs: number;
}

/** The one writer that numbers and chains journal entries; the Executor pulls ranges from it. */
export class Journal extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  #alarmArmed = false;
  /** A nudge was sent and the Executor has not caught up since: it pulls up to the head by itself. */
  #nudged = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS entries (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, body TEXT);
      CREATE TABLE IF NOT EXISTS cursors (name TEXT PRIMARY KEY, value INTEGER NOT NULL)`);
  }

  /**
   * Appends entries in order, each id once: a repeated id keeps the first entry. Returns the head
   * after them. Without an `await` before the writes, calls cannot interleave.
   */
  async append(entries: readonly JournalEntry[]): Promise<{ head: number }> {
    const links = appendEntries(this.#head(), entries, (id) => this.#isKnown(id));
    this.ctx.storage.transactionSync(() => {
      for (const { seq, hash, entry } of links) {
        this.#sql.exec("INSERT INTO entries (seq, id, hash, body) VALUES (?, ?, ?, ?)", seq, entry.id, hash, canonicalJson(entry));
      }
    });
    const { seq: head } = this.#head();
    if (links.length > 0) this.#wakeExecutor(head);
    return { head };
  }

  /**
   * Entries after `afterSeq` in order: at most `limit`, and about 4 MiB of JSON (always at least one
   * if there is one). Throws if the range was pruned here; then it is on R2 only.
   */
  async read(afterSeq: number, limit: number): Promise<StoredEntry[]> {
    const links: StoredEntry[] = [];
    let prevHash = afterSeq === 0 ? GENESIS.hash : this.#hashAt(afterSeq);
    let bytes = 0;
    const rows = this.#sql.exec<{ seq: number; hash: string; body: string | null }>(
      "SELECT seq, hash, body FROM entries WHERE seq > ? ORDER BY seq LIMIT ?",
      afterSeq,
      Math.min(limit, READ_MAX_ENTRIES),
    );
    for (const { seq, hash, body } of rows) {
      if (body === null) throw new Error(`journal entry ${seq} is archived: read it from R2`);
      bytes += body.length;
      if (links.length > 0 && bytes > READ_MAX_BYTES) break;
      links.push({ seq, hash, prevHash: prevHash ?? "", entry: JSON.parse(body) as JournalEntry });
      prevHash = hash;
    }
    return links;
  }

  /** The newest sequence number and hash, and how far the Executor has come. */
  async head(): Promise<ChainHead & { executorSeq: number; archivedSeq: number }> {
    return { ...this.#head(), executorSeq: this.#cursor("executor"), archivedSeq: this.#cursor("archive") };
  }

  /** Lets one Executor work; null while another one does. */
  async claimExecutor(nowMs: number): Promise<ExecutorClaim | null> {
    if (this.#cursor("lease") > nowMs) return null;
    const lease = nowMs + LEASE_MS;
    this.#setCursor("lease", lease);
    return {
      lease,
      head: this.#head().seq,
      executorSeq: this.#cursor("executor"),
      archivedSeq: this.#cursor("archive"),
      archivedAtMs: this.#cursor("archived-at"),
    };
  }

  /** Takes the progress of the Executor that holds the lease and ends the lease; an older holder's is ignored. */
  async ackExecutor(progress: ExecutorProgress): Promise<void> {
    if (progress.lease !== this.#cursor("lease")) return;
    const head = this.#head().seq;
    const isFurther = progress.executorSeq > this.#cursor("executor");
    this.#setCursor("lease", 0);
    this.#setCursor("executor", Math.min(progress.executorSeq, head));
    this.#setCursor("archive", Math.min(progress.archivedSeq, head));
    this.#setCursor("archived-at", progress.archivedAtMs);
    this.#prune(progress.archivedSeq);
    this.#nudged = false;
    // An Executor that got nowhere is left to the alarm: a database that is away must not be hammered.
    if (isFurther && head > progress.executorSeq) await this.#nudge(head);
  }

  /** Repeats the nudge while the Executor is behind with its projection or its archive. */
  override async alarm(): Promise<void> {
    this.#alarmArmed = false;
    if (!this.#isBehind()) return;
    // Armed before the send, so that a failing send cannot use up the alarm's retries.
    this.#arm();
    await this.#nudge(this.#head().seq);
  }

  /** Re-arms a lost alarm; called by the cron. */
  async watchdog(): Promise<void> {
    if (this.#isBehind()) await this.ctx.storage.setAlarm(Date.now() + RENUDGE_MS);
  }

  #isBehind(): boolean {
    return this.#head().seq > Math.min(this.#cursor("executor"), this.#cursor("archive"));
  }

  #wakeExecutor(head: number): void {
    if (!this.#nudged) this.ctx.waitUntil(this.#nudge(head));
    this.#arm();
  }

  #arm(): void {
    if (this.#alarmArmed) return;
    this.#alarmArmed = true;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(Date.now() + RENUDGE_MS));
  }

  async #nudge(head: number): Promise<void> {
    this.#nudged = true;
    try {
      await this.env.TRADE_EVENTS.send({ type: "journal", head } satisfies JournalNudge);
    } catch (error) {
      console.warn("journal nudge failed, the alarm repeats it", String(error));
    }
  }

  #head(): ChainHead {
    return this.#sql.exec<{ seq: number; hash: string }>("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").toArray()[0] ?? GENESIS;
  }

  #hashAt(seq: number): string | undefined {
    return this.#sql.exec<{ hash: string }>("SELECT hash FROM entries WHERE seq = ?", seq).toArray()[0]?.hash;
  }

  #isKnown(id: string): boolean {
    return this.#sql.exec("SELECT 1 FROM entries WHERE id = ?", id).toArray().length > 0;
  }

  #cursor(name: string): number {
    return this.#sql.exec<{ value: number }>("SELECT value FROM cursors WHERE name = ?", name).toArray()[0]?.value ?? 0;
  }

  #setCursor(name: string, value: number): void {
    this.#sql.exec("INSERT INTO cursors VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value);
  }

  #prune(archivedSeq: number): void {
    if (this.#sql.databaseSize < DATABASE_TARGET_BYTES) return;
    this.#sql.exec(
      "UPDATE entries SET body = NULL WHERE seq IN (SELECT seq FROM entries WHERE body IS NOT NULL AND seq <= ? ORDER BY seq LIMIT ?)",
      archivedSeq,
      PRUNE_ENTRIES,
    );
  }
}
