import { ok, type Result } from "../result.ts";
import { makeParameterSet } from "../trading/parameter-set.ts";
import { PARAMETER_TABLE } from "../trading/parameter-table.ts";
import { type ParameterSet, type Parameters, parseParameters } from "../trading/parameters.ts";
import type { UnixMs } from "../units.ts";
import type { Point, SearchSpace } from "./search-space.ts";

/** The settings that are searched; every other one keeps the value in force. */
export const SEARCHED = ["qualityThreshold", "stopLossLowBps", "stopLossHighBps", "takeProfitLowBps", "takeProfitHighBps"] as const;
export type SearchedParameters = Pick<Parameters, (typeof SEARCHED)[number]>;

/** Whole scores, half percents and percents: finer steps than the data can tell apart only fit its noise. */
const STEPS: Record<(typeof SEARCHED)[number], number> = {
  qualityThreshold: 1,
  stopLossLowBps: 50,
  stopLossHighBps: 50,
  takeProfitLowBps: 100,
  takeProfitHighBps: 100,
};

/** The ranges of the parameter table. */
export const PARAMETER_SPACE: SearchSpace = Object.fromEntries(
  SEARCHED.map((name) => [name, { kind: "int", low: PARAMETER_TABLE[name].min, high: PARAMETER_TABLE[name].max, step: STEPS[name] }]),
);

/** Puts the two ends of stop loss and of take profit in order: which draw is which end has no meaning. */
export function orderedPoint(point: Point): SearchedParameters {
  const value = (name: (typeof SEARCHED)[number]): number => Number(point[name]);
  const [stopA, stopB, takeA, takeB] = [
    value("stopLossLowBps"),
    value("stopLossHighBps"),
    value("takeProfitLowBps"),
    value("takeProfitHighBps"),
  ];
  return {
    qualityThreshold: value("qualityThreshold"),
    stopLossLowBps: Math.min(stopA, stopB),
    stopLossHighBps: Math.max(stopA, stopB),
    takeProfitLowBps: Math.min(takeA, takeB),
    takeProfitHighBps: Math.max(takeA, takeB),
  };
}

/** The searched part of a set. */
export function searchedOf(parameters: Parameters): SearchedParameters {
  return orderedPoint(parameters as unknown as Point);
}

/** What the Learning Worker proposes over the queue `sniper-proposals`. */
export interface ParameterProposal {
  readonly type: "parameters";
  readonly studyId: string;
  /** Laid over the set in force. */
  readonly parameters: SearchedParameters;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** The searched values laid over a set: a new immutable version. Refuses with PARAMETERS_INVALID. */
export function tunedSet(
  base: ParameterSet,
  searched: SearchedParameters,
  author: string,
  createdAtMs: UnixMs,
): Result<ParameterSet, "PARAMETERS_INVALID"> {
  const parsed = parseParameters({ ...base.parameters, ...searched });
  if (!parsed.ok) return parsed;
  return ok(makeParameterSet({ name: "tuned", parent: base.version, author, createdAtMs, parameters: parsed.value }));
}
