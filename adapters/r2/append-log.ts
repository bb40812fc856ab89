/**
 * A log of small JSON objects named `<prefix><number>.json`, numbered from 1 without gaps. A number is
 * taken by a conditional write, so of two writers exactly one gets it.
 */

/** Numbers are padded so that a listing is in order. */
const NUMBER_DIGITS = 6;
/** Reads in flight at once: a Worker may hold 6 connections (Cloudflare limit). */
const READ_AHEAD = 5;
/** An entry is written by us and holds at most two parameter sets and their evidence. */
export const LOG_ENTRY_MAX_BYTES = 256 * 1024;

export function logKey(prefix: string, seq: number): string {
  return `${prefix}${String(seq).padStart(NUMBER_DIGITS, "0")}.json`;
}

/** Writes entry `seq`; false when that number is taken. */
export async function putLogEntry(bucket: R2Bucket, prefix: string, seq: number, text: string): Promise<boolean> {
  if (text.length > LOG_ENTRY_MAX_BYTES) throw new Error(`log entry of ${text.length} characters exceeds ${LOG_ENTRY_MAX_BYTES}`);
  const stored = await bucket.put(logKey(prefix, seq), text, {
    onlyIf: { etagDoesNotMatch: "*" },
    httpMetadata: { contentType: "application/json" },
  });
  return stored !== null;
}

/** Reads the entries after `afterSeq`, in order, up to the first missing number. */
export async function readLogAfter(bucket: R2Bucket, prefix: string, afterSeq: number): Promise<string[]> {
  const texts: string[] = [];
  // One read when nothing is new, which is the usual case; several at a time when catching up.
  let width = 1;
  for (;;) {
    const first = afterSeq + texts.length + 1;
    const wave = await Promise.all(Array.from({ length: width }, (_, i) => readText(bucket, logKey(prefix, first + i))));
    for (const text of wave) {
      if (text === null) return texts;
      texts.push(text);
    }
    width = READ_AHEAD;
  }
}

async function readText(bucket: R2Bucket, key: string): Promise<string | null> {
  const object = await bucket.get(key);
  return object === null ? null : object.text();
}
