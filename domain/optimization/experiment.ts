import { createRng } from "../random.ts";
import type { ReasonCode } from "../reasons.ts";
import { bootstrap, groupIndex } from "../statistics/bootstrap.ts";
import { chiSquare1UpperTail } from "../statistics/normal.ts";
import type { Arm } from "../trading/signal.ts";
import type { UnixMs } from "../units.ts";

/** What became of one candidate of an experiment: its net return, 0 when it was not bought. */
export interface ArmOutcome {
  readonly arm: Arm;
  readonly decidedAtMs: UnixMs;
  readonly traded: boolean;
  readonly returnBps: number;
}

/** The data are looked at after these multiples of the shortest duration, and at no other time. */
export const LOOKS = [1, 2, 4] as const;
/** One-sided error over all looks, shared equally (Bonferroni). */
const TOTAL_ALPHA = 0.05;
/** A split this unlikely is a fault of the assignment, not chance. */
const SAMPLE_RATIO_ALPHA = 0.001;
/** Time blocks per look: candidates of one block share the market's mood and are drawn together. */
const BLOCKS = 20;
const RESAMPLES = 2_000;

export interface ExperimentRules {
  readonly experimentId: string;
  readonly startedAtMs: UnixMs;
  readonly minMs: number;
  /** Trades that each arm needs. */
  readonly minTrades: number;
  /** Relative improvement of the mean return per candidate that adoption needs. */
  readonly adoptionUpliftBps: number;
  readonly shareBps: number;
}

export interface ArmFigures {
  readonly candidates: number;
  readonly trades: number;
  /** Per candidate of the arm, the untraded counted as 0. */
  readonly meanReturnBps: number;
}

export interface ExperimentEvidence {
  readonly look: number;
  readonly a: ArmFigures;
  readonly b: ArmFigures;
  /** Mean of B less mean of A, in basis points of return per candidate, with its interval. */
  readonly difference: { readonly estimate: number; readonly lower: number; readonly upper: number; readonly alpha: number };
  /** Difference relative to A's mean, in basis points. */
  readonly upliftBps: number;
  readonly sampleRatioP: number;
}

export interface ExperimentVerdict {
  readonly outcome: "adopted" | "rejected" | "inconclusive" | "extend";
  readonly reason: ReasonCode | null;
  readonly detail: string;
  readonly evidence: ExperimentEvidence;
}

/** The look that is due: its number from 1 and the end of its data; null when none is. */
export function dueLook(rules: ExperimentRules, looksDone: number, nowMs: UnixMs): { look: number; endMs: UnixMs } | null {
  const multiple = LOOKS[looksDone];
  if (multiple === undefined) return null;
  const endMs = rules.startedAtMs + multiple * rules.minMs;
  return nowMs >= endMs ? { look: looksDone + 1, endMs } : null;
}

/**
 * Decides an experiment from the candidates of both arms up to a look. The candidate is the unit, as
 * it is what was assigned: comparing trades alone would favour the arm that skips the hard ones.
 * Adopts when each arm has `minTrades`, B's mean is above A's by the required share, and the lower
 * bound of the difference (bootstrap over time blocks) is above zero; rejects when the upper bound is
 * below; else extends until the last look. A split far from the intended one ends it undecided.
 */
export function decideExperiment(outcomes: readonly ArmOutcome[], rules: ExperimentRules, look: number): ExperimentVerdict {
  const alpha = TOTAL_ALPHA / LOOKS.length;
  const multiple = LOOKS[look - 1] ?? LOOKS[LOOKS.length - 1] ?? 1;
  const blockMs = Math.max(1, (multiple * rules.minMs) / BLOCKS);
  const { index, count } = groupIndex(outcomes.map(({ decidedAtMs }) => String(Math.floor((decidedAtMs - rules.startedAtMs) / blockMs))));
  const sums = { A: new Float64Array(count), B: new Float64Array(count) };
  const sizes = { A: new Float64Array(count), B: new Float64Array(count) };
  const trades = { A: 0, B: 0 };
  outcomes.forEach(({ arm, traded, returnBps }, i) => {
    const block = index[i] as number;
    sums[arm][block] = (sums[arm][block] as number) + returnBps;
    sizes[arm][block] = (sizes[arm][block] as number) + 1;
    trades[arm] += traded ? 1 : 0;
  });
  const meanOf = (arm: Arm, times: Float64Array): number => dot(sums[arm], times) / dot(sizes[arm], times);
  const interval = bootstrap(
    count,
    (times) => meanOf("B", times) - meanOf("A", times),
    createRng(`${rules.experimentId}/look-${look}`),
    alpha,
    RESAMPLES,
  );
  const once = new Float64Array(count).fill(1);
  const figures = (arm: Arm): ArmFigures => {
    const candidates = dot(sizes[arm], once);
    return { candidates, trades: trades[arm], meanReturnBps: candidates === 0 ? 0 : meanOf(arm, once) };
  };
  const [a, b] = [figures("A"), figures("B")];
  const gain = b.meanReturnBps - a.meanReturnBps;
  const evidence: ExperimentEvidence = {
    look,
    a,
    b,
    difference: { estimate: gain, lower: interval.lower, upper: interval.upper, alpha },
    // A mean near zero would make any difference look enormous: it counts as at least 1 bps.
    upliftBps: (10_000 * gain) / Math.max(1, Math.abs(a.meanReturnBps)),
    sampleRatioP: sampleRatioP(a.candidates, b.candidates, rules.shareBps),
  };
  return { ...verdictOf(evidence, rules, look === LOOKS.length), evidence };
}

function verdictOf(evidence: ExperimentEvidence, rules: ExperimentRules, isLast: boolean): Omit<ExperimentVerdict, "evidence"> {
  const { a, b, difference, upliftBps, sampleRatioP: p } = evidence;
  const interval = `difference ${difference.estimate.toFixed(1)} bps per candidate [${difference.lower.toFixed(1)}, ${difference.upper.toFixed(1)}]`;
  if (p < SAMPLE_RATIO_ALPHA) {
    const detail = `the split ${a.candidates}:${b.candidates} does not fit the intended share (p ${p.toExponential(1)})`;
    return { outcome: "inconclusive", reason: "EXPERIMENT_INCONCLUSIVE", detail };
  }
  if (Math.min(a.trades, b.trades) >= rules.minTrades) {
    if (difference.lower > 0 && upliftBps > rules.adoptionUpliftBps) return { outcome: "adopted", reason: null, detail: interval };
    if (difference.upper < 0) return { outcome: "rejected", reason: "EXPERIMENT_NOT_BETTER", detail: interval };
  }
  const detail = `${a.trades} and ${b.trades} trades of at least ${rules.minTrades}; ${interval}`;
  return isLast ? { outcome: "inconclusive", reason: "EXPERIMENT_INCONCLUSIVE", detail } : { outcome: "extend", reason: null, detail };
}

/** Chi-square test of the split against the intended share of B; 1 without candidates. */
export function sampleRatioP(a: number, b: number, shareBps: number): number {
  const total = a + b;
  const expected = (total * shareBps) / 10_000;
  if (expected === 0 || expected === total) return 1;
  return chiSquare1UpperTail((b - expected) ** 2 / expected + (a - (total - expected)) ** 2 / (total - expected));
}

function dot(values: Float64Array, times: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) * (times[i] as number);
  return sum;
}
