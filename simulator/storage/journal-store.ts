import { type ChainHead, GENESIS } from "../../domain/journal/chain.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { JournalRow, JournalStore } from "../../durable-objects/core/journal-store.ts";
import type { ObjectStorage, Table } from "../../durable-objects/host/host.ts";

interface Kept {
  readonly hash: string;
  readonly atMs: UnixMs;
}

/** The journal's chain in tables of text. */
export class MemoryJournalStore implements JournalStore {
  readonly #rows: Table;
  readonly #bodies: Table;
  readonly #ids: Table;
  readonly #marks: Table;

  constructor(storage: ObjectStorage) {
    this.#rows = storage.table("journal_rows");
    this.#bodies = storage.table("journal_bodies");
    this.#ids = storage.table("journal_ids");
    this.#marks = storage.table("journal_marks");
  }

  head(): ChainHead {
    const seq = Number(this.#marks.get("head") ?? 0);
    const row = this.at(seq);
    return row === null ? GENESIS : { seq, hash: row.hash };
  }

  at(seq: number): Kept | null {
    const row = this.#rows.get(String(seq));
    return row === null ? null : (JSON.parse(row) as Kept);
  }

  isKnown(id: string): boolean {
    return this.#ids.get(id) !== null;
  }

  add({ seq, id, hash, atMs, body }: JournalRow): void {
    if (this.#rows.get(String(seq)) !== null || this.isKnown(id)) throw new Error(`UNIQUE constraint failed: ${seq} ${id}`);
    this.#rows.put(String(seq), JSON.stringify({ hash, atMs } satisfies Kept));
    this.#bodies.put(String(seq), body);
    this.#ids.put(id, String(seq));
    if (seq > Number(this.#marks.get("head") ?? 0)) this.#marks.put("head", String(seq));
  }

  *after(seq: number, limit: number): Iterable<{ seq: number; hash: string; body: string | null }> {
    const last = Number(this.#marks.get("head") ?? 0);
    let left = limit;
    for (let n = seq + 1; n <= last && left > 0; n++) {
      const row = this.at(n);
      if (row === null) continue;
      left--;
      yield { seq: n, hash: row.hash, body: this.#bodies.get(String(n)) };
    }
  }

  dropBodies(seq: number): void {
    for (const [key] of this.#bodies.entries()) if (Number(key) <= seq) this.#bodies.delete(key);
  }

  bytes(): number {
    return this.#bodies.entries().reduce((sum, [, body]) => sum + body.length, 0);
  }
}
