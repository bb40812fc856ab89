import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import type { DecisionView } from "../../domain/api/types.ts";
import { canonicalJson } from "../../domain/journal/canonical-json.ts";
import { plainJson } from "../../domain/json.ts";
import { ok } from "../../domain/result.ts";
import type { FeatureVector, Finding, Recommendation } from "../../domain/scoring/assessment.ts";
import { explainScore } from "../../domain/scoring/explain.ts";
import { buildFeatures, FEATURE_NAMES, type Features } from "../../domain/scoring/features.ts";
import type { Observations } from "../../domain/scoring/observations.ts";
import { observationsSchema } from "../../domain/scoring/observations-schema.ts";
import { type ScoreInputs, scoreToken } from "../../domain/scoring/score.ts";
import { builtinParameterSet } from "../../domain/trading/parameter-set.ts";
import type { ParameterProfile } from "../../domain/trading/parameters.ts";
import type { Outcome } from "../output.ts";
import { compared } from "./again.ts";
import type { Judgement } from "./lines.ts";
import { isTrueToVersion, type ScoringSet, type StoredSet, scoringSetOf, storedSetSchema, versionOf } from "./parameters.ts";
import { findingsSchema } from "./schemas.ts";

const MAX_NAME = 200;
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** A judgement's observations as a file, with what else its score depended on. Only `observations` has to be there. */
export interface SavedObservations {
  readonly observations: Observations;
  /** What the gates found: they look at raw accounts, which observations do not hold. */
  readonly findings: readonly Finding[];
  /** Null for built-in ones, by the command's option. */
  readonly parameters: StoredSet | null;
  /** What the champion said of the vector with this digest; of another vector it said nothing. */
  readonly model: { readonly version: string; readonly probability: number; readonly vectorSha256: string } | null;
  /** The answer as recorded, and the digest of what it was from. */
  readonly recorded: {
    readonly atMs: number;
    readonly score: number;
    readonly recommendation: Recommendation;
    readonly inputsSha256: string;
  } | null;
}

export const savedSchema: z.ZodType<SavedObservations> = z.strictObject({
  observations: observationsSchema,
  findings: findingsSchema.default([]),
  parameters: storedSetSchema.nullable().default(null),
  model: z
    .strictObject({ version: z.string().max(MAX_NAME), probability: z.number().min(0).max(1), vectorSha256: digest })
    .nullable()
    .default(null),
  recorded: z
    .strictObject({
      atMs: z.number(),
      score: z.number().min(0).max(100),
      recommendation: z.enum(["BUY", "WATCH", "DECLINE"]),
      inputsSha256: digest,
    })
    .nullable()
    .default(null),
});

/** Puts a recorded decision and what it was made from into one file's content. */
export function savedOf(decision: DecisionView, observations: Observations, parameters: StoredSet): SavedObservations {
  const { findings, features, parts, modelVersion, score, outcome, atMs } = decision;
  const probability = parts?.model ?? null;
  return {
    observations,
    findings,
    parameters: { version: parameters.version, name: parameters.name, parameters: parameters.parameters },
    model:
      probability === null || features === null
        ? null
        : { version: modelVersion ?? "", probability: probability / 100, vectorSha256: vectorSha256(features) },
    recorded:
      score === null ? null : { atMs, score, recommendation: outcome, inputsSha256: inputsSha256({ observations, findings, parameters }) },
  };
}

/** The file's text: two spaces deep, for people. */
export function savedText(saved: SavedObservations): string {
  return `${plainJson(saved, 2)}\n`;
}

/** Features whose values are not the recorded ones, by name. */
export function differingFeatures(features: FeatureVector, recorded: FeatureVector): readonly string[] {
  const names = new Set<string>([...FEATURE_NAMES, ...Object.keys(recorded)]);
  return [...names].filter((name) => !Object.is(features[name] ?? null, recorded[name] ?? null));
}

/** What a score is computed from, and under which version of the parameters. */
export interface SavedInputs {
  readonly inputs: ScoreInputs;
  readonly parameterVersion: string;
  /** Null when there was no model, or when it judged other features. */
  readonly modelVersion: string | null;
}

/** Inputs of a score from these features, with the parameters of the file and what the model said of them. */
export function inputsOf(
  { parameters, model }: Pick<SavedObservations, "parameters" | "model">,
  { features, findings }: { readonly features: Features; readonly findings: readonly Finding[] },
  profile: ParameterProfile,
): Outcome<SavedInputs> {
  const set = parametersOf(parameters, profile);
  if (!set.ok) return set;
  const isModels = model !== null && model.vectorSha256 === vectorSha256(features);
  const modelProbability = isModels ? model.probability : null;
  return ok({
    inputs: { features, findings, parameters: set.value.parameters, modelProbability },
    parameterVersion: set.value.version,
    modelVersion: isModels ? model.version : null,
  });
}

/** Scores what a file holds. What was not edited must give what was recorded. */
export function judgeSaved(saved: SavedObservations, profile: ParameterProfile): Outcome<Judgement> {
  const { findings, model, recorded } = saved;
  const features = buildFeatures(saved.observations);
  const read = inputsOf(saved, { features, findings }, profile);
  if (!read.ok) return read;
  const { inputs, parameterVersion, modelVersion } = read.value;
  const scored = scoreToken(inputs);
  const { contributions, counterfactual } = explainScore(inputs, scored, null);
  const explainable = {
    ...scored,
    features,
    contributions,
    explanation: { counterfactual, shadows: [] },
    modelVersion,
  };
  const isEdited = recorded === null || recorded.inputsSha256 !== inputsSha256(saved);
  const notes = [
    ...(model === null || inputs.modelProbability !== null
      ? []
      : [`The model ${model.version} judged other features (${percent(model.probability)} %): its answer does not count here.`]),
    ...(recorded !== null && isEdited
      ? [`Edited since it was saved: recorded was ${recorded.score.toFixed(4)}, ${recorded.recommendation}.`]
      : []),
  ];
  return ok({
    explainable,
    decision: null,
    parameterVersion,
    later: null,
    again: recorded === null || isEdited ? null : compared(scored, recorded.score, recorded.recommendation),
    notes,
  });
}

/** Values that are not those of their version are named by what they are. */
function parametersOf(parameters: StoredSet | null, profile: ParameterProfile): Outcome<ScoringSet> {
  if (parameters === null) return scoringSetOf(builtinParameterSet(profile));
  return scoringSetOf(isTrueToVersion(parameters) ? parameters : { ...parameters, version: versionOf("edited", parameters.parameters) });
}

function inputsSha256({ observations, findings, parameters }: Pick<SavedObservations, "observations" | "findings" | "parameters">): string {
  return digestOf({ observations, findings, parameters: parameters?.parameters ?? null });
}

function vectorSha256(features: FeatureVector): string {
  return digestOf(features);
}

/** Of the JSON itself: a file's blanks and the order of its keys change nothing. */
function digestOf(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(JSON.parse(plainJson(value))))));
}

function percent(probability: number): string {
  return (100 * probability).toFixed(1);
}
