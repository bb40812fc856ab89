/** How one numeric trading parameter may be set. */
export interface ParameterSpec {
  readonly default: number;
  /** The embedded market's value where its tempo differs from the real market's. */
  readonly localnet?: number;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
  readonly why: string;
}
