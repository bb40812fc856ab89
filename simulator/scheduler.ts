import type { UnixMs } from "../domain/units.ts";

interface Planned {
  readonly atMs: UnixMs;
  readonly seq: number;
  readonly label: string;
  readonly run: () => void;
  /** True when it has become meaningless: then it is no event. */
  readonly isStale: (() => boolean) | null;
}

/**
 * Turns of the microtask queue without any activity after which time goes on. Nearly all chains of awaits
 * are shorter; what is longer, as a loop that awaits each of many entries, runs on beside the next events,
 * in the same order every time.
 */
const QUIET_TURNS = 24;

/**
 * Virtual time. Everything that happens in a simulation is an event here: the earliest first, equal
 * times in the order in which they were planned. Between two events promises run, so that an event is the
 * smallest step that a run can be cut into.
 */
export class Scheduler {
  nowMs: UnixMs;
  /** Events that ran. */
  steps = 0;
  /** Raised by whatever the engine does to its surroundings: tells whether promises still run. */
  activity = 0;
  /** Runs before each event. */
  onStep: ((label: string) => void) | null = null;
  readonly #heap: Planned[] = [];
  #seq = 0;

  constructor(startMs: UnixMs) {
    this.nowMs = startMs;
  }

  /** Plans an event; a time that is over means now. */
  at(atMs: UnixMs, label: string, run: () => void, isStale: (() => boolean) | null = null): void {
    this.activity++;
    this.#push({ atMs: Math.max(atMs, this.nowMs), seq: this.#seq++, label, run, isStale });
  }

  after(delayMs: number, label: string, run: () => void, isStale: (() => boolean) | null = null): void {
    this.at(this.nowMs + delayMs, label, run, isStale);
  }

  /** Runs events until `isDone` says so, or nothing is planned before `untilMs`. */
  async run(untilMs: UnixMs, isDone: () => boolean): Promise<void> {
    await this.#settle();
    while (!isDone()) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) {
        this.nowMs = Math.max(this.nowMs, untilMs);
        return;
      }
      this.#pop();
      if (next.isStale?.() === true) continue;
      this.nowMs = next.atMs;
      this.steps++;
      this.onStep?.(next.label);
      next.run();
      await this.#settle();
    }
  }

  /** Lets promises run. Only microtasks: the same order on every platform. */
  async #settle(): Promise<void> {
    let seen = this.activity;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      await undefined;
      if (this.activity === seen) continue;
      seen = this.activity;
      quiet = 0;
    }
  }

  #push(planned: Planned): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(planned);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(planned, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = planned;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let below = heap[child];
      if (below === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, below)) {
        child++;
        below = right;
      }
      if (!isBefore(below, last)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.seq < b.seq);
}
