import type { UnixMs } from "../../domain/units.ts";
import type { NumberedLog, ObjectStorage, Table } from "../../durable-objects/host/host.ts";

/** Takes one write back. */
type Undo = () => void;

/** Writes between two awaits: durable together or not at all. */
interface Batch {
  readonly id: number;
  readonly undo: Undo[];
}

export interface StorageEvents {
  /** Something was written that is not durable yet. */
  readonly onDirty: () => void;
  readonly onAlarm: (atMs: UnixMs | null) => void;
}

const NO_EVENTS: StorageEvents = { onDirty: () => {}, onAlarm: () => {} };

/**
 * A Durable Object's storage in plain JavaScript, with its model of durability: what is written
 * between two awaits is one batch; batches become durable in order, when the disk says so; who waits
 * for the output gate goes on then. A crash takes back what was not durable.
 */
export class MemoryStorage implements ObjectStorage {
  readonly #events: StorageEvents;
  readonly #tables = new Map<string, MemoryTable>();
  readonly #logs = new Map<string, MemoryLog>();
  #batches: Batch[] = [];
  #open: Batch | null = null;
  #lastId = 0;
  #crashes = 0;
  #waiting: Array<{ readonly id: number; readonly run: () => void }> = [];
  #alarmMs: UnixMs | null = null;

  constructor(events: StorageEvents = NO_EVENTS) {
    this.#events = events;
  }

  get alarmMs(): UnixMs | null {
    return this.#alarmMs;
  }

  table(name: string): Table {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = new MemoryTable(this.write);
      this.#tables.set(name, table);
    }
    return table;
  }

  log(name: string): NumberedLog {
    let log = this.#logs.get(name);
    if (log === undefined) {
      log = new MemoryLog(this.write);
      this.#logs.set(name, log);
    }
    return log;
  }

  transaction<T>(run: () => T): T {
    const batch = this.#batch();
    const start = batch.undo.length;
    try {
      return run();
    } catch (error) {
      for (const undo of batch.undo.splice(start).reverse()) undo();
      throw error;
    }
  }

  setAlarm(atMs: UnixMs | null): void {
    const before = this.#alarmMs;
    this.#alarmMs = atMs;
    this.write(() => {
      this.#alarmMs = before;
    });
    this.#events.onAlarm(atMs);
  }

  flush(): Promise<void> {
    return new Promise((resolve) => this.whenDurable(resolve));
  }

  /** Notes a write that was made; for stores of other shapes beside the tables. */
  readonly write = (undo: Undo): void => {
    this.#batch().undo.push(undo);
  };

  /** Runs at once when everything is durable, else when what is written so far is. */
  whenDurable(run: () => void): void {
    if (this.#batches.length === 0) run();
    else this.#waiting.push({ id: this.#lastId, run });
  }

  /** Everything written so far is on disk. */
  sync(): void {
    this.#batches = [];
    this.#open = null;
    const due = this.#waiting;
    this.#waiting = [];
    for (const { run } of due) run();
  }

  /** Grows with every change, whether it lasts or not. */
  get writes(): number {
    return this.#lastId * 4 + this.#batches.length + this.#crashes * 1_000_003;
  }

  /** Rows of a log. */
  count(log: string): number {
    return this.#logs.get(log)?.count() ?? 0;
  }

  /** How many batches a crash would take back. */
  get unsynced(): number {
    return this.#batches.length;
  }

  /** The object dies: all but the first `survivors` batches that were not durable never happened, and nobody waits any more. */
  crash(survivors = 0): void {
    this.#crashes++;
    for (const { undo } of this.#batches.slice(survivors).reverse()) for (const one of undo.reverse()) one();
    this.#batches = [];
    this.#open = null;
    this.#waiting = [];
  }

  /** What is stored, to be put back later by `restore`. */
  snapshot(): StorageSnapshot {
    return {
      tables: [...this.#tables].map(([name, table]) => [name, table.entries()] as const),
      logs: [...this.#logs].map(([name, log]) => [name, log.copy()] as const),
      alarmMs: this.#alarmMs,
    };
  }

  /** Goes back to a snapshot, as a restore to an earlier point does. The object must not be running. */
  restore(snapshot: StorageSnapshot): void {
    this.crash();
    this.#tables.clear();
    this.#logs.clear();
    for (const [name, rows] of snapshot.tables) {
      const table = new MemoryTable(this.write);
      table.fill(rows);
      this.#tables.set(name, table);
    }
    for (const [name, rows] of snapshot.logs) {
      const log = new MemoryLog(this.write);
      log.fill(rows);
      this.#logs.set(name, log);
    }
    this.#alarmMs = snapshot.alarmMs;
    this.#events.onAlarm(this.#alarmMs);
  }

  #batch(): Batch {
    if (this.#open !== null) return this.#open;
    const batch: Batch = { id: ++this.#lastId, undo: [] };
    this.#open = batch;
    this.#batches.push(batch);
    queueMicrotask(() => {
      if (this.#open === batch) this.#open = null;
    });
    this.#events.onDirty();
    return batch;
  }
}

export interface StorageSnapshot {
  readonly tables: ReadonlyArray<readonly [name: string, rows: ReadonlyArray<readonly [string, string]>]>;
  readonly logs: ReadonlyArray<readonly [name: string, rows: LogSnapshot]>;
  readonly alarmMs: UnixMs | null;
}

interface LogSnapshot {
  readonly rows: ReadonlyArray<readonly [number, string]>;
  readonly lastN: number;
}

interface Row {
  /** Of the row's first put: its place. */
  readonly place: number;
  readonly body: string;
}

class MemoryTable implements Table {
  readonly #rows = new Map<string, Row>();
  readonly #write: (undo: Undo) => void;
  #places = 0;
  /** An undone delete put a row at the end of the map. */
  #isOutOfOrder = false;

  constructor(write: (undo: Undo) => void) {
    this.#write = write;
  }

  get(key: string): string | null {
    return this.#rows.get(key)?.body ?? null;
  }

  put(key: string, body: string): void {
    const before = this.#rows.get(key);
    this.#rows.set(key, { place: before?.place ?? this.#places++, body });
    this.#write(() => {
      if (before === undefined) this.#rows.delete(key);
      else this.#rows.set(key, before);
    });
  }

  delete(key: string): void {
    const before = this.#rows.get(key);
    if (before === undefined) return;
    this.#rows.delete(key);
    this.#write(() => {
      this.#rows.set(key, before);
      this.#isOutOfOrder = true;
    });
  }

  entries(): ReadonlyArray<readonly [string, string]> {
    const rows = [...this.#rows];
    if (this.#isOutOfOrder) rows.sort(([, a], [, b]) => a.place - b.place);
    return rows.map(([key, { body }]) => [key, body] as const);
  }

  fill(rows: ReadonlyArray<readonly [string, string]>): void {
    for (const [key, body] of rows) this.#rows.set(key, { place: this.#places++, body });
  }
}

class MemoryLog implements NumberedLog {
  #rows: Array<{ readonly n: number; readonly body: string }> = [];
  readonly #write: (undo: Undo) => void;
  #lastN = 0;

  constructor(write: (undo: Undo) => void) {
    this.#write = write;
  }

  append(body: string): number {
    const n = ++this.#lastN;
    this.#change([...this.#rows, { n, body }], n - 1);
    return n;
  }

  after(after: number, limit: number): ReadonlyArray<{ readonly n: number; readonly body: string }> {
    return this.#rows.filter(({ n }) => n > after).slice(0, limit);
  }

  delete(n: number): void {
    if (this.#rows.some((row) => row.n === n))
      this.#change(
        this.#rows.filter((row) => row.n !== n),
        this.#lastN,
      );
  }

  deleteThrough(n: number): void {
    if (this.#rows.some((row) => row.n <= n))
      this.#change(
        this.#rows.filter((row) => row.n > n),
        this.#lastN,
      );
  }

  count(): number {
    return this.#rows.length;
  }

  copy(): LogSnapshot {
    return { rows: this.#rows.map(({ n, body }) => [n, body] as const), lastN: this.#lastN };
  }

  fill({ rows, lastN }: LogSnapshot): void {
    this.#rows = rows.map(([n, body]) => ({ n, body }));
    this.#lastN = lastN;
  }

  /** Rows are few: a new list with each change keeps the old one for taking it back. */
  #change(rows: Array<{ readonly n: number; readonly body: string }>, lastNBefore: number): void {
    const before = this.#rows;
    this.#rows = rows;
    this.#write(() => {
      this.#rows = before;
      this.#lastN = lastNBefore;
    });
  }
}
