import { and, desc, eq, inArray, lt, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type {
  DecisionView,
  ExperimentView,
  IncidentView,
  IntentView,
  ModelView,
  Page,
  PositionView,
  RunView,
  StudyView,
  TradeView,
} from "../../domain/api/types.ts";
import type { DenyEntry } from "../../domain/trading/control.ts";
import { models, studies, trainingRuns } from "./schema/learning.ts";
import { decisionReasons, decisions, denylist, experiments, incidents, intents, positions, trades } from "./schema/trading.ts";
import {
  decisionOfRow,
  experimentOfRow,
  incidentOfRow,
  intentOfRow,
  modelOfRow,
  positionOfRow,
  runOfRow,
  studyOfRow,
  tradeOfRow,
} from "./views.ts";

/** One page of a newest-first list: up to `limit` rows before the cursor. */
export interface PageRequest {
  readonly limit: number;
  /** Cursor: `next` of the page before; undefined for the newest page. */
  readonly before?: number | undefined;
}

const OPEN_STATUSES = ["entering", "open", "exiting"] as const;

function page<Row extends { readonly cursor: number }, View>(
  rows: readonly Row[],
  { limit }: PageRequest,
  view: (row: Row) => View,
): Page<View> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(view), next: rows.length > limit && last !== undefined ? String(last.cursor) : null };
}

export interface DecisionFilter {
  readonly outcome?: "BUY" | "WATCH" | "DECLINE" | undefined;
  readonly stage?: "discover" | "analyze" | "trade" | undefined;
  readonly mint?: string | undefined;
  readonly reason?: string | undefined;
}

/** Decisions, newest first. */
export async function listDecisions(db: D1Database, request: PageRequest, filter: DecisionFilter = {}): Promise<Page<DecisionView>> {
  const conditions: Array<SQL | undefined> = [
    request.before === undefined ? undefined : lt(decisions.seq, request.before),
    filter.outcome === undefined ? undefined : eq(decisions.outcome, filter.outcome),
    filter.stage === undefined ? undefined : eq(decisions.stage, filter.stage),
    filter.mint === undefined ? undefined : eq(decisions.mint, filter.mint),
  ];
  if (filter.reason !== undefined) {
    const withReason = drizzle(db)
      .select({ id: decisionReasons.decisionId })
      .from(decisionReasons)
      .where(eq(decisionReasons.code, filter.reason));
    conditions.push(inArray(decisions.id, withReason));
  }
  const rows = await drizzle(db)
    .select()
    .from(decisions)
    .where(and(...conditions))
    .orderBy(desc(decisions.seq))
    .limit(request.limit + 1);
  return page(
    rows.map((row) => ({ cursor: row.seq, row })),
    request,
    ({ row }) => decisionOfRow(row),
  );
}

/** Positions in order of their opening, newest first: those that are not over, or all. */
export async function listPositions(db: D1Database, request: PageRequest, scope: "open" | "all"): Promise<Page<PositionView>> {
  const cursor = sql<number>`${positions}.rowid`;
  const rows = await drizzle(db)
    .select({ cursor, row: positions })
    .from(positions)
    .where(
      and(
        request.before === undefined ? undefined : lt(cursor, request.before),
        scope === "open" ? inArray(positions.status, OPEN_STATUSES) : undefined,
      ),
    )
    .orderBy(desc(cursor))
    .limit(request.limit + 1);
  return page(rows, request, ({ row }) => positionOfRow(row));
}

/** Closed trades, newest first, of one ledger or all. */
export async function listTrades(db: D1Database, request: PageRequest, ledger?: string): Promise<Page<TradeView>> {
  const rows = await drizzle(db)
    .select()
    .from(trades)
    .where(
      and(
        request.before === undefined ? undefined : lt(trades.seq, request.before),
        ledger === undefined ? undefined : eq(trades.ledger, ledger),
      ),
    )
    .orderBy(desc(trades.seq))
    .limit(request.limit + 1);
  return page(
    rows.map((row) => ({ cursor: row.seq, row })),
    request,
    ({ row }) => tradeOfRow(row),
  );
}

/** Orders of live ledgers in order of their planning, newest first, of one position or all. */
export async function listIntents(db: D1Database, request: PageRequest, positionId?: string): Promise<Page<IntentView>> {
  const cursor = sql<number>`${intents}.rowid`;
  const rows = await drizzle(db)
    .select({ cursor, row: intents })
    .from(intents)
    .where(
      and(
        request.before === undefined ? undefined : lt(cursor, request.before),
        positionId === undefined ? undefined : eq(intents.positionId, positionId),
      ),
    )
    .orderBy(desc(cursor))
    .limit(request.limit + 1);
  return page(rows, request, ({ row }) => intentOfRow(row));
}

const UNRESOLVED_STATUSES = ["signed", "sent", "unknown"] as const;
const MAX_UNRESOLVED = 100;

/** Orders that may have been sent and whose outcome is not known, oldest first, at most 100. */
export async function listUnresolvedIntents(db: D1Database): Promise<IntentView[]> {
  const rows = await drizzle(db)
    .select()
    .from(intents)
    .where(inArray(intents.status, UNRESOLVED_STATUSES))
    .orderBy(intents.updatedAtMs)
    .limit(MAX_UNRESOLVED);
  return rows.map(intentOfRow);
}

/** Incidents in order of their raising, newest first, cleared ones too. */
export async function listIncidents(db: D1Database, request: PageRequest): Promise<Page<IncidentView>> {
  const cursor = sql<number>`${incidents}.rowid`;
  const rows = await drizzle(db)
    .select({ cursor, row: incidents })
    .from(incidents)
    .where(request.before === undefined ? undefined : lt(cursor, request.before))
    .orderBy(desc(cursor))
    .limit(request.limit + 1);
  return page(rows, request, ({ row }) => incidentOfRow(row));
}

/** Model versions in order of registration, newest first. */
export async function listModels(db: D1Database, request: PageRequest): Promise<Page<ModelView>> {
  const cursor = sql<number>`${models}.rowid`;
  const rows = await drizzle(db)
    .select({ cursor, row: models })
    .from(models)
    .where(request.before === undefined ? undefined : lt(cursor, request.before))
    .orderBy(desc(cursor))
    .limit(request.limit + 1);
  return page(rows, request, ({ row }) => modelOfRow(row));
}

/** Experiments in order of their start, newest first. */
export async function listExperiments(db: D1Database, request: PageRequest): Promise<Page<ExperimentView>> {
  const cursor = sql<number>`${experiments}.rowid`;
  const rows = await drizzle(db)
    .select({ cursor, row: experiments })
    .from(experiments)
    .where(request.before === undefined ? undefined : lt(cursor, request.before))
    .orderBy(desc(cursor))
    .limit(request.limit + 1);
  return page(rows, request, ({ row }) => experimentOfRow(row));
}

/** Parameter searches in order of their start, newest first. */
export async function listStudies(db: D1Database, request: PageRequest): Promise<Page<StudyView>> {
  const cursor = sql<number>`${studies}.rowid`;
  const rows = await drizzle(db)
    .select({ cursor, row: studies })
    .from(studies)
    .where(request.before === undefined ? undefined : lt(cursor, request.before))
    .orderBy(desc(cursor))
    .limit(request.limit + 1);
  return page(rows, request, ({ row }) => studyOfRow(row));
}

/** Learning runs in order of their start, newest first. */
export async function listRuns(db: D1Database, request: PageRequest): Promise<Page<RunView>> {
  const cursor = sql<number>`${trainingRuns}.rowid`;
  const rows = await drizzle(db)
    .select({ cursor, row: trainingRuns })
    .from(trainingRuns)
    .where(request.before === undefined ? undefined : lt(cursor, request.before))
    .orderBy(desc(cursor))
    .limit(request.limit + 1);
  return page(rows, request, ({ row }) => runOfRow(row));
}

/** Denylist entries in force, newest first. */
export async function listDenylist(db: D1Database, request: PageRequest): Promise<Page<DenyEntry>> {
  const rows = await drizzle(db)
    .select()
    .from(denylist)
    .where(and(eq(denylist.isActive, true), request.before === undefined ? undefined : lt(denylist.seq, request.before)))
    .orderBy(desc(denylist.seq))
    .limit(request.limit + 1);
  return page(
    rows.map((row) => ({ cursor: row.seq, row })),
    request,
    ({ row: { subject, value, reason, author, atMs } }) => ({ subject, value, reason, author, atMs }),
  );
}
