import { projectEntries } from "../../adapters/d1/project.ts";
import { verifyChain } from "../../domain/journal/chain.ts";
import type { FillRecord, LedgerRecord, StoredEntry, TradeRecord, TradingStateRecord } from "../../domain/journal/entry.ts";
import { parseExact } from "../../domain/json.ts";
import { addRecords, identityError, NOTHING_BOOKED } from "../../domain/ledger/trial-balance.ts";
import type { PortfolioState } from "../../domain/trading/portfolio-state.ts";
import type { Chaos } from "../chaos.ts";
import { Database } from "../cloud/database.ts";
import type { Workload } from "../workload.ts";
import type { World } from "../world.ts";
import { Violation } from "./violation.ts";

type Books = Omit<PortfolioState, "holdings" | "signals" | "tradedMints" | "risk">;

/** What is still under way; null when nothing is. */
export function unsettled(world: World, workload: Workload, chaos: Chaos): string | null {
  // Books that were restored do not know what came after, and their positions cannot settle: a person's business.
  const isRestored = chaos.restored !== null;
  for (const { graduation, isAccepted } of workload.graduations) if (!isAccepted) return `${graduation.signature} is not delivered`;
  for (const [name, queue] of world.queues) {
    if (queue.pending > 0) return `${queue.pending} messages in ${name}`;
  }
  for (const cell of world.cells.values()) {
    const { storage, name } = cell;
    for (const log of ["effects", "journal_outbox", "sends"]) {
      if (isRestored && log === "effects") continue;
      const waiting = storage.count(log);
      if (waiting > 0) return `${waiting} rows in ${log} of ${name}`;
    }
    if (name.startsWith("POSITION/")) {
      const state = storage.table("position_parts").get("state");
      if (state !== null && !/"status":"(closed|abandoned)"/.test(state)) return `${name} is under way: ${state.slice(0, 200)}`;
      for (const [id, body] of storage.table("intent_bodies").entries())
        if (!/"status":"(landed|failed|expired)"/.test(body)) return `intent ${id} is under way`;
    }
    if (name.startsWith("INBOX/")) {
      for (const [key, body] of storage.table("inbox_rows").entries()) if (!body.includes('"state":"done"')) return `${key} is not done`;
    }
    if (name.startsWith("PORTFOLIO/") && !isRestored && storage.table("holdings").entries().length > 0) return `${name} holds positions`;
  }
  // A restored object that nothing has called since does not run: the cron calls it within a minute.
  for (const ledger of chaos.restored?.outdated ?? []) {
    if (!isStopped(world, workload, ledger, chaos.restored?.atMs ?? 0)) return `${ledger} does not know that it was restored`;
  }
  const head = headOf(world);
  const projected = Number(world.database.tables.get("projection_state")?.get("executor")?.["seq"] ?? 0);
  if (projected < head) return `D1 is at ${projected} of ${head}`;
  return null;
}

/** The rules that hold at rest: books, chain, journal and projection tell the same story, to the lamport. */
export async function atRest(world: World, workload: Workload, chaos: Chaos): Promise<void> {
  const entries = journalOf(world);
  const chained = verifyChain(entries);
  if (!chained.ok) throw new Violation("C10", `the journal does not verify: ${chained.detail}`);
  if (chaos.restored?.scope !== "everything but the chain") {
    await projection(world, entries);
    messages(world, entries);
    decisions(workload, entries);
  }
  if (chaos.restored !== null) {
    for (const ledger of chaos.restored.outdated) restored(world, workload, ledger, chaos.restored.atMs);
    return;
  }
  for (const ledger of world.options.workload.ledgers) books(world, ledger, entries);
  trades(world, entries);
}

export function journalOf(world: World): StoredEntry[] {
  const { storage } = world.cell("JOURNAL", "journal");
  const rows = storage.table("journal_rows");
  const bodies = storage.table("journal_bodies");
  const entries: StoredEntry[] = [];
  let prevHash = "0".repeat(64);
  for (let seq = 1; seq <= headOf(world); seq++) {
    const { hash } = JSON.parse(rows.get(String(seq)) ?? "{}") as { readonly hash: string };
    entries.push({ seq, hash, prevHash, entry: JSON.parse(bodies.get(String(seq)) ?? "null") });
    prevHash = hash;
  }
  return entries;
}

function headOf(world: World): number {
  return Number(world.cell("JOURNAL", "journal").storage.table("journal_marks").get("head") ?? 0);
}

/** C10: the database is what the journal alone makes of it. */
async function projection(world: World, entries: readonly StoredEntry[]): Promise<void> {
  const fresh = new Database(null);
  const db = fresh.binding(null);
  for (let from = 0; from < entries.length; from += 200) await projectEntries(db, entries.slice(from, from + 200), 0);
  for (const [table, rows] of fresh.tables) {
    if (table === "projection_state") continue;
    const kept = world.database.tables.get(table) ?? new Map();
    if (kept.size !== rows.size) throw new Violation("C10", `${kept.size} rows of ${table} in D1, the journal has ${rows.size}`);
    for (const [key, row] of rows) {
      if (JSON.stringify(kept.get(key)) !== JSON.stringify(row)) throw new Violation("C10", `${table} ${key} is not what the journal says`);
    }
  }
}

/** C11: every message that a queue took was worked off, or is archived as a dead letter. */
function messages(world: World, entries: readonly StoredEntry[]): void {
  const archived = new Set(entries.flatMap(({ entry }) => (entry.kind === "dead-letter" ? [`${entry.queue} ${entry.messageId}`] : [])));
  for (const [name, { counts, acceptedIds }] of world.queues) {
    if (counts.dropped > 0) throw new Violation("C11", `${counts.dropped} messages of ${name} are gone`);
    if (!name.endsWith("-dlq")) continue;
    const queue = name.slice(0, -"-dlq".length);
    for (const id of acceptedIds) {
      if (!archived.has(`${queue} ${id}`)) throw new Violation("C11", `dead letter ${id} is not in the journal`);
      if (!world.bucket.objects.has(`dead-letters/v1/${queue}/${id}.json`)) throw new Violation("C11", `dead letter ${id} is not on R2`);
    }
  }
}

/** C11: every graduation that was accepted has its decision, once. */
function decisions(workload: Workload, entries: readonly StoredEntry[]): void {
  const decided = new Set(entries.flatMap(({ entry }) => (entry.kind === "decision" ? [entry.id] : [])));
  for (const { graduation, isAccepted } of workload.graduations) {
    if (!isAccepted) continue;
    const key = `${graduation.signature}:${graduation.mint}`;
    const isDecided = decided.has(`decision:${key}:trade`) || decided.has(`decision:${key}:analyze`);
    if (!isDecided) throw new Violation("C11", `${key} was accepted and never decided on`);
  }
}

/** C1: books against double entry, and live against the wallet. */
function books(world: World, ledger: string, entries: readonly StoredEntry[]): void {
  const { storage } = world.cell("PORTFOLIO", ledger);
  const text = storage.table("books").get("books");
  if (text === null) return;
  const { cashLamports, realisedLamports, openingLamports, control } = parseExact(text) as Books;
  if (cashLamports !== openingLamports + realisedLamports) throw new Violation("C1", `${ledger} does not add up at rest`);
  const records = entries
    .map(({ entry }) => entry)
    .filter((entry): entry is LedgerRecord => entry.kind === "ledger" && entry.ledger === ledger);
  const balance = addRecords(NOTHING_BOOKED, records);
  if (identityError(balance) !== 0n) throw new Violation("C1", `double entry of ${ledger} is off by ${identityError(balance)}`);
  if (balance.cash !== cashLamports)
    throw new Violation("C1", `double entry of ${ledger} has ${balance.cash} cash, the books ${cashLamports}`);
  if (balance.reserved !== 0n || balance["position-cost"] !== 0n || balance.rent !== 0n)
    throw new Violation("C1", `double entry of ${ledger} still holds something at rest`);
  if (ledger === "live-A" && cashLamports !== world.chain.lamports())
    throw new Violation("C1", `the books have ${cashLamports} lamports, the wallet ${world.chain.lamports()}`);
  const states = entries
    .map(({ entry }) => entry)
    .filter((entry): entry is TradingStateRecord => entry.kind === "trading-state" && entry.ledger === ledger);
  const last = states.sort((a, b) => numberOf(a.id) - numberOf(b.id)).at(-1);
  if (last !== undefined && last.state !== control.state)
    throw new Violation("C6", `${ledger} is ${control.state}, the journal's last word is ${last.state}`);
}

function numberOf(id: string): number {
  return Number(id.slice(id.lastIndexOf(":") + 1));
}

/** C7: a closed position has one trade, and its result is what went out and came in. */
function trades(world: World, entries: readonly StoredEntry[]): void {
  const trade = new Map<string, TradeRecord>();
  const fills = new Map<string, FillRecord[]>();
  for (const { entry } of entries) {
    if (entry.kind === "trade") {
      if (trade.has(entry.positionId)) throw new Violation("C7", `${entry.positionId} has two trades`);
      trade.set(entry.positionId, entry);
    }
    if (entry.kind === "fill") fills.set(entry.positionId, [...(fills.get(entry.positionId) ?? []), entry]);
  }
  for (const [positionId, own] of fills) {
    const buys = own.filter(({ side }) => side === "buy");
    if (buys.length !== 1) throw new Violation("C7", `${positionId} has ${buys.length} entries`);
    const result = trade.get(positionId);
    if (result === undefined) throw new Violation("C7", `${positionId} has fills and no trade`);
    const bought = sum(buys, ({ baseAmount }) => baseAmount);
    const sold = sum(
      own.filter(({ side }) => side === "sell"),
      ({ baseAmount }) => baseAmount,
    );
    // A sale takes along what somebody else sent.
    const dust = positionId.startsWith("live-") ? (world.chain.airdropped.get(result.mint) ?? 0n) : 0n;
    if (sold > bought + dust) throw new Violation("C7", `${positionId} sold ${sold} of ${bought}`);
    if (BigInt(result.pnlLamports) !== BigInt(result.proceedsLamports) - BigInt(result.costLamports))
      throw new Violation("C7", `${positionId}: the result is not proceeds less cost`);
    const isLost = world.raised.some((told) => told.startsWith(`TOKENS_MISSING ${positionId} `));
    if (sold < bought && !isLost) throw new Violation("C1", `${positionId} closed with ${bought - sold} tokens unsold`);
    if (!positionId.startsWith("live-")) continue;
    const flow = flowOf(world, positionId);
    if (BigInt(result.pnlLamports) !== flow)
      throw new Violation("C7", `${positionId}: result ${result.pnlLamports}, the wallet's change is ${flow}`);
  }
  for (const positionId of trade.keys()) if (!fills.has(positionId)) throw new Violation("C7", `${positionId} has a trade and no fills`);
}

/** What all transactions of a position did to the wallet. */
function flowOf(world: World, positionId: string): bigint {
  let flow = 0n;
  for (const { instruction, moved, error } of world.chain.landed) {
    if (instruction.positionId !== positionId) continue;
    flow -= instruction.networkFeeLamports;
    if (error !== null || moved === null) continue;
    const sign = instruction.side === "buy" ? -1n : 1n;
    flow += sign * (moved.quoteLamports + moved.rentLamports) - instruction.tipLamports;
  }
  return flow;
}

/** R3: books that are older than the journal stop until an operator says otherwise. Two buys of one coin are C3's business. */
function restored(world: World, workload: Workload, ledger: string, atMs: number): void {
  if (!isStopped(world, workload, ledger, atMs)) throw new Violation("R3", `${ledger} was restored and is ACTIVE`);
}

function isStopped(world: World, workload: Workload, ledger: string, atMs: number): boolean {
  const text = world.cell("PORTFOLIO", ledger).storage.table("books").get("books");
  if (text === null) return true;
  const { control } = parseExact(text) as Books;
  return control.state === "HALTED" || workload.operatorCalls.some((call) => call.ledger === ledger && call.atMs >= atMs);
}

function sum<T>(items: readonly T[], amountOf: (item: T) => string): bigint {
  return items.reduce((total, item) => total + BigInt(amountOf(item)), 0n);
}
