import { ensureSchema } from "../../adapters/d1/migrate.ts";
import { projectEntries, projectedSeq } from "../../adapters/d1/project.ts";
import type { FeedMessage } from "../../domain/api/types.ts";
import type { StoredEntry } from "../../domain/journal/entry.ts";
import { feedMessage } from "../../domain/journal/views.ts";
import type { ExecutorClaim } from "../../durable-objects/journal.ts";
import { journalOf, liveFeedOf } from "../../durable-objects/stubs.ts";
import { notify } from "../alerts/notify.ts";
import { archiveUpTo } from "./archive.ts";
import { nudgeTraining } from "./nudge-training.ts";

/** Entries per projected batch. */
const BATCH_ENTRIES = 200;
/** A run ends after this and asks to be called again: it must stay well inside its lease. */
const RUN_MAX_MS = 20_000;
/** Notifications may take this long; the projection does not wait longer for a chat service. */
const NOTIFY_TIMEOUT_MS = 5_000;

/**
 * Consumes the nudges of the Journal. They are hints: nothing in them is trusted, and none is
 * retried, because the Journal's alarm repeats them while the Executor is behind.
 */
export async function consumeTradeEvents(batch: MessageBatch, env: Env, _ctx: ExecutionContext): Promise<void> {
  try {
    await runExecutor(env);
  } catch (error) {
    console.error("executor failed, the journal's alarm calls again", String(error));
  }
  batch.ackAll();
}

/**
 * Takes journal entries from where it stopped: projects them into D1, publishes them to the live feed
 * and the notifications, and archives them on R2. One Executor works at a time. Every step may be
 * repeated: after a crash, and from the start when the database was dropped.
 * @returns how many entries it projected; 0 when there is nothing to do or another one works.
 */
export async function runExecutor(env: Env): Promise<number> {
  const startedAtMs = Date.now();
  const claim = await journalOf(env).claimExecutor(startedAtMs);
  if (claim === null) return 0;
  const progress = { ...claim };
  try {
    await ensureSchema(env.DB);
    return await work(env, progress, startedAtMs);
  } finally {
    const { lease, executorSeq, archivedSeq, archivedAtMs } = progress;
    await journalOf(env).ackExecutor({ lease, executorSeq, archivedSeq, archivedAtMs });
  }
}

type Progress = { -readonly [Key in keyof ExecutorClaim]: ExecutorClaim[Key] };

async function work(env: Env, progress: Progress, startedAtMs: number): Promise<number> {
  let after = Math.min(await projectedSeq(env.DB), progress.executorSeq);
  let projected = 0;
  while (Date.now() - startedAtMs < RUN_MAX_MS) {
    const entries = await readEntries(env, after, BATCH_ENTRIES);
    const last = entries.at(-1);
    if (last === undefined) break;
    await projectEntries(env.DB, entries, Date.now());
    await publish(
      env,
      entries.filter((entry) => entry.seq > progress.executorSeq),
    );
    after = last.seq;
    progress.executorSeq = Math.max(progress.executorSeq, after);
    projected += entries.length;
  }
  const archive = { seq: progress.archivedSeq, atMs: progress.archivedAtMs };
  const archived = await archiveUpTo(env.BUCKET, archive, after, Date.now(), (from, to) => readRange(env, from, to));
  progress.archivedSeq = archived.seq;
  progress.archivedAtMs = archived.atMs;
  if (archived.seq > archive.seq) await nudgeTraining(env, archived.seq, Date.now());
  return projected;
}

async function readEntries(env: Env, after: number, limit: number): Promise<StoredEntry[]> {
  return (await journalOf(env).read(after, limit)) as StoredEntry[];
}

async function* readRange(env: Env, from: number, to: number): AsyncGenerator<StoredEntry[]> {
  for (let after = from - 1; after < to; ) {
    const entries = await readEntries(env, after, to - after);
    const last = entries.at(-1);
    if (last === undefined) throw new Error(`journal ends at ${after}, expected ${to}`);
    yield entries;
    after = last.seq;
  }
}

/** Live feed and notifications: best effort, the books do not wait for either. */
async function publish(env: Env, entries: readonly StoredEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const results = await Promise.allSettled([publishFeed(env, entries), withTimeout(notifyPeople(env, entries), NOTIFY_TIMEOUT_MS)]);
  for (const result of results) if (result.status === "rejected") console.warn("publishing failed", String(result.reason));
}

async function publishFeed(env: Env, entries: readonly StoredEntry[]): Promise<void> {
  const messages = entries.map(feedMessage).filter((message): message is FeedMessage => message !== null);
  if (messages.length > 0) await liveFeedOf(env).publish(messages);
}

async function notifyPeople(env: Env, entries: readonly StoredEntry[]): Promise<void> {
  await notify(
    env,
    entries.map(({ entry }) => entry),
  );
}

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}
