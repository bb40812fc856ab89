import type { Rng } from "../../domain/random.ts";
import type { FaultRates } from "../options.ts";
import type { Scheduler } from "../scheduler.ts";
import type { Actor } from "./actor.ts";

/** What a caller is told when a call did not get through, or its answer did not. */
export class NetworkLost extends Error {
  constructor(label: string) {
    super(`Network connection lost: ${label}`);
  }
}

/** Answers a call: `reply` with a value, `fail` with an error. Either, or neither when it died. */
export type Serve = (reply: (value: unknown) => void, fail: (error: Error) => void) => void;

/** The way between callers and whatever they call: slow, lossy, and sometimes twice. */
export class Network {
  readonly #scheduler: Scheduler;
  readonly #rng: Rng;
  /** Of the phase that the run is in. */
  rates: FaultRates;
  /** Whether calls of a kind may go wrong in this seed: with everything lossy nothing gets as far as to be lost. */
  readonly #lossy = new Map<string, boolean>();

  constructor(scheduler: Scheduler, rng: Rng, rates: FaultRates) {
    this.#scheduler = scheduler;
    this.#rng = rng;
    this.rates = rates;
  }

  /** Whether a call of this label may be lost or refused. */
  isLossy(label: string): boolean {
    const [first = "", second = ""] = label.split(" ", 2);
    const kind = first.endsWith("ary") || first === "send" ? `${first} ${second}` : first;
    let isLossy = this.#lossy.get(kind);
    if (isLossy === undefined) {
      isLossy = this.#rng.fork(kind).next() < this.rates.lossyKinds;
      this.#lossy.set(kind, isLossy);
    }
    return isLossy;
  }

  chance(share: number): boolean {
    return share > 0 && this.#rng.next() < share;
  }

  int(bound: number): number {
    return this.#rng.int(bound);
  }

  latencyMs(): number {
    const most = this.rates.maxLatencyMs;
    // Mostly fast, as real networks are.
    return 1 + (this.#rng.int(4) === 0 ? this.#rng.int(most) : this.#rng.int(Math.min(most, 20)));
  }

  /**
   * One call: leaves once the caller's writes are durable, may be lost on either way, may arrive twice
   * when `mayRepeat`. The promise never settles when the caller dies.
   */
  call(from: Actor, label: string, serve: Serve, mayRepeat = false): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#scheduler.activity++;
      from.whenDurable(() => this.#leave(from, label, serve, mayRepeat, resolve, reject));
    });
  }

  #leave(
    from: Actor,
    label: string,
    serve: Serve,
    mayRepeat: boolean,
    resolve: (value: unknown) => void,
    reject: (error: Error) => void,
  ): void {
    if (!from.isAlive()) return;
    const later = (what: string, run: () => void) => this.#scheduler.after(this.latencyMs(), what, run);
    const lost = () => {
      if (from.isAlive()) reject(new NetworkLost(label));
    };
    const isLossy = this.isLossy(label);
    if (isLossy && this.chance(this.rates.requestLost)) {
      later(`lost ${label}`, lost);
      return;
    }
    const isRepeated = mayRepeat && this.chance(this.rates.duplicateCall);
    later(label, () => {
      serve(
        (value) => {
          if (isLossy && this.chance(this.rates.replyLost)) later(`reply lost ${label}`, lost);
          else later(`reply ${label}`, () => void (from.isAlive() && resolve(value)));
        },
        (error) => later(`error ${label}`, () => void (from.isAlive() && reject(error))),
      );
    });
    if (isRepeated)
      later(`again ${label}`, () =>
        serve(
          () => {},
          () => {},
        ),
      );
  }
}
