import { parseExact, stringifyExact } from "../../domain/json.ts";
import type { Intent } from "../../domain/trading/landing/intent.ts";
import type { ObjectStorage, Table } from "../host/host.ts";

/** Attempts of an exit that stay in the object; the journal has all of them. */
const KEPT_SELLS = 100;
/** An intent that an older version stored. */
const UNWITHDRAWN = { withdrawal: null };

/** The intents of one position, ended ones too, in its object's storage and read from it once. */
export class PositionIntents {
  readonly #table: Table;
  /** In the order of their creation. */
  readonly #intents: Map<string, Intent>;

  constructor(storage: ObjectStorage) {
    this.#table = storage.table("intent_bodies");
    this.#intents = new Map(this.#table.entries().map(([id, body]) => [id, { ...UNWITHDRAWN, ...(parseExact(body) as Intent) }]));
  }

  /** Writes an intent; joins the caller's transaction, after which `keep` makes it the one in force. */
  write(intent: Intent): void {
    this.#table.put(intent.id, stringifyExact(intent));
  }

  /** An exit that keeps failing leaves its older attempts to the journal. */
  keep(intent: Intent): void {
    this.#intents.set(intent.id, intent);
    const sells = this.all().filter(({ side }) => side === "sell");
    for (const { id } of sells.slice(0, Math.max(0, sells.length - KEPT_SELLS))) {
      this.#table.delete(id);
      this.#intents.delete(id);
    }
  }

  /** The oldest first. */
  all(): Intent[] {
    return [...this.#intents.values()];
  }

  latest(): Intent | null {
    return this.all().at(-1) ?? null;
  }

  /** The buy that landed; null while none did. */
  landedBuy(): Intent | null {
    return this.all().find(({ side, status }) => side === "buy" && status === "landed") ?? null;
  }
}
