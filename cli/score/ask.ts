import type { DecisionView, Page } from "../../domain/api/types.ts";
import { ok, refuse } from "../../domain/result.ts";
import { buildFeatures } from "../../domain/scoring/features.ts";
import { readStoredObservations } from "../../domain/scoring/observations-schema.ts";
import { type ApiOptions, callApi } from "../api-client.ts";
import type { Outcome } from "../output.ts";
import { storedSetOf } from "./parameters.ts";
import { differingFeatures, type SavedObservations, savedOf } from "./saved.ts";

/** What a running instance decided about a token. */
export interface AskedDecisions {
  /** Its newest judgement; of a token that never came so far, the decision that ended it. */
  readonly decision: DecisionView;
  /** Decision of a later stage; null when there is none. */
  readonly later: DecisionView | null;
}

/** A judgement as a file has it. */
export interface AskedJudgement {
  readonly saved: SavedObservations;
  /** Features that this version computes otherwise from it than was recorded. */
  readonly differing: readonly string[];
}

/** Asks for the newest judgement with a score. */
export async function askDecisions(mint: string, options: ApiOptions): Promise<Outcome<AskedDecisions>> {
  const [newest, assessed] = await Promise.all([
    callApi<Page<DecisionView>>(options, `/decisions?limit=1&mint=${mint}`),
    callApi<Page<DecisionView>>(options, `/decisions?limit=1&mint=${mint}&stage=analyze`),
  ]);
  if (!newest.ok) return newest;
  if (!assessed.ok) return assessed;
  const last = newest.value.items[0];
  const decision = assessed.value.items[0] ?? last;
  if (decision === undefined) return refuse("FAILED", `Nothing was decided about ${mint}: it was not seen, or long ago.`);
  const isLater = last !== undefined && last.id !== decision.id && last.atMs >= decision.atMs;
  return ok({ decision, later: isLater ? last : null });
}

/** The newest judgement of a token with what it was made from. */
export async function savedJudgement(mint: string, options: ApiOptions): Promise<Outcome<AskedJudgement>> {
  const asked = await askDecisions(mint, options);
  return asked.ok ? savedOfDecision(asked.value.decision, options) : asked;
}

/** What a decision was made from, with the parameters that it names. */
export async function savedOfDecision(decision: DecisionView, options: ApiOptions): Promise<Outcome<AskedJudgement>> {
  const { mint, atMs, stage, features, parameterVersion } = decision;
  if (stage !== "analyze" || features === null) return refuse("FAILED", `${mint} was declined before anything was observed of it.`);
  const stored = await storedSetOf(parameterVersion, options);
  if (!stored.ok) return stored;
  const answer = await callApi<unknown>(options, `/observations/${mint}?untilMs=${atMs}`, { operator: true });
  if (!answer.ok) return refuse("FAILED", `What ${mint} was judged from cannot be had: ${answer.detail}`);
  const observations = readStoredObservations(answer.value);
  if (!observations.ok) return refuse("FAILED", `What ${mint} was judged from cannot be read: ${observations.detail}`);
  const differing = differingFeatures(buildFeatures(observations.value), features);
  return ok({ saved: savedOf(decision, observations.value, stored.value), differing });
}
