import type { UnixMs } from "../../domain/units.ts";
import type { NumberedLog, ObjectStorage, Table } from "../../durable-objects/host/host.ts";

/** An object's storage as one life of it sees it: what a dead one still writes goes nowhere. */
export class FencedStorage implements ObjectStorage {
  readonly #storage: ObjectStorage;
  readonly #isAlive: () => boolean;

  constructor(storage: ObjectStorage, isAlive: () => boolean) {
    this.#storage = storage;
    this.#isAlive = isAlive;
  }

  table(name: string): Table {
    const table = this.#storage.table(name);
    return {
      get: (key) => table.get(key),
      entries: () => table.entries(),
      put: (key, body) => {
        if (this.#isAlive()) table.put(key, body);
      },
      delete: (key) => {
        if (this.#isAlive()) table.delete(key);
      },
    };
  }

  log(name: string): NumberedLog {
    const log = this.#storage.log(name);
    return {
      append: (body) => (this.#isAlive() ? log.append(body) : -1),
      after: (after, limit) => log.after(after, limit),
      count: () => log.count(),
      delete: (n) => {
        if (this.#isAlive()) log.delete(n);
      },
      deleteThrough: (n) => {
        if (this.#isAlive()) log.deleteThrough(n);
      },
    };
  }

  transaction<T>(run: () => T): T {
    return this.#isAlive() ? this.#storage.transaction(run) : run();
  }

  setAlarm(atMs: UnixMs | null): void {
    if (this.#isAlive()) this.#storage.setAlarm(atMs);
  }

  flush(): Promise<void> {
    return this.#isAlive() ? this.#storage.flush() : new Promise(() => {});
  }
}
