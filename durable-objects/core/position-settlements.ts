import { parseExact, stringifyExact } from "../../domain/json.ts";
import type { PositionAccount } from "../../domain/trading/portfolio-adopt.ts";
import type { EntrySettlement, ExitSettlement, PositionEffect, PositionPlan } from "../../domain/trading/position-state.ts";
import type { ObjectStorage, Table } from "../host/host.ts";

const ENTRY = "entry";

/** Everything that one position ever asked its books to take: books that were restored ask for it again. */
export class PositionSettlements {
  readonly #table: Table;

  constructor(storage: ObjectStorage) {
    this.#table = storage.table("settlements");
  }

  /** Keeps a settlement; joins the caller's transaction. */
  keep(effect: PositionEffect): void {
    if (effect.type === "settle-entry") this.#table.put(ENTRY, stringifyExact(effect.settlement));
    if (effect.type === "settle-exit") this.#table.put(String(effect.settlement.n), stringifyExact(effect.settlement));
  }

  account(plan: PositionPlan): PositionAccount {
    const entry = this.#table.get(ENTRY);
    const exits: ExitSettlement[] = [];
    for (const [key, body] of this.#table.entries()) if (key !== ENTRY) exits.push(parseExact(body) as ExitSettlement);
    return { plan, entry: entry === null ? null : (parseExact(entry) as EntrySettlement), exits: exits.sort((a, b) => a.n - b.n) };
  }
}
