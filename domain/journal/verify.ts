import { canonicalJson } from "./canonical-json.ts";
import { type ChainHead, GENESIS, linkHash } from "./chain.ts";
import type { StoredEntry } from "./entry.ts";

/** What is wrong with a journal, and from which entry on. */
export interface JournalFault {
  /** The first entry that is not as it was written. */
  readonly seq: number;
  readonly fault: "changed" | "removed" | "reordered" | "truncated";
  readonly detail: string;
}

type Line = Pick<StoredEntry, "seq" | "hash" | "prevHash"> & {
  /** The line is the text that was written, and its hash follows from its content. */
  readonly isSound: boolean;
  readonly why: string;
};

/**
 * Checks archived journal lines in the order in which they are stored, one file after the other. Finds an
 * entry whose content or hash was changed, that was removed, or that stands elsewhere; a journal that
 * was cut off or written anew from some entry on shows against a head that is known from elsewhere.
 */
export class JournalVerifier {
  #head: ChainHead;
  /** Whether the newest entry's hash was confirmed by the one after it. */
  #last: Line | null = null;
  #fault: JournalFault | null = null;

  constructor(from: ChainHead = GENESIS) {
    this.#head = from;
  }

  /** The newest entry that verifies. */
  get head(): ChainHead {
    return this.#head;
  }

  get fault(): JournalFault | null {
    return this.#fault;
  }

  /** Checks one file's lines. False once something is wrong: what follows needs no look. */
  add(text: string): boolean {
    const texts = text.split("\n");
    const isCut = texts.pop() !== "";
    const lines = (isCut ? text.split("\n") : texts).map(readLine);
    for (const [index, line] of lines.entries()) {
      if (this.#fault !== null) break;
      const later = lines.slice(index + 1);
      if (line === null && isCut && later.length === 0) this.#found(this.#head.seq + 1, "truncated", "the file ends within it");
      else this.#next(line, later);
    }
    return this.#fault === null;
  }

  /** Compares with a head that is known from elsewhere. Call it after the last file. */
  end(known: ChainHead): JournalFault | null {
    if (this.#fault !== null) return this.#fault;
    if (this.#head.seq < known.seq) {
      return this.#found(this.#head.seq + 1, "truncated", `ends at ${this.#head.seq}, expected ${known.seq}`);
    }
    if (this.#head.seq === known.seq && this.#head.hash !== known.hash) {
      return this.#found(known.seq, "changed", "the chain ends in another hash than it should: entries up to here were written anew");
    }
    return null;
  }

  #next(line: Line | null, later: ReadonlyArray<Line | null>): void {
    const seq = this.#head.seq + 1;
    if (line === null) {
      this.#found(seq, "changed", "not readable");
    } else if (line.seq !== seq) {
      const isLater = later.some((other) => other?.seq === seq);
      const fault = line.seq < seq || isLater ? "reordered" : "removed";
      this.#found(seq, fault, `entry ${line.seq} stands in its place`);
    } else if (!line.isSound) {
      this.#found(seq, "changed", line.why);
    } else if (line.prevHash !== this.#head.hash) {
      // Both are sound by themselves: the one that its successor confirms is the true one.
      const follower = later[0];
      const isConfirmed = follower == null || follower.seq !== seq + 1 || follower.prevHash === line.hash;
      const bad = isConfirmed && this.#last !== null ? seq - 1 : seq;
      this.#found(bad, "changed", `entry ${seq} does not follow from entry ${seq - 1}: one of them was written anew`);
    } else {
      this.#head = { seq, hash: line.hash };
      this.#last = line;
    }
  }

  #found(seq: number, fault: JournalFault["fault"], detail: string): JournalFault {
    this.#fault = { seq, fault, detail };
    return this.#fault;
  }
}

/** The first of `own` whose hash differs from what is `known` of it, by number; null when none does. */
export function firstDifference(own: ReadonlyMap<number, string>, known: ReadonlyMap<number, string>): number | null {
  for (const [seq, hash] of [...own].sort(([a], [b]) => a - b)) {
    const expected = known.get(seq);
    if (expected !== undefined && expected !== hash) return seq;
  }
  return null;
}

function readLine(text: string): Line | null {
  try {
    const stored = JSON.parse(text) as StoredEntry;
    const { seq, hash, prevHash, entry } = stored;
    if (!Number.isSafeInteger(seq) || typeof hash !== "string" || typeof prevHash !== "string") return null;
    const isOwn = canonicalJson({ entry, hash, prevHash, seq }) === text;
    const isHash = hash === linkHash(prevHash, seq, canonicalJson(entry));
    return {
      seq,
      hash,
      prevHash,
      isSound: isOwn && isHash,
      why: isHash ? "not the text that was written" : "its hash does not follow from it",
    };
  } catch {
    return null;
  }
}
