import type { JournalEntry } from "../../domain/journal/entry.ts";
import type { RecordedMovements } from "../../domain/trading/portfolio-adopt.ts";
import type { Table } from "../host/host.ts";

/** A position that the journal has records of, and which of its movements of money are among them. */
export interface RecordedPosition extends RecordedMovements {
  readonly positionId: string;
}

interface Row extends RecordedMovements {
  readonly ledger: string;
}

const NOTHING: RecordedMovements = { isReserved: false, isEntrySettled: false, exits: 0 };

/** Keeps which positions the journal tells of, a row each; joins the caller's transaction. */
export function noteRecorded(table: Table, entry: JournalEntry): void {
  switch (entry.kind) {
    case "position":
    case "order":
    case "intent":
    case "fill":
    case "trade":
      note(table, entry.positionId, entry.ledger, (row) => row);
      return;
    case "ledger": {
      if (entry.positionId !== null) note(table, entry.positionId, entry.ledger, (row) => withMovement(row, entry.movement));
      return;
    }
    default:
      return;
  }
}

/** Keeps that a position is known, by a record that is not the journal's own: none of its movements is. */
export function noteNamed(table: Table, ledger: string, positionId: string): void {
  note(table, positionId, ledger, (row) => row);
}

/** The positions of a ledger in the order in which the journal first told of them. */
export function recordedPositions(table: Table, ledger: string): RecordedPosition[] {
  const rows = table.entries().map(([positionId, body]) => ({ positionId, row: JSON.parse(body) as Row }));
  return rows
    .filter(({ row }) => row.ledger === ledger)
    .map(({ positionId, row: { isReserved, isEntrySettled, exits } }) => ({ positionId, isReserved, isEntrySettled, exits }));
}

function note(table: Table, positionId: string, ledger: string, change: (row: Row) => Row): void {
  const body = table.get(positionId);
  const before = body === null ? { ledger, ...NOTHING } : (JSON.parse(body) as Row);
  const after = change(before);
  if (body === null || after !== before) table.put(positionId, JSON.stringify(after));
}

function withMovement(row: Row, movement: string): Row {
  switch (movement) {
    case "reserve":
      return row.isReserved ? row : { ...row, isReserved: true };
    case "entry":
    case "release":
      return row.isEntrySettled ? row : { ...row, isEntrySettled: true };
    case "exit":
      return { ...row, exits: row.exits + 1 };
    default:
      return row;
  }
}
