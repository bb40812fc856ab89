import type { ReasonCode } from "../reasons.ts";
import type { RiskView } from "./types.ts";

/** What each trading state stops and what it leaves on. Exits run in all three. */
export const STATE_MEANING: Readonly<Record<RiskView["state"], string>> = {
  ACTIVE: "Entries and exits run.",
  REDUCING: "Entries stop, exits go on: open positions are watched and sold as ever.",
  HALTED: "Entries stop, rehearsals too, until an operator resumes; exits go on: open positions are watched and sold as ever.",
};

/** Codes that stay tripped until an operator resumes, and what each of them watches. */
export const BREAKER_WATCHES = {
  DRAWDOWN_BREAKER: "equity: the fall from its peak, open positions at what selling them would bring",
  DAILY_LOSS_LIMIT: "loss: the fall since the UTC day began, open positions at what selling them would bring",
} as const satisfies Partial<Record<ReasonCode, string>>;

/** Stops of live trading: they end with their cause, or with going live anew, and never by setting a state. */
const LIVE_STOPS: ReadonlySet<string> = new Set([
  "LIVE_NOT_ENABLED",
  "PROGRAM_DRIFT",
  "SCHEMA_DRIFT",
  "PREDICTION_MISSED",
  "BOOKS_MISMATCH",
  "WALLET_FOREIGN_SIGNATURE",
]);

/**
 * The codes of every stop that setting ACTIVE would lift: the reason of the present state, and a breaker that
 * tripped while the ledger was stopped for another reason. Empty while nothing of the engine stands against it.
 */
export function stopsLiftedByResuming({ state, stateReason, limits }: Pick<RiskView, "state" | "stateReason" | "limits">): string[] {
  const stops = new Set<string>();
  if (state !== "ACTIVE" && stateReason !== null) stops.add(stateReason);
  for (const { code, isReached } of limits) if (isReached && Object.hasOwn(BREAKER_WATCHES, code)) stops.add(code);
  return [...stops];
}

/** The stop of live trading among them that setting a state cannot lift; null when there is none. */
export function liveStopAmong(stops: readonly string[]): string | null {
  return stops.find((code) => LIVE_STOPS.has(code)) ?? null;
}

/** The reason that a stop by hand keeps of the one before it: a breaker, or restored books; null for any other. */
export function keptReason(reason: string | null): ReasonCode | null {
  if (reason === "STATE_RESTORED") return reason;
  return reason !== null && Object.hasOwn(BREAKER_WATCHES, reason) ? (reason as keyof typeof BREAKER_WATCHES) : null;
}

/** A stop with what it watches, for the person who is about to lift it. */
export function stopText(code: string): string {
  return Object.hasOwn(BREAKER_WATCHES, code) ? BREAKER_WATCHES[code as keyof typeof BREAKER_WATCHES] : "";
}
