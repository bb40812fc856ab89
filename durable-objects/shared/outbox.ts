import type { JournalEntry } from "../../domain/journal/entry.ts";
import type { Host, NumberedLog } from "../host/host.ts";
import { journalOf } from "../stubs.ts";

/** Entries and bytes per append: far below the 32 MiB of one RPC call. */
const BATCH_ENTRIES = 100;
const BATCH_BYTES = 4 * 1024 * 1024;
/** SQLite rows in a Durable Object end at 2 MB (Cloudflare, Durable Objects limits). */
const ENTRY_MAX_BYTES = 1_900_000;

/**
 * Journal entries that a Durable Object has decided on but the Journal has not yet acknowledged.
 * They live in the owner's storage, so an entry exists exactly if the state change it tells of does.
 */
export class JournalOutbox {
  readonly #log: NumberedLog;
  readonly #env: Env;
  #draining: Promise<boolean> | null = null;

  constructor({ storage }: Host, env: Env) {
    this.#log = storage.log("journal_outbox");
    this.#env = env;
  }

  /** Adds entries; synchronous, so that it shares the owner's transaction. */
  add(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      const body = JSON.stringify(entry);
      if (body.length > ENTRY_MAX_BYTES) throw new RangeError(`journal entry ${entry.id} is too large: ${body.length}`);
      this.#log.append(body);
    }
  }

  /** How many entries wait. */
  pending(): number {
    return this.#log.count();
  }

  /**
   * Appends what waits to the Journal, in order, and deletes it after the acknowledgement. Returns
   * whether nothing is left; false means that the Journal did not answer and the owner's alarm
   * should try again. Never throws.
   */
  drain(): Promise<boolean> {
    this.#draining ??= this.#drainAll().finally(() => {
      this.#draining = null;
    });
    return this.#draining;
  }

  async #drainAll(): Promise<boolean> {
    try {
      for (let batch = this.#next(); batch.last > 0; batch = this.#next()) {
        await journalOf(this.#env).append(batch.entries);
        this.#log.deleteThrough(batch.last);
      }
      return true;
    } catch (error) {
      console.warn("journal append failed, entries kept", String(error));
      return false;
    }
  }

  #next(): { entries: JournalEntry[]; last: number } {
    const entries: JournalEntry[] = [];
    let last = 0;
    let bytes = 0;
    for (const row of this.#log.after(0, BATCH_ENTRIES)) {
      bytes += row.body.length;
      if (last > 0 && bytes > BATCH_BYTES) break;
      entries.push(JSON.parse(row.body) as JournalEntry);
      last = row.n;
    }
    return { entries, last };
  }
}
