/** What a feature tells of. */
export type FeatureGroup = "liquidity" | "trading" | "holders" | "smart money" | "curve" | "developer" | "social" | "market";

/** Where a feature's data comes from; `docs/scoring.md` says what each costs. */
export type FeatureSource =
  | "candidate"
  | "accounts"
  | "holders"
  | "curve history"
  | "pool history"
  | "pool trades"
  | "creation slot"
  | "own records"
  | "posts"
  | "classifiers";

export interface FeatureSpec {
  readonly group: FeatureGroup;
  readonly unit: string;
  /** Values outside are cut to the range. */
  readonly min: number;
  readonly max: number;
  /** When the value is null. */
  readonly missing: string;
  /** Where it comes from, and without which other sources it is missing too; the accounts, which every judgement has, are not named. */
  readonly source: FeatureSource;
  readonly needs: readonly FeatureSource[];
  /** What it is, where the name does not say all. */
  readonly meaning: string;
}

export type FeatureSpecs = Readonly<Record<string, FeatureSpec>>;

/** One value for each feature of a group. */
export type ValuesOf<S extends FeatureSpecs> = { readonly [name in keyof S]: number | null };

type Body = readonly [unit: string, min: number, max: number, missing: string, meaning: string];

/** Builds the specs of one group and source. */
export function specsOf(group: FeatureGroup, source: FeatureSource, ...needs: readonly FeatureSource[]) {
  return (...[unit, min, max, missing, meaning]: Body): FeatureSpec => ({ group, source, needs, unit, min, max, missing, meaning });
}

/** A finite number above zero, else null: a price or a supply of nothing says nothing. */
export function positive(value: number | null | undefined): number | null {
  return value != null && Number.isFinite(value) && value > 0 ? value : null;
}

/** `part / whole`, or null when there is no whole. */
export function ratio(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || !(whole > 0) ? null : part / whole;
}

/** An amount as a share of the supply; null when either is unknown. */
export function shareOfSupply(amount: bigint | null, supply: bigint | null): number | null {
  return amount === null || amount < 0n || supply === null || supply <= 0n ? null : Number(amount) / Number(supply);
}

/** The middle of the values, the mean of the middle two; null of none. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}
