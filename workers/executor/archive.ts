import { PARQUET_MAX_ROWS, writeParquet } from "../../adapters/r2/parquet.ts";
import { RAW_TABLES, type RawTableSpec, rawPrefix, SEGMENT_PREFIX, windowKey, windowOf } from "../../adapters/r2/raw-tables.ts";
import { canonicalJson } from "../../domain/journal/canonical-json.ts";
import type { StoredEntry } from "../../domain/journal/entry.ts";

/** A window that is not full is written at most this often: R2 takes one write a second per key, and files stay few. */
export const FLUSH_MS = 30_000;
/** Windows per call: catching up must end well inside the Executor's lease. */
const MAX_WINDOWS = 25;
/** One journal segment file; far below the memory of an isolate. */
const SEGMENT_MAX_CHARS = 8 * 1024 * 1024;

export interface Archive {
  /** Everything up to here is on R2. */
  readonly seq: number;
  readonly atMs: number;
}

/** Journal entries from `from` to `to` in order, in pieces. */
export type ReadRange = (from: number, to: number) => AsyncIterable<readonly StoredEntry[]>;

/**
 * Writes what the archive lacks up to `head` as raw Parquet and journal segments. Every full window
 * of journal entries is written once; the last, partial one when it has waited for 30 s, under the
 * name that the full one will replace. Returns how far the archive now goes.
 */
export async function archiveUpTo(bucket: R2Bucket, archive: Archive, head: number, nowMs: number, read: ReadRange): Promise<Archive> {
  let seq = archive.seq;
  for (let windows = 0; seq < head && windows < MAX_WINDOWS; windows++) {
    const window = windowOf(seq + 1);
    if (head < window.to && nowMs - archive.atMs < FLUSH_MS) break;
    const to = Math.min(window.to, head);
    await writeWindow(bucket, window, read(window.from, to));
    seq = to;
  }
  return seq === archive.seq ? archive : { seq, atMs: nowMs };
}

async function writeWindow(
  bucket: R2Bucket,
  window: { from: number; to: number },
  pieces: AsyncIterable<readonly StoredEntry[]>,
): Promise<void> {
  const tables = RAW_TABLES.map((spec) => new RawPart(bucket, window, spec));
  const segment = new SegmentPart(bucket, window);
  for await (const piece of pieces) {
    for (const entry of piece) {
      await segment.add(entry);
      for (const table of tables) await table.add(entry);
    }
  }
  await segment.flush();
  for (const table of tables) await table.flush();
}

/** Collects the rows of one table of one window and writes a part whenever one is full. */
class RawPart {
  readonly #bucket: R2Bucket;
  readonly #window: { from: number; to: number };
  readonly #spec: RawTableSpec;
  #rows: unknown[] = [];
  #part = 0;

  constructor(bucket: R2Bucket, window: { from: number; to: number }, spec: RawTableSpec) {
    this.#bucket = bucket;
    this.#window = window;
    this.#spec = spec;
  }

  /** The rows of one entry stay in one part unless they alone exceed it. */
  async add(entry: StoredEntry): Promise<void> {
    const rows = this.#spec.rowsOf(entry);
    if (this.#rows.length + rows.length > PARQUET_MAX_ROWS) await this.flush();
    for (const row of rows) {
      this.#rows.push(row);
      if (this.#rows.length === PARQUET_MAX_ROWS) await this.flush();
    }
  }

  async flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    const key = windowKey(rawPrefix(this.#spec.table), this.#window, this.#part, "parquet");
    await writeParquet(this.#bucket, key, this.#spec.columnsOf(this.#rows));
    this.#rows = [];
    this.#part += 1;
  }
}

/** Collects the journal lines of one window. */
class SegmentPart {
  readonly #bucket: R2Bucket;
  readonly #window: { from: number; to: number };
  #text = "";
  #part = 0;

  constructor(bucket: R2Bucket, window: { from: number; to: number }) {
    this.#bucket = bucket;
    this.#window = window;
  }

  async add(entry: StoredEntry): Promise<void> {
    const line = `${canonicalJson(entry)}\n`;
    if (this.#text.length + line.length > SEGMENT_MAX_CHARS) await this.flush();
    this.#text += line;
  }

  async flush(): Promise<void> {
    if (this.#text.length === 0) return;
    const key = windowKey(SEGMENT_PREFIX, this.#window, this.#part, "jsonl");
    await this.#bucket.put(key, this.#text, { httpMetadata: { contentType: "application/x-ndjson" } });
    this.#text = "";
    this.#part += 1;
  }
}
