import type { UnixMs } from "../../domain/units.ts";

/** A delivery without an answer for this long holds up nothing any more. */
const ABANDONED_MS = 2_000;

interface Lane<T> {
  /** The newest value that is not under way, with those who wait for it. */
  waiting: { value: T; done: Array<() => void> } | null;
  /** The delivery under way. */
  running: { readonly startedMs: UnixMs; done: () => void } | null;
}

/**
 * Delivers values to many targets at once, to each one at a time: what comes in meanwhile is merged
 * into one newest value. A target that does not answer delays no other, and after 2 s not its own
 * next value either.
 */
export class Lanes<T> {
  readonly #now: () => UnixMs;
  readonly #deliver: (target: string, value: T) => Promise<void>;
  readonly #merge: (older: T, newer: T) => T;
  readonly #maxRunning: number;
  readonly #lanes = new Map<string, Lane<T>>();
  #running = 0;

  constructor(options: {
    readonly now: () => UnixMs;
    readonly deliver: (target: string, value: T) => Promise<void>;
    readonly merge: (older: T, newer: T) => T;
    readonly maxRunning: number;
  }) {
    this.#now = options.now;
    this.#deliver = options.deliver;
    this.#merge = options.merge;
    this.#maxRunning = options.maxRunning;
  }

  /** Resolves once the value, or a newer one that it was merged into, was delivered, failed or given up. Never rejects. */
  offer(target: string, value: T): Promise<void> {
    this.#abandon();
    const lane: Lane<T> = this.#lanes.get(target) ?? { waiting: null, running: null };
    this.#lanes.set(target, lane);
    return new Promise((resolve) => {
      if (lane.waiting === null) lane.waiting = { value, done: [resolve] };
      else {
        lane.waiting.value = this.#merge(lane.waiting.value, value);
        lane.waiting.done.push(resolve);
      }
      this.#start();
    });
  }

  #start(): void {
    for (const [target, lane] of this.#lanes) {
      if (this.#running >= this.#maxRunning) return;
      if (lane.running === null && lane.waiting !== null) this.#run(target, lane);
    }
  }

  #run(target: string, lane: Lane<T>): void {
    const work = lane.waiting;
    if (work === null) return;
    lane.waiting = null;
    const running = {
      startedMs: this.#now(),
      done: () => {
        for (const done of work.done) done();
      },
    };
    lane.running = running;
    this.#running++;
    const settle = (): void => {
      if (lane.running === running) this.#end(target, lane);
      this.#start();
    };
    this.#deliver(target, work.value).then(settle, (error: unknown) => {
      console.warn(`not delivered to ${target}`, String(error));
      settle();
    });
  }

  #end(target: string, lane: Lane<T>): void {
    lane.running?.done();
    lane.running = null;
    this.#running--;
    if (lane.waiting === null) this.#lanes.delete(target);
  }

  #abandon(): void {
    const nowMs = this.#now();
    for (const [target, lane] of this.#lanes) {
      if (lane.running === null || nowMs - lane.running.startedMs < ABANDONED_MS) continue;
      console.warn(`no answer of ${target} for ${nowMs - lane.running.startedMs} ms`);
      this.#end(target, lane);
    }
  }
}
