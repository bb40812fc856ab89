import { parseExact, stringifyExact } from "../domain/json.ts";
import type { Control, Holding, PortfolioState, SignalOutcome } from "../domain/trading/portfolio-state.ts";
import type { PositionPlan } from "../domain/trading/position-state.ts";
import { initialRisk, type Lock, type RiskState } from "../domain/trading/risk/risk-state.ts";
import type { UnixMs } from "../domain/units.ts";
import type { ObjectStorage, Table } from "./host/host.ts";

type Maps = "holdings" | "signals" | "tradedMints" | "risk";
type Figures = Omit<PortfolioState, Maps>;
type RiskMaps = "entries" | "creatorLosses" | "locks" | "health";
type RiskFigures = Omit<RiskState, RiskMaps>;

export type BooksGap = "restored" | "reopened";

/**
 * A ledger's books as rows of text: one for the figures, one for the risk engine's, one per holding,
 * signal, entry of the hour, creator and lock, and each position's plan, which never changes, once.
 */
export class BooksStore {
  readonly #books: Table;
  readonly #holdings: Table;
  readonly #signals: Table;
  readonly #entries: Table;
  readonly #creators: Table;
  readonly #locks: Table;
  readonly #plans: Table;

  constructor(storage: ObjectStorage) {
    this.#books = storage.table("books");
    this.#holdings = storage.table("holdings");
    this.#signals = storage.table("signals");
    this.#entries = storage.table("risk_entries");
    this.#creators = storage.table("risk_creators");
    this.#locks = storage.table("risk_locks");
    this.#plans = storage.table("plans");
  }

  /** Null before the books are open. */
  load(): PortfolioState | null {
    const figures = this.#get<Figures>("books");
    if (figures === null) return null;
    const signals = rows<SignalOutcome>(this.#signals);
    const tradedMints = new Set([...signals.values()].flatMap((outcome) => (outcome.granted ? [outcome.mint] : [])));
    const risk: RiskState = {
      ...initialRisk(figures.openingLamports, 0),
      ...this.#get<RiskFigures>("risk"),
      entries: rows(this.#entries),
      creatorLosses: rows<UnixMs>(this.#creators),
      locks: rows<Lock>(this.#locks),
    };
    const holdings = new Map([...rows<Holding>(this.#holdings)].map(([key, holding]) => [key, restoredHolding(holding)]));
    return { ...figures, control: { ...figures.control, note: figures.control.note ?? null }, holdings, signals, tradedMints, risk };
  }

  /** Writes what differs from the state that was stored last; call it inside a transaction. */
  save(stored: PortfolioState | null, after: PortfolioState): void {
    const { holdings, signals, tradedMints: _, risk, ...figures } = after;
    this.#put("books", figures satisfies Figures);
    difference(this.#holdings, stored?.holdings, holdings);
    difference(this.#signals, stored?.signals, signals);
    if (stored?.risk === risk) return;
    const { entries, creatorLosses, locks, health: __, ...riskFigures } = risk;
    this.#put("risk", riskFigures satisfies RiskFigures);
    difference(this.#entries, stored?.risk.entries, entries);
    difference(this.#creators, stored?.risk.creatorLosses, creatorLosses);
    difference(this.#locks, stored?.risk.locks, locks);
    for (const positionId of stored?.holdings.keys() ?? []) if (!holdings.has(positionId)) this.#plans.delete(positionId);
  }

  /** What a position was granted, kept until it is settled, so that a start that got lost can be repeated. */
  savePlan(plan: PositionPlan): void {
    this.#plans.put(plan.positionId, stringifyExact(plan));
  }

  plan(positionId: string): PositionPlan | null {
    const body = this.#plans.get(positionId);
    return body === null ? null : (parseExact(body) as PositionPlan);
  }

  /** A trading state chosen before the books are open. */
  saveControl(control: Control): void {
    this.#put("control", control);
  }

  loadControl(): Control | null {
    return this.#get<Control>("control");
  }

  /** Number of the newest record that the books had when they were last known to be the newest; null while they are. */
  unverifiedFrom(): number | null {
    return this.#get<number>("unverified");
  }

  setUnverifiedFrom(records: number | null): void {
    if (records === null) this.#books.delete("unverified");
    else this.#put("unverified", records);
  }

  /** How these books came to lack what positions did: restored to an earlier point, or lost and opened anew; null when they do not. */
  gap(): BooksGap | null {
    return this.#get<BooksGap>("gap");
  }

  setGap(gap: BooksGap | null): void {
    if (gap === null) this.#books.delete("gap");
    else this.#put("gap", gap);
  }

  #get<V>(key: string): V | null {
    const body = this.#books.get(key);
    return body === null ? null : (parseExact(body) as V);
  }

  #put(key: string, value: unknown): void {
    this.#books.put(key, stringifyExact(value));
  }
}

/** A holding as it was stored, perhaps by an older version that lacked some of the fields. */
function restoredHolding(stored: Holding): Holding {
  const { phase, reservedLamports, costLamports, rentLamports } = stored;
  const missing = {
    exposureLamports: phase === "reserved" ? reservedLamports : costLamports,
    grossLamports: costLamports - rentLamports,
    exits: 0,
    realisedLamports: 0n,
    creator: null,
    isRehearsal: false,
  };
  return { ...missing, ...stored };
}

function rows<V>(table: Table): Map<string, V> {
  return new Map(table.entries().map(([key, body]) => [key, parseExact(body) as V]));
}

function difference<V>(table: Table, before: ReadonlyMap<string, V> | undefined, after: ReadonlyMap<string, V>): void {
  if (before === after) return;
  for (const [key, value] of after) if (before?.get(key) !== value) table.put(key, stringifyExact(value));
  for (const key of before?.keys() ?? []) if (!after.has(key)) table.delete(key);
}
