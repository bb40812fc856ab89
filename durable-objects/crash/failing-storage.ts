import type { UnixMs } from "../../domain/units.ts";
import { MemoryStorage } from "../../simulator/storage/memory-storage.ts";
import type { NumberedLog, Table } from "../host/host.ts";

/**
 * How a storage fails, from the n-th of its operations on: `write`: that write, once; `broken`: it and every later
 * one; `full`: it and every later one that adds something (what takes away goes on, as in SQLite beyond the limit of
 * an object); `read`: that read, once.
 */
export const STORAGE_FAULTS = ["write", "broken", "full", "read"] as const;
export type StorageFault = (typeof STORAGE_FAULTS)[number];

/** A storage that fails when it is told to. A write that fails changes nothing. */
export class FailingStorage extends MemoryStorage {
  #fault: StorageFault = "write";
  /** Operations until the fault; null: none comes. */
  #left: number | null = null;
  #hasFailed = false;
  /** Whether the present write adds something. */
  #isAdding = false;
  #isRuntime = false;
  /** Runs after each transaction that went well. */
  onCommit: (() => void) | null = null;

  constructor() {
    super();
    const write = this.write;
    const failing = (undo: () => void): void => {
      try {
        if (this.#fault !== "read" && !this.#isRuntime) this.#operation(this.#fault !== "full" || this.#isAdding);
      } catch (error) {
        // Memory was changed before it is told.
        undo();
        throw error;
      }
      write(undo);
    };
    Object.defineProperty(this, "write", { value: failing });
  }

  /** Lets the storage fail at the n-th operation from now on; null lets it work again. */
  arm(n: number | null, fault: StorageFault = "write"): void {
    this.#fault = fault;
    this.#left = n;
    this.#hasFailed = false;
  }

  /** Sets the alarm as the runtime does, when it rings or when its handler has failed: that is no write of the object's. */
  ringAlarm(atMs: UnixMs | null): void {
    this.#isRuntime = true;
    try {
      this.setAlarm(atMs);
    } finally {
      this.#isRuntime = false;
    }
  }

  /** Whether anything has failed since it was armed. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  override table(name: string): Table {
    const table = super.table(name);
    return {
      get: (key) => this.#read(() => table.get(key)),
      entries: () => this.#read(() => table.entries()),
      put: (key, body) => this.#add(() => table.put(key, body)),
      delete: (key) => table.delete(key),
    };
  }

  override log(name: string): NumberedLog {
    const log = super.log(name);
    return {
      after: (after, limit) => this.#read(() => log.after(after, limit)),
      count: () => this.#read(() => log.count()),
      append: (body) => this.#add(() => log.append(body)),
      delete: (n) => log.delete(n),
      deleteThrough: (n) => log.deleteThrough(n),
    };
  }

  override transaction<T>(run: () => T): T {
    const result = super.transaction(run);
    this.onCommit?.();
    return result;
  }

  #read<T>(read: () => T): T {
    if (this.#fault === "read") this.#operation(true);
    return read();
  }

  #add<T>(add: () => T): T {
    this.#isAdding = true;
    try {
      return add();
    } finally {
      this.#isAdding = false;
    }
  }

  /** One operation of the kind that may fail. */
  #operation(isAffected: boolean): void {
    if (this.#left === null || !isAffected) return;
    if (this.#left > 1) {
      this.#left--;
      return;
    }
    this.#hasFailed = true;
    if (this.#fault === "write" || this.#fault === "read") this.#left = null;
    throw new Error(this.#fault === "full" ? "database or disk is full: SQLITE_FULL" : "disk I/O error: SQLITE_IOERR");
  }
}
