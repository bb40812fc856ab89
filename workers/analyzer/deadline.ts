/** Two moments after which a result is no longer waited for. */
export interface Deadline {
  /** The value, or null when it is late. */
  soft<T>(work: Promise<T>): Promise<T | null>;
  hard<T>(work: Promise<T>): Promise<T | null>;
  /** Releases the timers. */
  stop(): void;
}

/** Starts both clocks now. */
export function startDeadline(softMs: number, hardMs: number): Deadline {
  const timers: Array<ReturnType<typeof setTimeout>> = [];
  const after = (ms: number) =>
    new Promise<null>((resolve) => {
      timers.push(setTimeout(() => resolve(null), ms));
    });
  const softEnd = after(softMs);
  const hardEnd = after(hardMs);
  const until = <T>(work: Promise<T>, end: Promise<null>) => Promise.race([work, end]);
  return {
    soft: (work) => until(work, softEnd),
    hard: (work) => until(work, hardEnd),
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
