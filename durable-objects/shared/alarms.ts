import type { UnixMs } from "../../domain/units.ts";
import type { AlarmRun, Host, ObjectStorage, Table } from "../host/host.ts";

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
 * Named alarms over a Durable Object's single one, kept in its storage. Handlers run at least once
 * and must be idempotent; one that returns without having set its alarm again is done.
 */
export class NamedAlarms {
  readonly #storage: ObjectStorage;
  readonly #table: Table;

  constructor({ storage }: Host) {
    this.#storage = storage;
    this.#table = storage.table("alarms");
  }

  /** Sets or moves an alarm; joins the caller's transaction. */
  set(name: string, atMs: UnixMs): void {
    this.#write({ name, atMs: Math.ceil(atMs), failures: 0 });
    this.arm();
  }

  /** Sets an alarm unless it is set at all, or for much later: that was before the clock went back. */
  ensure(name: string, atMs: UnixMs): void {
    const known = this.#find(name);
    if (known === null || known.atMs > atMs + MAX_RETRY_MS) this.set(name, atMs);
  }

  cancel(name: string): void {
    this.#table.delete(name);
    this.arm();
  }

  /** Sets the object's alarm to the earliest named one: what a watchdog calls. */
  arm(): void {
    this.#storage.setAlarm(earliestMs(this.#all()));
  }

  /** Runs what is due; for the object's `alarm` method. Never throws for a handler's fault. */
  async run(nowMs: UnixMs, run: AlarmRun | undefined, handler: (name: string) => Promise<void>): Promise<void> {
    if ((run?.retryCount ?? 0) >= LAST_COUNTED_RETRY) {
      console.error("alarm cut off repeatedly, armed afresh", run?.retryCount);
      this.#storage.setAlarm(nowMs + RETRY_MS);
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
    this.#table.put(name, JSON.stringify({ atMs, failures }));
  }

  #find(name: string): NamedAlarm | null {
    const body = this.#table.get(name);
    return body === null ? null : alarmOf(name, body);
  }

  #all(): NamedAlarm[] {
    return this.#table.entries().map(([name, body]) => alarmOf(name, body));
  }
}

function alarmOf(name: string, body: string): NamedAlarm {
  return { name, ...(JSON.parse(body) as Omit<NamedAlarm, "name">) };
}
