import type { LiveModeRecord } from "../journal/entry.ts";
import type { ReasonCode } from "../reasons.ts";
import type { Parameters, TradingMode } from "../trading/parameters.ts";
import type { Address, Signature, UnixMs } from "../units.ts";
import type { BooksVerdict } from "./books.ts";
import { isDriftError, judgeProgram, type ProgramPin, type ProgramReading, WATCHED_PROGRAMS } from "./drift.ts";
import type { IncidentReport } from "./incidents.ts";

/** What the engine noticed while it traded. */
export type Observation =
  /** A transaction failed, in simulation or on chain, with a program's custom error. */
  | { readonly kind: "custom-error"; readonly code: number; readonly programId: Address | null; readonly where: string }
  /** An event of a program was not of a known length. */
  | { readonly kind: "event-size"; readonly event: string; readonly bytes: number; readonly where: string }
  /** A transaction landed, and moved what was predicted or something else. Counted once per intent. */
  | { readonly kind: "prediction"; readonly intentId: string; readonly agreed: boolean; readonly detail: string };

/** Live trading as it was allowed, and what was noticed since. */
export interface LiveState {
  readonly mode: TradingMode;
  readonly sinceMs: UnixMs | null;
  readonly author: string | null;
  /** LiveModeRecords written; numbers the next. */
  readonly records: number;
  /** The wallet that was confirmed. */
  readonly wallet: Address | null;
  readonly pins: readonly ProgramPin[];
  /** Why no live entry may be made until a person passes the preflight again. */
  readonly holds: readonly ReasonCode[];
  /** Landed transactions in a row that agreed with their prediction. */
  readonly agreed: number;
}

export const INITIAL_LIVE_STATE: LiveState = {
  mode: "paper",
  sinceMs: null,
  author: null,
  records: 0,
  wallet: null,
  pins: [],
  holds: [],
  agreed: 0,
};

export type LiveEvent =
  | {
      readonly type: "enable";
      readonly nowMs: UnixMs;
      readonly author: string;
      readonly wallet: Address;
      readonly pins: readonly ProgramPin[];
      readonly preflightJson: string;
    }
  | { readonly type: "disable"; readonly nowMs: UnixMs; readonly author: string; readonly reason: ReasonCode | null }
  | { readonly type: "observe"; readonly observation: Observation }
  | { readonly type: "programs"; readonly readings: readonly ProgramReading[] }
  | { readonly type: "books"; readonly verdict: BooksVerdict }
  | { readonly type: "foreign-signature"; readonly wallet: Address; readonly signature: Signature }
  | { readonly type: "swept"; readonly signature: Signature; readonly lamports: bigint; readonly to: Address }
  | { readonly type: "wallet"; readonly wallet: Address };

export interface LiveStep {
  readonly state: LiveState;
  readonly reports: readonly IncidentReport[];
  readonly clears: ReadonlyArray<{ readonly code: ReasonCode; readonly subject: string }>;
  readonly records: readonly LiveModeRecord[];
}

/** Incident subjects that are not a program, an intent or a signature. */
export const BOOKS_SUBJECT = "live-A";

/**
 * Live mode as a pure reducer. A hold forbids entries, never exits, and only a new passing preflight
 * lifts it: what stopped trading may look cured without being understood.
 */
export function reduceLive(state: LiveState, event: LiveEvent): LiveStep {
  switch (event.type) {
    case "enable": {
      const { nowMs, author, wallet, pins, preflightJson } = event;
      const isSameCode = pins.every((pin) => state.pins.some((old) => old.programId === pin.programId && old.sha256 === pin.sha256));
      const agreed = isSameCode && wallet === state.wallet ? state.agreed : 0;
      const next = { mode: "live", sinceMs: nowMs, author, wallet, pins, holds: [], agreed } as const;
      const clears = [...pins.map(({ programId }) => ({ code: "PROGRAM_DRIFT" as const, subject: programId })), WALLET_CHANGED];
      return { ...moded({ ...state, ...next }, nowMs, null, preflightJson), clears };
    }
    case "disable":
      if (state.mode === "paper") return unchanged(state);
      return moded({ ...state, mode: "paper", sinceMs: event.nowMs, author: event.author }, event.nowMs, event.reason, null);
    case "observe":
      return observed(state, event.observation);
    case "programs":
      return programsRead(state, event.readings);
    case "books":
      return booksJudged(state, event.verdict);
    case "foreign-signature": {
      const detail = `${event.wallet} signed ${event.signature}, which the signer does not know: the key may be in other hands`;
      // One incident however many there are: whoever has the key can make as many as they like.
      const report = { code: "WALLET_FOREIGN_SIGNATURE", subject: event.wallet, detail, severity: "page", cause: "past" } as const;
      return held(state, "WALLET_FOREIGN_SIGNATURE", report);
    }
    case "swept": {
      const { signature: subject, lamports, to } = event;
      const report = { code: "WALLET_SWEPT", subject, detail: `${lamports} lamports to ${to}`, severity: "warn" } as const;
      return { ...unchanged(state, [report]), reports: [report] };
    }
    case "wallet": {
      if (state.wallet === null || state.wallet === event.wallet) return unchanged(state, [WALLET_CHANGED]);
      const detail = `the signer holds ${event.wallet}, confirmed was ${state.wallet}`;
      return held(state, "BOOKS_MISMATCH", { ...WALLET_CHANGED, detail, severity: "page" });
    }
  }
}

export type TrialParameters = Pick<Parameters, "liveTrialTrades" | "liveTrialSizeLamports">;

/** The most an entry may spend until enough landed transactions in a row agreed with their prediction; null: no cap. */
export function trialCapLamports(state: LiveState, { liveTrialTrades, liveTrialSizeLamports }: TrialParameters): bigint | null {
  return state.agreed >= liveTrialTrades ? null : BigInt(liveTrialSizeLamports);
}

/** 0.001 SOL. */
const NOTED_DEPOSIT_LAMPORTS = 1_000_000n;
const WALLET_CHANGED = { code: "BOOKS_MISMATCH", subject: "wallet" } as const;

function unchanged(state: LiveState, clears: LiveStep["clears"] = []): LiveStep {
  return { state, reports: [], clears, records: [] };
}

function held(state: LiveState, hold: ReasonCode, report: IncidentReport): LiveStep {
  const holds = state.holds.includes(hold) ? state.holds : [...state.holds, hold];
  return { state: { ...state, holds }, reports: [report], clears: [], records: [] };
}

function moded(state: LiveState, nowMs: UnixMs, reason: ReasonCode | null, preflightJson: string | null): LiveStep {
  const next = { ...state, records: state.records + 1 };
  const { mode, author } = next;
  const id = `live-mode:${next.records}`;
  const record: LiveModeRecord = { kind: "live-mode", id, atMs: nowMs, mode, author: author ?? "system", reason, preflightJson };
  return { state: next, reports: [], clears: [], records: [record] };
}

function observed(state: LiveState, observation: Observation): LiveStep {
  switch (observation.kind) {
    case "custom-error": {
      const { code, programId, where } = observation;
      if (!isDriftError(code, programId)) return unchanged(state);
      const subject = `${programId ?? "program"}:${code}`;
      const detail = `custom error ${code} in ${where}`;
      return held(state, "SCHEMA_DRIFT", { code: "SCHEMA_DRIFT", subject, detail, severity: "page", cause: "past" });
    }
    case "event-size": {
      const { event, bytes, where } = observation;
      const detail = `${event} of ${bytes} bytes in ${where}`;
      return held(state, "SCHEMA_DRIFT", { code: "SCHEMA_DRIFT", subject: event, detail, severity: "page", cause: "past" });
    }
    case "prediction": {
      if (observation.agreed) return { ...unchanged(state), state: { ...state, agreed: state.agreed + 1 } };
      const { intentId: subject, detail } = observation;
      const report = { code: "PREDICTION_MISSED", subject, detail, severity: "page", cause: "past" } as const;
      return held({ ...state, agreed: 0 }, "PREDICTION_MISSED", report);
    }
  }
}

function programsRead(state: LiveState, readings: readonly ProgramReading[]): LiveStep {
  let step = unchanged(state);
  for (const { name, programId } of WATCHED_PROGRAMS) {
    const pin = state.pins.find((one) => one.programId === programId) ?? null;
    const reading = readings.find((one) => one.programId === programId) ?? null;
    if (pin === null || reading === null || judgeProgram(pin, reading) !== "changed") continue;
    const code = reading.sha256 === null || reading.sha256 === pin.sha256 ? "" : `, code ${reading.sha256.slice(0, 12)}`;
    const detail = `${name} was deployed in slot ${reading.slot}${code}; pinned is slot ${pin.slot}`;
    const next = held(step.state, "PROGRAM_DRIFT", { code: "PROGRAM_DRIFT", subject: programId, detail, severity: "page" });
    step = { ...next, reports: [...step.reports, ...next.reports] };
  }
  return step;
}

function booksJudged(state: LiveState, verdict: BooksVerdict): LiveStep {
  const subject = BOOKS_SUBJECT;
  switch (verdict.kind) {
    case "equal":
      return unchanged(state, [{ code: "BOOKS_MISMATCH", subject }]);
    case "unsure":
    case "swept":
      return unchanged(state);
    case "surplus": {
      // Strangers send dust to wallets; nobody wants to hear of it.
      if (verdict.lamports < NOTED_DEPOSIT_LAMPORTS) return unchanged(state);
      const report = { code: "WALLET_DEPOSIT", subject, detail: `${verdict.lamports} lamports`, severity: "warn" } as const;
      return { ...unchanged(state, [report]), reports: [report] };
    }
    case "deficit": {
      const detail = `the wallet holds ${verdict.lamports} lamports less than the books`;
      return held(state, "BOOKS_MISMATCH", { code: "BOOKS_MISMATCH", subject, detail, severity: "page" });
    }
  }
}
