import { MemoryStorage } from "../../simulator/storage/memory-storage.ts";

/** A storage whose n-th write fails once, as a full or broken disk does; what comes after it works again. */
export class FailingStorage extends MemoryStorage {
  #writes = 0;
  #failAt: number | null = null;

  constructor() {
    super();
    const write = this.write;
    const failing = (undo: () => void): void => {
      if (++this.#writes === this.#failAt) {
        // Memory was changed before it is told: a write that failed changed nothing.
        undo();
        throw new Error("disk I/O error");
      }
      write(undo);
    };
    Object.defineProperty(this, "write", { value: failing });
  }

  /** Lets the n-th write from now on fail; null lets none. */
  arm(n: number | null): void {
    this.#failAt = n === null ? null : this.#writes + n;
  }

  /** Whether the write that was to fail has come. */
  get hasFailed(): boolean {
    return this.#failAt !== null && this.#writes >= this.#failAt;
  }
}
