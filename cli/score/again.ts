import type { DecisionView } from "../../domain/api/types.ts";
import type { Recommendation } from "../../domain/scoring/assessment.ts";
import { FEATURE_NAMES, type Features } from "../../domain/scoring/features.ts";
import { scoreToken } from "../../domain/scoring/score.ts";
import { builtinParameterSet } from "../../domain/trading/parameter-set.ts";
import type { ParameterProfile, ParameterSet } from "../../domain/trading/parameters.ts";

/** Sums of some dozen contributions, in another order at worst. */
const TOLERANCE = 1e-9;

const PROFILES: readonly ParameterProfile[] = ["default", "localnet"];

/** What scoring a recorded decision once more gave. */
export type Again =
  | { readonly result: "same" | "differs"; readonly score: number; readonly recommendation: Recommendation }
  /** Why it could not be scored again. */
  | { readonly result: "not scored"; readonly why: string };

/** Scores a recorded decision again, from its own features, findings and model answer, by this version's rules. */
export function scoreAgain({ features, findings, parts, score, outcome, stage, parameterVersion }: DecisionView): Again {
  if (score === null || features === null || parts === null || stage !== "analyze") {
    return { result: "not scored", why: "the record has no judgement of the Analyzer" };
  }
  const isOurs = FEATURE_NAMES.every((name) => Object.hasOwn(features, name)) && Object.keys(features).length === FEATURE_NAMES.length;
  if (!isOurs) return { result: "not scored", why: "it was recorded with another feature set" };
  const set = PROFILES.map(builtinParameterSet).find(({ version }) => version === parameterVersion);
  if (set === undefined) return { result: "not scored", why: `its parameters ${parameterVersion} are not built in` };
  const modelProbability = parts.model === null ? null : parts.model / 100;
  const scored = scoreToken({ features: features as Features, findings, parameters: set.parameters, modelProbability });
  const isSame = Math.abs(scored.score - score) <= TOLERANCE && scored.recommendation === outcome;
  return { result: isSame ? "same" : "differs", score: scored.score, recommendation: scored.recommendation };
}

/** The built-in parameters of a profile with their version. */
export function parametersOf(profile: ParameterProfile): ParameterSet {
  return builtinParameterSet(profile);
}
