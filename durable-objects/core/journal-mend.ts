import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { BranchLedger } from "../../domain/journal/branch.ts";
import { type ChainHead, GENESIS } from "../../domain/journal/chain.ts";
import type { MendRecord, StoredEntry } from "../../domain/journal/entry.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { Table } from "../host/host.ts";
import { noteNamed } from "./journal-positions.ts";

/** Which branch a person wants to have set aside, who and why. */
export interface MendRequest {
  /** The first entry of the archive that is not the journal's, and its hash there. */
  readonly forkSeq: number;
  readonly forkHash: string;
  readonly author: string;
  readonly note: string;
}

/** A mend that was begun. */
export interface PendingMend extends MendRequest {
  readonly startedAtMs: UnixMs;
  /** Windows before this entry were looked at. */
  readonly scanFrom: number;
  readonly files: number;
  readonly entries: number;
  readonly hash: string;
  /** The file that was noted last: it may be noted again. */
  readonly lastKey: string;
  readonly ledgers: ReadonlyArray<Omit<BranchLedger, "positionIds">>;
  /** Positions that the journal had no record of. */
  readonly positions: number;
}

/** A file of the archive that was copied to where it is kept. */
export interface SetAsideFile {
  readonly key: string;
  readonly sha256: string;
  /** Entries that are not the journal's. */
  readonly entries: number;
  readonly ledgers: readonly BranchLedger[];
}

const PENDING = "mend";
const DONE = "mended";

interface Parts {
  readonly cursors: Table;
  readonly numbers: Table;
  readonly positions: Table;
  head(): ChainHead;
  hashAt(seq: number): string | null;
  archived(afterSeq: number): Promise<readonly StoredEntry[]>;
}

/**
 * What the Journal keeps of a mend: the archive's other branch is set aside file by file, and its ledgers and
 * positions are remembered, before the journal takes entries again. Each step may be repeated.
 */
export class JournalMend {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The mend under way; null while there is none. */
  pending(): PendingMend | null {
    return JSON.parse(this.#parts.cursors.get(PENDING) ?? "null") as PendingMend | null;
  }

  /**
   * Begins a mend, or goes on with it; null when this one is done. Refuses with JOURNAL_BEHIND where the archive goes on
   * where the journal ends, which is recovered and not mended, and with JOURNAL_BROKEN when this is no fork of the archive's.
   */
  async begin(request: MendRequest, nowMs: UnixMs): Promise<Result<PendingMend | null>> {
    const { forkSeq, forkHash } = request;
    const { head, hashAt, archived, cursors } = this.#parts;
    const [next, first] = [(await archived(head().seq))[0], (await archived(forkSeq - 1))[0]];
    const pending = this.pending();
    if (pending !== null) {
      if (pending.forkSeq === forkSeq && pending.forkHash === forkHash) return ok(pending);
      return refuse("JOURNAL_FORKED", `the fork at entry ${pending.forkSeq} is being mended: finish that first`);
    }
    if (next?.seq === head().seq + 1 && next.prevHash === head().hash) {
      return refuse("JOURNAL_BEHIND", `the archive goes on after entry ${head().seq}: run sniper journal recover`);
    }
    if (first?.seq !== forkSeq || first.hash !== forkHash) {
      if (cursors.get(DONE) === doneKey(request)) return ok(null);
      return refuse("JOURNAL_BROKEN", `the archive does not hold that entry ${forkSeq}`);
    }
    if (hashAt(forkSeq) === forkHash) return refuse("JOURNAL_BROKEN", `entry ${forkSeq} of the archive is the journal's`);
    const begun = {
      startedAtMs: nowMs,
      scanFrom: forkSeq,
      files: 0,
      entries: 0,
      hash: GENESIS.hash,
      lastKey: "",
      ledgers: [],
      positions: 0,
    };
    return ok(this.#save({ ...request, ...begun }));
  }

  /** Notes that windows before `scanFrom` were looked at, and a file that was set aside; joins the caller's transaction. */
  note(pending: PendingMend, scanFrom: number, file: SetAsideFile | null): PendingMend {
    if (file === null || file.key === pending.lastKey) return this.#save({ ...pending, scanFrom });
    const ledgers = new Map(pending.ledgers.map(({ ledger, newest }) => [ledger, newest]));
    let { positions } = pending;
    for (const { ledger, newest, positionIds } of file.ledgers) {
      ledgers.set(ledger, Math.max(newest, ledgers.get(ledger) ?? 0));
      // Books that know less than the branch were restored, too.
      if (newest > Number(this.#parts.numbers.get(ledger) ?? 0)) this.#parts.numbers.put(ledger, String(newest));
      for (const positionId of positionIds) {
        if (this.#parts.positions.get(positionId) === null) positions += 1;
        noteNamed(this.#parts.positions, ledger, positionId);
      }
    }
    return this.#save({
      ...pending,
      scanFrom,
      files: pending.files + 1,
      entries: pending.entries + file.entries,
      hash: bytesToHex(sha256(utf8ToBytes(`${pending.hash}\n${file.key}\n${file.sha256}`))),
      lastKey: file.key,
      ledgers: [...ledgers].map(([ledger, newest]) => ({ ledger, newest })),
      positions,
    });
  }

  /** Ends it; joins the caller's transaction. @returns the record of it. */
  end(pending: PendingMend, nowMs: UnixMs): MendRecord {
    this.#parts.cursors.delete(PENDING);
    this.#parts.cursors.put(DONE, doneKey(pending));
    const { forkSeq, forkHash, author, note, startedAtMs, files, entries, hash, positions } = pending;
    const ledgers = pending.ledgers.map(({ ledger }) => ledger);
    return {
      kind: "mend",
      id: `mend:${forkSeq}:${startedAtMs}`,
      atMs: nowMs,
      author,
      note,
      forkSeq,
      forkHash,
      files,
      entries,
      hash,
      ledgers,
      positions,
    };
  }

  #save(pending: PendingMend): PendingMend {
    this.#parts.cursors.put(PENDING, JSON.stringify(pending));
    return pending;
  }
}

function doneKey({ forkSeq, forkHash }: MendRequest): string {
  return `${forkSeq}:${forkHash}`;
}
