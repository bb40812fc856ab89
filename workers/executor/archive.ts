import { PARQUET_MAX_ROWS, writeParquet } from "../../adapters/r2/parquet.ts";
import { RAW_TABLES, type RawTableSpec, rawPrefix, SEGMENT_PREFIX, windowKey, windowOf } from "../../adapters/r2/raw-tables.ts";
import { canonicalJson } from "../../domain/journal/canonical-json.ts";
import type { StoredEntry } from "../../domain/journal/entry.ts";

/**
 * A window that is not full is written at most this often: R2 takes one write a second per key, and files
 * stay few. With the Journal's nudge every 5 s and its lease of 20 s, an entry is on R2 within 60 s even
 * when the Executor that should have written it died.
 */
export const FLUSH_MS = 15_000;
/** Raw Parquet of a window that is not full is for training, which is in no hurry: it costs up to eight writes. */
const RAW_MS = 60_000;
/** Windows per call: catching up must end well inside the Executor's lease. */
const MAX_WINDOWS = 10;
/** Metadata of a segment: the last sequence number in it, and that entry's hash. */
const LAST_SEQ = "last-seq";
const LAST_HASH = "last-hash";
/** One journal segment file; far below the memory of an isolate. */
const SEGMENT_MAX_CHARS = 8 * 1024 * 1024;

export interface Archive {
  /** Everything up to here is on R2. */
  readonly seq: number;
  readonly atMs: number;
}

/** Journal entries from `from` to `to` in order, in pieces. */
export type ReadRange = (from: number, to: number) => AsyncIterable<readonly StoredEntry[]>;

/** What the archive needs of a bucket; a simulated one has no more. */
export type ArchiveBucket = Pick<R2Bucket, "put" | "head">;

/**
 * Writes what the archive lacks up to `head` as journal segments and raw Parquet. Every full window
 * of journal entries is written once; the last, partial one when it has waited for 15 s, under the
 * name that the full one will replace; its Parquet once a minute. A segment is never replaced by one that holds less or other
 * entries, nor by a writer that did not see the newest version. Returns how far the archive now goes; rejects with
 * what R2 answered when not even the first window could be written.
 */
export async function archiveUpTo(
  bucket: ArchiveBucket,
  archive: Archive,
  head: number,
  nowMs: number,
  read: ReadRange,
  tables: readonly RawTableSpec[] = RAW_TABLES,
): Promise<Archive> {
  let seq = archive.seq;
  for (let windows = 0; seq < head && windows < MAX_WINDOWS; windows++) {
    const window = windowOf(seq + 1);
    if (head < window.to && Math.abs(nowMs - archive.atMs) < FLUSH_MS) break;
    const to = Math.min(window.to, head);
    const isFirst = archive.atMs === 0;
    const isRawDue = isFirst || to === window.to || Math.floor(nowMs / RAW_MS) !== Math.floor(archive.atMs / RAW_MS);
    try {
      await writeWindow(bucket as R2Bucket, window, read(window.from, to), isRawDue ? tables : []);
    } catch (error) {
      if (seq === archive.seq) throw error;
      console.warn("archive broken off", seq, String(error));
      break;
    }
    seq = to;
  }
  return seq === archive.seq ? archive : { seq, atMs: nowMs };
}

async function writeWindow(
  bucket: R2Bucket,
  window: { from: number; to: number },
  pieces: AsyncIterable<readonly StoredEntry[]>,
  specs: readonly RawTableSpec[],
): Promise<void> {
  const tables = specs.map((spec) => new RawPart(bucket, window, spec));
  const segment = new SegmentPart(bucket, window);
  for await (const piece of pieces) {
    for (const entry of piece) {
      await segment.add(entry);
      for (const table of tables) await table.add(entry);
    }
  }
  // The truth first, what is derived from it after.
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
  #lines: string[] = [];
  #chars = 0;
  #hashes = new Map<number, string>();
  #part = 0;

  constructor(bucket: R2Bucket, window: { from: number; to: number }) {
    this.#bucket = bucket;
    this.#window = window;
  }

  async add(entry: StoredEntry): Promise<void> {
    const line = `${canonicalJson(entry)}\n`;
    if (this.#chars + line.length > SEGMENT_MAX_CHARS) await this.flush();
    this.#lines.push(line);
    this.#chars += line.length;
    this.#hashes.set(entry.seq, entry.hash);
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    await putSegment(this.#bucket, windowKey(SEGMENT_PREFIX, this.#window, this.#part, "jsonl"), this.#lines.join(""), this.#hashes);
    this.#lines = [];
    this.#chars = 0;
    this.#hashes = new Map();
    this.#part += 1;
  }
}

/**
 * An Executor that was thought dead may still write: it must not put an older window over a newer one. Nor may what it
 * wrote for an object that was restored since be lost under the entries that came instead.
 */
async function putSegment(bucket: ArchiveBucket, key: string, text: string, hashes: ReadonlyMap<number, string>): Promise<void> {
  const [lastSeq, lastHash] = [...hashes].at(-1) ?? [0, ""];
  const there = await bucket.head(key);
  const thereSeq = Number(there?.customMetadata?.[LAST_SEQ] ?? 0);
  if (thereSeq > lastSeq) throw new Error(`${key} holds entries up to ${thereSeq}, this writer has ${lastSeq}`);
  const thereHash = there?.customMetadata?.[LAST_HASH];
  if (thereHash !== undefined && hashes.get(thereSeq) !== thereHash) {
    throw new Error(`${key} holds another entry ${thereSeq} than the journal: run sniper journal mend`);
  }
  const stored = await bucket.put(key, text, {
    onlyIf: there === null ? { etagDoesNotMatch: "*" } : { etagMatches: there.etag },
    httpMetadata: { contentType: "application/x-ndjson" },
    customMetadata: { [LAST_SEQ]: String(lastSeq), [LAST_HASH]: lastHash },
  });
  if (stored === null) throw new Error(`${key} was written by another`);
}
