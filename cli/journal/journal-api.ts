import type { ChainHead } from "../../domain/journal/chain.ts";
import type { ApiCall } from "../api-client.ts";
import type { Outcome } from "../output.ts";

/** A step of repair may project for some seconds. */
const STEP_TIMEOUT_MS = 60_000;

export interface JournalState extends ChainHead {
  readonly state: "unchecked" | "open" | "behind" | "forked";
  readonly executorSeq: number;
  readonly publishedSeq: number;
  readonly archivedSeq: number;
  readonly droppedSeq: number;
  readonly unarchivedSinceMs: number | null;
  readonly hold: { readonly upTo: number; readonly limit: number; readonly note: string } | null;
  readonly gone: { readonly from: number; readonly to: number } | null;
  readonly mend: BegunMend | null;
}

/** A mend that was begun and is not finished. */
export interface BegunMend {
  readonly forkSeq: number;
  readonly forkHash: string;
  readonly author: string;
  readonly note: string;
  readonly startedAtMs: number;
  readonly files: number;
  readonly entries: number;
}

export interface MendStep {
  readonly isBusy: boolean;
  readonly isDone: boolean;
  readonly state: string;
  readonly files: number;
  readonly isDatabaseForeign: boolean | null;
}

export interface Segment {
  readonly key: string;
  readonly from: number;
  readonly to: number;
  readonly part: number;
  readonly bytes: number;
}

export interface RebuildStep {
  readonly isBusy: boolean;
  readonly upTo: number;
  readonly projectedSeq: number;
  readonly isDone: boolean;
}

export interface Digest {
  readonly tables: readonly string[];
  readonly rows: number;
  readonly digest: string;
  readonly next: readonly (string | number)[] | null;
}

/** The journal of a running instance. */
export interface JournalApi {
  state(): Promise<Outcome<JournalState>>;
  segments(from: number): Promise<Outcome<{ files: Segment[]; next: number | null }>>;
  /** The text of one file. */
  segment(key: string): Promise<Outcome<string>>;
  /** Text of the newest entries after a number, as the journal holds them; empty at its end. */
  entries(after: number): Promise<Outcome<string>>;
  hashes(from: number, to: number): Promise<Outcome<{ items: Array<{ seq: number; hash: string }> }>>;
  /** Digest of the next rows of a projected table; without one the names of all. */
  digest(table?: string, after?: readonly (string | number)[] | null): Promise<Outcome<Digest>>;
  recover(): Promise<Outcome<{ state: string; head: number; imported: number }>>;
  mend(request: { forkSeq: number; forkHash: string; note: string }): Promise<Outcome<MendStep>>;
  hold(hold: boolean): Promise<Outcome<RebuildStep>>;
  rebuild(step: "wipe" | "project", note?: string): Promise<Outcome<RebuildStep>>;
}

/** Calls one path of the API as the operator. */
export type CallJournal = <T>(path: string, init: ApiCall) => Promise<Outcome<T>>;

/** The journal over the operator's API. */
export function journalApi(call: CallJournal): JournalApi {
  const get = <T>(path: string, init: ApiCall = {}) => call<T>(path, { ...init, operator: true });
  const post = <T>(path: string, body: unknown) => call<T>(path, { method: "POST", body, timeoutMs: STEP_TIMEOUT_MS });
  return {
    state: () => get("/journal/state"),
    segments: (from) => get(`/journal/segments?from=${from}`),
    segment: (key) => get(`/journal/segments/${encodeURIComponent(key.slice(key.lastIndexOf("/") + 1))}`, { text: true }),
    entries: (after) => get(`/journal/entries?after=${after}&limit=200`, { text: true }),
    hashes: (from, to) => get(`/journal/hashes?from=${from}&to=${to}`),
    digest: (table, after) => {
      const query = new URLSearchParams();
      if (table !== undefined) query.set("table", table);
      if (after != null) query.set("after", JSON.stringify(after));
      return get(`/journal/projection?${query}`);
    },
    recover: () => post("/journal/recover", {}),
    mend: (request) => post("/journal/mend", request),
    hold: (hold) => post("/journal/hold", { hold }),
    rebuild: (step, note) => post("/journal/rebuild", { step, ...(note === undefined ? {} : { note }) }),
  };
}
