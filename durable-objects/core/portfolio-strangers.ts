import type { PortfolioState } from "../../domain/trading/portfolio-state.ts";
import type { Host } from "../host/host.ts";
import { liveControlOf } from "../stubs.ts";

/** What books cannot take in: people are told once in a life, and paged where it is real money. */
export class Strangers {
  readonly #host: Host;
  readonly #env: Env;
  readonly #told = new Set<string>();

  constructor(host: Host, env: Env) {
    this.#host = host;
    this.#env = env;
  }

  /** @param subject position or ledger that a person has to look at */
  tell({ ledger, isDryRun }: Pick<PortfolioState, "ledger" | "isDryRun">, subject: string, detail: string): void {
    if (this.#told.has(subject)) return;
    this.#told.add(subject);
    console.error(`${ledger}: ${subject} ${detail}`);
    if (isDryRun) return;
    const told = liveControlOf(this.#env).raise({ code: "BOOKS_MISMATCH", subject, detail, severity: "page", cause: "lasts" });
    this.#host.background(told.catch(() => this.#told.delete(subject)));
  }
}
