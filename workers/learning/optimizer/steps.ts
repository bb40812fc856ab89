import { asc, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { studies, studyTrials } from "../../../adapters/d1/schema/learning.ts";
import { profileOf } from "../../../adapters/r2/control-log.ts";
import { timeSplit } from "../../../domain/learning/split.ts";
import { type ReplayScore, scoreReplay } from "../../../domain/optimization/objective.ts";
import {
  orderedPoint,
  PARAMETER_SPACE,
  type SearchedParameters,
  searchedOf,
  tunedSet,
} from "../../../domain/optimization/parameter-search.ts";
import type { Point } from "../../../domain/optimization/search-space.ts";
import { suggest } from "../../../domain/optimization/tpe.ts";
import { createRng } from "../../../domain/random.ts";
import type { ReasonCode } from "../../../domain/reasons.ts";
import { type ReplayCandidate, replayPortfolio } from "../../../domain/trading/backtest.ts";
import type { ParameterSet, Parameters } from "../../../domain/trading/parameters.ts";
import { LAMPORTS_PER_SOL, type UnixMs } from "../../../domain/units.ts";
import { LEARNING_RULES, type LearningEnv } from "../env.ts";
import { readSearchData } from "./candidates.ts";

/** Share of the candidates, the latest, that the search does not see. */
const LATER_SHARE = 0.3;

/** What a search is fixed to from its first step on. */
export interface SearchPlan {
  readonly studyId: string;
  readonly base: ParameterSet;
  readonly chunks: readonly number[];
  /** Newest decision that is searched on. */
  readonly untilMs: UnixMs;
}

/** What a search came to. */
export interface SearchVerdict {
  readonly outcome: "proposed" | "refused";
  readonly reason: ReasonCode | null;
  readonly detail: string;
  readonly best: SearchedParameters;
  readonly winner: ReplayScore;
  readonly baseline: ReplayScore;
  readonly trials: number;
  readonly candidates: number;
}

interface Split {
  readonly earlier: readonly ReplayCandidate[];
  readonly later: readonly ReplayCandidate[];
  readonly openingLamports: bigint;
}

/** Opens the study. Returns how many candidates each part of the time has. */
export async function openStudy(env: LearningEnv, plan: SearchPlan, nowMs: UnixMs): Promise<{ earlier: number; later: number }> {
  const { earlier, later } = await splitCandidates(env, plan);
  await drizzle(env.DB)
    .insert(studies)
    .values({
      id: plan.studyId,
      startedAtMs: nowMs,
      trials: 0,
      candidates: earlier.length + later.length,
      baseVersion: plan.base.version,
      outcome: "running",
      evidenceJson: JSON.stringify({ earlier: earlier.length, later: later.length }),
    })
    .onConflictDoNothing();
  return { earlier: earlier.length, later: later.length };
}

/**
 * Runs trials up to number `until`, from wherever the stored ones end. Trial 0 is the set in force, so
 * that the search starts from what is known.
 */
export async function runTrials(env: LearningEnv, plan: SearchPlan, until: number): Promise<number> {
  const db = drizzle(env.DB);
  const { earlier, openingLamports } = await splitCandidates(env, plan);
  const { minTrades } = LEARNING_RULES[profileOf(env)];
  const done = await storedTrials(env, plan.studyId);
  for (let number = done.length; number < until; number++) {
    const drawn: Point =
      number === 0
        ? { ...searchedOf(plan.base.parameters) }
        : suggest(PARAMETER_SPACE, done, createRng(`${plan.studyId}/${number}`), "maximise");
    const searched = orderedPoint(drawn);
    const score = evaluate(earlier, { ...plan.base.parameters, ...searched }, openingLamports, plan.studyId, minTrades);
    await db
      .insert(studyTrials)
      .values({
        studyId: plan.studyId,
        number,
        parametersJson: JSON.stringify(searched),
        value: score.value,
        trades: score.trades,
        meanReturnBps: score.meanReturnBps,
      })
      .onConflictDoNothing();
    done.push({ point: { ...searched }, value: score.value });
  }
  await db.update(studies).set({ trials: done.length }).where(eq(studies.id, plan.studyId));
  return done.length;
}

/** Tries the best set of the earlier part on the later one, against the set in force. One set only: the later part chooses nothing. */
export async function validateStudy(env: LearningEnv, plan: SearchPlan): Promise<SearchVerdict> {
  const { earlier, later, openingLamports } = await splitCandidates(env, plan);
  const { minTrades } = LEARNING_RULES[profileOf(env)];
  const laterTrades = Math.max(2, Math.ceil((minTrades * LATER_SHARE) / (1 - LATER_SHARE)));
  const trials = await storedTrials(env, plan.studyId);
  const best = trials.reduce(
    (a, b) => (b.value > a.value ? b : a),
    trials[0] ?? { point: { ...searchedOf(plan.base.parameters) }, value: 0 },
  );
  const searched = orderedPoint(best.point);
  const winner = evaluate(later, { ...plan.base.parameters, ...searched }, openingLamports, plan.studyId, laterTrades);
  const baseline = evaluate(later, plan.base.parameters, openingLamports, plan.studyId, laterTrades);
  const isBetter = winner.trades >= laterTrades && winner.value > baseline.value && winner.profitBps > baseline.profitBps;
  const figures = (score: ReplayScore): string =>
    `${score.profitBps.toFixed(0)} bps on ${score.trades} trades (value ${score.value.toFixed(1)})`;
  return {
    outcome: isBetter ? "proposed" : "refused",
    reason: isBetter ? null : "PARAMETERS_NOT_BETTER",
    detail: `later part: best ${figures(winner)}, in force ${figures(baseline)}`,
    best: searched,
    winner,
    baseline,
    trials: trials.length,
    candidates: earlier.length + later.length,
  };
}

/** Closes the study, and sends its winner to the sniper if it has one. Sending twice is harmless: the proposal carries the study's id. */
export async function concludeStudy(env: LearningEnv, plan: SearchPlan, verdict: SearchVerdict, nowMs: UnixMs): Promise<void> {
  const { outcome, reason, detail, best, winner, baseline } = verdict;
  const evidence = {
    base: plan.base.version,
    trials: verdict.trials,
    candidates: verdict.candidates,
    later: { best: winner, inForce: baseline },
    detail,
  };
  const set = tunedSet(plan.base, best, `study ${plan.studyId}`, nowMs);
  if (outcome === "proposed") await env.PROPOSALS.send({ type: "parameters", studyId: plan.studyId, parameters: best, evidence });
  await drizzle(env.DB)
    .update(studies)
    .set({
      endedAtMs: nowMs,
      bestValue: meaningfulValue(winner),
      baselineValue: meaningfulValue(baseline),
      bestParametersJson: JSON.stringify(best),
      outcome,
      reason,
      proposedVersion: outcome === "proposed" && set.ok ? set.value.version : null,
      evidenceJson: JSON.stringify(evidence),
    })
    .where(eq(studies.id, plan.studyId));
}

/** A set with too few trades has a rank for the search, but no figure to show. */
function meaningfulValue(score: ReplayScore): number | null {
  return score.isRanked ? null : score.value;
}

/** Closes a study that could not run. */
export async function refuseStudy(env: LearningEnv, studyId: string, reason: ReasonCode, detail: string, nowMs: UnixMs): Promise<void> {
  await drizzle(env.DB)
    .update(studies)
    .set({ endedAtMs: nowMs, outcome: "refused", reason, evidenceJson: JSON.stringify({ detail }) })
    .where(eq(studies.id, studyId));
}

/** Candidates split by time; those whose path reaches into the later part are in neither. */
async function splitCandidates(env: LearningEnv, plan: SearchPlan): Promise<Split> {
  const { candidates, solUsd } = await readSearchData(env, plan.studyId, plan.chunks, plan.untilMs);
  const rows = candidates.map(({ mint, path, decidedAtMs }) => ({
    t0Ms: decidedAtMs,
    t1Ms: Math.min(path.at(-1)?.atMs ?? decidedAtMs, decidedAtMs + plan.base.parameters.maxHoldMs),
    groups: [mint],
  }));
  const { train, test } = timeSplit(rows, LATER_SHARE, 0);
  const pick = (indices: Int32Array): ReplayCandidate[] => Array.from(indices, (index) => candidates[index] as ReplayCandidate);
  const openingSol = solUsd > 0 ? plan.base.parameters.paperCapitalUsd / solUsd : 0;
  return { earlier: pick(train), later: pick(test), openingLamports: BigInt(Math.round(openingSol * Number(LAMPORTS_PER_SOL))) };
}

function evaluate(
  candidates: readonly ReplayCandidate[],
  parameters: Parameters,
  openingLamports: bigint,
  seed: string,
  minTrades: number,
): ReplayScore {
  return scoreReplay(replayPortfolio(candidates, parameters, openingLamports, seed), openingLamports, minTrades);
}

async function storedTrials(env: LearningEnv, studyId: string): Promise<Array<{ point: Point; value: number }>> {
  const rows = await drizzle(env.DB).select().from(studyTrials).where(eq(studyTrials.studyId, studyId)).orderBy(asc(studyTrials.number));
  return rows.map((row) => ({ point: JSON.parse(row.parametersJson) as Point, value: row.value }));
}
