import { RPC_CREDITS } from "../rpc-credits.ts";
import type { FeatureVector } from "./assessment.ts";
import { buildFeatures, FEATURE_NAMES, type FeatureSource } from "./features.ts";
import { CREATION_TRANSACTIONS, GATE_SWAPS, type Observations } from "./observations.ts";

/**
 * Sources that can be read after a judgement and still say what they said at its moment: they are lists of what
 * happened, by slot or time. All others tell only of now.
 */
export const LATE_SOURCES = [
  "curve history",
  "pool history",
  "pool trades",
  "creation slot",
  "own records",
] as const satisfies readonly FeatureSource[];

export type LateSource = (typeof LATE_SOURCES)[number];

/** The trade goes first, and a node that was slow gets a rest; most late replies come meanwhile and cost nothing. */
export const LATE_PAUSE_MS = 3_000;
/** Nobody waits for it; with the pause it ends within the 30 s that a Worker has after its answer (developers.cloudflare.com/workers/platform/limits). */
export const LATE_DEADLINE_MS = 12_000;
/** Replies are kept in memory until then: more judgements at once in one isolate go without. */
export const MAX_LATE_AT_ONCE = 4;
/** Further pages of the curve's history that are read then: with the first one 10,000 transactions. */
export const LATE_CURVE_PAGES = 9;
/** Pages of the pool's history at most, the first of which may all be younger than the judgement. */
export const LATE_POOL_PAGES = 5;
/** Most calls that one judgement's gaps cost, every one of them for a list of signatures or a transaction. */
export const LATE_RPC_CALLS = 1 + LATE_CURVE_PAGES + LATE_POOL_PAGES + GATE_SWAPS + CREATION_TRANSACTIONS;
export const LATE_RPC_CREDITS = LATE_RPC_CALLS * RPC_CREDITS.history;

/** The sources, of those that can be read later, that a judgement's notes say it lacked: `source:<name> (<why>)`. */
export function lateSourcesIn(lacking: readonly string[]): ReadonlySet<LateSource> {
  return new Set(LATE_SOURCES.filter((source) => lacking.some((note) => note.startsWith(`source:${source} (`))));
}

/**
 * The features that `served` did not have and `completed`, observations of the same slot and moment, have. A feature
 * that was served is not looked at again: what the model saw stays what it saw.
 */
export function lateFeatures(served: FeatureVector, completed: Observations): FeatureVector {
  const late = buildFeatures(completed);
  return Object.fromEntries(FEATURE_NAMES.filter((name) => served[name] === null && late[name] !== null).map((name) => [name, late[name]]));
}
