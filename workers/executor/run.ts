import type { StoredEntry } from "../../domain/journal/entry.ts";
import type { ExecutorClaim } from "../../durable-objects/core/journal-head.ts";
import { journalOf } from "../../durable-objects/stubs.ts";
import type { ExecutorPorts } from "./ports.ts";
import { readEntries, readRange } from "./read-journal.ts";

/** Entries per projected batch. */
const BATCH_ENTRIES = 200;
/** A run ends after this and asks to be called again: it must stay well inside its lease. */
const RUN_MAX_MS = 12_000;

type Progress = { -readonly [Key in keyof ExecutorClaim]: ExecutorClaim[Key] };

/**
 * Takes journal entries from where it stopped: archives them on R2, publishes them to the live feed
 * and the notifications, and projects them into D1. None of the three waits for another: a database
 * that is away holds up neither the archive nor the people. One Executor works at a time. Every step
 * may be repeated: after a crash, and from the start when the database was dropped. Rejects with the
 * first fault, after what could be done is acknowledged.
 * @returns how many entries it projected; 0 when there is nothing to do or another one works.
 */
export async function runWith(env: Env, ports: ExecutorPorts): Promise<number> {
  const startedAtMs = ports.clock();
  const claim = await journalOf(env).claimExecutor(startedAtMs);
  if (claim === null) return 0;
  const progress: Progress = { ...claim };
  const faults: unknown[] = [];
  let projected = 0;
  try {
    if (claim.alert !== null) await alert(ports, claim.alert, claim.head);
    // What R2 may have lost is not known yet: what is new would be written behind the gap and hide it.
    if (claim.state === "unchecked") faults.push(new Error("the journal was not compared with R2 yet"));
    // An archive that is not the journal's is left to a person: what is written over it could not be judged any more.
    else if (claim.state === "open") await archive(env, ports, progress).catch((error: unknown) => faults.push(error));
    projected = await tell(env, ports, progress, startedAtMs + RUN_MAX_MS, faults);
    if (progress.archivedSeq > claim.archivedSeq) await onArchived(ports, progress.archivedSeq);
  } finally {
    const { lease, executorSeq, publishedSeq, archivedSeq, archivedAtMs } = progress;
    await journalOf(env).ackExecutor({ lease, executorSeq, publishedSeq, archivedSeq, archivedAtMs });
  }
  if (faults.length > 0) throw faults[0];
  return projected;
}

async function archive(env: Env, ports: ExecutorPorts, progress: Progress): Promise<void> {
  const before = { seq: progress.archivedSeq, atMs: progress.archivedAtMs };
  const read = (from: number, to: number) => readRange(env, ports, progress.droppedSeq, from, to);
  const after = await ports.archive(before, progress.head, ports.clock(), read);
  progress.archivedSeq = after.seq;
  progress.archivedAtMs = after.atMs;
}

/** Publishes and projects batch by batch; a database that fails is left alone for the rest of the run. */
async function tell(env: Env, ports: ExecutorPorts, progress: Progress, untilMs: number, faults: unknown[]): Promise<number> {
  const limit = progress.projectUpTo ?? Number.POSITIVE_INFINITY;
  // A journal that lacks entries has nothing to add to a database that may have them.
  const isWhole = progress.state === "open" || progress.state === "unchecked";
  let inDatabase = !isWhole
    ? null
    : await projectedIn(env, ports).catch((error: unknown) => {
        faults.push(error);
        return null;
      });
  // The database may have lost what the journal was told of; it is never ahead of its own cursor.
  if (inDatabase !== null) progress.executorSeq = Math.min(inDatabase, progress.head);
  let projected = 0;
  while (ports.clock() < untilMs) {
    const isProjecting = inDatabase !== null && inDatabase < limit;
    const after: number = isProjecting && inDatabase !== null ? Math.min(inDatabase, progress.publishedSeq) : progress.publishedSeq;
    const entries = await readEntries(env, ports, progress.droppedSeq, after, BATCH_ENTRIES);
    const last = entries.at(-1);
    if (last === undefined) break;
    const unpublished = entries.filter(({ seq }) => seq > progress.publishedSeq);
    if (unpublished.length > 0) {
      await ports.publish(unpublished).catch((error: unknown) => console.warn("publishing failed", String(error)));
      progress.publishedSeq = last.seq;
    }
    const missing = isProjecting ? missingIn(entries, inDatabase ?? 0, limit) : [];
    if (missing.length === 0) continue;
    try {
      await ports.projection.project(missing, ports.clock());
      inDatabase = missing.at(-1)?.seq ?? inDatabase;
      progress.executorSeq = Math.max(progress.executorSeq, inDatabase ?? 0);
      projected += missing.length;
    } catch (error) {
      faults.push(error);
      inDatabase = null;
    }
  }
  return projected;
}

/**
 * How far the database goes. Rejects when it holds entries that are not the journal's: an object that was restored to
 * a point that R2 does not reach has lost entries which D1 has.
 */
async function projectedIn(env: Env, ports: ExecutorPorts): Promise<number> {
  const seq = await ports.projection.projectedSeq();
  const hash = ports.projection.projectedHash?.() ?? null;
  if (seq > 0 && hash !== null && (await journalOf(env).hashAt(seq)) !== hash) {
    throw new Error(`entry ${seq} in D1 is not the journal's: run sniper journal rebuild`);
  }
  return seq;
}

function missingIn(entries: readonly StoredEntry[], inDatabase: number, limit: number): StoredEntry[] {
  return entries.filter(({ seq }) => seq > inDatabase && seq <= limit);
}

async function onArchived(ports: ExecutorPorts, seq: number): Promise<void> {
  await ports
    .onArchived(seq, ports.clock())
    .catch((error: unknown) => console.warn("the archive's followers were not told", String(error)));
}

async function alert(ports: ExecutorPorts, state: NonNullable<ExecutorClaim["alert"]>, head: number): Promise<void> {
  await ports.alert?.(state, head, ports.clock()).catch((error: unknown) => console.error("journal alert not told", String(error)));
}
