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

/** What a model that does not count would have said. */
export interface ShadowPrediction {
  readonly version: string;
  /** Calibrated, 0 to 1. */
  readonly probability: number;
}

/** One thing that would have had to be otherwise. */
export interface Change {
  /** A feature, or `finding:<code>` for a soft finding that would have had to be absent. */
  readonly name: string;
  /** Null for a finding. */
  readonly from: number | null;
  readonly to: number | null;
}

/** Changes that together give another answer, all else staying as it was. */
export interface Alternative {
  readonly changes: readonly Change[];
  readonly score: number;
  readonly recommendation: Recommendation;
}

/** What would have changed the answer. */
export interface Counterfactual {
  /** Score from which on a token is bought. */
  readonly threshold: number;
  /** Gates that vetoed: all of them would have had to be absent. */
  readonly vetoes: readonly ReasonCode[];
  /** What the score alone would have said; null when nothing vetoed. */
  readonly withoutVetoes: { readonly score: number; readonly recommendation: Recommendation } | null;
  /**
   * Smallest first: single changes, pairs when no single one is enough, else one set of a few. Empty when no
   * plausible few are.
   * After a veto they are what the score would have needed besides.
   */
  readonly alternatives: readonly Alternative[];
}

/** What an assessment keeps for its explanation, besides the contributions. */
export interface Explanation {
  /** Null when it could not be computed. */
  readonly counterfactual: Counterfactual | null;
  readonly shadows: readonly ShadowPrediction[];
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
  /** Add up to `score` less the score of a token of which nothing is known. */
  readonly contributions: readonly Contribution[];
  readonly explanation: Explanation;
  /** What could not be had within the deadline. */
  readonly missing: readonly string[];
  readonly parameterVersion: string;
  readonly modelVersion: string | null;
  /** Pool state that the score was computed from. */
  readonly baseReserves: bigint;
  /** Vault plus virtual quote reserves. */
  readonly quoteReservesLamports: bigint;
}
