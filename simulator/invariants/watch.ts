import type { JournalEntry } from "../../domain/journal/entry.ts";
import { parseExact } from "../../domain/json.ts";
import type { Intent } from "../../domain/trading/landing/intent.ts";
import type { Holding, PortfolioState } from "../../domain/trading/portfolio-state.ts";
import type { Transaction } from "../chain/chain.ts";
import type { Chaos } from "../chaos.ts";
import type { Cell, Core } from "../cloud/cell.ts";
import type { Workload } from "../workload.ts";
import type { World } from "../world.ts";
import { Violation } from "./violation.ts";

const STAGES = ["discover", "analyze", "trade", "done"];

type Books = Omit<PortfolioState, "holdings" | "signals" | "tradedMints" | "risk">;

/** What a ledger was last known to be. */
interface LedgerView {
  readonly core: Core;
  readonly state: string;
}

/**
 * The rules that hold after every event. It looks at what the chain did, what the signer signed and what
 * is stored, never at what the engine says of itself, but for the trading state in memory.
 */
export class Watch {
  trades = 0;
  readonly #world: World;
  readonly #workload: Workload;
  readonly #chaos: Chaos;
  /** How far each list was looked at. */
  #landed = 0;
  #journalled = 0;
  readonly #seen = new Map<string, string>();
  readonly #writes = new Map<string, number>();
  readonly #buysByMint = new Map<string, string>();
  readonly #soldByMint = new Map<string, bigint>();
  readonly #ledgers = new Map<string, LedgerView>();
  readonly #holdings = new Map<string, string>();
  readonly #stages = new Map<string, number>();
  #failure: Violation | null = null;

  constructor(world: World, workload: Workload, chaos: Chaos) {
    this.#world = world;
    this.#workload = workload;
    this.#chaos = chaos;
    world.signer.onSignature = (transaction) => this.#signed(transaction);
  }

  /** Throws the first rule that was broken. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
    const { chain, options, scheduler } = this.#world;
    if (options.workload.canary && scheduler.steps > options.events / 2) throw new Violation("canary", "this seed has to fail");
    for (; this.#landed < chain.landed.length; this.#landed++) {
      const transaction = chain.landed[this.#landed];
      if (transaction !== undefined && transaction.error === null) this.#landedWell(transaction);
    }
    for (const cell of this.#world.cells.values()) this.#checkCell(cell);
  }

  #checkCell(cell: Cell): void {
    const { writes } = cell.storage;
    const isNew = this.#writes.get(cell.name) !== writes;
    if (cell.name.startsWith("PORTFOLIO/")) this.#checkTradingState(cell);
    if (!isNew) return;
    if (cell.storage.unsynced === 0) this.#writes.set(cell.name, writes);
    if (cell.name.startsWith("PORTFOLIO/")) this.#checkBooks(cell);
    if (cell.name.startsWith("POSITION/")) this.#checkIntents(cell);
    if (cell.name.startsWith("JOURNAL/")) this.#checkJournal(cell);
    if (cell.name.startsWith("INBOX/")) this.#checkStages(cell);
    this.#checkAlarm(cell);
  }

  /** C11: a graduation goes through its stages once, and never back. */
  #checkStages(cell: Cell): void {
    if (cell.storage.unsynced > 0 || this.#chaos.restored !== null) return;
    for (const [key, body] of cell.storage.table("inbox_rows").entries()) {
      const stage = STAGES.findIndex((name) => body.includes(`"state":"${name}"`));
      const before = this.#stages.get(key) ?? 0;
      if (stage < before) throw new Violation("C11", `${key} went from ${STAGES[before]} back to ${STAGES[stage]}`);
      this.#stages.set(key, stage);
    }
  }

  /** C3 and C12 on the chain itself. */
  #landedWell(transaction: Transaction): void {
    const { instruction, moved, signedAtMs } = transaction;
    const { mint, side, intentId, positionId } = instruction;
    if (side === "buy") {
      if (chainDecimals(this.#world, mint) !== 6) throw new Violation("C17", `bought ${mint}, whose decimals no coin of pump.fun has`);
      const earlier = this.#buysByMint.get(mint);
      if (earlier !== undefined) throw new Violation("C3", `two buys of ${mint} landed: ${earlier} and ${intentId}`);
      this.#buysByMint.set(mint, intentId);
      const stop = this.#stopBefore("live-A", signedAtMs);
      if (stop !== null) throw new Violation("C12", `${intentId} was signed at ${signedAtMs}, entries were stopped at ${stop}`);
      return;
    }
    const sold = (this.#soldByMint.get(mint) ?? 0n) + (moved?.baseAmount ?? 0n);
    this.#soldByMint.set(mint, sold);
    if (!this.#buysByMint.has(mint)) throw new Violation("C3", `${positionId} sold what it never bought`);
  }

  /** When entries were stopped for good before a moment; null when they were not, or when that cannot be told. */
  #stopBefore(ledger: string, atMs: number): number | null {
    const calls = this.#workload.operatorCalls.filter(({ ledger: of, atMs: calledMs }) => of === ledger && calledMs <= atMs);
    const isStop = (action: string) => action === "REDUCING" || action === "HALTED";
    const stop = calls.findLast(({ action, doneAtMs }) => isStop(action) && doneAtMs !== null && doneAtMs < atMs);
    // Of two calls that were under way at once either may be heard last.
    const isLifted = calls.some(({ action, doneAtMs }) => action === "ACTIVE" && (doneAtMs === null || doneAtMs >= (stop?.atMs ?? 0)));
    return isLifted || this.#chaos.restored !== null ? null : (stop?.doneAtMs ?? null);
  }

  /** C4: nothing is signed for an order while an earlier one of the same may still land. */
  #signed(transaction: Transaction): void {
    const { positionId, side, intentId } = transaction.instruction;
    for (const other of this.#world.chain.transactions.values()) {
      if (other === transaction || other.instruction.positionId !== positionId || other.instruction.side !== side) continue;
      if (this.#world.chain.mayLand(other)) {
        this.#failure ??= new Violation("C4", `${intentId} was signed while ${other.instruction.intentId} may still land`);
      } else if (side === "buy" && other.status === "confirmed" && other.error === null) {
        this.#failure ??= new Violation("C4", `${intentId} was signed although ${other.instruction.intentId} landed`);
      }
    }
  }

  /** C1, C2 and C5 on what is stored. */
  #checkBooks(cell: Cell): void {
    const text = cell.storage.table("books").get("books");
    if (text === null || this.#seen.get(cell.name) === text) return;
    this.#seen.set(cell.name, text);
    const books = parseExact(text) as Books;
    const { parameters } = this.#world.parameters;
    const holdings = cell.storage
      .table("holdings")
      .entries()
      .map(([, body]) => parseExact(body) as Holding);
    let held = 0n;
    let exposed = 0n;
    let equity = books.cashLamports;
    const mints = new Set<string>();
    for (const holding of holdings) {
      held += holding.reservedLamports + holding.costLamports;
      exposed += holding.exposureLamports;
      equity += holding.reservedLamports + holding.valueLamports;
      if (holding.reservedLamports < 0n || holding.costLamports < 0n) throw new Violation("C1", `negative: ${holding.positionId}`);
      mints.add(holding.mint);
    }
    const error = books.cashLamports + held - books.openingLamports - books.realisedLamports;
    if (error !== 0n) throw new Violation("C1", `books of ${cell.name} are off by ${error}`);
    if (books.cashLamports < 0n) throw new Violation("C1", `${cell.name} has ${books.cashLamports} lamports of cash`);
    if (mints.size !== holdings.length) throw new Violation("C2", `${cell.name} holds one coin twice`);
    if (holdings.length > parameters.maxPositions) throw new Violation("C5", `${holdings.length} positions of ${parameters.maxPositions}`);
    const known = this.#holdings.get(cell.name);
    const ids = holdings.map(({ positionId }) => positionId).join();
    this.#holdings.set(cell.name, ids);
    const isGrown = known !== undefined && holdings.some(({ positionId }) => !known.includes(positionId));
    const cap = (equity * BigInt(parameters.maxExposureBps)) / 10_000n;
    if (isGrown && exposed > cap) throw new Violation("C5", `${exposed} lamports at risk, the cap is ${cap}`);
  }

  /** C6: a stop that is on disk ends by an operator's word only. */
  #checkTradingState(cell: Cell): void {
    const { core } = cell;
    if (core === null || cell.storage.unsynced > 0) return;
    const known = this.#ledgers.get(cell.name);
    if (known?.core === core && this.#writes.get(cell.name) === cell.storage.writes) return;
    const status = core["status"];
    if (typeof status !== "function") return;
    const told = Reflect.apply(status, core, []) as Promise<{ readonly state: string } | null>;
    void told.then((answer) => {
      if (answer === null) return;
      const before = this.#ledgers.get(cell.name);
      this.#ledgers.set(cell.name, { core, state: answer.state });
      if (before === undefined || before.state === "ACTIVE" || answer.state !== "ACTIVE") return;
      const ledger = cell.name.slice("PORTFOLIO/".length);
      const isAsked = this.#workload.operatorCalls.some((call) => call.ledger === ledger && call.action === "ACTIVE");
      if (!isAsked && this.#chaos.restored === null) {
        this.#failure ??= new Violation("C6", `${ledger} went from ${before.state} to ACTIVE, and no operator asked for it`);
      }
    });
  }

  /** C15: what may still land, or did, is not recorded as failed. */
  #checkIntents(cell: Cell): void {
    for (const [id, body] of cell.storage.table("intent_bodies").entries()) {
      const key = `${cell.name} ${id}`;
      if (this.#seen.get(key) === body) continue;
      this.#seen.set(key, body);
      const intent = parseExact(body) as Intent;
      if (intent.status !== "failed" && intent.status !== "expired") continue;
      const transaction = intent.signature === null ? undefined : this.#world.chain.transactions.get(intent.signature);
      if (transaction === undefined || transaction.instruction.intentId !== id) continue;
      if (this.#world.chain.mayLand(transaction)) throw new Violation("C15", `${id} is ${intent.status} and may still land`);
      if (transaction.status === "confirmed" && transaction.error === null)
        throw new Violation("C15", `${id} is ${intent.status} and landed`);
    }
  }

  /** C10 and C15: what the journal says of live fills is what the chain has confirmed. */
  #checkJournal(cell: Cell): void {
    const bodies = cell.storage.table("journal_bodies");
    const head = Number(cell.storage.table("journal_marks").get("head") ?? 0);
    if (head < this.#journalled) this.#journalled = head;
    while (this.#journalled < head) {
      const body = bodies.get(String(++this.#journalled));
      if (body === null) continue;
      const entry = JSON.parse(body) as JournalEntry;
      if (entry.kind === "trade") this.trades++;
      if (entry.kind !== "fill" || entry.isDryRun) continue;
      const order = `${entry.positionId}:${entry.side}:${entry.attempt}`;
      const proof = this.#world.chain.landed.find(({ instruction, error }) => instruction.intentId === order && error === null);
      if (proof === undefined) throw new Violation("C15", `fill of ${order} is in the journal, and not on the chain`);
      const { moved } = proof;
      const isSame = moved?.baseAmount.toString() === entry.baseAmount && moved?.quoteLamports.toString() === entry.quoteLamports;
      if (!isSame) throw new Violation("C1", `fill of ${order} is not what the chain moved`);
    }
  }

  /** C9: who has something to do has an alarm that will remind it. */
  #checkAlarm(cell: Cell): void {
    if (!cell.isQuiet || cell.storage.unsynced > 0 || cell.storage.alarmMs !== null || cell.hasRetry) return;
    const waiting = cell.storage.count("effects") + cell.storage.count("journal_outbox") + cell.storage.count("sends");
    if (waiting > 0) throw new Violation("C9", `${cell.name} has ${waiting} messages to send and no alarm`);
    if (!cell.name.startsWith("POSITION/")) return;
    const state = cell.storage.table("position_parts").get("state");
    if (state !== null && !/"status":"(closed|abandoned)"/.test(state))
      throw new Violation("C9", `${cell.name} is under way and has no alarm`);
  }
}

function chainDecimals(world: World, mint: string): number | null {
  return world.chain.coinOf(mint)?.decimals ?? null;
}
