import { canonicalJson } from "../../domain/journal/canonical-json.ts";
import { type ChainHead, linkHash } from "../../domain/journal/chain.ts";
import type { StoredEntry } from "../../domain/journal/entry.ts";
import { SEGMENT_PREFIX, windowKey, windowOf } from "./raw-tables.ts";

/** What the journal's archive needs of a bucket; a simulated one has no more. */
export type SegmentBucket = Pick<R2Bucket, "list" | "get" | "put" | "head">;

/** One part of one window of the journal on R2. */
export interface SegmentFile {
  readonly key: string;
  /** Bounds of the window, not of what the file holds: the newest window fills up. */
  readonly from: number;
  readonly to: number;
  readonly part: number;
  readonly bytes: number;
}

const KEY = /^(\d{12})-(\d{12})(?:\.(\d+))?\.jsonl$/;
/** Parts of one window; 200 entries of at most 1.9 MB in parts of 8 MiB are 48. */
const MAX_PARTS = 64;

/**
 * Segment files from the window of `fromSeq` on, in the journal's order. One page of a listing:
 * `next` is the sequence number to go on with, null at the end.
 */
export async function listSegments(bucket: SegmentBucket, fromSeq: number): Promise<{ files: SegmentFile[]; next: number | null }> {
  const first = windowOf(Math.max(1, fromSeq));
  // Keys of a window sort as `.1.jsonl` before `.jsonl`: all of them come after the bare bounds.
  const startAfter = windowKey(SEGMENT_PREFIX, first, 0, "").slice(0, -1);
  const page = await bucket.list({ prefix: SEGMENT_PREFIX, startAfter });
  const files: SegmentFile[] = [];
  for (const { key, size } of page.objects) {
    const file = segmentFileOf(key, size);
    if (file !== null) files.push(file);
  }
  const last = files.at(-1);
  // The last window of a full page may have parts on the next one: it is left for that.
  const isCut = page.truncated && last !== undefined && last.from > first.from;
  const whole = isCut ? files.filter((file) => file.from < last.from) : files;
  return { files: whole.sort((a, b) => a.from - b.from || a.part - b.part), next: isCut ? last.from : null };
}

/** The file that a key of the archive names; null when it is none of ours. */
export function segmentFileOf(key: string, bytes: number): SegmentFile | null {
  const match = KEY.exec(key.slice(SEGMENT_PREFIX.length));
  if (match === null || !key.startsWith(SEGMENT_PREFIX)) return null;
  return { key, from: Number(match[1]), to: Number(match[2]), part: Number(match[3] ?? 0), bytes };
}

/** Entries of one segment's text, in its order. Throws with the line that is no entry. */
export function parseSegment(text: string, key: string): StoredEntry[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line, index) => {
    try {
      return entryOf(JSON.parse(line));
    } catch (error) {
      throw new Error(`${key} line ${index + 1}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

function entryOf(json: unknown): StoredEntry {
  const { seq, hash, prevHash, entry } = (json ?? {}) as Partial<StoredEntry>;
  const isWhole = Number.isSafeInteger(seq) && typeof hash === "string" && typeof prevHash === "string" && typeof entry?.id === "string";
  if (!isWhole) throw new Error("not a journal entry");
  return json as StoredEntry;
}

/** Whether an entry's hash follows from its own content. */
export function isSound({ seq, hash, prevHash, entry }: StoredEntry): boolean {
  return hash === linkHash(prevHash, seq, canonicalJson(entry));
}

/** The newest entry on R2 among windows from that of `fromSeq` on; null when there is none. Throws when it cannot be told. */
export async function newestArchived(bucket: SegmentBucket, fromSeq: number): Promise<ChainHead | null> {
  let newest: SegmentFile | undefined;
  for (let from: number | null = fromSeq; from !== null; ) {
    const page: { files: SegmentFile[]; next: number | null } = await listSegments(bucket, from);
    newest = page.files.at(-1) ?? newest;
    from = page.next;
  }
  if (newest === undefined) return null;
  const last = (await readSegment(bucket, newest.key))?.at(-1);
  if (last === undefined) throw new Error(`${newest.key} holds no entry`);
  return { seq: last.seq, hash: last.hash };
}

/** Windows up to that of `toSeq` of which R2 has no file, as ranges of entries. Rejects when R2 does not answer. */
export async function missingWindows(bucket: SegmentBucket, toSeq: number): Promise<Array<{ from: number; to: number }>> {
  const missing: Array<{ from: number; to: number }> = [];
  let expected = 1;
  const expect = (from: number): void => {
    if (expected < from) missing.push({ from: expected, to: from - 1 });
  };
  for (let from: number | null = 1; from !== null && expected <= toSeq; ) {
    const page: { files: SegmentFile[]; next: number | null } = await listSegments(bucket, from);
    for (const file of page.files) {
      if (file.part !== 0 || file.from > toSeq) continue;
      expect(file.from);
      expected = file.to + 1;
    }
    from = page.next;
  }
  expect(windowOf(Math.max(1, toSeq)).to + 1);
  return missing;
}

/** Entries of one segment file; null when it is not there. */
export async function readSegment(bucket: SegmentBucket, key: string): Promise<StoredEntry[] | null> {
  const object = await bucket.get(key);
  return object === null ? null : parseSegment(await object.text(), key);
}

/**
 * Archived entries after `afterSeq`: what the one file that holds the next of them has, so that memory
 * stays bounded. Empty when R2 does not hold the next.
 */
export async function readArchived(bucket: SegmentBucket, afterSeq: number): Promise<StoredEntry[]> {
  const window = windowOf(afterSeq + 1);
  for (let part = 0; part < MAX_PARTS; part++) {
    const entries = await readSegment(bucket, windowKey(SEGMENT_PREFIX, window, part, "jsonl"));
    if (entries === null) return [];
    const fresh = entries.filter((entry) => entry.seq > afterSeq);
    if (fresh.length > 0) return fresh;
  }
  return [];
}
