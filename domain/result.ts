import type { ReasonCode } from "./reasons.ts";

/** An expected outcome: either a value, or a stable reason code with an optional detail for people. */
export type Result<T, R extends string = ReasonCode> = Ok<T> | Refusal<R>;

export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Refusal<R extends string = ReasonCode> {
  readonly ok: false;
  readonly reason: R;
  readonly detail?: string;
}

/** Wraps a value as a success. */
export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

/** Builds a refusal. `detail` is for people and never parsed. */
export function refuse<R extends string>(reason: R, detail?: string): Refusal<R> {
  return detail === undefined ? { ok: false, reason } : { ok: false, reason, detail };
}
