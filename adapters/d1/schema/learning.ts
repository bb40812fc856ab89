import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Index over the model registry, whose truth are the append-only R2 objects `registry/v1/`.
 * Written by the Learning Worker only.
 */
export const models = sqliteTable(
  "models",
  {
    name: text("name").notNull(),
    version: text("version").notNull(),
    family: text("family").notNull(),
    status: text("status", { enum: ["champion", "challenger", "refused", "retired"] }).notNull(),
    reason: text("reason"),
    detail: text("detail"),
    trainedAtMs: integer("trained_at_ms").notNull(),
    rowsTrain: integer("rows_train").notNull(),
    rowsHoldout: integer("rows_holdout").notNull(),
    metricsJson: text("metrics_json").notNull(),
    sha256: text("sha256").notNull(),
    bytes: integer("bytes").notNull(),
    artifactKey: text("artifact_key").notNull(),
    signatureHash: text("signature_hash").notNull(),
    featureSetVersion: text("feature_set_version").notNull(),
    datasetHash: text("dataset_hash").notNull(),
    parentVersion: text("parent_version"),
  },
  (table) => [primaryKey({ columns: [table.name, table.version] }), index("models_trained_at").on(table.trainedAtMs)],
);

/** One row per parameter search. Written by the Learning Worker only. */
export const studies = sqliteTable(
  "studies",
  {
    id: text("id").primaryKey(),
    startedAtMs: integer("started_at_ms").notNull(),
    endedAtMs: integer("ended_at_ms"),
    trials: integer("trials").notNull(),
    candidates: integer("candidates").notNull(),
    /** Objective on the later part of time; null before validation. */
    bestValue: real("best_value"),
    baselineValue: real("baseline_value"),
    bestParametersJson: text("best_parameters_json"),
    baseVersion: text("base_version").notNull(),
    outcome: text("outcome", { enum: ["running", "proposed", "refused"] }).notNull(),
    reason: text("reason"),
    proposedVersion: text("proposed_version"),
    evidenceJson: text("evidence_json").notNull(),
  },
  (table) => [index("studies_started_at").on(table.startedAtMs)],
);

/** Every trial of every search, the bad ones too: a search that hides its trials overstates its winner. */
export const studyTrials = sqliteTable(
  "study_trials",
  {
    studyId: text("study_id").notNull(),
    number: integer("number").notNull(),
    parametersJson: text("parameters_json").notNull(),
    /** Objective, maximised. */
    value: real("value").notNull(),
    trades: integer("trades").notNull(),
    meanReturnBps: real("mean_return_bps").notNull(),
  },
  (table) => [primaryKey({ columns: [table.studyId, table.number] })],
);

/** Heartbeat of each Workflow run: a run that stops moving is restarted by the watchdog. */
export const trainingRuns = sqliteTable(
  "training_runs",
  {
    id: text("id").primaryKey(),
    kind: text("kind", { enum: ["train", "optimize"] }).notNull(),
    /** Workflow instance that works on the run now; a restart gets a new one. */
    instanceId: text("instance_id").notNull(),
    attempt: integer("attempt").notNull(),
    status: text("status", { enum: ["running", "done", "failed"] }).notNull(),
    step: text("step").notNull(),
    startedAtMs: integer("started_at_ms").notNull(),
    heartbeatAtMs: integer("heartbeat_at_ms").notNull(),
    endedAtMs: integer("ended_at_ms"),
    outcome: text("outcome"),
    detail: text("detail"),
  },
  (table) => [index("training_runs_status").on(table.status, table.heartbeatAtMs)],
);
