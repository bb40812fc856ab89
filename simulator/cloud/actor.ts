import type { UnixMs } from "../../domain/units.ts";

/** Somebody who runs code and may die: one life of an object, or one invocation of a worker. */
export interface Actor {
  readonly name: string;
  isAlive(): boolean;
  /** The output gate: nothing leaves before what was written is durable. */
  whenDurable(run: () => void): void;
}

/** One invocation of a worker: it keeps nothing. */
export class WorkerActor implements Actor {
  readonly name: string;
  readonly #onDeath: () => void;
  #isAlive = true;

  constructor(name: string, onDeath: () => void = () => {}) {
    this.name = name;
    this.#onDeath = onDeath;
  }

  isAlive(): boolean {
    return this.#isAlive;
  }

  whenDurable(run: () => void): void {
    run();
  }

  /** It answered: nothing can happen to it any more. */
  end(): void {
    this.#isAlive = false;
  }

  kill(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#onDeath();
  }
}

/** What a simulation knows about time and chance, for all that is fake. */
export interface Surroundings {
  /** The time that the machines show. */
  now(): UnixMs;
}
