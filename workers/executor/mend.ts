import { projectedPoint } from "../../adapters/d1/project.ts";
import { listSegments, type SegmentFile } from "../../adapters/r2/segments.ts";
import { keepCopy, type ReadFile, readFile, removeFile } from "../../adapters/r2/set-aside.ts";
import { branchLedgers } from "../../domain/journal/branch.ts";
import type { StoredEntry } from "../../domain/journal/entry.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { JournalState } from "../../durable-objects/core/journal-head.ts";
import type { MendRequest, PendingMend } from "../../durable-objects/core/journal-mend.ts";
import { journalOf, portfolioOf } from "../../durable-objects/stubs.ts";
import { executorPorts } from "./ports.ts";

/** Windows that one step looks at: each is read, copied and read back, well inside the Executor's lease. */
const WINDOWS_PER_STEP = 5;

/** How far a mend has come. */
export interface MendStep {
  /** An Executor was at work: ask again. */
  readonly isBusy: boolean;
  readonly isDone: boolean;
  /** Of the journal. */
  readonly state: JournalState;
  /** Files set aside so far; 0 when the mend was done before. */
  readonly files: number;
  /** D1 took entries that are not the journal's and has to be rebuilt; null when that cannot be told. */
  readonly isDatabaseForeign: boolean | null;
}

/**
 * One bounded step of mending an archive that forks: while no Executor works, windows that are not the journal's are
 * copied, noted and deleted, in order; when none is left, the ledgers that they name stop, and the journal goes on. To be
 * called until it is done; whatever fails is made good by calling again.
 */
export async function mendArchive(env: Env, request: MendRequest, nowMs: UnixMs): Promise<Result<MendStep>> {
  const journal = journalOf(env);
  const claim = await journal.claimExecutor(nowMs);
  if (claim === null) return ok({ isBusy: true, isDone: false, state: "unchecked", files: 0, isDatabaseForeign: null });
  let { archivedAtMs } = claim;
  try {
    // An Executor would have told it under this claim.
    if (claim.alert !== null) await executorPorts(env).alert?.(claim.alert, claim.head, nowMs);
    const begun = await journal.beginMend(request);
    if (!begun.ok) return begun;
    let files = 0;
    if (begun.value !== null) {
      const { pending, isLeft } = await setAside(env, begun.value);
      files = pending.files;
      if (isLeft) return ok({ isBusy: false, isDone: false, state: "forked", files, isDatabaseForeign: null });
      // Before any entry is taken: books that forgot what the branch knows must not buy on.
      for (const { ledger, newest } of pending.ledgers) await portfolioOf(env, ledger).lookAgain(newest);
    }
    const state = await journal.finishMend();
    // What was set aside is written again at once, its Parquet too.
    archivedAtMs = 0;
    return ok({ isBusy: false, isDone: true, state, files, isDatabaseForeign: await isForeign(env) });
  } finally {
    const { lease, executorSeq, publishedSeq, archivedSeq } = claim;
    await journal.ackExecutor({ lease, executorSeq, publishedSeq, archivedSeq, archivedAtMs });
  }
}

async function setAside(env: Env, begun: PendingMend): Promise<{ pending: PendingMend; isLeft: boolean }> {
  const journal = journalOf(env);
  let pending = begun;
  let windows = 0;
  for (let from: number | null = begun.scanFrom; from !== null; ) {
    const page: Awaited<ReturnType<typeof listSegments>> = await listSegments(env.BUCKET, from);
    for (const [to, files] of byWindow(page.files)) {
      if (windows++ === WINDOWS_PER_STEP) return { pending, isLeft: true };
      for (const file of files) pending = await setFileAside(env, pending, file);
      pending = await journal.noteSetAside(to + 1, null);
    }
    from = page.next;
  }
  return { pending, isLeft: false };
}

async function setFileAside(env: Env, pending: PendingMend, file: SegmentFile): Promise<PendingMend> {
  const read = await readFile(env.BUCKET, file);
  const foreign = read === null ? [] : await foreignEntries(env, read);
  if (read === null || foreign.length === 0) return pending;
  const copy = await keepCopy(env.BUCKET, read);
  const ledgers = branchLedgers(foreign.map(({ entry }) => entry));
  const noted = await journalOf(env).noteSetAside(pending.scanFrom, { ...copy, entries: foreign.length, ledgers });
  await removeFile(env.BUCKET, read);
  return noted;
}

/** Entries of a file that the journal does not have. */
async function foreignEntries(env: Env, { entries }: ReadFile): Promise<StoredEntry[]> {
  const hashes = await journalOf(env).hashes(entries.at(0)?.seq ?? 1, entries.at(-1)?.seq ?? 0);
  const own = new Map(hashes.map(({ seq, hash }) => [seq, hash]));
  return entries.filter(({ seq, hash }) => own.get(seq) !== hash);
}

function byWindow(files: readonly SegmentFile[]): Map<number, SegmentFile[]> {
  const windows = new Map<number, SegmentFile[]>();
  for (const file of files) windows.set(file.to, [...(windows.get(file.to) ?? []), file]);
  return windows;
}

async function isForeign(env: Env): Promise<boolean | null> {
  try {
    const point = await projectedPoint(env.DB);
    return point !== null && point.hash !== null && point.hash !== (await journalOf(env).hashAt(point.seq));
  } catch {
    return null;
  }
}
