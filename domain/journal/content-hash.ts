import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { canonicalJson } from "./canonical-json.ts";

/** Rows per chunk: fixed, so that the hash does not depend on who asks. */
export const CHUNK_ROWS = 500;

/** Digest of one table's rows. */
export interface TableDigest {
  readonly table: string;
  readonly rows: number;
  readonly digest: string;
}

/** SHA-256 hex over rows in order, one canonical JSON a line. */
export function chunkDigest(rows: readonly unknown[]): string {
  return digestOf(rows.map((row) => canonicalJson(row)));
}

/** Digest of a table of which these are the chunks of `CHUNK_ROWS` rows, in the order of its key. */
export function tableDigest(table: string, chunks: ReadonlyArray<{ readonly rows: number; readonly digest: string }>): TableDigest {
  return { table, rows: chunks.reduce((sum, { rows }) => sum + rows, 0), digest: digestOf(chunks.map(({ digest }) => digest)) };
}

/** The hash of a whole database: of its tables' digests, by name. */
export function contentHash(tables: readonly TableDigest[]): string {
  const sorted = [...tables].sort((a, b) => (a.table < b.table ? -1 : 1));
  return digestOf(sorted.map((table) => canonicalJson(table)));
}

function digestOf(lines: readonly string[]): string {
  return bytesToHex(sha256(utf8ToBytes(lines.map((line) => `${line}\n`).join(""))));
}
