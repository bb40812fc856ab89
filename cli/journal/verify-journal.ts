import type { SegmentFile } from "../../adapters/r2/segments.ts";
import type { ChainHead } from "../../domain/journal/chain.ts";
import { firstDifference, type JournalFault, JournalVerifier } from "../../domain/journal/verify.ts";
import { ok } from "../../domain/result.ts";
import type { Outcome } from "../output.ts";
import type { JournalApi } from "./journal-api.ts";

/** What a verification found. */
export interface Verification {
  readonly isSound: boolean;
  /** The newest entry that verifies. */
  readonly seq: number;
  readonly hash: string;
  readonly files: number;
  /** Entries that were read from the journal object, because the archive does not have them yet. */
  readonly tail: number;
  readonly fault: JournalFault | null;
  /** Against which head the end was checked; null when there was none to check against. */
  readonly against: ChainHead | null;
}

/** Where archived journal files come from. */
export interface SegmentSource {
  files(): AsyncIterable<Outcome<SegmentFile>>;
  read(file: SegmentFile): Promise<Outcome<string>>;
}

/** The archive of a running instance. */
export function remoteSegments(api: JournalApi): SegmentSource {
  return {
    async *files() {
      for (let from: number | null = 1; from !== null; ) {
        const page: Awaited<ReturnType<JournalApi["segments"]>> = await api.segments(from);
        if (!page.ok) return yield page;
        for (const file of page.value.files) yield ok(file);
        from = page.value.next;
      }
    },
    read: (file) => api.segment(file.key),
  };
}

/**
 * Verifies all files of a source, one at a time. With an instance, its journal says what the hashes
 * have to be, and has the entries that are not archived yet; else `head` may name the end.
 */
export async function verifyJournal(source: SegmentSource, known: { api?: JournalApi; head?: ChainHead }): Promise<Outcome<Verification>> {
  // Before the files: what is appended meanwhile is not asked for.
  const state = known.api === undefined ? null : await known.api.state();
  if (state !== null && !state.ok) return state;
  const verifier = new JournalVerifier();
  let files = 0;
  for await (const file of source.files()) {
    if (!file.ok) return file;
    const text = await source.read(file.value);
    if (!text.ok) return text;
    files += 1;
    const before = verifier.head;
    verifier.add(text.value);
    const rewritten = known.api === undefined ? ok(null) : await comparedWithObject(known.api, before, verifier, text.value);
    if (!rewritten.ok) return rewritten;
    const fault = rewritten.value ?? verifier.fault;
    if (fault !== null) return ok(result(verifier, { files, tail: 0, fault, against: state?.value ?? known.head ?? null }));
  }
  if (known.api === undefined || state === null) {
    const fault = known.head === undefined ? null : verifier.end(known.head);
    return ok(result(verifier, { files, tail: 0, fault, against: known.head ?? null }));
  }
  return verifyTail(known.api, state.value, verifier, files);
}

type Extra = Pick<Verification, "files" | "tail" | "fault" | "against">;

function result(verifier: JournalVerifier, { against, ...extra }: Extra): Verification {
  const end = against === null ? null : { seq: against.seq, hash: against.hash };
  return { isSound: extra.fault === null, seq: verifier.head.seq, hash: verifier.head.hash, ...extra, against: end };
}

/** A chain that was written anew from some entry on is sound in itself: the journal's own hashes tell where it parts. */
async function comparedWithObject(
  api: JournalApi,
  before: ChainHead,
  verifier: JournalVerifier,
  text: string,
): Promise<Outcome<JournalFault | null>> {
  const last = verifier.fault === null ? verifier.head.seq : verifier.fault.seq;
  for (let from = before.seq + 1; from <= last; from += 1_000) {
    const hashes = await api.hashes(from, Math.min(last, from + 999));
    if (!hashes.ok) return hashes;
    const own = new Map(hashesIn(text).map(({ seq, hash }) => [seq, hash]));
    const different = firstDifference(own, new Map(hashes.value.items.map(({ seq, hash }) => [seq, hash])));
    if (different !== null && (verifier.fault === null || different < verifier.fault.seq)) {
      return ok({ seq: different, fault: "changed", detail: "not the entry that the journal holds: written anew from here on" });
    }
  }
  return ok(null);
}

function hashesIn(text: string): Array<{ seq: number; hash: string }> {
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as { seq: number; hash: string }];
    } catch {
      return [];
    }
  });
}

/** What was archived must reach as far as the journal says; the rest comes from the journal itself. */
async function verifyTail(
  api: JournalApi,
  state: ChainHead & { readonly archivedSeq: number; readonly state: string },
  verifier: JournalVerifier,
  files: number,
): Promise<Outcome<Verification>> {
  const archivedTo = verifier.head.seq;
  const against = { seq: state.seq, hash: state.hash };
  if (archivedTo > state.seq && state.state === "behind") {
    const detail = `the archive goes to ${archivedTo}, the journal ends at ${state.seq}: run sniper journal recover`;
    return ok(result(verifier, { files, tail: 0, fault: { seq: state.seq + 1, fault: "removed", detail }, against }));
  }
  if (archivedTo < state.archivedSeq) {
    const detail = `the archive ends at ${archivedTo}, it had gone to ${state.archivedSeq}`;
    return ok(result(verifier, { files, tail: 0, fault: { seq: archivedTo + 1, fault: "truncated", detail }, against }));
  }
  while (verifier.head.seq < state.seq) {
    const text = await api.entries(verifier.head.seq);
    if (!text.ok) return text;
    if (text.value === "" || !verifier.add(text.value)) break;
  }
  const fault = verifier.head.seq > state.seq ? verifier.fault : verifier.end(against);
  return ok(result(verifier, { files, tail: verifier.head.seq - archivedTo, fault, against }));
}
