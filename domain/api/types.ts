import type { TradeCosts } from "../journal/entry.ts";
import type { Contribution, Explanation, FeatureVector, Finding, ReasonNote, ScoreParts } from "../scoring/assessment.ts";

/** JSON shapes of `/api/v1`. Amounts in lamports are decimal strings; times are Unix milliseconds. */

export interface Health {
  readonly status: "ok" | "degraded";
  readonly version: string;
  readonly nowMs: number;
  readonly checks: ReadonlyArray<{ readonly name: string; readonly ok: boolean; readonly detail: string }>;
}

export interface LedgerStatus {
  readonly ledger: string;
  readonly isDryRun: boolean;
  readonly state: "ACTIVE" | "REDUCING" | "HALTED";
  readonly stateReason: string | null;
  readonly equityLamports: string;
  readonly cashLamports: string;
  readonly reservedLamports: string;
  readonly openingLamports: string;
  readonly realisedLamports: string;
  readonly drawdownBps: number;
  readonly openPositions: number;
  readonly maxPositions: number;
  /** The breaker: no entry from this fall below the peak on. */
  readonly maxDrawdownBps: number;
  readonly trades: number;
  readonly wins: number;
}

/** Entries are stopped for a mint, a creator or everything. */
export interface LockView {
  readonly lockId: string;
  readonly scope: "mint" | "creator" | "all";
  readonly value: string | null;
  /** Null until it is lifted. */
  readonly untilMs: number | null;
  readonly reason: string;
  readonly author: string;
  readonly atMs: number;
}

/** A lock and the ledger that it stops. */
export interface LedgerLockView extends LockView {
  readonly ledger: string;
}

/** One limit of the risk engine and how much of it is used. */
export interface RiskLimit {
  /** What an entry is refused with once the limit is reached. */
  readonly code: string;
  readonly used: number;
  readonly limit: number;
  readonly unit: "positions" | "bps" | "entries" | "losses" | "breaches" | "ms" | "failures";
  readonly isReached: boolean;
}

/** The risk engine of one ledger; `GET /api/v1/risk?ledger=`. */
export interface RiskView {
  readonly ledger: string;
  readonly state: "ACTIVE" | "REDUCING" | "HALTED";
  readonly stateReason: string | null;
  readonly author: string;
  readonly note: string | null;
  readonly sinceMs: number;
  /** False until the ledger was compared with wallet, intents and positions after its start. */
  readonly isReconciled: boolean;
  readonly limits: readonly RiskLimit[];
  readonly locks: readonly LockView[];
}

/** An incident that nobody has cleared. */
export interface IncidentView {
  readonly incidentId: string;
  readonly code: string;
  readonly subject: string;
  readonly detail: string;
  readonly severity: "page" | "warn";
  readonly status: "raised" | "acknowledged" | "cleared";
  readonly raisedAtMs: number;
  readonly updatedAtMs: number;
  readonly author: string;
}

/** One check of the preflight. */
export interface PreflightCheck {
  readonly name: "mode" | "wallet" | "policy" | "drift" | "clock" | "rpc" | "books" | "incidents";
  readonly ok: boolean;
  readonly code: string | null;
  readonly detail: string;
}

export interface Preflight {
  readonly atMs: number;
  readonly ok: boolean;
  readonly checks: readonly PreflightCheck[];
  /** Text that `POST /api/v1/live/enable` wants back within its minute; null when a check fails. */
  readonly confirmation: string | null;
}

/** Live trading as it stands; `GET /api/v1/live`. */
export interface LiveStatus {
  /** The deployment's MODE. */
  readonly ceiling: "paper" | "live";
  /** The mode in force. */
  readonly mode: "paper" | "live";
  readonly sinceMs: number | null;
  readonly author: string | null;
  readonly wallet: string | null;
  readonly walletLamports: string | null;
  /** Landed trades that agreed with their prediction, and how many are wanted before size is uncapped. */
  readonly agreed: number;
  readonly agreedWanted: number;
  readonly trialSizeLamports: string;
  readonly programs: ReadonlyArray<{
    readonly name: string;
    readonly programId: string;
    readonly pinnedSlot: number | null;
    readonly slot: number | null;
    readonly pinnedSha256: string | null;
    readonly ok: boolean;
  }>;
  readonly providers: ReadonlyArray<{
    readonly name: string;
    readonly ok: boolean;
    readonly slot: number | null;
    readonly lagSlots: number | null;
    readonly errorShareBps: number;
    readonly latencyMs: number | null;
    readonly reason: string | null;
  }>;
  readonly budgets: ReadonlyArray<{
    readonly kind: string;
    readonly windowMs: number;
    readonly usedLamports: string;
    readonly limitLamports: string;
    readonly signatures: number;
    readonly signaturesLimit: number;
  }>;
  readonly incidents: readonly IncidentView[];
}

/** One order of a live ledger; `GET /api/v1/intents`. */
export interface IntentView {
  readonly intentId: string;
  readonly positionId: string;
  readonly mint: string;
  readonly side: "buy" | "sell";
  readonly status: string;
  readonly signature: string | null;
  readonly amountIn: string;
  readonly minOut: string;
  readonly sends: number;
  /** From the read of the market that it was decided on to its first send. */
  readonly reactionMs: number | null;
  readonly slot: number | null;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly predicted: TradeCosts | null;
  readonly actual: TradeCosts | null;
  readonly updatedAtMs: number;
}

export interface Status {
  /** The mode in force; the badge of the dashboard. */
  readonly mode: "paper" | "live";
  /** Incidents that wait for a person. */
  readonly incidents: readonly IncidentView[];
  readonly network: "localnet" | "mainnet";
  readonly nowMs: number;
  readonly solUsd: { readonly value: number; readonly source: string; readonly ageMs: number } | null;
  readonly slot: number | null;
  /** Age of the newest graduation seen, null before the first. */
  readonly feedAgeMs: number | null;
  readonly ledgers: readonly LedgerStatus[];
  readonly parameters: { readonly version: string; readonly name: string };
  readonly champion: { readonly name: string; readonly version: string } | null;
  readonly experiment: { readonly id: string; readonly status: string } | null;
  /** Last 24 hours. */
  readonly funnel: {
    readonly detected: number;
    readonly passedFilters: number;
    readonly passedGates: number;
    readonly scoredAbove: number;
    readonly bought: number;
  };
  readonly reasons: ReadonlyArray<{ readonly code: string; readonly count: number }>;
}

export interface DecisionView {
  readonly id: string;
  readonly atMs: number;
  readonly stage: string;
  readonly outcome: "BUY" | "WATCH" | "DECLINE";
  readonly mint: string;
  readonly pool: string;
  readonly creator: string | null;
  readonly symbol: string;
  readonly name: string;
  readonly signature: string;
  readonly slot: number | null;
  readonly source: string;
  readonly reasons: readonly ReasonNote[];
  readonly findings: readonly Finding[];
  readonly score: number | null;
  readonly parts: ScoreParts | null;
  readonly features: FeatureVector | null;
  readonly contributions: readonly Contribution[];
  /** Null when there was no score. */
  readonly explanation: Explanation | null;
  readonly missing: readonly string[];
  readonly liquidityLamports: string | null;
  readonly parameterVersion: string;
  readonly modelVersion: string | null;
  readonly arm: string | null;
  readonly isDryRun: boolean;
  readonly latencyMs: number;
}

export interface PositionView {
  readonly positionId: string;
  readonly ledger: string;
  readonly isDryRun: boolean;
  readonly mint: string;
  readonly symbol: string;
  readonly status: string;
  readonly score: number;
  readonly openedAtMs: number | null;
  readonly costLamports: string;
  readonly valueLamports: string | null;
  readonly returnBps: number | null;
  readonly stopLossBps: number;
  readonly takeProfitBps: number;
  /** Share of what was bought that is sold by now; cost, value and return are of what is still held. Null when not told. */
  readonly soldBps: number | null;
  /** The return that the trailing stop hangs from; null while it is not armed. */
  readonly peakReturnBps: number | null;
  readonly deadlineMs: number;
  readonly updatedAtMs: number;
  readonly reason: string | null;
}

export interface TradeView {
  readonly positionId: string;
  readonly ledger: string;
  readonly isDryRun: boolean;
  readonly mint: string;
  readonly symbol: string;
  readonly score: number;
  readonly openedAtMs: number;
  readonly closedAtMs: number;
  readonly holdMs: number;
  readonly costLamports: string;
  readonly proceedsLamports: string;
  readonly feesLamports: string;
  readonly pnlLamports: string;
  readonly returnBps: number;
  readonly exitReason: string;
  readonly parameterVersion: string;
  readonly modelVersion: string | null;
}

export interface EquityPoint {
  readonly ledger: string;
  readonly atMs: number;
  readonly equityLamports: string;
  readonly drawdownBps: number;
}

export interface ModelView {
  readonly name: string;
  readonly version: string;
  readonly family: string;
  readonly status: "champion" | "challenger" | "refused" | "retired";
  readonly reason: string | null;
  readonly trainedAtMs: number;
  readonly rowsTrain: number;
  readonly rowsHoldout: number;
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly sha256: string;
}

export interface ExperimentView {
  readonly id: string;
  readonly status: string;
  readonly championVersion: string;
  readonly challengerVersion: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly shareBps: number;
  readonly reason: string | null;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** One parameter search. */
export interface StudyView {
  readonly id: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly trials: number;
  readonly bestValue: number | null;
  readonly baselineValue: number | null;
  readonly bestParameters: Readonly<Record<string, number>> | null;
  readonly outcome: string;
  readonly reason: string | null;
  readonly proposedVersion: string | null;
}

/** One run of the Learning Worker, with or without a result. */
export interface RunView {
  readonly id: string;
  readonly kind: "train" | "optimize";
  readonly status: "running" | "done" | "failed";
  /** The step it is in, or ended in. */
  readonly step: string;
  /** 1 unless the run was restarted. */
  readonly attempt: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** Recorded candidates that could be labelled, counted at the start. */
  readonly candidates: number | null;
  /** Rows that got a label; null before that, and for a search. */
  readonly rows: number | null;
  /** A reason code, "promoted" or "proposed"; null while running. */
  readonly outcome: string | null;
  /** The outcome's figures in words. */
  readonly detail: string | null;
}

/** Lists are newest first: `?limit=` (1-500, default 100) and `?before=` (cursor from `next`). */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Messages of `/api/v1/ws`. `seq` is the journal sequence; reconnect with `?since=<seq>`. */
export type FeedMessage =
  | { readonly type: "hello"; readonly seq: number }
  | { readonly type: "decision"; readonly seq: number; readonly decision: DecisionView }
  | { readonly type: "position"; readonly seq: number; readonly position: PositionView }
  | { readonly type: "trade"; readonly seq: number; readonly trade: TradeView }
  | { readonly type: "equity"; readonly seq: number; readonly point: EquityPoint }
  | { readonly type: "incident"; readonly seq: number; readonly incident: IncidentView }
  | { readonly type: "intent"; readonly seq: number; readonly intent: IntentView }
  | { readonly type: "notice"; readonly seq: number; readonly kind: string; readonly text: string };
