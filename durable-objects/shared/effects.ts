import { parseExact, stringifyExact } from "../../domain/json.ts";
import type { Host, NumberedLog } from "../host/host.ts";

interface Waiting<Effect> {
  readonly target: string;
  readonly effect: Effect;
}

/**
 * Calls to other objects that a state change asks for, kept in the owner's storage until they are
 * acknowledged: at least once, in order per target. Receivers must be idempotent.
 */
export class EffectQueue<Effect> {
  readonly #log: NumberedLog;
  #draining: Promise<boolean> | null = null;

  constructor({ storage }: Host) {
    this.#log = storage.log("effects");
  }

  /** Adds an effect; synchronous, so that it shares the owner's transaction. */
  add(target: string, effect: Effect): void {
    this.#log.append(stringifyExact({ target, effect } satisfies Waiting<Effect>));
  }

  pending(): number {
    return this.#log.count();
  }

  /**
   * Performs what waits at the time of the call. A target whose effect fails is left for the next
   * drain, the others go on. @returns whether nothing failed. Never throws.
   */
  async drain(perform: (effect: Effect) => Promise<void>): Promise<boolean> {
    // A drain under way may have looked for the last time already.
    while (this.#draining !== null) await this.#draining;
    this.#draining = this.#drainAll(perform).finally(() => {
      this.#draining = null;
    });
    return this.#draining;
  }

  async #drainAll(perform: (effect: Effect) => Promise<void>): Promise<boolean> {
    const failed = new Set<string>();
    for (let row = this.#after(0); row !== null; row = this.#after(row.n)) {
      const { target, effect } = parseExact(row.body) as Waiting<Effect>;
      if (failed.has(target)) continue;
      try {
        await perform(effect);
        this.#log.delete(row.n);
      } catch (error) {
        failed.add(target);
        console.warn(`effect on ${target} failed, kept`, String(error));
      }
    }
    return failed.size === 0;
  }

  #after(n: number): { readonly n: number; readonly body: string } | null {
    return this.#log.after(n, 1)[0] ?? null;
  }
}
