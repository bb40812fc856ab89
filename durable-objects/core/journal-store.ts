import type { ChainHead } from "../../domain/journal/chain.ts";
import type { UnixMs } from "../../domain/units.ts";

/** One entry as it is kept: its place in the chain, and its canonical JSON until that is dropped. */
export interface JournalRow {
  readonly seq: number;
  readonly id: string;
  readonly hash: string;
  /** When it was appended here. */
  readonly atMs: UnixMs;
  readonly body: string;
}

/** The chain of the Journal, synchronous and inside the host's transactions. */
export interface JournalStore {
  /** The newest entry; GENESIS while there is none. */
  head(): ChainHead;
  /** The row of a sequence number without its body; null when there is none. */
  at(seq: number): { readonly hash: string; readonly atMs: UnixMs } | null;
  isKnown(id: string): boolean;
  /** Adds the entry after the head. Throws when its number or its id is taken. */
  add(row: JournalRow): void;
  /** Entries with a greater number, ascending, at most `limit`; `body` is null once dropped. Read lazily. */
  after(seq: number, limit: number): Iterable<Pick<JournalRow, "seq" | "hash"> & { readonly body: string | null }>;
  /** Drops the bodies of all entries up to and including `seq`; number, id and hash stay. */
  dropBodies(seq: number): void;
  /** How much the store takes up. */
  bytes(): number;
}
