import type { IntentView } from "../../../domain/api/types.ts";
import type { TradeCosts } from "../../../domain/journal/entry.ts";

/** One cost of a landed order: what was expected, what moved. Null where it is not known. */
export interface CostRow {
  readonly label: string;
  /** Base units are counted in the token's own smallest unit, everything else in lamports. */
  readonly unit: "lamports" | "base units";
  readonly predicted: bigint | null;
  readonly actual: bigint | null;
  /** Actual less predicted; null when either is unknown. */
  readonly difference: bigint | null;
}

const COSTS: ReadonlyArray<readonly [keyof TradeCosts, string]> = [
  ["baseAmount", "Tokens"],
  ["quoteLamports", "Paid to or got from the venue"],
  ["venueFeeLamports", "Venue fees, within the above"],
  ["networkFeeLamports", "Network and priority fee"],
  ["tipLamports", "Tip"],
  ["rentLamports", "Rent of our token account"],
  ["otherRentLamports", "Rent that does not come back"],
];

/** Predicted against actual, cost by cost. */
export function costRows(predicted: TradeCosts | null, actual: TradeCosts | null): CostRow[] {
  return COSTS.map(([name, label]) => {
    const [before, after] = [readAmount(predicted?.[name]), readAmount(actual?.[name])];
    const difference = before === null || after === null ? null : after - before;
    return { label, unit: name === "baseAmount" ? "base units" : "lamports", predicted: before, actual: after, difference };
  });
}

/**
 * How a landed order compares with its prediction. The engine computes the trade once more on the reserves that
 * its transaction met: `missed` when that is not what moved, which the order's detail then tells. `moved` when only
 * the price changed between quote and landing. Null while it has not landed or a cost is unknown.
 */
export function judgeOrder(intent: Pick<IntentView, "status" | "detail" | "predicted" | "actual">): "equal" | "moved" | "missed" | null {
  const differences = costRows(intent.predicted, intent.actual).map(({ difference }) => difference);
  if (intent.status !== "landed" || differences.includes(null)) return null;
  if (intent.detail !== null) return "missed";
  return differences.every((difference) => difference === 0n) ? "equal" : "moved";
}

/** Share of a budget that is used, 0 to 1; null when the limit is no positive amount. */
export function usedShare(used: bigint | null, limit: bigint | null): number | null {
  if (used === null || limit === null || limit <= 0n) return null;
  return Math.min(1, Number((used * 10_000n) / limit) / 10_000);
}

function readAmount(text: string | undefined): bigint | null {
  return text !== undefined && /^-?\d{1,39}$/.test(text) ? BigInt(text) : null;
}
