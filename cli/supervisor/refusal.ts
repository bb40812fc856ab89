/** Why a start, or a command, ended as it did without being a bug. The detail is the one line that the person reads. */
export type StartRefusal =
  | "USAGE"
  | "PORT_IN_USE"
  | "STATE_LOCKED"
  | "STATE_MISMATCH"
  | "RPC_URL_MISSING"
  | "SIGNER_SECRET_MISSING"
  | "SIGNER_SECRET_EXPOSED"
  | "BUILD_FAILED"
  | "MIGRATIONS_FAILED"
  | "CHILD_FAILED"
  | "NOT_READY"
  | "INTERRUPTED";

const CALLERS: ReadonlySet<StartRefusal> = new Set([
  "USAGE",
  "PORT_IN_USE",
  "STATE_LOCKED",
  "STATE_MISMATCH",
  "RPC_URL_MISSING",
  "SIGNER_SECRET_MISSING",
  "SIGNER_SECRET_EXPOSED",
]);

/** Exit code of a refusal: 2 when the person must change something about the call, 1 when something failed. */
export function exitCodeOf(reason: StartRefusal): number {
  return CALLERS.has(reason) ? 2 : 1;
}
