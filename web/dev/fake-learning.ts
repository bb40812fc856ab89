import type { ExperimentView, ModelView, RunView, StudyView } from "../../domain/api/types.ts";

/** Invented results of learning, relative to `nowMs`. */
export function fakeModels(nowMs: number): ModelView[] {
  const sha256 = "9d1e6b0c".repeat(8);
  const base = { name: "entry", rowsTrain: 812, rowsHoldout: 204, sha256 };
  return [
    {
      ...base,
      version: "3",
      family: "gradient-boosting",
      status: "refused",
      reason: "MODEL_NOT_BETTER",
      trainedAtMs: nowMs - 4 * 60_000,
      metrics: { auc: 0.681, logLoss: 0.512, brier: 0.171, ece: 0.062, positiveRate: 0.24 },
    },
    {
      ...base,
      version: "2",
      family: "logistic-regression",
      status: "champion",
      reason: null,
      trainedAtMs: nowMs - 19 * 60_000,
      metrics: { auc: 0.704, logLoss: 0.498, brier: 0.166, ece: 0.031, positiveRate: 0.25 },
    },
    {
      ...base,
      version: "1",
      family: "gradient-boosting",
      status: "refused",
      reason: "MODEL_ONE_CLASS",
      trainedAtMs: nowMs - 31 * 60_000,
      rowsHoldout: 9,
      metrics: { auc: null, logLoss: null, brier: null, ece: null },
    },
  ];
}

export function fakeStudies(nowMs: number): StudyView[] {
  return [
    {
      id: "study-2",
      startedAtMs: nowMs - 6 * 60_000,
      endedAtMs: nowMs - 5.2 * 60_000,
      trials: 60,
      bestValue: 0.214,
      baselineValue: 0.131,
      bestParameters: {
        qualityThreshold: 66,
        stopLossLowBps: 820,
        stopLossHighBps: 1_700,
        takeProfitLowBps: 2_450,
        takeProfitHighBps: 3_900,
      },
      outcome: "proposed",
      reason: null,
      proposedVersion: "tpe-2-ab77d24f1c09",
    },
    {
      id: "study-1",
      startedAtMs: nowMs - 25 * 60_000,
      endedAtMs: nowMs - 24 * 60_000,
      trials: 60,
      bestValue: 0.098,
      baselineValue: 0.102,
      bestParameters: null,
      outcome: "kept",
      reason: "PARAMETERS_NOT_BETTER",
      proposedVersion: null,
    },
  ];
}

/** The newest still runs; the oldest ended without a model. */
export function fakeRuns(nowMs: number): RunView[] {
  const base = { kind: "train", status: "done", attempt: 1, candidates: 1_034, rows: 1_016, detail: null } as const;
  const run = (startedMin: number, tookS: number, rest: Pick<RunView, "step" | "outcome"> & Partial<RunView>): RunView => {
    const startedAtMs = nowMs - startedMin * 60_000;
    return { ...base, id: `${rest.kind ?? base.kind}-${startedMin}`, startedAtMs, endedAtMs: startedAtMs + tookS * 1_000, ...rest };
  };
  const search = { kind: "optimize", step: "conclude", rows: null } as const;
  return [
    run(0.4, 0, { status: "running", step: "train-gbdt", endedAtMs: null, rows: null, outcome: null, attempt: 2 }),
    run(6, 48, { ...search, outcome: "proposed", detail: "later part: best 2094 bps on 15 trades, in force 1113 bps on 10 trades" }),
    run(19, 7, { step: "register-gbdt", outcome: "promoted", candidates: 612, rows: 604 }),
    run(25, 60, { ...search, candidates: 67, outcome: "PARAMETERS_NOT_BETTER" }),
    run(28, 95, { status: "failed", step: "etl-0", outcome: "UPSTREAM_FAILED", candidates: 67, rows: null }),
    run(31, 2, { step: "split", outcome: "MODEL_ONE_CLASS", candidates: 67, rows: 62, detail: "validation: 9 rows" }),
  ];
}

export function fakeExperiments(nowMs: number): ExperimentView[] {
  return [
    {
      id: "exp-1",
      status: "running",
      championVersion: "localnet-4f1c09ab77d2",
      challengerVersion: "tpe-2-ab77d24f1c09",
      startedAtMs: nowMs - 5 * 60_000,
      endedAtMs: null,
      shareBps: 1_500,
      reason: null,
      evidence: {
        A: { trades: 31, meanReturnBps: 84.2, winRate: 0.516 },
        B: { trades: 7, meanReturnBps: 131.7, winRate: 0.571 },
        upliftBps: 47.5,
        probabilityOfImprovement: 0.61,
        minTrades: 12,
      },
    },
  ];
}
