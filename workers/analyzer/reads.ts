import type { Result } from "../../domain/result.ts";
import { refuse } from "../../domain/result.ts";
import { RPC_CREDITS } from "../../domain/rpc-credits.ts";
import { MAX_RPC_CALLS } from "../../domain/scoring/observations.ts";
import type { Deadline } from "./deadline.ts";

/** Counts RPC calls against the bound and notes what gave nothing. */
export class Reads {
  readonly deadline: Deadline;
  readonly #most: number;
  readonly #lacking: string[] = [];
  readonly #gaps = new Set<string>();
  #rpcCalls = 0;
  #credits = 0;

  constructor(deadline: Deadline, most = MAX_RPC_CALLS) {
    this.deadline = deadline;
    this.#most = most;
  }

  get rpcCalls(): number {
    return this.#rpcCalls;
  }

  /** What the calls cost. */
  get credits(): number {
    return this.#credits;
  }

  /** Sources that gave nothing, with the reason: `source:<name> (<why>)`. */
  get lacking(): readonly string[] {
    return this.#lacking;
  }

  /** Calls left under the bound. */
  get left(): number {
    return Math.max(0, this.#most - this.#rpcCalls);
  }

  call<T>(kind: keyof typeof RPC_CREDITS, send: () => Promise<T>): Promise<T> {
    this.#rpcCalls++;
    this.#credits += RPC_CREDITS[kind];
    return send();
  }

  /** The value if it comes before the soft deadline; else null, and the source is noted. */
  async soft<T, R extends string>(source: string, work: Promise<Result<T, R>>): Promise<T | null> {
    const result = await this.deadline.soft(work.catch(() => refuse("UPSTREAM_FAILED")));
    if (result?.ok === true) return result.value;
    this.note(source, result === null ? "late" : result.reason);
    return null;
  }

  note(source: string, why: string): void {
    this.miss(source);
    const note = `source:${source} (${why})`;
    if (!this.#lacking.includes(note)) this.#lacking.push(note);
  }

  /** Part of a source did not come, or could not be read. */
  miss(source: string): void {
    this.#gaps.add(source);
  }

  /** Whether everything of a source that was asked for came. */
  isWhole(source: string): boolean {
    return !this.#gaps.has(source);
  }
}
