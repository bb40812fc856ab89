import { ok, type Result, refuse } from "../../domain/result.ts";

/**
 * A log of small JSON objects named `<prefix><number>.json`, numbered from 1 without gaps. A number is
 * taken by a conditional write, so of two writers exactly one gets it. The state is the fold over the
 * entries; every so often it is stored beside them, so that a cold reader need not read them all.
 */
export interface LogDefinition<Event extends { readonly id: string }, State> {
  /** Ends with a slash. */
  readonly prefix: string;
  readonly initial: State;
  /** Checks stored JSON; throws when it is malformed. */
  readonly parseEvent: (json: unknown) => Event;
  readonly parseState: (json: unknown) => State;
  /** Refuses an event that does not apply: such an event is never written. */
  readonly apply: (state: State, event: Event) => Result<State>;
}

/** The fold up to and including entry `seq`. */
export interface LogPosition<State> {
  readonly seq: number;
  readonly state: State;
  /** Ids of the newest entries, to recognise a repeated append. */
  readonly ids: readonly string[];
}

/** Numbers are padded so that a listing is in order. */
const SEQ_DIGITS = 6;
/** Reads in flight when catching up: a Worker may hold 6 connections (Cloudflare limit). */
const READ_AHEAD = 5;
/** An entry is written by us and holds at most two parameter sets, or one model's figures. */
const ENTRY_MAX_CHARS = 256 * 1024;
const SNAPSHOT_EVERY = 50;
/** Far more than can be appended between a message and its last redelivery. */
const REMEMBERED_IDS = 1_000;
const APPEND_TRIES = 20;

/**
 * Reads on from `known`, or from the newest snapshot; also when `known` is no longer in the bucket,
 * because its data were wiped. Throws when an entry is malformed or does not apply.
 */
export async function readLog<Event extends { readonly id: string }, State>(
  bucket: R2Bucket,
  log: LogDefinition<Event, State>,
  known?: LogPosition<State>,
): Promise<LogPosition<State>> {
  const isThere = known !== undefined && (known.seq === 0 || (await bucket.head(entryKey(log.prefix, known.seq))) !== null);
  let position = isThere ? known : await newestSnapshot(bucket, log);
  // One read when nothing is new, which is the usual case; several at a time when catching up.
  for (let width = 1; ; width = READ_AHEAD) {
    const first = position.seq + 1;
    const wave = await Promise.all(Array.from({ length: width }, (_, i) => readJson(bucket, entryKey(log.prefix, first + i))));
    for (const json of wave) {
      if (json === undefined) return position;
      const event = log.parseEvent(json);
      const applied = log.apply(position.state, event);
      if (!applied.ok)
        throw new Error(`${entryKey(log.prefix, position.seq + 1)} does not apply: ${applied.reason} ${applied.detail ?? ""}`);
      position = advance(position, applied.value, event.id);
    }
  }
}

/**
 * Appends an event if it applies to the newest state. An id that was appended before is a success and
 * changes nothing. Refuses as the log's `apply` does, or with UPSTREAM_FAILED when others kept being faster.
 */
export async function appendToLog<Event extends { readonly id: string }, State>(
  bucket: R2Bucket,
  log: LogDefinition<Event, State>,
  event: Event,
  known?: LogPosition<State>,
): Promise<Result<LogPosition<State>>> {
  const text = JSON.stringify(event);
  if (text.length > ENTRY_MAX_CHARS) return refuse("REQUEST_INVALID", `log entry of ${text.length} characters`);
  let position = known;
  for (let attempt = 0; attempt < APPEND_TRIES; attempt++) {
    position = await readLog(bucket, log, position);
    if (position.ids.includes(event.id)) return ok(position);
    const applied = log.apply(position.state, event);
    if (!applied.ok) return applied;
    const next = advance(position, applied.value, event.id);
    const stored = await bucket.put(entryKey(log.prefix, next.seq), text, {
      onlyIf: { etagDoesNotMatch: "*" },
      httpMetadata: { contentType: "application/json" },
    });
    if (stored === null) continue;
    if (next.seq % SNAPSHOT_EVERY === 0) await bucket.put(entryKey(snapshotPrefix(log.prefix), next.seq), JSON.stringify(next));
    return ok(next);
  }
  return refuse("UPSTREAM_FAILED", `${log.prefix}: ${APPEND_TRIES} other writers were faster`);
}

function advance<State>(position: LogPosition<State>, state: State, id: string): LogPosition<State> {
  return { seq: position.seq + 1, state, ids: [...position.ids.slice(1 - REMEMBERED_IDS), id] };
}

async function newestSnapshot<Event extends { readonly id: string }, State>(
  bucket: R2Bucket,
  log: LogDefinition<Event, State>,
): Promise<LogPosition<State>> {
  let newest: string | undefined;
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ prefix: snapshotPrefix(log.prefix), ...(cursor === undefined ? {} : { cursor }) });
    newest = page.objects.at(-1)?.key ?? newest;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  if (newest === undefined) return { seq: 0, state: log.initial, ids: [] };
  const snapshot = (await readJson(bucket, newest)) as { seq: number; state: unknown; ids: readonly string[] };
  return { seq: snapshot.seq, state: log.parseState(snapshot.state), ids: snapshot.ids };
}

async function readJson(bucket: R2Bucket, key: string): Promise<unknown> {
  const object = await bucket.get(key);
  return object === null ? undefined : object.json();
}

function entryKey(prefix: string, seq: number): string {
  return `${prefix}${String(seq).padStart(SEQ_DIGITS, "0")}.json`;
}

function snapshotPrefix(prefix: string): string {
  return `${prefix}snapshots/`;
}
