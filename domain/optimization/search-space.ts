import type { Rng } from "../random.ts";

/** One searched parameter. `step` makes a grid from `low`; `log` searches the logarithm. */
export type Dimension =
  | { readonly kind: "float"; readonly low: number; readonly high: number; readonly step?: number; readonly log?: boolean }
  | { readonly kind: "int"; readonly low: number; readonly high: number; readonly step?: number; readonly log?: boolean }
  | { readonly kind: "categorical"; readonly choices: readonly string[] };

export type SearchSpace = Readonly<Record<string, Dimension>>;
export type Point = Readonly<Record<string, number | string>>;

/** A dimension on the axis that is searched: for grids the bounds reach half a step beyond the ends. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly toAxis: (value: number) => number;
  /** Nearest value of the dimension. */
  readonly fromAxis: (position: number) => number;
  /** The stretch of the axis that becomes this value; null for a continuous dimension. */
  readonly cell: ((value: number) => readonly [number, number]) | null;
}

/** The axis of a numeric dimension. */
export function axisOf(dimension: Exclude<Dimension, { kind: "categorical" }>): Axis {
  const { low, high } = dimension;
  const step = dimension.step ?? (dimension.kind === "int" ? 1 : 0);
  const toAxis = dimension.log === true ? Math.log : (value: number) => value;
  const back = dimension.log === true ? Math.exp : (value: number) => value;
  const clip = (value: number): number => Math.min(high, Math.max(low, value));
  if (step === 0) return { low: toAxis(low), high: toAxis(high), toAxis, fromAxis: (position) => clip(back(position)), cell: null };
  return {
    low: toAxis(low - step / 2),
    high: toAxis(high + step / 2),
    toAxis,
    fromAxis: (position) => clip(low + Math.round((back(position) - low) / step) * step),
    cell: (value) => [toAxis(value - step / 2), toAxis(value + step / 2)],
  };
}

/** A point drawn uniformly over every axis. */
export function randomPoint(space: SearchSpace, rng: Rng): Point {
  const point: Record<string, number | string> = {};
  for (const [name, dimension] of Object.entries(space)) {
    if (dimension.kind === "categorical") point[name] = dimension.choices[rng.int(dimension.choices.length)] as string;
    else {
      const axis = axisOf(dimension);
      point[name] = axis.fromAxis(axis.low + rng.next() * (axis.high - axis.low));
    }
  }
  return point;
}
