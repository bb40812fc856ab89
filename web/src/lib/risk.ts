import type { RiskLimit } from "../../../domain/api/types.ts";
import { DASH, formatDuration, formatLatency, formatNumber, formatPercent } from "./format.ts";

/** From this share of a limit on it is worth a look. */
const NEAR = 0.8;

/** Used part of a limit between 0 and 1; 0 for a limit that is switched off. */
export function limitShare({ used, limit }: Pick<RiskLimit, "used" | "limit">): number {
  if (!Number.isFinite(used) || !Number.isFinite(limit) || used <= 0) return 0;
  return limit <= 0 ? 1 : Math.min(1, used / limit);
}

export type LimitTone = "reached" | "near" | "free";

/** How a limit stands; a tripped breaker stays reached although its figure has recovered. */
export function limitTone(limit: Pick<RiskLimit, "used" | "limit" | "isReached">): LimitTone {
  if (limit.isReached) return "reached";
  return limitShare(limit) >= NEAR ? "near" : "free";
}

/** An amount of a limit in its unit. */
export function limitAmount(amount: number, unit: RiskLimit["unit"]): string {
  if (!Number.isFinite(amount)) return DASH;
  if (unit === "bps") return formatPercent(amount);
  if (unit === "ms") return amount < 60_000 ? formatLatency(amount) : formatDuration(amount);
  return formatNumber(amount);
}

/** "3 of 10 positions", "12.0% of 15.0%". */
export function limitText({ used, limit, unit }: RiskLimit): string {
  const word = unit === "bps" || unit === "ms" ? "" : ` ${unit}`;
  return `${limitAmount(used, unit)} of ${limitAmount(limit, unit)}${word}`;
}
