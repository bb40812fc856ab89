import type { ParameterProposal } from "../../domain/optimization/parameter-search.ts";
import type { ParameterProfile } from "../../domain/trading/parameters.ts";
import type { UnixMs } from "../../domain/units.ts";

/** Bindings of `workers/learning/wrangler.toml`. */
export interface LearningEnv {
  readonly DB: D1Database;
  readonly BUCKET: R2Bucket;
  readonly PROPOSALS: Queue<ParameterProposal>;
  readonly TRAIN: Workflow<RunParams>;
  readonly OPTIMIZE: Workflow<RunParams>;
  readonly PARAMETER_PROFILE: string;
}

/** Payload of a Workflow instance. */
export interface RunParams {
  readonly runId: string;
  readonly instanceId: string;
  /** Time of the run's start, which names what it makes. */
  readonly startedAtMs: UnixMs;
}

export interface LearningRules {
  /** Labelled candidates below which nothing is trained or searched. */
  readonly minRows: number;
  /** Growth of the data, as a factor, that makes another run worth while. */
  readonly growth: number;
  readonly trials: number;
  /** Trades that a searched set must make on the earlier part of time. */
  readonly minTrades: number;
  /** A run without a heartbeat for this long is restarted. */
  readonly staleMs: number;
}

/** The embedded market makes in minutes what the real one makes in weeks; its figures prove the machinery, not a strategy. */
export const LEARNING_RULES: Record<ParameterProfile, LearningRules> = {
  default: { minRows: 500, growth: 1.1, trials: 100, minTrades: 30, staleMs: 20 * 60_000 },
  localnet: { minRows: 60, growth: 1.15, trials: 40, minTrades: 5, staleMs: 60_000 },
};
