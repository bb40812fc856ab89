import type { Rng } from "../../domain/random.ts";
import { builtinParameterSet } from "../../domain/trading/parameter-set.ts";
import type { ParameterSet } from "../../domain/trading/parameters.ts";

/** Parameters of one seed: short lives and small budgets, so that a few hundred events see whole trades. */
export function drawParameters(rng: Rng): ParameterSet {
  const pick = <T>(...values: readonly T[]): T => values[rng.int(values.length)] ?? (values[0] as T);
  const builtin = builtinParameterSet("default");
  return {
    ...builtin,
    version: "simulated",
    parameters: {
      ...builtin.parameters,
      maxHoldMs: pick(8_000, 20_000, 45_000, 90_000),
      markIntervalMs: pick(1_000, 3_000, 8_000),
      signalExpiryMs: pick(15_000, 20_000, 60_000),
      signalMaxPriceMoveBps: pick(1_500, 9_000),
      maxPositions: pick(1, 2, 3, 10),
      maxCostShareBps: 10_000,
      minPositionLamports: pick(1_000_000, 50_000_000),
      paperCapitalUsd: pick(1_000, 10_000, 10_000_000),
      paperFailureBps: pick(0, 300, 3_000),
      maxEntryAttempts: pick(1, 2, 3),
      entrySlippageBps: pick(100, 500, 3_000),
      ladderRungs: pick(1, 2, 3),
      ladderShareBps: pick(1_000, 3_333, 4_000),
      takeProfitConfirmMs: pick(0, 1_200),
      stopLossLowBps: 500,
      stopLossHighBps: 600,
      takeProfitLowBps: pick(1_500, 2_000),
      takeProfitHighBps: pick(2_000, 3_000),
      priorityFeeLamports: pick(5_000, 100_000),
      tipLamports: pick(1_000, 200_000),
      maxDrawdownBps: pick(50, 500, 1_500, 9_000),
      dailyLossLimitBps: pick(50, 1_000, 10_000),
      maxConsecutiveLosses: pick(1, 3, 6),
      breakerPauseMs: pick(5_000, 60_000, 3_600_000),
      entryCooldownMs: pick(0, 0, 2_000),
      creatorCooldownMs: pick(0, 60_000, 86_400_000),
      maxTokenExposureBps: pick(1_500, 10_000),
      maxCreatorExposureBps: pick(2_000, 10_000),
      maxExposureBps: pick(3_000, 9_000),
      maxHourlyExposureBps: 1_000_000,
      maxEntriesPerHour: pick(3, 3_600),
      maxMarkAgeMs: pick(15_000, 600_000),
      maxFailedPolls: pick(5, 1_000),
      maxSlippageBreaches: pick(4, 1_000),
    },
  };
}
