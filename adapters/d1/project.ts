import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { JournalEntry, StoredEntry } from "../../domain/journal/entry.ts";
import { pathChange } from "../../domain/scoring/path-change.ts";
import * as schema from "./schema/trading.ts";
import { upsertStatements } from "./upsert.ts";

const TABLES = {
  decisions: schema.decisions,
  lateFeatures: schema.lateFeatures,
  rejections: schema.rejections,
  decisionReasons: schema.decisionReasons,
  orders: schema.orders,
  fills: schema.fills,
  positions: schema.positions,
  trades: schema.trades,
  equity: schema.equity,
  pricePaths: schema.pricePaths,
  parameterSets: schema.parameterSets,
  experiments: schema.experiments,
  modelEvents: schema.modelEvents,
  denylist: schema.denylist,
  tradingState: schema.tradingState,
  ledgerPostings: schema.ledgerPostings,
  locks: schema.locks,
  deadLetters: schema.deadLetters,
  intents: schema.intents,
  incidents: schema.incidents,
  liveModes: schema.liveModes,
} as const;

/** Every table that the journal alone fills. */
export const PROJECTED_TABLES: readonly SQLiteTable[] = Object.values(TABLES);

type TableName = keyof typeof TABLES;
export type ProjectedRows = { readonly [Name in TableName]: Array<(typeof TABLES)[Name]["$inferInsert"]> };

const CURSOR = "executor";

/** The D1 rows that journal entries stand for, in order. */
export function projectRows(entries: readonly StoredEntry[]): ProjectedRows {
  const rows = Object.fromEntries(Object.keys(TABLES).map((name) => [name, []])) as unknown as ProjectedRows;
  for (const { seq, entry } of entries) addRows(rows, seq, entry);
  return rows;
}

/** SQLite's errors that repeating cannot cure: the row itself is at fault. */
const ROW_FAULT = /SQLITE_(CONSTRAINT|TOOBIG|MISMATCH)/;

/**
 * Writes the rows of `entries` and moves the cursor to the last of them, in one transaction. Entries
 * may be repeated, in part or as a whole: a row is never replaced by an older one. An entry that does
 * not fit its table is left out with an error in the log, so that it cannot stop those after it; it
 * remains in the journal. Rejects when D1 does not answer.
 */
export async function projectEntries(db: D1Database, entries: readonly StoredEntry[], nowMs: number): Promise<void> {
  const last = entries.at(-1);
  if (last === undefined) return;
  const rows = projectRows(entries);
  const statements = (Object.keys(TABLES) as TableName[]).flatMap((name) => upsertStatements(db, TABLES[name], rows[name]));
  const cursor = upsertStatements(db, schema.projectionState, [{ name: CURSOR, seq: last.seq, updatedAtMs: nowMs, hash: last.hash }]);
  try {
    await db.batch([...statements, ...cursor]);
  } catch (error) {
    if (!ROW_FAULT.test(String(error))) throw error;
    if (entries.length === 1) {
      console.error(`journal entry ${last.seq} does not fit its table`, last.entry.kind, last.entry.id, String(error));
      await db.batch(cursor);
      return;
    }
    const middle = entries.length >> 1;
    await projectEntries(db, entries.slice(0, middle), nowMs);
    await projectEntries(db, entries.slice(middle), nowMs);
  }
}

/** The last entry that D1 holds; 0 for an empty database. */
export async function projectedSeq(db: D1Database): Promise<number> {
  return (await db.prepare("SELECT seq FROM projection_state WHERE name = ?").bind(CURSOR).first<number>("seq")) ?? 0;
}

/** As `projectedSeq`, with the hash of that entry; null for an empty database. */
export async function projectedPoint(db: D1Database): Promise<{ readonly seq: number; readonly hash: string | null } | null> {
  return db.prepare("SELECT seq, hash FROM projection_state WHERE name = ?").bind(CURSOR).first<{ seq: number; hash: string | null }>();
}

/** Makes the projection begin again with the first entry. */
export function resetCursorStatement(db: D1Database): D1PreparedStatement {
  return db.prepare("DELETE FROM projection_state WHERE name = ?").bind(CURSOR);
}

function addRows(rows: ProjectedRows, seq: number, entry: JournalEntry): void {
  switch (entry.kind) {
    case "decision": {
      const { kind: _, parts, reasons, findings, features, contributions, explanation, missing, ...plain } = entry;
      rows.decisions.push({
        ...plain,
        seq,
        partsJson: JSON.stringify(parts),
        reasonsJson: JSON.stringify(reasons),
        findingsJson: JSON.stringify(findings),
        featuresJson: JSON.stringify(features),
        contributionsJson: JSON.stringify(contributions),
        explanationJson: JSON.stringify(explanation),
        missingJson: JSON.stringify(missing),
        isVetoed: findings.some((finding) => finding.severity === "hard"),
      });
      reasons.forEach(({ code, detail }, rank) => {
        rows.decisionReasons.push({
          decisionId: entry.id,
          rank,
          code,
          detail: detail ?? null,
          seq,
          atMs: entry.atMs,
          outcome: entry.outcome,
        });
      });
      return;
    }
    case "late-features": {
      const { kind: _, id: __, features, sources, ...plain } = entry;
      rows.lateFeatures.push({ ...plain, seq, featuresJson: JSON.stringify(features), sourcesJson: JSON.stringify(sources) });
      return;
    }
    case "rejection": {
      const { kind: _, ...plain } = entry;
      rows.rejections.push({ ...plain, seq });
      const { id: decisionId, reason: code, detail, atMs } = entry;
      rows.decisionReasons.push({ decisionId, rank: 0, code, detail, seq, atMs, outcome: "REJECTED" });
      return;
    }
    case "order": {
      const { kind: _, id: __, ...plain } = entry;
      rows.orders.push({ ...plain, seq });
      return;
    }
    case "fill": {
      const { kind: _, ...plain } = entry;
      rows.fills.push({ ...plain, seq });
      return;
    }
    case "position": {
      const { kind: _, id: __, atMs: updatedAtMs, ...plain } = entry;
      rows.positions.push({ ...plain, seq, updatedAtMs });
      return;
    }
    case "trade": {
      const { kind: _, id: __, atMs: ___, ...plain } = entry;
      rows.trades.push({ ...plain, seq });
      return;
    }
    case "equity": {
      const { kind: _, ...plain } = entry;
      rows.equity.push({ ...plain, seq });
      return;
    }
    case "price-path": {
      const { id, atMs: closedAtMs, mint, pool, startedAtMs, horizonMs, complete, samples } = entry;
      rows.pricePaths.push({
        id,
        seq,
        mint,
        pool,
        startedAtMs,
        horizonMs,
        isComplete: complete,
        samples: samples.length,
        closedAtMs,
        change: pathChange(entry),
      });
      return;
    }
    case "parameters": {
      const { kind: _, id: __, ...plain } = entry;
      rows.parameterSets.push({ ...plain, seq });
      return;
    }
    case "experiment": {
      const { kind: _, id: __, ...plain } = entry;
      rows.experiments.push({ ...plain, seq });
      return;
    }
    case "model": {
      const { kind: _, ...plain } = entry;
      rows.modelEvents.push({ ...plain, seq });
      return;
    }
    case "denylist": {
      const { subject, value, atMs, action, reason, author } = entry;
      rows.denylist.push({ subject, value, seq, atMs, isActive: action === "add", reason, author });
      return;
    }
    case "trading-state": {
      const { kind: _, id: __, ...plain } = entry;
      rows.tradingState.push({ ...plain, seq });
      return;
    }
    case "ledger": {
      const { kind: _, id: recordId, postings, ...plain } = entry;
      postings.forEach((posting, rank) => {
        rows.ledgerPostings.push({ ...plain, ...posting, recordId, rank, seq });
      });
      return;
    }
    case "lock": {
      const { kind: _, id: __, ...plain } = entry;
      rows.locks.push({ ...plain, seq });
      return;
    }
    case "dead-letter": {
      const { id, atMs, queue, messageId, r2Key } = entry;
      rows.deadLetters.push({ id, seq, atMs, queue, messageId, r2Key });
      return;
    }
    case "intent": {
      const { kind: _, id: __, atMs: updatedAtMs, predicted, actual, ...plain } = entry;
      rows.intents.push({ ...plain, seq, updatedAtMs, predictedJson: JSON.stringify(predicted), actualJson: JSON.stringify(actual) });
      return;
    }
    case "incident": {
      const { kind: _, id: __, atMs: updatedAtMs, ...plain } = entry;
      rows.incidents.push({ ...plain, seq, updatedAtMs });
      return;
    }
    case "live-mode": {
      const { kind: _, ...plain } = entry;
      rows.liveModes.push({ ...plain, seq });
      return;
    }
    // The journal and the live feed tell of it.
    case "mend":
      return;
  }
}
