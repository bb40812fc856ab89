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

/** How many costs differ from their prediction; null while one of them is unknown. */
export function countMisses(predicted: TradeCosts | null, actual: TradeCosts | null): number | null {
  const rows = costRows(predicted, actual);
  return rows.some(({ difference }) => difference === null) ? null : rows.filter(({ difference }) => difference !== 0n).length;
}

/** Share of a budget that is used, 0 to 1; null when the limit is no positive amount. */
export function usedShare(used: bigint | null, limit: bigint | null): number | null {
  if (used === null || limit === null || limit <= 0n) return null;
  return Math.min(1, Number((used * 10_000n) / limit) / 10_000);
}

function readAmount(text: string | undefined): bigint | null {
  return text !== undefined && /^-?\d{1,39}$/.test(text) ? BigInt(text) : null;
}
