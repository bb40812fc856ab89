import { ensureSchema, restoreSchema } from "../../adapters/d1/migrate.ts";
import { projectEntries, projectedPoint } from "../../adapters/d1/project.ts";
import { readArchived } from "../../adapters/r2/segments.ts";
import type { FeedMessage } from "../../domain/api/types.ts";
import type { IncidentRecord, StoredEntry } from "../../domain/journal/entry.ts";
import { feedMessage } from "../../domain/journal/views.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { ExecutorClaim } from "../../durable-objects/core/journal-head.ts";
import { liveControlOf, liveFeedOf } from "../../durable-objects/stubs.ts";
import { notify } from "../alerts/notify.ts";
import { type Archive, archiveUpTo, type ReadRange } from "./archive.ts";
import { nudgeTraining } from "./nudge-training.ts";

/** Notifications may take this long; the books do not wait longer for a chat service. */
const NOTIFY_TIMEOUT_MS = 5_000;

const ALERT_CODES = ["JOURNAL_BEHIND", "JOURNAL_FORKED"] as const;

/** The database that the Executor projects into. */
export interface Projection {
  /** The last entry that the database holds; 0 when it is empty. Rejects when it does not answer. */
  projectedSeq(): Promise<number>;
  /** Hash of that entry, as of the last `projectedSeq`; null when it is not known. */
  projectedHash?(): string | null;
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
  /** People have to know at once that the journal refuses entries, or that it takes them again. */
  alert?(state: NonNullable<ExecutorClaim["alert"]>, head: number, nowMs: UnixMs): Promise<void>;
}

/** The ports of a deployed Executor. */
export function executorPorts(env: Env): ExecutorPorts {
  let point: Awaited<ReturnType<typeof projectedPoint>> = null;
  return {
    clock: Date.now,
    projection: {
      projectedSeq: () =>
        withSchema(env.DB, async () => {
          await ensureSchema(env.DB);
          point = await projectedPoint(env.DB);
          return point?.seq ?? 0;
        }),
      projectedHash: () => point?.hash ?? null,
      project: (entries, nowMs) => withSchema(env.DB, () => projectEntries(env.DB, entries, nowMs)),
    },
    archive: (archive, head, nowMs, read) => archiveUpTo(env.BUCKET, archive, head, nowMs, read),
    archived: (afterSeq) => readArchived(env.BUCKET, afterSeq),
    publish: (entries) => publish(env, entries),
    onArchived: (seq, nowMs) => nudgeTraining(env, seq, nowMs),
    alert: (state, head, nowMs) => alertPeople(env, state, head, nowMs),
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

/** By the incident list and by Telegram, both past the journal. */
async function alertPeople(env: Env, state: NonNullable<ExecutorClaim["alert"]>, head: number, nowMs: UnixMs): Promise<void> {
  const live = liveControlOf(env);
  if (state === "open") {
    await Promise.all(ALERT_CODES.map((code) => live.clear(code, "journal")));
    return;
  }
  const [code, detail] =
    state === "behind"
      ? (["JOURNAL_BEHIND", `it ends at entry ${head}: run sniper journal recover`] as const)
      : (["JOURNAL_FORKED", `it ends at entry ${head}: look with sniper journal mend`] as const);
  const incident: IncidentRecord = {
    kind: "incident",
    id: `incident:journal:${nowMs}`,
    atMs: nowMs,
    incidentId: "journal",
    code,
    subject: "journal",
    detail,
    severity: "page",
    status: "raised",
    raisedAtMs: nowMs,
    author: "system",
  };
  const results = await Promise.allSettled([
    live.raise({ code, subject: "journal", detail, severity: "page", cause: "lasts" }),
    withTimeout(notify(env, [incident]), NOTIFY_TIMEOUT_MS),
  ]);
  for (const result of results) if (result.status === "rejected") console.error("journal alert not told", String(result.reason));
}

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}
