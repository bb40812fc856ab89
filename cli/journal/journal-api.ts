import type { ChainHead } from "../../domain/journal/chain.ts";
import { type ApiCall, type ApiOptions, callApi } from "../api-client.ts";
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

/** The journal of a running instance, over its operator's API. */
export class JournalApi {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  state(): Promise<Outcome<JournalState>> {
    return this.#get("/journal/state");
  }

  segments(from: number): Promise<Outcome<{ files: Segment[]; next: number | null }>> {
    return this.#get(`/journal/segments?from=${from}`);
  }

  /** The text of one file. */
  segment(key: string): Promise<Outcome<string>> {
    return this.#get(`/journal/segments/${encodeURIComponent(key.slice(key.lastIndexOf("/") + 1))}`, { text: true });
  }

  /** Text of the newest entries after a number, as the journal holds them; empty at its end. */
  entries(after: number): Promise<Outcome<string>> {
    return this.#get(`/journal/entries?after=${after}&limit=200`, { text: true });
  }

  hashes(from: number, to: number): Promise<Outcome<{ items: Array<{ seq: number; hash: string }> }>> {
    return this.#get(`/journal/hashes?from=${from}&to=${to}`);
  }

  digest(table?: string, after?: readonly (string | number)[]): Promise<Outcome<Digest>> {
    const query = new URLSearchParams();
    if (table !== undefined) query.set("table", table);
    if (after !== undefined) query.set("after", JSON.stringify(after));
    return this.#get(`/journal/projection?${query}`);
  }

  recover(): Promise<Outcome<{ state: string; head: number; imported: number }>> {
    return this.#post("/journal/recover", {});
  }

  hold(hold: boolean, note?: string): Promise<Outcome<RebuildStep>> {
    return this.#post("/journal/hold", { hold, ...(note === undefined ? {} : { note }) });
  }

  rebuild(step: "wipe" | "project", note?: string): Promise<Outcome<RebuildStep>> {
    return this.#post("/journal/rebuild", { step, ...(note === undefined ? {} : { note }) });
  }

  #get<T>(path: string, init: ApiCall = {}): Promise<Outcome<T>> {
    return callApi<T>(this.#options, path, { ...init, operator: true });
  }

  #post<T>(path: string, body: unknown): Promise<Outcome<T>> {
    return callApi<T>(this.#options, path, { method: "POST", body, timeoutMs: STEP_TIMEOUT_MS });
  }
}
