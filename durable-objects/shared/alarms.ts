import type { UnixMs } from "../../domain/units.ts";

/** A failed handler runs again after this long, doubling with each failure in a row up to the limit. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** The runtime abandons an alarm after six retries (Cloudflare, Durable Objects alarms): a fresh one starts the count anew. */
const LAST_COUNTED_RETRY = 5;

/** One named alarm. */
export interface NamedAlarm {
  readonly name: string;
  readonly atMs: UnixMs;
  /** Runs in a row that failed or were cut off. */
  readonly failures: number;
}

/** The alarms that are due at `nowMs`, earliest first, equal times by name. */
export function dueAlarms(alarms: readonly NamedAlarm[], nowMs: UnixMs): NamedAlarm[] {
  const due = alarms.filter((alarm) => alarm.atMs <= nowMs);
  return due.sort((a, b) => a.atMs - b.atMs || (a.name < b.name ? -1 : 1));
}

/** When the object's one alarm has to ring; null when no alarm is set. */
export function earliestMs(alarms: readonly NamedAlarm[]): UnixMs | null {
  return alarms.length === 0 ? null : Math.min(...alarms.map((alarm) => alarm.atMs));
}

/**
 * The alarm as it stands while its handler runs: set again already, so that a handler that throws or
 * an object that dies is followed by another run.
 */
export function leased(alarm: NamedAlarm, nowMs: UnixMs): NamedAlarm {
  const delayMs = Math.min(RETRY_MS * 2 ** Math.min(alarm.failures, 16), MAX_RETRY_MS);
  return { name: alarm.name, atMs: nowMs + delayMs, failures: alarm.failures + 1 };
}

/**
 * Named alarms over a Durable Object's single one, kept in its SQLite. Handlers run at least once
 * and must be idempotent; one that returns without having set its alarm again is done.
 */
export class NamedAlarms {
  readonly #storage: DurableObjectStorage;

  constructor(ctx: DurableObjectState) {
    this.#storage = ctx.storage;
    this.#storage.sql.exec("CREATE TABLE IF NOT EXISTS alarms (name TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, failures INTEGER NOT NULL)");
  }

  /** Sets or moves an alarm; joins the caller's transaction. */
  set(name: string, atMs: UnixMs): void {
    this.#write({ name, atMs: Math.ceil(atMs), failures: 0 });
    this.arm();
  }

  /** Sets an alarm unless it is set at all. */
  ensure(name: string, atMs: UnixMs): void {
    if (this.#find(name) === null) this.set(name, atMs);
  }

  cancel(name: string): void {
    this.#storage.sql.exec("DELETE FROM alarms WHERE name = ?", name);
    this.arm();
  }

  /** Sets the object's alarm to the earliest named one: what a watchdog calls. */
  arm(): void {
    const atMs = earliestMs(this.#all());
    void (atMs === null ? this.#storage.deleteAlarm() : this.#storage.setAlarm(atMs));
  }

  /** Runs what is due; for the object's `alarm` method. Never throws for a handler's fault. */
  async run(nowMs: UnixMs, info: AlarmInvocationInfo | undefined, handler: (name: string) => Promise<void>): Promise<void> {
    if ((info?.retryCount ?? 0) >= LAST_COUNTED_RETRY) {
      console.error("alarm cut off repeatedly, armed afresh", info?.retryCount);
      await this.#storage.setAlarm(nowMs + RETRY_MS);
      return;
    }
    const due = dueAlarms(this.#all(), nowMs);
    const leases = due.map((alarm) => leased(alarm, nowMs));
    for (const lease of leases) this.#write(lease);
    this.arm();
    for (const lease of leases) {
      try {
        await handler(lease.name);
        const after = this.#find(lease.name);
        if (after?.atMs === lease.atMs && after.failures === lease.failures) this.cancel(lease.name);
      } catch (error) {
        console.warn(`alarm ${lease.name} failed ${lease.failures} times, runs again`, String(error));
      }
    }
  }

  #write({ name, atMs, failures }: NamedAlarm): void {
    this.#storage.sql.exec("INSERT OR REPLACE INTO alarms (name, at_ms, failures) VALUES (?, ?, ?)", name, atMs, failures);
  }

  #find(name: string): NamedAlarm | null {
    return this.#all().find((alarm) => alarm.name === name) ?? null;
  }

  #all(): NamedAlarm[] {
    const rows = this.#storage.sql.exec<{ name: string; at_ms: number; failures: number }>("SELECT name, at_ms, failures FROM alarms");
    return rows.toArray().map((row) => ({ name: row.name, atMs: row.at_ms, failures: row.failures }));
  }
}
