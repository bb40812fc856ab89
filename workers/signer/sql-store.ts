import type { BudgetEntry } from "../../domain/signing/budget.ts";
import type { SignerStore } from "../../domain/signing/signer.ts";
import type { SignatureRecord, SignKind } from "../../domain/signing/types.ts";

type ReservationRow = {
  intent_id: string;
  message_sha256: string;
  kind: SignKind;
  at_ms: number;
  lamports: string;
  signature: string | null;
};
type RecordRow = {
  seq: number;
  at_ms: number;
  intent_id: string;
  kind: SignKind | null;
  signature: string | null;
  message_sha256: string;
  spend_lamports: string | null;
  reason: string | null;
};

/**
 * The signer's memory in a Durable Object's SQLite. Nothing is ever deleted: an intent stays bound to
 * its message. Writes of one call are one transaction, because nothing is awaited between them.
 */
export function sqlStore(sql: SqlStorage): SignerStore {
  sql.exec(`CREATE TABLE IF NOT EXISTS reservations (intent_id TEXT PRIMARY KEY, message_sha256 TEXT NOT NULL, kind TEXT NOT NULL,
      at_ms INTEGER NOT NULL, lamports TEXT NOT NULL, signature TEXT);
    CREATE INDEX IF NOT EXISTS reservations_at ON reservations (at_ms);
    CREATE TABLE IF NOT EXISTS orders (intent_id TEXT PRIMARY KEY, position_id TEXT NOT NULL, rank INTEGER NOT NULL, coin TEXT,
      memo TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS orders_rank ON orders (position_id, rank);
    CREATE INDEX IF NOT EXISTS orders_coin ON orders (coin) WHERE coin IS NOT NULL;
    CREATE TABLE IF NOT EXISTS records (seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, intent_id TEXT NOT NULL, kind TEXT,
      signature TEXT, message_sha256 TEXT NOT NULL, spend_lamports TEXT, reason TEXT)`);
  /** Reservations that still count, as the table has them: reading a day's rows for every signature would cost more than signing. */
  let recent: BudgetEntry[] | null = null;

  function append(record: Omit<SignatureRecord, "seq">): void {
    const { atMs, intentId, kind, signature, messageSha256, spendLamports, reason } = record;
    sql.exec(
      "INSERT INTO records (at_ms, intent_id, kind, signature, message_sha256, spend_lamports, reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ...[atMs, intentId, kind, signature, messageSha256, spendLamports?.toString() ?? null, reason],
    );
  }

  return {
    reservation(intentId) {
      const [row] = sql.exec<ReservationRow>("SELECT * FROM reservations WHERE intent_id = ?", intentId).toArray();
      return row === undefined ? null : { messageSha256: row.message_sha256, signature: row.signature };
    },
    reserve({ intentId, messageSha256, kind, atMs, lamports, order, coin, memo }): void {
      sql.exec(
        "INSERT INTO reservations (intent_id, message_sha256, kind, at_ms, lamports) VALUES (?, ?, ?, ?, ?)",
        ...[intentId, messageSha256, kind, atMs, lamports.toString()],
      );
      if (order !== null) {
        const { positionId, rank } = order;
        sql.exec(
          "INSERT INTO orders (intent_id, position_id, rank, coin, memo) VALUES (?, ?, ?, ?, ?)",
          ...[intentId, positionId, rank, coin, memo],
        );
      }
      recent?.push({ kind, atMs, lamports });
    },
    signed(intentId, signature, record): void {
      sql.exec("UPDATE reservations SET signature = ? WHERE intent_id = ?", signature, intentId);
      append(record);
    },
    refused: append,
    buyerOf(coin) {
      const query = "SELECT position_id FROM orders WHERE coin = ? ORDER BY rowid LIMIT 1";
      return sql.exec<{ position_id: string }>(query, coin).toArray()[0]?.position_id ?? null;
    },
    newestRank(positionId) {
      const query = "SELECT MAX(rank) AS rank FROM orders WHERE position_id = ?";
      return sql.exec<{ rank: number | null }>(query, positionId).one().rank;
    },
    signedOrder(positionId, { from, to, newest }) {
      const [row] = sql
        .exec<{ intent_id: string; signature: string; memo: string }>(
          `SELECT orders.intent_id, memo, signature FROM orders JOIN reservations ON reservations.intent_id = orders.intent_id
            WHERE position_id = ? AND rank BETWEEN ? AND ? AND signature IS NOT NULL ORDER BY rank ${newest ? "DESC" : "ASC"} LIMIT 1`,
          ...[positionId, from, to],
        )
        .toArray();
      return row === undefined ? null : { intentId: row.intent_id, signature: row.signature, memo: row.memo };
    },
    budget(sinceMs): readonly BudgetEntry[] {
      recent = recent?.filter(({ atMs }) => atMs > sinceMs) ?? readBudget(sinceMs);
      return recent;
    },
    records: (afterSeq, limit) =>
      sql.exec<RecordRow>("SELECT * FROM records WHERE seq > ? ORDER BY seq LIMIT ?", afterSeq, limit).toArray().map(recordOf),
  };

  function readBudget(sinceMs: number): BudgetEntry[] {
    return sql.exec<ReservationRow>("SELECT * FROM reservations WHERE at_ms > ?", sinceMs).toArray().map(entryOf);
  }
}

function entryOf({ kind, at_ms, lamports }: ReservationRow): BudgetEntry {
  return { kind, atMs: at_ms, lamports: BigInt(lamports) };
}

function recordOf(row: RecordRow): SignatureRecord {
  return {
    seq: row.seq,
    atMs: row.at_ms,
    intentId: row.intent_id,
    kind: row.kind,
    signature: row.signature,
    messageSha256: row.message_sha256,
    spendLamports: row.spend_lamports === null ? null : BigInt(row.spend_lamports),
    reason: row.reason,
  };
}
