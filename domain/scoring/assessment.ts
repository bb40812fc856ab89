import type { Candidate } from "../candidate.ts";
import type { ReasonCode } from "../reasons.ts";
import type { UnixMs } from "../units.ts";

export interface ReasonNote {
  readonly code: ReasonCode;
  readonly detail?: string;
}

/** A safety gate's result. Hard findings veto; soft ones cost score. */
export interface Finding extends ReasonNote {
  readonly severity: "hard" | "soft";
}

/** Feature name to value; null means unknown, which is never the same as zero. */
export type FeatureVector = Readonly<Record<string, number | null>>;

export interface ScoreParts {
  /** Each 0-100, or null when there was no data. */
  readonly onChain: number | null;
  readonly sentiment: number | null;
  readonly social: number | null;
  /** Champion's calibrated probability times 100. */
  readonly model: number | null;
}

export type Recommendation = "BUY" | "WATCH" | "DECLINE";

export interface Contribution {
  readonly name: string;
  /** Points of the final score, signed, relative to a neutral token. */
  readonly points: number;
}

/** The Analyzer's judgement of one candidate at one moment. */
export interface Assessment {
  readonly candidate: Candidate;
  readonly assessedAtMs: UnixMs;
  readonly slot: number | null;
  readonly score: number;
  readonly parts: ScoreParts;
  readonly recommendation: Recommendation;
  readonly reasons: readonly ReasonNote[];
  readonly findings: readonly Finding[];
  readonly featureSetVersion: string;
  readonly features: FeatureVector;
  readonly contributions: readonly Contribution[];
  /** What could not be had within the deadline. */
  readonly missing: readonly string[];
  readonly parameterVersion: string;
  readonly modelVersion: string | null;
  /** Pool state that the score was computed from. */
  readonly baseReserves: bigint;
  /** Vault plus virtual quote reserves. */
  readonly quoteReservesLamports: bigint;
}
