import type { UnixMs } from "../../domain/units.ts";
import type { InboxEntry, InboxStore } from "../../durable-objects/core/inbox-store.ts";
import type { ObjectStorage, Table } from "../../durable-objects/host/host.ts";

/** Deliveries and graduations in tables of text. */
export class MemoryInboxStore implements InboxStore {
  readonly #deliveries: Table;
  readonly #rows: Table;

  constructor(storage: ObjectStorage) {
    this.#deliveries = storage.table("inbox_deliveries");
    this.#rows = storage.table("inbox_rows");
  }

  addDelivery(signature: string, receivedAtMs: UnixMs): boolean {
    if (this.isDelivered(signature)) return false;
    this.#deliveries.put(signature, String(receivedAtMs));
    return true;
  }

  isDelivered(signature: string): boolean {
    return this.#deliveries.get(signature) !== null;
  }

  put(entry: InboxEntry): void {
    this.#rows.put(entry.key, JSON.stringify(entry));
  }

  get(key: string): InboxEntry | null {
    const body = this.#rows.get(key);
    return body === null ? null : (JSON.parse(body) as InboxEntry);
  }

  waiting(updatedAtMs: UnixMs, limit: number): readonly InboxEntry[] {
    const waiting = this.#all().filter((entry) => entry.state !== "done" && entry.updatedAtMs <= updatedAtMs);
    return waiting.sort((a, b) => a.updatedAtMs - b.updatedAtMs || (a.key < b.key ? -1 : 1)).slice(0, limit);
  }

  hasOpen(): boolean {
    return this.#all().some(({ state }) => state !== "done");
  }

  forget(beforeMs: UnixMs): void {
    for (const { key, state, updatedAtMs } of this.#all()) if (state === "done" && updatedAtMs < beforeMs) this.#rows.delete(key);
    for (const [signature, atMs] of this.#deliveries.entries()) if (Number(atMs) < beforeMs) this.#deliveries.delete(signature);
  }

  #all(): InboxEntry[] {
    return this.#rows.entries().map(([, body]) => JSON.parse(body) as InboxEntry);
  }
}
