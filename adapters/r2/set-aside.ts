import { RAW_TABLES, rawPrefix, windowKey } from "./raw-tables.ts";
import { parseSegment, type SegmentFile } from "./segments.ts";

/** Files of the archive that were not the journal's, each under its old name and its own hash: never written over, never deleted. */
export const FORKED_PREFIX = "journal-forked/v1/";

/** What setting aside needs of a bucket; a failing one has no more. */
export type SetAsideBucket = Pick<R2Bucket, "list" | "get" | "put" | "head" | "delete">;

/** One file of the archive as it was read. */
export interface ReadFile {
  readonly file: SegmentFile;
  readonly bytes: ArrayBuffer;
  readonly etag: string;
  readonly entries: ReturnType<typeof parseSegment>;
}

/** Reads a file with what tells it from a later version of itself; null when it is not there. */
export async function readFile(bucket: SetAsideBucket, file: SegmentFile): Promise<ReadFile | null> {
  const object = await bucket.get(file.key);
  if (object === null) return null;
  const bytes = await object.arrayBuffer();
  return { file, bytes, etag: object.etag, entries: parseSegment(new TextDecoder().decode(bytes), file.key) };
}

/** Copies a file to where it is kept, and reads the copy back. Rejects when that differs. @returns its key there and its hash. */
export async function keepCopy(bucket: SetAsideBucket, { file, bytes }: ReadFile): Promise<{ key: string; sha256: string }> {
  const sha256 = await sha256Of(bytes);
  const name = file.key.slice(file.key.lastIndexOf("/") + 1).replace(/\.jsonl$/, "");
  const key = `${FORKED_PREFIX}${name}.${sha256}.jsonl`;
  await bucket.put(key, bytes, { httpMetadata: { contentType: "application/x-ndjson" } });
  const copy = await bucket.get(key);
  if (copy === null || (await sha256Of(await copy.arrayBuffer())) !== sha256) throw new Error(`${key} is not what was copied`);
  return { key, sha256 };
}

/** Deletes a file whose copy is kept, and the Parquet of its window, which is written again. Rejects when the file was written since. */
export async function removeFile(bucket: SetAsideBucket, { file, etag }: ReadFile): Promise<void> {
  for (const { table } of RAW_TABLES) {
    const prefix = windowKey(rawPrefix(table), file, 0, "").slice(0, -1);
    const { objects } = await bucket.list({ prefix });
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
  }
  const there = await bucket.head(file.key);
  if (there !== null && there.etag !== etag) throw new Error(`${file.key} was written meanwhile: ask again`);
  await bucket.delete(file.key);
}

async function sha256Of(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
