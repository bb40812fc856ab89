import type { ReasonCode } from "../reasons.ts";
import type { Contribution, Explanation, FeatureVector, Finding, ReasonNote, Recommendation, ScoreParts } from "../scoring/assessment.ts";
import type { Arm, LedgerId } from "../trading/signal.ts";
import type { Address, Signature, UnixMs } from "../units.ts";

/**
 * What the journal records. Amounts are decimal strings (u64 does not survive JSON numbers).
 * `id` is made by the producer: appending the same id twice keeps the first.
 */
export type JournalEntry =
  | DecisionRecord
  | LateFeaturesRecord
  | RejectionRecord
  | OrderRecord
  | FillRecord
  | PositionRecord
  | TradeRecord
  | EquityRecord
  | PricePathRecord
  | ParametersRecord
  | ExperimentRecord
  | ModelRecord
  | DenylistRecord
  | TradingStateRecord
  | DeadLetterRecord
  | IntentRecord
  | IncidentRecord
  | LiveModeRecord
  | LedgerRecord
  | LockRecord
  | MendRecord;

export type JournalKind = JournalEntry["kind"];

interface Base {
  readonly id: string;
  readonly atMs: UnixMs;
}

/** The end of one stage for one candidate: every token ends in a decision with reasons. */
export interface DecisionRecord extends Base {
  readonly kind: "decision";
  readonly stage: "discover" | "analyze" | "trade";
  readonly outcome: Recommendation;
  readonly mint: Address;
  readonly pool: Address;
  readonly creator: Address | null;
  readonly symbol: string;
  readonly name: string;
  readonly signature: Signature;
  readonly slot: number | null;
  readonly source: string;
  readonly reasons: readonly ReasonNote[];
  readonly findings: readonly Finding[];
  readonly score: number | null;
  readonly parts: ScoreParts | null;
  readonly featureSetVersion: string | null;
  readonly features: FeatureVector | null;
  readonly contributions: readonly Contribution[];
  /** Null when there was no score. */
  readonly explanation: Explanation | null;
  readonly missing: readonly string[];
  readonly liquidityLamports: string | null;
  readonly solUsd: number | null;
  readonly parameterVersion: string;
  readonly modelVersion: string | null;
  readonly arm: Arm | null;
  readonly isDryRun: boolean;
  /** From the webhook's receipt to this decision. */
  readonly latencyMs: number;
}

/**
 * What a judgement lacked and was read after it, for learning alone: the judgement stays what it was. Everything is
 * as of the judgement's slot and moment.
 */
export interface LateFeaturesRecord extends Base {
  readonly kind: "late-features";
  readonly decisionId: string;
  readonly mint: Address;
  readonly featureSetVersion: string;
  readonly asOfSlot: number;
  readonly asOfMs: UnixMs;
  /** Those that the judgement did not have, and no other. */
  readonly features: FeatureVector;
  /** What was read, and when. */
  readonly sources: ReadonlyArray<{ readonly source: string; readonly readAtMs: UnixMs }>;
  readonly rpcCalls: number;
  readonly credits: number;
}

/** A delivered transaction that holds no graduation, or none that can be trusted. */
export interface RejectionRecord extends Base {
  readonly kind: "rejection";
  /** Null when the entry was too malformed to tell. */
  readonly signature: Signature | null;
  readonly slot: number | null;
  readonly source: string;
  readonly reason: ReasonCode;
  readonly detail: string | null;
}

/** An order was decided, on a paper or a live ledger; it is settled by one fill or failure. */
export interface OrderRecord extends Base {
  readonly kind: "order";
  /** `<position>:<side>:<attempt>`. */
  readonly orderId: string;
  readonly positionId: string;
  readonly ledger: LedgerId;
  readonly isDryRun: boolean;
  readonly mint: Address;
  readonly side: "buy" | "sell";
  readonly attempt: number;
  /** Lamports of a buy, base units of a sell. */
  readonly amountIn: string;
  /** Base units of a buy, lamports after venue fees of a sell. */
  readonly minOut: string;
  readonly slippageBps: number;
  /** Newest slot that the decision rests on. */
  readonly slot: number;
  /** Why it sells; null for a buy. */
  readonly reason: ReasonCode | null;
  readonly parameterVersion: string;
  readonly modelVersion: string | null;
}

/** One executed order. */
export interface FillRecord extends Base {
  readonly kind: "fill";
  readonly positionId: string;
  readonly ledger: LedgerId;
  readonly isDryRun: boolean;
  readonly mint: Address;
  readonly side: "buy" | "sell";
  readonly attempt: number;
  readonly slot: number;
  readonly baseAmount: string;
  /** What the trader paid (buy) or got (sell) at the venue, venue fees included. */
  readonly quoteLamports: string;
  readonly venueFeeLamports: string;
  /** Network fee, priority fee and tip. */
  readonly networkCostLamports: string;
  readonly rentLamports: string;
  /** Own price impact, against the reserves read at the fill. */
  readonly impactBps: number;
  readonly parameterVersion: string;
  readonly modelVersion: string | null;
}

export type PositionStatus = "entering" | "open" | "exiting" | "closed" | "abandoned";

/** A position's state after a change; the newest per id is the truth. */
export interface PositionRecord extends Base {
  readonly kind: "position";
  readonly positionId: string;
  readonly ledger: LedgerId;
  readonly isDryRun: boolean;
  readonly mint: Address;
  readonly pool: Address;
  readonly symbol: string;
  readonly status: PositionStatus;
  readonly score: number;
  readonly reason: ReasonCode | null;
  readonly openedAtMs: UnixMs | null;
  readonly baseAmount: string;
  readonly costLamports: string;
  /** Executable exit value at the last mark; null before the first. */
  readonly valueLamports: string | null;
  readonly stopLossBps: number;
  readonly takeProfitBps: number;
  /** Share of what was bought that is sold by now; not told by older records. */
  readonly soldBps?: number;
  /** Return of what is held at the peak that the trailing stop hangs from; null while it is not armed. */
  readonly peakReturnBps?: number | null;
  readonly deadlineMs: UnixMs;
  readonly parameterVersion: string;
  readonly modelVersion: string | null;
}

/** A closed position. */
export interface TradeRecord extends Base {
  readonly kind: "trade";
  readonly positionId: string;
  readonly signalId: string;
  readonly ledger: LedgerId;
  readonly isDryRun: boolean;
  readonly mint: Address;
  readonly pool: Address;
  readonly symbol: string;
  readonly score: number;
  readonly openedAtMs: UnixMs;
  readonly closedAtMs: UnixMs;
  readonly holdMs: number;
  readonly baseAmount: string;
  readonly costLamports: string;
  readonly proceedsLamports: string;
  readonly feesLamports: string;
  readonly pnlLamports: string;
  readonly returnBps: number;
  readonly exitReason: ReasonCode;
  readonly parameterVersion: string;
  readonly modelVersion: string | null;
}

export interface EquityRecord extends Base {
  readonly kind: "equity";
  readonly ledger: LedgerId;
  readonly isDryRun: boolean;
  readonly equityLamports: string;
  readonly cashLamports: string;
  readonly reservedLamports: string;
  readonly positionsLamports: string;
  readonly realisedLamports: string;
  readonly peakLamports: string;
  readonly drawdownBps: number;
  readonly openPositions: number;
  readonly solUsd: number;
}

/** Price path of a candidate through the label horizon, bought or not. */
export interface PricePathRecord extends Base {
  readonly kind: "price-path";
  readonly mint: Address;
  readonly pool: Address;
  readonly startedAtMs: UnixMs;
  readonly horizonMs: number;
  /** False when sampling broke off before the horizon: censored, not dead. */
  readonly complete: boolean;
  readonly samples: ReadonlyArray<{
    readonly atMs: UnixMs;
    readonly slot: number;
    readonly baseReserves: string;
    /** Vault plus virtual quote reserves. */
    readonly quoteReservesLamports: string;
  }>;
}

/** A parameter set was stored, put in force or retired. */
export interface ParametersRecord extends Base {
  readonly kind: "parameters";
  readonly version: string;
  readonly parent: string | null;
  readonly author: string;
  readonly status: "proposed" | "active" | "retired";
  /** The whole set as JSON text. */
  readonly parametersJson: string;
}

export interface ExperimentRecord extends Base {
  readonly kind: "experiment";
  readonly experimentId: string;
  readonly championVersion: string;
  readonly challengerVersion: string;
  readonly status: "running" | "adopted" | "rejected" | "inconclusive";
  readonly startedAtMs: UnixMs;
  readonly endedAtMs: UnixMs | null;
  readonly shareBps: number;
  readonly reason: ReasonCode | null;
  /** Evidence at this moment: trades and mean return per arm, as JSON text. */
  readonly evidenceJson: string;
}

/** The Analyzer began to use a model, or refused one. */
export interface ModelRecord extends Base {
  readonly kind: "model";
  readonly name: string;
  readonly version: string;
  readonly event: "loaded" | "refused";
  readonly reason: ReasonCode | null;
}

export interface DenylistRecord extends Base {
  readonly kind: "denylist";
  readonly subject: "mint" | "creator" | "metadata";
  readonly value: string;
  readonly action: "add" | "remove";
  readonly reason: string;
  readonly author: string;
}

export interface TradingStateRecord extends Base {
  readonly kind: "trading-state";
  readonly ledger: LedgerId;
  readonly state: "ACTIVE" | "REDUCING" | "HALTED";
  readonly reason: ReasonCode | null;
  readonly author: string;
  /** What the operator said about it. */
  readonly note: string | null;
}

/** Accounts of a ledger's double-entry books. Assets and expenses are debits (positive), capital and gains credits (negative). */
export type LedgerAccount =
  /** Lamports in the wallet that are free. */
  | "cash"
  /** Lamports in the wallet that are set aside for entries under way. */
  | "reserved"
  /** What was paid to venues for tokens held, their fees not included. */
  | "position-cost"
  /** In accounts of ours, comes back when they are closed. */
  | "rent"
  /** Paid for accounts of others, gone. */
  | "rent-spent"
  | "venue-fees"
  /** Base and priority fees. */
  | "network-fees"
  | "tips"
  /** What tokens brought less what they cost, fees not included; a gain is negative. */
  | "realised"
  /** Opening cash, deposits and withdrawals; negative. */
  | "capital";

/** One movement of money: the postings of a record add up to zero. */
export interface LedgerRecord extends Base {
  readonly kind: "ledger";
  readonly ledger: LedgerId;
  readonly isDryRun: boolean;
  readonly movement: "opening" | "reserve" | "release" | "entry" | "exit" | "flow";
  readonly positionId: string | null;
  readonly postings: ReadonlyArray<{ readonly account: LedgerAccount; readonly lamports: string }>;
}

/** A lock on entries was set, or lifted before its time. */
export interface LockRecord extends Base {
  readonly kind: "lock";
  readonly lockId: string;
  readonly ledger: LedgerId;
  readonly scope: "mint" | "creator" | "all";
  /** Address of the mint or creator; null for "all". */
  readonly value: string | null;
  /** Null until it is lifted. */
  readonly untilMs: UnixMs | null;
  readonly reason: string;
  readonly author: string;
  readonly status: "set" | "lifted";
}

export interface DeadLetterRecord extends Base {
  readonly kind: "dead-letter";
  readonly queue: string;
  readonly messageId: string;
  readonly bodyJson: string;
  readonly r2Key: string;
}

/** planned → signed → sent → landed, failed or expired; unknown while neither can be told. */
export type IntentStatus = "planned" | "signed" | "sent" | "unknown" | "landed" | "failed" | "expired";

/** One order that the engine means to land on chain; the newest per id is the truth. */
export interface IntentRecord extends Base {
  readonly kind: "intent";
  /** The order's id: `<position>:<side>:<attempt>`. */
  readonly intentId: string;
  readonly positionId: string;
  readonly ledger: LedgerId;
  readonly mint: Address;
  readonly side: "buy" | "sell";
  readonly status: IntentStatus;
  /** Lamports of a buy, base units of a sell. */
  readonly amountIn: string;
  readonly minOut: string;
  readonly signature: Signature | null;
  readonly lastValidBlockHeight: number | null;
  readonly computeUnitLimit: number | null;
  readonly priorityFeeLamports: string | null;
  readonly tipLamports: string | null;
  readonly sends: number;
  /** When the market was read that the order was decided on, and when its bytes first left: the latency of a stop. */
  readonly marketAtMs: UnixMs | null;
  readonly firstSendAtMs: UnixMs | null;
  readonly slot: number | null;
  readonly reason: ReasonCode | null;
  readonly detail: string | null;
  /** What the trade was expected to move, cost by cost, and what it moved; lamports and base units as text. */
  readonly predicted: TradeCosts | null;
  readonly actual: TradeCosts | null;
}

/** A trade's effect on the wallet, cost by cost. */
export interface TradeCosts {
  /** Base units bought or sold. */
  readonly baseAmount: string;
  /** Paid to (buy) or got from (sell) the venue, its fees included. */
  readonly quoteLamports: string;
  readonly venueFeeLamports: string;
  /** Base and priority fee. */
  readonly networkFeeLamports: string;
  readonly tipLamports: string;
  /** Of our own token account: paid by a buy, returned by a sell. */
  readonly rentLamports: string;
  /** Rent of accounts of others that a first trader pays and never sees again. */
  readonly otherRentLamports: string;
}

/** Something that a person has to look at; the newest per id is the truth. */
export interface IncidentRecord extends Base {
  readonly kind: "incident";
  readonly incidentId: string;
  readonly code: ReasonCode;
  /** What it is about: a position, a program, a provider. */
  readonly subject: string;
  readonly detail: string;
  readonly severity: "page" | "warn";
  readonly status: "raised" | "acknowledged" | "cleared";
  readonly raisedAtMs: UnixMs;
  readonly author: string;
}

/** The mode in force changed, by whom and on what evidence. */
export interface LiveModeRecord extends Base {
  readonly kind: "live-mode";
  readonly mode: "paper" | "live";
  readonly author: string;
  readonly reason: ReasonCode | null;
  /** The preflight that allowed it, as JSON text; null when live was switched off. */
  readonly preflightJson: string | null;
}

/** A person had the archive's other branch set aside, so that the journal's own chain goes on. */
export interface MendRecord extends Base {
  readonly kind: "mend";
  readonly author: string;
  /** Why, in the operator's words. */
  readonly note: string;
  /** The first entry that differed, and its hash in the branch that was set aside. */
  readonly forkSeq: number;
  readonly forkHash: string;
  /** Files that were set aside, and how many entries of theirs were not the journal's. */
  readonly files: number;
  readonly entries: number;
  /** SHA-256 over `<previous> \n <key> \n <SHA-256 of the file>` of each file in turn, from 64 zeros on. */
  readonly hash: string;
  /** Ledgers that it named, which were halted and look for what they lack, and positions that the journal did not know. */
  readonly ledgers: readonly LedgerId[];
  readonly positions: number;
}

/** An entry as the journal stores it. */
export interface StoredEntry {
  /** Counts from 1 without gaps. */
  readonly seq: number;
  /** SHA-256 hex over `prevHash`, `seq` and the entry's canonical JSON. */
  readonly hash: string;
  readonly prevHash: string;
  readonly entry: JournalEntry;
}
