import type { UnixMs } from "../../domain/units.ts";

/** Values that are kept for a while, the oldest dropped first when there are too many. Lives as long as the isolate. */
export class TtlCache<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly atMs: UnixMs }>();
  readonly #ttlMs: number;
  readonly #most: number;

  constructor(ttlMs: number, most: number) {
    this.#ttlMs = ttlMs;
    this.#most = most;
  }

  /** The value if it is known and not too old; a clock set back makes it too old. */
  get(key: string, nowMs: UnixMs): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (nowMs >= entry.atMs && nowMs - entry.atMs < this.#ttlMs) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: V, nowMs: UnixMs): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, atMs: nowMs });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#most) return;
      this.#entries.delete(oldest);
    }
  }
}
