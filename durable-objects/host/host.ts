import type { UnixMs } from "../../domain/units.ts";

/** Text by key, in a Durable Object's SQLite or in a simulated one. */
export interface Table {
  get(key: string): string | null;
  /** Inserts or replaces; a key that was there keeps its place. */
  put(key: string, body: string): void;
  delete(key: string): void;
  /** In the order in which the keys were first put. */
  entries(): ReadonlyArray<readonly [key: string, body: string]>;
}

/** Numbered text: an outbox. Numbers grow and are never used again. */
export interface NumberedLog {
  append(body: string): number;
  /** Rows with a greater number than `after`, in order. */
  after(after: number, limit: number): ReadonlyArray<{ readonly n: number; readonly body: string }>;
  delete(n: number): void;
  deleteThrough(n: number): void;
  count(): number;
}

/** What an object keeps. Writes between two awaits become durable together or not at all. */
export interface ObjectStorage {
  /** The same name gives the same table; it is made when it is missing. */
  table(name: string): Table;
  log(name: string): NumberedLog;
  /** Runs `run` synchronously; when it throws, nothing of it stays. */
  transaction<T>(run: () => T): T;
  /** The object's one alarm; null takes it back. */
  setAlarm(atMs: UnixMs | null): void;
  /** Resolves once everything written so far is on disk. */
  flush(): Promise<void>;
}

/**
 * What an object's core needs of the runtime that it lives in. The cores hold all behaviour, so that
 * a simulator runs exactly what is deployed; a Durable Object class only makes its core and forwards
 * its calls.
 */
export interface Host {
  readonly storage: ObjectStorage;
  now(): UnixMs;
  /** Lets `work` go on after the present call is answered. */
  background(work: Promise<unknown>): void;
}

/** Why the runtime runs an alarm, as far as a core cares. */
export interface AlarmRun {
  /** Earlier runs of this alarm that failed. */
  readonly retryCount: number;
}
