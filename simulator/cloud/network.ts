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

  constructor(scheduler: Scheduler, rng: Rng, rates: FaultRates) {
    this.#scheduler = scheduler;
    this.#rng = rng;
    this.rates = rates;
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
    if (this.chance(this.rates.requestLost)) {
      later(`lost ${label}`, lost);
      return;
    }
    const isRepeated = mayRepeat && this.chance(this.rates.duplicateCall);
    later(label, () => {
      serve(
        (value) => {
          if (this.chance(this.rates.replyLost)) later(`reply lost ${label}`, lost);
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
