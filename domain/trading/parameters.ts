import { ok, type Refusal, type Result, refuse } from "../result.ts";
import { type NumericParameterName, PARAMETER_TABLE, type ParameterSpec } from "./parameter-table.ts";

export type TradingMode = "paper" | "live";

/** One complete, validated set of trading parameters. The mode is none of them: going live is a person's decision, not a set's. */
export type Parameters = { readonly [name in NumericParameterName]: number };

/** An immutable, versioned parameter set: every decision names its `version`. */
export interface ParameterSet {
  /** `<name>-<first 12 hex digits of the content hash>`. */
  readonly version: string;
  readonly name: string;
  readonly parent: string | null;
  readonly author: string;
  readonly createdAtMs: number;
  readonly parameters: Parameters;
}

export type ParameterProfile = "default" | "localnet";

const SPECS: ReadonlyArray<readonly [NumericParameterName, ParameterSpec]> = Object.entries(PARAMETER_TABLE) as Array<
  [NumericParameterName, ParameterSpec]
>;

/** The built-in set of a profile: `localnet` replaces the values that depend on the market's tempo. */
export function builtinParameters(profile: ParameterProfile): Parameters {
  const values: Partial<Record<NumericParameterName, number>> = {};
  for (const [name, spec] of SPECS) {
    values[name] = profile === "localnet" && spec.localnet !== undefined ? spec.localnet : spec.default;
  }
  return values as Parameters;
}

/**
 * Checks an untrusted object: every name known, every value present, finite, integer where required
 * and inside its range; cross-field rules hold. Refuses with PARAMETERS_INVALID and names the field.
 */
export function parseParameters(input: unknown): Result<Parameters, "PARAMETERS_INVALID"> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid("expected an object");
  const record = input as Record<string, unknown>;
  for (const name of Object.keys(record)) {
    if (!Object.hasOwn(PARAMETER_TABLE, name)) return invalid(`unknown parameter ${name}`);
  }
  const values: Partial<Record<NumericParameterName, number>> = {};
  for (const [name, spec] of SPECS) {
    const value = record[name];
    if (typeof value !== "number" || !Number.isFinite(value)) return invalid(`${name} must be a number`);
    if (spec.integer && !Number.isSafeInteger(value)) return invalid(`${name} must be an integer`);
    if (value < spec.min || value > spec.max) return invalid(`${name} must be ${spec.min}..${spec.max}, was ${value}`);
    values[name] = value;
  }
  const parameters = values as Parameters;
  const weights = parameters.weightOnChain + parameters.weightSentiment + parameters.weightSocial;
  if (Math.abs(weights - 1) > 1e-9) return invalid("score weights must add up to 1");
  if (parameters.stopLossLowBps > parameters.stopLossHighBps) return invalid("stopLossLowBps exceeds stopLossHighBps");
  if (parameters.takeProfitLowBps > parameters.takeProfitHighBps) return invalid("takeProfitLowBps exceeds takeProfitHighBps");
  if (parameters.sizeMidScore > parameters.sizeHighScore) return invalid("sizeMidScore exceeds sizeHighScore");
  if (parameters.paperLandingMinSlots > parameters.paperLandingMaxSlots)
    return invalid("paperLandingMinSlots exceeds paperLandingMaxSlots");
  if (parameters.ladderShareBps * (parameters.ladderRungs - 1) >= 10_000)
    return invalid("the ladder's rungs sell everything before the last");
  return ok(parameters);
}

function invalid(detail: string): Refusal<"PARAMETERS_INVALID"> {
  return refuse("PARAMETERS_INVALID", detail);
}
