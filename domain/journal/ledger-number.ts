import type { JournalEntry } from "./entry.ts";

/**
 * The number that a ledger gave one of its own records: the end of an id `<what>:<ledger>:<n>` of an
 * equity, trading-state, ledger or lock record. Null for every other entry. A ledger counts these
 * records without going back, so one that meets a higher number than its own was restored to an
 * earlier point.
 */
export function ledgerNumberOf(entry: JournalEntry): { readonly ledger: string; readonly n: number } | null {
  switch (entry.kind) {
    case "equity":
    case "trading-state":
    case "ledger":
    case "lock": {
      const digits = /:(\d{1,15})$/.exec(entry.id)?.[1];
      const isOwn = digits !== undefined && entry.id.endsWith(`:${entry.ledger}:${digits}`);
      return isOwn ? { ledger: entry.ledger, n: Number(digits) } : null;
    }
    default:
      return null;
  }
}
