import { bpsOf } from "../units.ts";
import type { Parameters } from "./parameters.ts";

/** Stop loss and take profit are given at these two scores, linear between them and clamped outside (specification). */
export const THRESHOLD_LOW_SCORE = 60;
export const THRESHOLD_HIGH_SCORE = 100;

type SizeParameters = Pick<
  Parameters,
  "sizeHighScore" | "sizeMidScore" | "sizeHighBps" | "sizeMidBps" | "sizeLowBps" | "minPositionLamports"
>;

/** Share of equity that a score is worth, in basis points. */
export function sizeShareBps(score: number, parameters: SizeParameters): number {
  if (score >= parameters.sizeHighScore) return parameters.sizeHighBps;
  return score >= parameters.sizeMidScore ? parameters.sizeMidBps : parameters.sizeLowBps;
}

/** Lamports to spend at the venue for a score, rounded down and capped; null when that is below the smallest position. */
export function positionSizeLamports(
  score: number,
  equityLamports: bigint,
  parameters: SizeParameters,
  capLamports: bigint | null = null,
): bigint | null {
  const share = bpsOf(equityLamports, BigInt(sizeShareBps(score, parameters)));
  const size = capLamports !== null && capLamports < share ? capLamports : share;
  return size < BigInt(parameters.minPositionLamports) ? null : size;
}

/** Loss at which a position of this score is sold, in whole basis points of its cost. */
export function stopLossBps(score: number, parameters: Pick<Parameters, "stopLossLowBps" | "stopLossHighBps">): number {
  return betweenScores(score, parameters.stopLossLowBps, parameters.stopLossHighBps);
}

/** Gain at which a position of this score is sold, in whole basis points of its cost. */
export function takeProfitBps(score: number, parameters: Pick<Parameters, "takeProfitLowBps" | "takeProfitHighBps">): number {
  return betweenScores(score, parameters.takeProfitLowBps, parameters.takeProfitHighBps);
}

function betweenScores(score: number, low: number, high: number): number {
  const clamped = Math.min(Math.max(score, THRESHOLD_LOW_SCORE), THRESHOLD_HIGH_SCORE);
  const share = (clamped - THRESHOLD_LOW_SCORE) / (THRESHOLD_HIGH_SCORE - THRESHOLD_LOW_SCORE);
  return Math.round(low + (high - low) * share);
}
