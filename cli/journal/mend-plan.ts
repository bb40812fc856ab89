import { branchLedgers } from "../../domain/journal/branch.ts";
import type { FillRecord, IntentRecord, JournalEntry, OrderRecord, PositionRecord, StoredEntry } from "../../domain/journal/entry.ts";

/** One branch of the journal after the last entry that both have. */
export interface Branch {
  readonly lastSeq: number;
  readonly entries: number;
  /** When its first and its last entry were made; null when it has none that can be read. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** Entries by kind, the most frequent first. */
  readonly kinds: ReadonlyArray<readonly [kind: string, count: number]>;
}

/** What only the archive's branch tells of money. */
export interface OnlyThere {
  /** Entries whose ids the journal does not have. */
  readonly entries: number;
  /** Newest record of each position that these entries name; null when they hold none of its own. */
  readonly positions: ReadonlyArray<{ readonly positionId: string; readonly ledger: string; readonly record: PositionRecord | null }>;
  readonly orders: readonly OrderRecord[];
  /** Newest record of each live order: one that was signed may land or have landed. */
  readonly intents: readonly IntentRecord[];
  readonly fills: readonly FillRecord[];
}

/** What is where, and what a mend would do. */
export interface MendPlan {
  /** The first entry that differs, and its hash in the archive's branch. */
  readonly forkSeq: number;
  readonly forkHash: string;
  readonly journal: Branch;
  readonly archive: Branch;
  readonly onlyThere: OnlyThere;
  /** Ledgers that the archive's branch names: they would be halted. */
  readonly ledgers: readonly string[];
  /** Files that would be set aside. */
  readonly files: number;
  /** Entries of the journal's own that it has dropped and that those files should have held; null when there are none. */
  readonly lost: { readonly from: number; readonly to: number } | null;
  /** What a person has to type. */
  readonly confirmation: string;
}

/** Both sides of a fork: the entries after it, and the ids that the journal has besides. */
export interface Sides {
  readonly forkSeq: number;
  readonly headSeq: number;
  readonly droppedSeq: number;
  readonly own: readonly StoredEntry[];
  readonly foreign: readonly StoredEntry[];
  readonly knownIds: ReadonlySet<string>;
  readonly files: readonly { readonly from: number; readonly to: number }[];
}

/** Says what is on which side of a fork. */
export function planMend({ forkSeq, headSeq, droppedSeq, own, foreign, knownIds, files }: Sides): MendPlan {
  const forkHash = foreign.find(({ seq }) => seq === forkSeq)?.hash ?? "";
  const ownIds = new Set(own.map(({ entry }) => entry.id));
  const only = foreign.map(({ entry }) => entry).filter(({ id }) => !knownIds.has(id) && !ownIds.has(id));
  const archive = branchOf(foreign, foreign.at(-1)?.seq ?? 0, foreign.length);
  const firstFile = files.at(0);
  const lostTo = Math.min(droppedSeq, files.at(-1)?.to ?? 0);
  return {
    forkSeq,
    forkHash,
    journal: branchOf(own, headSeq, Math.max(0, headSeq - forkSeq + 1)),
    archive,
    onlyThere: onlyThereOf(only),
    ledgers: branchLedgers(foreign.map(({ entry }) => entry)).map(({ ledger }) => ledger),
    files: files.length,
    lost: firstFile === undefined || firstFile.from > droppedSeq ? null : { from: firstFile.from, to: lostTo },
    confirmation: confirmationOf(archive.entries, forkSeq, forkHash),
  };
}

/** Names how much is set aside, from where and of which branch. */
export function confirmationOf(entries: number, forkSeq: number, forkHash: string): string {
  return `set aside ${entries} from ${forkSeq} ${forkHash.slice(0, 8)}`;
}

function branchOf(entries: readonly StoredEntry[], lastSeq: number, count: number): Branch {
  const counts = new Map<string, number>();
  for (const { entry } of entries) counts.set(entry.kind, (counts.get(entry.kind) ?? 0) + 1);
  return {
    lastSeq,
    entries: count,
    fromMs: entries.at(0)?.entry.atMs ?? null,
    toMs: entries.at(-1)?.entry.atMs ?? null,
    kinds: [...counts].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1)),
  };
}

function onlyThereOf(entries: readonly JournalEntry[]): OnlyThere {
  const positions = new Map<string, { positionId: string; ledger: string; record: PositionRecord | null }>();
  const intents = new Map<string, IntentRecord>();
  const orders: OrderRecord[] = [];
  const fills: FillRecord[] = [];
  for (const entry of entries) {
    if (entry.kind === "intent") intents.set(entry.intentId, entry);
    if (entry.kind === "order") orders.push(entry);
    if (entry.kind === "fill") fills.push(entry);
    if (!("positionId" in entry) || entry.positionId === null) continue;
    const { positionId, ledger } = entry;
    const record = entry.kind === "position" ? entry : (positions.get(positionId)?.record ?? null);
    positions.set(positionId, { positionId, ledger, record });
  }
  return { entries: entries.length, positions: [...positions.values()], orders, intents: [...intents.values()], fills };
}
