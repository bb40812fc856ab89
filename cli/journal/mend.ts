import { parseSegment } from "../../adapters/r2/segments.ts";
import type { StoredEntry } from "../../domain/journal/entry.ts";
import { ok, refuse } from "../../domain/result.ts";
import type { Outcome } from "../output.ts";
import type { JournalApi, JournalState, MendStep } from "./journal-api.ts";
import { type MendPlan, planMend } from "./mend-plan.ts";
import { remoteSegments } from "./verify-journal.ts";

/** While an Executor works, the step is asked for again after this. */
const BUSY_MS = 1_000;
const BUSY_TRIES = 60;
/** The API answers with at most so many hashes. */
const HASHES = 1_000;

/** A mend that was done. */
export interface Mended {
  readonly files: number;
  readonly state: string;
  readonly isDatabaseForeign: boolean | null;
}

/**
 * Reads the archive and the journal and says where they part and what is on each side; changes nothing. Refuses when
 * they do not part, and when the archive only goes on where the journal ends, which is recovered.
 */
export async function lookAtFork(api: JournalApi): Promise<Outcome<MendPlan>> {
  const state = await api.state();
  if (!state.ok) return state;
  const knownIds = new Set<string>();
  const foreign: StoredEntry[] = [];
  const files: Array<{ from: number; to: number }> = [];
  for await (const file of remoteSegments(api).files()) {
    if (!file.ok) return file;
    const text = await api.segment(file.value.key);
    if (!text.ok) return text;
    const parts = await partsOf(api, text.value, file.value.key);
    if (!parts.ok) return parts;
    for (const { entry } of parts.value.own) knownIds.add(entry.id);
    if (parts.value.foreign.length > 0) files.push({ from: file.value.from, to: file.value.to });
    foreign.push(...parts.value.foreign);
  }
  const [first] = foreign;
  if (first === undefined) return refuse("FAILED", "every archived entry is the journal's: there is nothing to mend");
  if (first.seq === state.value.seq + 1 && first.prevHash === state.value.hash) {
    return refuse("FAILED", `JOURNAL_BEHIND: the archive goes on where the journal ends (${state.value.seq}): run sniper journal recover`);
  }
  const own = await ownAfter(api, state.value, first.seq - 1);
  if (!own.ok) return own;
  const { seq: headSeq, droppedSeq } = state.value;
  return ok(planMend({ forkSeq: first.seq, headSeq, droppedSeq, own: own.value, foreign, knownIds, files }));
}

/** Sets the archive's branch aside, step by step; goes on where an earlier call was interrupted. */
export async function mendJournal(
  api: JournalApi,
  request: { readonly forkSeq: number; readonly forkHash: string; readonly note: string },
  tell: (line: string) => void,
): Promise<Outcome<Mended>> {
  for (let busy = 0; ; ) {
    const step: Outcome<MendStep> = await api.mend(request);
    if (!step.ok) return step;
    const { isBusy, isDone, state, files, isDatabaseForeign } = step.value;
    if (isDone) return state === "open" ? ok({ files, state, isDatabaseForeign }) : refuse("FAILED", stillText(state));
    busy = isBusy ? busy + 1 : 0;
    if (busy > BUSY_TRIES) return refuse("FAILED", "an Executor keeps working: ask again");
    if (isBusy) await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
    else tell(`${files} files set aside`);
  }
}

function stillText(state: string): string {
  return state === "behind"
    ? "the branch is set aside, and the archive has more than the journal: run sniper journal recover"
    : `the branch is set aside, and the journal is ${state} still: look with sniper journal mend`;
}

/** A file's entries that the journal has, and those that it does not. */
async function partsOf(api: JournalApi, text: string, key: string): Promise<Outcome<{ own: StoredEntry[]; foreign: StoredEntry[] }>> {
  let entries: StoredEntry[];
  try {
    entries = parseSegment(text, key);
  } catch (error) {
    return refuse("FAILED", `${error instanceof Error ? error.message : String(error)}: see sniper journal verify`);
  }
  const known = new Map<number, string>();
  const last = entries.at(-1)?.seq ?? 0;
  for (let from = entries.at(0)?.seq ?? 1; from <= last; from += HASHES) {
    const hashes = await api.hashes(from, Math.min(last, from + HASHES - 1));
    if (!hashes.ok) return hashes;
    for (const { seq, hash } of hashes.value.items) known.set(seq, hash);
  }
  const isOwn = ({ seq, hash }: StoredEntry): boolean => known.get(seq) === hash;
  return ok({ own: entries.filter(isOwn), foreign: entries.filter((entry) => !isOwn(entry)) });
}

/** The journal's own entries after a number, as far as it still holds them. */
async function ownAfter(api: JournalApi, { seq, droppedSeq }: JournalState, after: number): Promise<Outcome<StoredEntry[]>> {
  const own: StoredEntry[] = [];
  for (let from = Math.max(after, droppedSeq); from < seq; ) {
    const text = await api.entries(from);
    if (!text.ok) return text;
    const entries = parseSegment(text.value, "the journal's own entries");
    const last = entries.at(-1);
    if (last === undefined) break;
    own.push(...entries);
    from = last.seq;
  }
  return ok(own);
}
