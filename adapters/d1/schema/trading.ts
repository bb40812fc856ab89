import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Projection of the journal. The Executor is its only writer; dropping every table and letting it
 * project again gives the same rows. `seq` is the journal sequence that a row stands for: an upsert
 * never replaces a row by an older one. Amounts are u64 and therefore TEXT.
 */

export const decisions = sqliteTable(
  "decisions",
  {
    id: text("id").primaryKey(),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    stage: text("stage", { enum: ["discover", "analyze", "trade"] }).notNull(),
    outcome: text("outcome", { enum: ["BUY", "WATCH", "DECLINE"] }).notNull(),
    mint: text("mint").notNull(),
    pool: text("pool").notNull(),
    creator: text("creator"),
    symbol: text("symbol").notNull(),
    name: text("name").notNull(),
    signature: text("signature").notNull(),
    slot: integer("slot"),
    source: text("source").notNull(),
    score: real("score"),
    partsJson: text("parts_json").notNull(),
    reasonsJson: text("reasons_json").notNull(),
    findingsJson: text("findings_json").notNull(),
    featureSetVersion: text("feature_set_version"),
    featuresJson: text("features_json").notNull(),
    contributionsJson: text("contributions_json").notNull(),
    explanationJson: text("explanation_json").notNull(),
    missingJson: text("missing_json").notNull(),
    liquidityLamports: text("liquidity_lamports"),
    solUsd: real("sol_usd"),
    parameterVersion: text("parameter_version").notNull(),
    modelVersion: text("model_version"),
    arm: text("arm"),
    isDryRun: integer("is_dry_run", { mode: "boolean" }).notNull(),
    latencyMs: integer("latency_ms").notNull(),
    /** Whether a hard safety finding stood against the token. */
    isVetoed: integer("is_vetoed", { mode: "boolean" }).notNull(),
  },
  (table) => [
    index("decisions_seq").on(table.seq),
    index("decisions_at").on(table.atMs),
    index("decisions_mint").on(table.mint, table.seq),
    index("decisions_creator").on(table.creator, table.atMs),
    index("decisions_outcome").on(table.outcome, table.seq),
  ],
);

/** What a judgement lacked and was read after it, for learning alone. */
export const lateFeatures = sqliteTable(
  "late_features",
  {
    decisionId: text("decision_id").primaryKey(),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    mint: text("mint").notNull(),
    featureSetVersion: text("feature_set_version").notNull(),
    asOfSlot: integer("as_of_slot").notNull(),
    asOfMs: integer("as_of_ms").notNull(),
    featuresJson: text("features_json").notNull(),
    sourcesJson: text("sources_json").notNull(),
    rpcCalls: integer("rpc_calls").notNull(),
    credits: integer("credits").notNull(),
  },
  (table) => [index("late_features_mint").on(table.mint)],
);

/** Delivered transactions that were no graduation, or none to be trusted. */
export const rejections = sqliteTable(
  "rejections",
  {
    id: text("id").primaryKey(),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    signature: text("signature"),
    slot: integer("slot"),
    source: text("source").notNull(),
    reason: text("reason").notNull(),
    detail: text("detail"),
  },
  (table) => [index("rejections_seq").on(table.seq)],
);

/** One row per reason of a decision or rejection, so that the count per reason is one GROUP BY. */
export const decisionReasons = sqliteTable(
  "decision_reasons",
  {
    decisionId: text("decision_id").notNull(),
    /** Position in the decision's list: 0 is the reason that settled it. */
    rank: integer("rank").notNull(),
    code: text("code").notNull(),
    detail: text("detail"),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    /** The decision's outcome, or REJECTED. */
    outcome: text("outcome").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.decisionId, table.rank] }),
    index("decision_reasons_at").on(table.atMs, table.code),
    index("decision_reasons_code").on(table.code, table.seq),
  ],
);

/** Orders as they were decided, paper and live; what became of a live one is in `intents`. */
export const orders = sqliteTable(
  "orders",
  {
    orderId: text("order_id").primaryKey(),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    positionId: text("position_id").notNull(),
    ledger: text("ledger").notNull(),
    isDryRun: integer("is_dry_run", { mode: "boolean" }).notNull(),
    mint: text("mint").notNull(),
    side: text("side", { enum: ["buy", "sell"] }).notNull(),
    attempt: integer("attempt").notNull(),
    amountIn: text("amount_in").notNull(),
    minOut: text("min_out").notNull(),
    slippageBps: integer("slippage_bps").notNull(),
    slot: integer("slot").notNull(),
    reason: text("reason"),
    parameterVersion: text("parameter_version").notNull(),
    modelVersion: text("model_version"),
  },
  (table) => [index("orders_position").on(table.positionId), index("orders_seq").on(table.seq)],
);

export const fills = sqliteTable(
  "fills",
  {
    id: text("id").primaryKey(),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    positionId: text("position_id").notNull(),
    ledger: text("ledger").notNull(),
    isDryRun: integer("is_dry_run", { mode: "boolean" }).notNull(),
    mint: text("mint").notNull(),
    side: text("side", { enum: ["buy", "sell"] }).notNull(),
    attempt: integer("attempt").notNull(),
    slot: integer("slot").notNull(),
    baseAmount: text("base_amount").notNull(),
    quoteLamports: text("quote_lamports").notNull(),
    venueFeeLamports: text("venue_fee_lamports").notNull(),
    networkCostLamports: text("network_cost_lamports").notNull(),
    rentLamports: text("rent_lamports").notNull(),
    impactBps: integer("impact_bps").notNull(),
    parameterVersion: text("parameter_version").notNull(),
    modelVersion: text("model_version"),
  },
  (table) => [index("fills_position").on(table.positionId), index("fills_at").on(table.atMs)],
);

/** The newest known state per position. */
export const positions = sqliteTable(
  "positions",
  {
    positionId: text("position_id").primaryKey(),
    seq: integer("seq").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
    ledger: text("ledger").notNull(),
    isDryRun: integer("is_dry_run", { mode: "boolean" }).notNull(),
    mint: text("mint").notNull(),
    pool: text("pool").notNull(),
    symbol: text("symbol").notNull(),
    status: text("status", { enum: ["entering", "open", "exiting", "closed", "abandoned"] }).notNull(),
    score: real("score").notNull(),
    reason: text("reason"),
    openedAtMs: integer("opened_at_ms"),
    baseAmount: text("base_amount").notNull(),
    costLamports: text("cost_lamports").notNull(),
    valueLamports: text("value_lamports"),
    stopLossBps: integer("stop_loss_bps").notNull(),
    takeProfitBps: integer("take_profit_bps").notNull(),
    soldBps: integer("sold_bps"),
    peakReturnBps: integer("peak_return_bps"),
    deadlineMs: integer("deadline_ms").notNull(),
    parameterVersion: text("parameter_version").notNull(),
    modelVersion: text("model_version"),
  },
  (table) => [index("positions_seq").on(table.seq), index("positions_status").on(table.status, table.seq)],
);

export const trades = sqliteTable(
  "trades",
  {
    positionId: text("position_id").primaryKey(),
    seq: integer("seq").notNull(),
    signalId: text("signal_id").notNull(),
    ledger: text("ledger").notNull(),
    isDryRun: integer("is_dry_run", { mode: "boolean" }).notNull(),
    mint: text("mint").notNull(),
    pool: text("pool").notNull(),
    symbol: text("symbol").notNull(),
    score: real("score").notNull(),
    openedAtMs: integer("opened_at_ms").notNull(),
    closedAtMs: integer("closed_at_ms").notNull(),
    holdMs: integer("hold_ms").notNull(),
    baseAmount: text("base_amount").notNull(),
    costLamports: text("cost_lamports").notNull(),
    proceedsLamports: text("proceeds_lamports").notNull(),
    feesLamports: text("fees_lamports").notNull(),
    pnlLamports: text("pnl_lamports").notNull(),
    returnBps: integer("return_bps").notNull(),
    exitReason: text("exit_reason").notNull(),
    parameterVersion: text("parameter_version").notNull(),
    modelVersion: text("model_version"),
  },
  (table) => [
    index("trades_seq").on(table.seq),
    index("trades_ledger").on(table.ledger, table.closedAtMs),
    index("trades_exit_reason").on(table.exitReason, table.seq),
  ],
);

export const equity = sqliteTable(
  "equity",
  {
    id: text("id").primaryKey(),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    ledger: text("ledger").notNull(),
    isDryRun: integer("is_dry_run", { mode: "boolean" }).notNull(),
    equityLamports: text("equity_lamports").notNull(),
    cashLamports: text("cash_lamports").notNull(),
    reservedLamports: text("reserved_lamports").notNull(),
    positionsLamports: text("positions_lamports").notNull(),
    realisedLamports: text("realised_lamports").notNull(),
    peakLamports: text("peak_lamports").notNull(),
    drawdownBps: integer("drawdown_bps").notNull(),
    openPositions: integer("open_positions").notNull(),
    solUsd: real("sol_usd").notNull(),
  },
  (table) => [
    index("equity_ledger").on(table.ledger, table.atMs),
    // One step to a UTC day's deepest record; the queries must write the day exactly so.
    index("equity_day").on(table.ledger, sql`at_ms / 86400000`, table.drawdownBps),
  ],
);

/** Which candidates have a recorded price path; the samples themselves are Parquet on R2. */
export const pricePaths = sqliteTable(
  "price_paths",
  {
    id: text("id").primaryKey(),
    seq: integer("seq").notNull(),
    mint: text("mint").notNull(),
    pool: text("pool").notNull(),
    startedAtMs: integer("started_at_ms").notNull(),
    horizonMs: integer("horizon_ms").notNull(),
    isComplete: integer("is_complete", { mode: "boolean" }).notNull(),
    samples: integer("samples").notNull(),
    closedAtMs: integer("closed_at_ms").notNull(),
    /** Price at the end against the beginning, less one; null for a path that broke off. */
    change: real("change"),
  },
  (table) => [index("price_paths_mint").on(table.mint), index("price_paths_closed").on(table.closedAtMs)],
);

/** Index over the parameter sets, whose truth is the control log on R2. */
export const parameterSets = sqliteTable(
  "parameter_sets",
  {
    version: text("version").primaryKey(),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    parent: text("parent"),
    author: text("author").notNull(),
    status: text("status", { enum: ["proposed", "active", "retired"] }).notNull(),
    parametersJson: text("parameters_json").notNull(),
  },
  (table) => [index("parameter_sets_status").on(table.status, table.seq)],
);

/** Index over the experiments, whose truth is the control log on R2. */
export const experiments = sqliteTable(
  "experiments",
  {
    experimentId: text("experiment_id").primaryKey(),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    championVersion: text("champion_version").notNull(),
    challengerVersion: text("challenger_version").notNull(),
    status: text("status", { enum: ["running", "adopted", "rejected", "inconclusive"] }).notNull(),
    startedAtMs: integer("started_at_ms").notNull(),
    endedAtMs: integer("ended_at_ms"),
    shareBps: integer("share_bps").notNull(),
    reason: text("reason"),
    evidenceJson: text("evidence_json").notNull(),
  },
  (table) => [index("experiments_started").on(table.startedAtMs)],
);

/** What the Analyzer did with model versions. */
export const modelEvents = sqliteTable(
  "model_events",
  {
    id: text("id").primaryKey(),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    name: text("name").notNull(),
    version: text("version").notNull(),
    event: text("event", { enum: ["loaded", "refused"] }).notNull(),
    reason: text("reason"),
  },
  (table) => [index("model_events_seq").on(table.seq)],
);

/** Index over the denylist, whose truth is the control log on R2; removed entries stay, inactive. */
export const denylist = sqliteTable(
  "denylist",
  {
    subject: text("subject", { enum: ["mint", "creator", "metadata"] }).notNull(),
    value: text("value").notNull(),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    isActive: integer("is_active", { mode: "boolean" }).notNull(),
    reason: text("reason").notNull(),
    author: text("author").notNull(),
  },
  (table) => [primaryKey({ columns: [table.subject, table.value] }), index("denylist_seq").on(table.seq)],
);

export const tradingState = sqliteTable("trading_state", {
  ledger: text("ledger").primaryKey(),
  seq: integer("seq").notNull(),
  atMs: integer("at_ms").notNull(),
  state: text("state", { enum: ["ACTIVE", "REDUCING", "HALTED"] }).notNull(),
  reason: text("reason"),
  author: text("author").notNull(),
  /** What the operator said about it. */
  note: text("note"),
});

/** Double-entry books: one row per posting; those of one record add up to zero. */
export const ledgerPostings = sqliteTable(
  "ledger_postings",
  {
    recordId: text("record_id").notNull(),
    /** Position in the record. */
    rank: integer("rank").notNull(),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    ledger: text("ledger").notNull(),
    isDryRun: integer("is_dry_run", { mode: "boolean" }).notNull(),
    movement: text("movement", { enum: ["opening", "reserve", "release", "entry", "exit", "flow"] }).notNull(),
    positionId: text("position_id"),
    account: text("account").notNull(),
    lamports: text("lamports").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.recordId, table.rank] }),
    index("ledger_postings_ledger").on(table.ledger, table.seq),
    index("ledger_postings_position").on(table.positionId),
    index("ledger_postings_flow").on(table.ledger, table.atMs).where(sql`movement = 'flow'`),
  ],
);

/** The newest known state per lock on entries. */
export const locks = sqliteTable(
  "locks",
  {
    ledger: text("ledger").notNull(),
    lockId: text("lock_id").notNull(),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    scope: text("scope", { enum: ["mint", "creator", "all"] }).notNull(),
    value: text("value"),
    untilMs: integer("until_ms"),
    reason: text("reason").notNull(),
    author: text("author").notNull(),
    status: text("status", { enum: ["set", "lifted"] }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.ledger, table.lockId] }), index("locks_seq").on(table.seq)],
);

/** The newest known state per order of a live ledger. */
export const intents = sqliteTable(
  "intents",
  {
    intentId: text("intent_id").primaryKey(),
    seq: integer("seq").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
    positionId: text("position_id").notNull(),
    ledger: text("ledger").notNull(),
    mint: text("mint").notNull(),
    side: text("side", { enum: ["buy", "sell"] }).notNull(),
    status: text("status", { enum: ["planned", "signed", "sent", "unknown", "landed", "failed", "expired"] }).notNull(),
    amountIn: text("amount_in").notNull(),
    minOut: text("min_out").notNull(),
    signature: text("signature"),
    lastValidBlockHeight: integer("last_valid_block_height"),
    computeUnitLimit: integer("compute_unit_limit"),
    priorityFeeLamports: text("priority_fee_lamports"),
    tipLamports: text("tip_lamports"),
    sends: integer("sends").notNull(),
    slot: integer("slot"),
    reason: text("reason"),
    detail: text("detail"),
    marketAtMs: integer("market_at_ms"),
    firstSendAtMs: integer("first_send_at_ms"),
    predictedJson: text("predicted_json").notNull(),
    actualJson: text("actual_json").notNull(),
  },
  (table) => [
    index("intents_position").on(table.positionId),
    index("intents_status").on(table.status, table.updatedAtMs),
    index("intents_signature").on(table.signature),
  ],
);

/** The newest known state per incident; the open ones' truth is the LiveControl object. */
export const incidents = sqliteTable(
  "incidents",
  {
    incidentId: text("incident_id").primaryKey(),
    seq: integer("seq").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
    code: text("code").notNull(),
    subject: text("subject").notNull(),
    detail: text("detail").notNull(),
    severity: text("severity", { enum: ["page", "warn"] }).notNull(),
    status: text("status", { enum: ["raised", "acknowledged", "cleared"] }).notNull(),
    raisedAtMs: integer("raised_at_ms").notNull(),
    author: text("author").notNull(),
  },
  (table) => [index("incidents_code").on(table.code, table.seq)],
);

/** Every change of the mode in force, by whom and on what evidence. */
export const liveModes = sqliteTable("live_modes", {
  id: text("id").primaryKey(),
  seq: integer("seq").notNull(),
  atMs: integer("at_ms").notNull(),
  mode: text("mode", { enum: ["paper", "live"] }).notNull(),
  author: text("author").notNull(),
  reason: text("reason"),
  preflightJson: text("preflight_json"),
});

/** Queue messages that failed every retry; the bodies are on R2. */
export const deadLetters = sqliteTable(
  "dead_letters",
  {
    id: text("id").primaryKey(),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    queue: text("queue").notNull(),
    messageId: text("message_id").notNull(),
    r2Key: text("r2_key").notNull(),
  },
  (table) => [index("dead_letters_seq").on(table.seq)],
);

/** How far a consumer of the journal has come. */
export const projectionState = sqliteTable("projection_state", {
  name: text("name").primaryKey(),
  seq: integer("seq").notNull(),
  updatedAtMs: integer("updated_at_ms").notNull(),
  /** Hash of that entry: rows of another journal are not added to. */
  hash: text("hash"),
});
