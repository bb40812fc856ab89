import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { ok, type Result, refuse } from "../result.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { JournalEntry, StoredEntry } from "./entry.ts";

/** The newest link of a chain. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** The head of an empty journal. */
export const GENESIS: ChainHead = { seq: 0, hash: "0".repeat(64) };

/** SHA-256 hex over previous hash, sequence number and canonical JSON, one per line. */
export function linkHash(prevHash: string, seq: number, entryJson: string): string {
  return bytesToHex(sha256(utf8ToBytes(`${prevHash}\n${seq}\n${entryJson}`)));
}

/**
 * Numbers and chains `entries` after `head`, in order. An entry whose id `isKnown`, or that came
 * earlier in the same call, is left out: the first one stands.
 */
export function appendEntries(
  head: ChainHead,
  entries: readonly JournalEntry[],
  isKnown: (id: string) => boolean = () => false,
): StoredEntry[] {
  const links: StoredEntry[] = [];
  const added = new Set<string>();
  let { seq, hash } = head;
  for (const entry of entries) {
    if (added.has(entry.id) || isKnown(entry.id)) continue;
    added.add(entry.id);
    const prevHash = hash;
    seq += 1;
    hash = linkHash(prevHash, seq, canonicalJson(entry));
    links.push({ seq, hash, prevHash, entry });
  }
  return links;
}

/**
 * Checks that `links` follow `from` without a gap and that every hash is right. Returns the new
 * head, or JOURNAL_BROKEN with the first sequence number that does not verify.
 */
export function verifyChain(links: Iterable<StoredEntry>, from: ChainHead = GENESIS): Result<ChainHead, "JOURNAL_BROKEN"> {
  let head = from;
  for (const link of links) {
    if (link.seq !== head.seq + 1) return refuse("JOURNAL_BROKEN", `expected seq ${head.seq + 1}, was ${link.seq}`);
    if (link.prevHash !== head.hash) return refuse("JOURNAL_BROKEN", `previous hash differs at seq ${link.seq}`);
    if (link.hash !== linkHash(link.prevHash, link.seq, canonicalJson(link.entry))) {
      return refuse("JOURNAL_BROKEN", `hash differs at seq ${link.seq}`);
    }
    head = { seq: link.seq, hash: link.hash };
  }
  return ok(head);
}
