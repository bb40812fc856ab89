import { ensureSchema, restoreSchema } from "../../adapters/d1/migrate.ts";
import { projectEntries, projectedSeq } from "../../adapters/d1/project.ts";
import { readArchived } from "../../adapters/r2/segments.ts";
import type { FeedMessage } from "../../domain/api/types.ts";
import type { StoredEntry } from "../../domain/journal/entry.ts";
import { feedMessage } from "../../domain/journal/views.ts";
import type { UnixMs } from "../../domain/units.ts";
import { liveFeedOf } from "../../durable-objects/stubs.ts";
import { notify } from "../alerts/notify.ts";
import { type Archive, archiveUpTo, type ReadRange } from "./archive.ts";
import { nudgeTraining } from "./nudge-training.ts";

/** Notifications may take this long; the books do not wait longer for a chat service. */
const NOTIFY_TIMEOUT_MS = 5_000;

/** The database that the Executor projects into. */
export interface Projection {
  /** The last entry that the database holds; 0 when it is empty. Rejects when it does not answer. */
  projectedSeq(): Promise<number>;
  /** Writes the rows of `entries` and moves the cursor, all or nothing; repeats are harmless. */
  project(entries: readonly StoredEntry[], nowMs: UnixMs): Promise<void>;
}

/** Everything outside the Journal that the Executor touches. */
export interface ExecutorPorts {
  clock(): UnixMs;
  readonly projection: Projection;
  /** Brings the archive up to `head`, see `archiveUpTo`. */
  archive(archive: Archive, head: number, nowMs: UnixMs, read: ReadRange): Promise<Archive>;
  /** Archived entries that follow a number, for those that the Journal has dropped. */
  archived(afterSeq: number): Promise<readonly StoredEntry[]>;
  /** Tells people and the live feed; each entry once, best effort. */
  publish(entries: readonly StoredEntry[]): Promise<void>;
  /** The archive grew up to `seq`. */
  onArchived(seq: number, nowMs: UnixMs): Promise<void>;
}

/** The ports of a deployed Executor. */
export function executorPorts(env: Env): ExecutorPorts {
  return {
    clock: Date.now,
    projection: {
      projectedSeq: () =>
        withSchema(env.DB, async () => {
          await ensureSchema(env.DB);
          return projectedSeq(env.DB);
        }),
      project: (entries, nowMs) => withSchema(env.DB, () => projectEntries(env.DB, entries, nowMs)),
    },
    archive: (archive, head, nowMs, read) => archiveUpTo(env.BUCKET, archive, head, nowMs, read),
    archived: (afterSeq) => readArchived(env.BUCKET, afterSeq),
    publish: (entries) => publish(env, entries),
    onArchived: (seq, nowMs) => nudgeTraining(env, seq, nowMs),
  };
}

/** A database that lost its tables under a running Worker gets them again, for the next run. */
async function withSchema<T>(db: D1Database, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (String(error).includes("no such table")) await restoreSchema(db);
    throw error;
  }
}

/** Live feed and notifications: neither waits for the other. */
async function publish(env: Env, entries: readonly StoredEntry[]): Promise<void> {
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
