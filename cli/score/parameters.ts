import { z } from "zod";
import { ok, refuse } from "../../domain/result.ts";
import type { ScoreParameters } from "../../domain/scoring/score.ts";
import { builtinParameterSet, parameterVersion } from "../../domain/trading/parameter-set.ts";
import { PARAMETER_TABLE } from "../../domain/trading/parameter-table.ts";
import type { ParameterProfile, Parameters } from "../../domain/trading/parameters.ts";
import { type ApiOptions, callApi } from "../api-client.ts";
import type { Outcome } from "../output.ts";

const PROFILES: readonly ParameterProfile[] = ["default", "localnet"];
/** What a score depends on; everything else in a set may come from another release. */
const SCORING: ReadonlyArray<keyof ScoreParameters> = [
  "weightOnChain",
  "weightSentiment",
  "weightSocial",
  "modelWeight",
  "missingPartScore",
  "qualityThreshold",
  "watchMargin",
];
/** Ten times what a set has. */
const MAX_VALUES = 1_000;

/** A parameter set's values as they were stored, under the version that they were stored under. */
export interface StoredSet {
  readonly version: string;
  readonly name: string;
  readonly parameters: Readonly<Record<string, number>>;
}

/** A parameter set as far as scoring needs it. */
export interface ScoringSet {
  readonly version: string;
  readonly parameters: ScoreParameters;
}

export const storedSetSchema: z.ZodType<StoredSet> = z.object({
  version: z.string().max(100),
  name: z.string().max(80),
  parameters: z
    .record(z.string().max(100), z.number())
    .refine((values) => Object.keys(values).length <= MAX_VALUES, `more than ${MAX_VALUES} values`),
});

/** The built-in set of this version; undefined when there is none. */
export function builtinOf(version: string): StoredSet | undefined {
  return PROFILES.map(builtinParameterSet).find((set) => set.version === version);
}

/**
 * The values of a version: built in, or as the running instance has them. Never others: a version is a hash of its
 * values, which is checked. A failure says in words why they are unknown.
 */
export async function storedSetOf(version: string, options: ApiOptions): Promise<Outcome<StoredSet>> {
  const builtin = builtinOf(version);
  if (builtin !== undefined) return ok(builtin);
  const asked = await callApi<unknown>(options, `/parameters/${encodeURIComponent(version)}`);
  if (!asked.ok) return refuse("FAILED", `its parameters ${version} are not built in, and unknown: ${asked.detail}`);
  const read = storedSetSchema.safeParse(asked.value);
  if (!read.success || read.data.version !== version)
    return refuse("FAILED", `its parameters ${version} are not built in, and ${options.url} answered something else`);
  if (!isTrueToVersion(read.data))
    return refuse(
      "FAILED",
      `its parameters ${version} are unknown: the values that are stored under that name are not those it was made of`,
    );
  return ok(read.data);
}

/** Whether the version is that of the values. */
export function isTrueToVersion({ version, name, parameters }: StoredSet): boolean {
  return versionOf(name, parameters) === version;
}

/** The version that these values have. */
export function versionOf(name: string, values: StoredSet["parameters"]): string {
  return parameterVersion(name, values as Parameters);
}

/** What scoring needs of a set; fails when the set lacks it or it is out of range. */
export function scoringSetOf({ version, parameters }: StoredSet): Outcome<ScoringSet> {
  const values: Partial<Record<keyof ScoreParameters, number>> = {};
  for (const name of SCORING) {
    const { min, max } = PARAMETER_TABLE[name];
    const value = parameters[name];
    if (value === undefined) return refuse("FAILED", `its parameters ${version} have no ${name}`);
    if (!(value >= min && value <= max)) return refuse("FAILED", `${name} must be ${min} to ${max}, was ${value}`);
    values[name] = value;
  }
  const scoring = values as ScoreParameters;
  const weights = scoring.weightOnChain + scoring.weightSentiment + scoring.weightSocial;
  if (Math.abs(weights - 1) > 1e-9) return refuse("FAILED", "score weights must add up to 1");
  return ok({ version, parameters: scoring });
}
