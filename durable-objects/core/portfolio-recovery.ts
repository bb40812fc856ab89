import type { Adoption, PositionAccount } from "../../domain/trading/portfolio-adopt.ts";
import type { PortfolioState } from "../../domain/trading/portfolio-state.ts";
import type { LedgerId } from "../../domain/trading/signal.ts";
import type { Host, Table } from "../host/host.ts";
import { journalOf, positionOf } from "../stubs.ts";
import type { RecordedPosition } from "./journal-positions.ts";

const NO_RECORDS: Omit<RecordedPosition, "positionId"> = { isReserved: false, isEntrySettled: false, exits: 0 };
/** Positions that are woken for books that are not open: the newest ones; what is older has long settled. */
const WOKEN = 200;

/** What a look for forgotten positions found. */
export interface Found {
  /** What positions can prove that the books lack, or may lack. */
  readonly adoptions: readonly Adoption[];
  /** Positions that the journal tells of and that do not know themselves. */
  readonly lost: readonly string[];
}

/**
 * Positions that restored books do not know, or know an earlier state of. The journal names them, and
 * so does a settlement of theirs. Until the books have them nobody else sees to it that they wake.
 */
export class ForgottenPositions {
  readonly #env: Env;
  readonly #table: Table;

  constructor({ storage }: Host, env: Env) {
    this.#env = env;
    this.#table = storage.table("forgotten_positions");
  }

  /** Remembers one; joins the caller's transaction. */
  add(positionId: string): void {
    if (this.#table.get(positionId) === null) this.#table.put(positionId, "");
  }

  ids(): string[] {
    return this.#table.entries().map(([positionId]) => positionId);
  }

  /** Those that the books know by now are watched over as all others are. */
  forget(state: PortfolioState): void {
    const known = grantedIds(state);
    for (const positionId of this.ids()) if (known.has(positionId)) this.#table.delete(positionId);
  }

  /** Asks the journal and the positions, and wakes those that the books do not know. Throws when something does not answer. */
  async find(state: PortfolioState): Promise<Found> {
    const recorded = new Map((await journalOf(this.#env).positionsOf(state.ledger)).map((one) => [one.positionId, one]));
    const known = grantedIds(state);
    const forgotten = [...new Set([...recorded.keys(), ...this.ids()])].filter((id) => !known.has(id));
    for (const positionId of forgotten) this.add(positionId);
    const lost: string[] = [];
    const adoptions: Adoption[] = [];
    for (const positionId of [...state.holdings.keys(), ...forgotten]) {
      const account = await this.#account(positionId, !known.has(positionId));
      if (account !== null) adoptions.push({ account, recorded: recorded.get(positionId) ?? NO_RECORDS });
      else if (!known.has(positionId)) lost.push(positionId);
    }
    return { adoptions, lost };
  }

  /** Wakes the newest positions of a ledger whose books are not open: nobody else knows of them. */
  async wakeAll(ledger: LedgerId): Promise<void> {
    const recorded = await journalOf(this.#env).positionsOf(ledger);
    await Promise.all(recorded.slice(-WOKEN).map(({ positionId }) => positionOf(this.#env, positionId).watchdog()));
  }

  async #account(positionId: string, isForgotten: boolean): Promise<PositionAccount | null> {
    const position = positionOf(this.#env, positionId);
    if (isForgotten) await position.watchdog();
    return position.account();
  }
}

/** Positions that these books granted, whether or not they hold them still. */
export function grantedIds(state: PortfolioState): ReadonlySet<string> {
  return new Set([...state.signals.values()].flatMap((outcome) => (outcome.granted ? [outcome.positionId] : [])));
}
