import type {
  DecisionRecord,
  EquityRecord,
  FillRecord,
  JournalEntry,
  LateFeaturesRecord,
  LedgerRecord,
  OrderRecord,
  PricePathRecord,
  StoredEntry,
  TradeRecord,
} from "../../domain/journal/entry.ts";
import { U64_MAX } from "../../domain/units.ts";
import type { ParquetColumn } from "./parquet.ts";

/** Journal entries per archive window: fixed, so that file names depend on the journal alone. */
export const WINDOW_ENTRIES = 200;
const SEQ_DIGITS = 12;

export type RawTable = "decisions" | "late_features" | "price_paths" | "trades" | "orders" | "fills" | "equity" | "ledger";

/** Where the raw files of one table are: `<prefix><from>-<to>[.<part>].parquet`. */
export function rawPrefix(table: RawTable): string {
  return `raw/v1/${table}/`;
}

/** Journal segments: `<prefix><from>-<to>[.<part>].jsonl`, one stored entry a line. */
export const SEGMENT_PREFIX = "journal/v1/";

/** The archive window of a sequence number, first and last entry included. */
export function windowOf(seq: number): { readonly from: number; readonly to: number } {
  const from = seq - ((seq - 1) % WINDOW_ENTRIES);
  return { from, to: from + WINDOW_ENTRIES - 1 };
}

/**
 * Name of one part of a window. It tells the window's bounds even while the window is not full: the
 * full file replaces the partial one. Part 0 has no suffix.
 */
export function windowKey(prefix: string, window: { readonly from: number; readonly to: number }, part: number, extension: string): string {
  const bounds = [window.from, window.to].map((seq) => String(seq).padStart(SEQ_DIGITS, "0")).join("-");
  return `${prefix}${bounds}${part === 0 ? "" : `.${part}`}.${extension}`;
}

type Spec<Row> = readonly [name: string, type: ParquetColumn["type"], pick: (row: Row) => ParquetColumn["values"][number]];
type Row<Entry> = Entry & { readonly seq: number };
type Sample = Omit<Row<PricePathRecord>, "samples"> & {
  readonly index: number;
  readonly sample: PricePathRecord["samples"][number] | null;
};

type Posting = Omit<Row<LedgerRecord>, "postings"> & { readonly rank: number; readonly posting: LedgerRecord["postings"][number] };

const DECISION: ReadonlyArray<Spec<Row<DecisionRecord>>> = [
  ["seq", "int64", (row) => row.seq],
  ["id", "string", (row) => row.id],
  ["at_ms", "int64", (row) => row.atMs],
  ["stage", "string", (row) => row.stage],
  ["outcome", "string", (row) => row.outcome],
  ["mint", "string", (row) => row.mint],
  ["pool", "string", (row) => row.pool],
  ["creator", "string", (row) => row.creator],
  ["symbol", "string", (row) => row.symbol],
  ["name", "string", (row) => row.name],
  ["signature", "string", (row) => row.signature],
  ["slot", "int64", (row) => integer(row.slot)],
  ["source", "string", (row) => row.source],
  ["score", "double", (row) => row.score],
  ["score_on_chain", "double", (row) => row.parts?.onChain ?? null],
  ["score_sentiment", "double", (row) => row.parts?.sentiment ?? null],
  ["score_social", "double", (row) => row.parts?.social ?? null],
  ["score_model", "double", (row) => row.parts?.model ?? null],
  ["reasons_json", "string", (row) => JSON.stringify(row.reasons)],
  ["findings_json", "string", (row) => JSON.stringify(row.findings)],
  ["feature_set_version", "string", (row) => row.featureSetVersion],
  ["features_json", "string", (row) => (row.features === null ? null : JSON.stringify(row.features))],
  ["contributions_json", "string", (row) => JSON.stringify(row.contributions)],
  ["explanation_json", "string", (row) => (row.explanation === null ? null : JSON.stringify(row.explanation))],
  ["missing_json", "string", (row) => JSON.stringify(row.missing)],
  ["liquidity_lamports", "uint64", (row) => amount(row.liquidityLamports)],
  ["sol_usd", "double", (row) => row.solUsd],
  ["parameter_version", "string", (row) => row.parameterVersion],
  ["model_version", "string", (row) => row.modelVersion],
  ["arm", "string", (row) => row.arm],
  ["is_dry_run", "boolean", (row) => row.isDryRun],
  ["latency_ms", "int64", (row) => integer(row.latencyMs)],
];

const LATE: ReadonlyArray<Spec<Row<LateFeaturesRecord>>> = [
  ["seq", "int64", (row) => row.seq],
  ["decision_id", "string", (row) => row.decisionId],
  ["at_ms", "int64", (row) => integer(row.atMs)],
  ["mint", "string", (row) => row.mint],
  ["feature_set_version", "string", (row) => row.featureSetVersion],
  ["as_of_slot", "int64", (row) => integer(row.asOfSlot)],
  ["as_of_ms", "int64", (row) => integer(row.asOfMs)],
  ["features_json", "string", (row) => JSON.stringify(row.features)],
  ["sources_json", "string", (row) => JSON.stringify(row.sources)],
  ["rpc_calls", "int64", (row) => integer(row.rpcCalls)],
  ["credits", "int64", (row) => integer(row.credits)],
];

/** One row per sample; a path without samples is one row whose sample columns are null. */
const PRICE_PATH: ReadonlyArray<Spec<Sample>> = [
  ["seq", "int64", (row) => row.seq],
  ["path_id", "string", (row) => row.id],
  ["mint", "string", (row) => row.mint],
  ["pool", "string", (row) => row.pool],
  ["started_at_ms", "int64", (row) => integer(row.startedAtMs)],
  ["horizon_ms", "int64", (row) => integer(row.horizonMs)],
  ["complete", "boolean", (row) => row.complete],
  ["sample", "int64", (row) => row.index],
  ["at_ms", "int64", (row) => integer(row.sample?.atMs)],
  ["slot", "int64", (row) => integer(row.sample?.slot)],
  ["base_reserves", "uint64", (row) => amount(row.sample?.baseReserves)],
  ["quote_reserves_lamports", "uint64", (row) => amount(row.sample?.quoteReservesLamports)],
];

const TRADE: ReadonlyArray<Spec<Row<TradeRecord>>> = [
  ["seq", "int64", (row) => row.seq],
  ["position_id", "string", (row) => row.positionId],
  ["signal_id", "string", (row) => row.signalId],
  ["ledger", "string", (row) => row.ledger],
  ["is_dry_run", "boolean", (row) => row.isDryRun],
  ["mint", "string", (row) => row.mint],
  ["pool", "string", (row) => row.pool],
  ["symbol", "string", (row) => row.symbol],
  ["score", "double", (row) => row.score],
  ["opened_at_ms", "int64", (row) => integer(row.openedAtMs)],
  ["closed_at_ms", "int64", (row) => integer(row.closedAtMs)],
  ["hold_ms", "int64", (row) => integer(row.holdMs)],
  ["base_amount", "uint64", (row) => amount(row.baseAmount)],
  ["cost_lamports", "uint64", (row) => amount(row.costLamports)],
  ["proceeds_lamports", "uint64", (row) => amount(row.proceedsLamports)],
  ["fees_lamports", "uint64", (row) => amount(row.feesLamports)],
  ["pnl_lamports", "int64", (row) => signedAmount(row.pnlLamports)],
  ["return_bps", "int64", (row) => integer(row.returnBps)],
  ["exit_reason", "string", (row) => row.exitReason],
  ["parameter_version", "string", (row) => row.parameterVersion],
  ["model_version", "string", (row) => row.modelVersion],
];

const FILL: ReadonlyArray<Spec<Row<FillRecord>>> = [
  ["seq", "int64", (row) => row.seq],
  ["id", "string", (row) => row.id],
  ["at_ms", "int64", (row) => integer(row.atMs)],
  ["position_id", "string", (row) => row.positionId],
  ["ledger", "string", (row) => row.ledger],
  ["is_dry_run", "boolean", (row) => row.isDryRun],
  ["mint", "string", (row) => row.mint],
  ["side", "string", (row) => row.side],
  ["attempt", "int64", (row) => integer(row.attempt)],
  ["slot", "int64", (row) => integer(row.slot)],
  ["base_amount", "uint64", (row) => amount(row.baseAmount)],
  ["quote_lamports", "uint64", (row) => amount(row.quoteLamports)],
  ["venue_fee_lamports", "uint64", (row) => amount(row.venueFeeLamports)],
  ["network_cost_lamports", "uint64", (row) => amount(row.networkCostLamports)],
  ["rent_lamports", "int64", (row) => signedAmount(row.rentLamports)],
  ["impact_bps", "double", (row) => row.impactBps],
  ["parameter_version", "string", (row) => row.parameterVersion],
  ["model_version", "string", (row) => row.modelVersion],
];

const ORDER: ReadonlyArray<Spec<Row<OrderRecord>>> = [
  ["seq", "int64", (row) => row.seq],
  ["order_id", "string", (row) => row.orderId],
  ["at_ms", "int64", (row) => integer(row.atMs)],
  ["position_id", "string", (row) => row.positionId],
  ["ledger", "string", (row) => row.ledger],
  ["is_dry_run", "boolean", (row) => row.isDryRun],
  ["mint", "string", (row) => row.mint],
  ["side", "string", (row) => row.side],
  ["attempt", "int64", (row) => integer(row.attempt)],
  ["amount_in", "uint64", (row) => amount(row.amountIn)],
  ["min_out", "uint64", (row) => amount(row.minOut)],
  ["slippage_bps", "int64", (row) => integer(row.slippageBps)],
  ["slot", "int64", (row) => integer(row.slot)],
  ["reason", "string", (row) => row.reason],
  ["parameter_version", "string", (row) => row.parameterVersion],
  ["model_version", "string", (row) => row.modelVersion],
];

/** One row per posting. */
const POSTING: ReadonlyArray<Spec<Posting>> = [
  ["seq", "int64", (row) => row.seq],
  ["record_id", "string", (row) => row.id],
  ["rank", "int64", (row) => row.rank],
  ["at_ms", "int64", (row) => integer(row.atMs)],
  ["ledger", "string", (row) => row.ledger],
  ["is_dry_run", "boolean", (row) => row.isDryRun],
  ["movement", "string", (row) => row.movement],
  ["position_id", "string", (row) => row.positionId],
  ["account", "string", (row) => row.posting.account],
  ["lamports", "int64", (row) => signedAmount(row.posting.lamports)],
];

const EQUITY: ReadonlyArray<Spec<Row<EquityRecord>>> = [
  ["seq", "int64", (row) => row.seq],
  ["at_ms", "int64", (row) => integer(row.atMs)],
  ["ledger", "string", (row) => row.ledger],
  ["is_dry_run", "boolean", (row) => row.isDryRun],
  ["equity_lamports", "int64", (row) => signedAmount(row.equityLamports)],
  ["cash_lamports", "int64", (row) => signedAmount(row.cashLamports)],
  ["reserved_lamports", "uint64", (row) => amount(row.reservedLamports)],
  ["positions_lamports", "uint64", (row) => amount(row.positionsLamports)],
  ["realised_lamports", "int64", (row) => signedAmount(row.realisedLamports)],
  ["peak_lamports", "uint64", (row) => amount(row.peakLamports)],
  ["drawdown_bps", "int64", (row) => integer(row.drawdownBps)],
  ["open_positions", "int64", (row) => integer(row.openPositions)],
  ["sol_usd", "double", (row) => row.solUsd],
];

/** Rows of one raw table; `rowsOf` keeps the rows of one entry together. */
export interface RawTableSpec {
  readonly table: RawTable;
  rowsOf(entry: StoredEntry): readonly unknown[];
  columnsOf(rows: readonly unknown[]): ParquetColumn[];
}

export const RAW_TABLES: readonly RawTableSpec[] = [
  spec("decisions", DECISION, plain<DecisionRecord>("decision")),
  spec("late_features", LATE, plain<LateFeaturesRecord>("late-features")),
  spec("price_paths", PRICE_PATH, ({ seq, entry }) => {
    if (entry.kind !== "price-path") return [];
    const { samples, ...path } = entry;
    const row = { ...path, seq };
    return samples.length === 0 ? [{ ...row, index: 0, sample: null }] : samples.map((sample, index) => ({ ...row, index, sample }));
  }),
  spec("trades", TRADE, plain<TradeRecord>("trade")),
  spec("orders", ORDER, plain<OrderRecord>("order")),
  spec("fills", FILL, plain<FillRecord>("fill")),
  spec("equity", EQUITY, plain<EquityRecord>("equity")),
  spec("ledger", POSTING, ({ seq, entry }) => {
    if (entry.kind !== "ledger") return [];
    const { postings, ...record } = entry;
    return postings.map((posting, rank) => ({ ...record, seq, rank, posting }));
  }),
];

function spec<R>(table: RawTable, columns: ReadonlyArray<Spec<R>>, rowsOf: (entry: StoredEntry) => readonly R[]): RawTableSpec {
  return {
    table,
    rowsOf,
    columnsOf: (rows) => columns.map(([name, type, pick]) => ({ name, type, values: (rows as readonly R[]).map(pick) }) as ParquetColumn),
  };
}

function plain<E extends JournalEntry>(kind: E["kind"]): (entry: StoredEntry) => ReadonlyArray<Row<E>> {
  return ({ seq, entry }) => (entry.kind === kind ? [{ ...(entry as E), seq }] : []);
}

/** A whole number, or null: the archive must not stop at a value that does not fit its column. */
function integer(value: number | null | undefined): number | null {
  return value != null && Number.isSafeInteger(value) ? value : null;
}

function amount(text: string | null | undefined): bigint | null {
  if (text == null || !/^\d{1,20}$/.test(text)) return null;
  const value = BigInt(text);
  return value <= U64_MAX ? value : null;
}

function signedAmount(text: string): bigint | null {
  if (!/^-?\d{1,19}$/.test(text)) return null;
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? value : null;
}
