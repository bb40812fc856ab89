import { type LedgerId, ledgerIdOf } from "../trading/signal.ts";
import type { JournalEntry } from "./entry.ts";
import { ledgerNumberOf } from "./ledger-number.ts";

/** What another branch of the journal tells of one ledger, as far as its books may have forgotten it. */
export interface BranchLedger {
  readonly ledger: LedgerId;
  /** The highest number that the ledger gave a record of its own; 0 when there is none. */
  readonly newest: number;
  /** Positions that it names, the first named first. */
  readonly positionIds: readonly string[];
}

/** What entries of another branch tell of the ledgers. What names no ledger of ours is left out. */
export function branchLedgers(entries: readonly JournalEntry[]): BranchLedger[] {
  const found = new Map<LedgerId, { newest: number; positionIds: Set<string> }>();
  for (const entry of entries) {
    const ledger = "ledger" in entry ? ledgerIdOf(entry.ledger) : null;
    if (ledger === null) continue;
    const of = found.get(ledger) ?? { newest: 0, positionIds: new Set<string>() };
    found.set(ledger, of);
    of.newest = Math.max(of.newest, ledgerNumberOf(entry)?.n ?? 0);
    if ("positionId" in entry && typeof entry.positionId === "string") of.positionIds.add(entry.positionId);
  }
  return [...found].map(([ledger, { newest, positionIds }]) => ({ ledger, newest, positionIds: [...positionIds] }));
}
