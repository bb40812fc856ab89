import type { PoolRead } from "../../adapters/rpc/read-market.ts";
import { parseExact, stringifyExact } from "../../domain/json.ts";
import type { RugAlert } from "../../domain/trading/rug-alert.ts";
import { creatorAccounts, judgeRug, type RugBaseline, type RugRead, type RugTerms, rugBaseline } from "../../domain/trading/watch/rug.ts";
import { type Address, BPS } from "../../domain/units.ts";
import type { Host, Table } from "../host/host.ts";
import { creatorOf, type PositionWatch } from "./watch-store.ts";

/** What is kept of one position. */
interface RugFile {
  /** Whose account the baseline tells of. */
  readonly creator: Address | null;
  readonly baseline: RugBaseline | null;
  /** One per reason at most: the first that was seen. */
  readonly alerts: readonly RugAlert[];
  /** Reasons that the position has taken note of. */
  readonly told: readonly RugAlert["reason"][];
}

/** Keeps each open position's baseline and the alerts that came of it, until the position is watched no more. */
export class RugWatch {
  readonly #table: Table;
  readonly #files = new Map<string, RugFile>();

  constructor({ storage }: Host) {
    this.#table = storage.table("rug_files");
    for (const [positionId, body] of this.#table.entries()) this.#files.set(positionId, parseExact(body) as RugFile);
  }

  /** Accounts to read along with a position's pool. */
  accounts(watch: PositionWatch): readonly Address[] {
    const { baseline } = this.#file(watch);
    return creatorAccounts(creatorOf(watch), watch.keys.mint, baseline?.mint.program ?? null);
  }

  /** Takes the baseline from the first good read, and compares every later one with it. `asked` are the accounts read along. */
  observe(watch: PositionWatch, asked: readonly Address[], read: PoolRead): void {
    const file = this.#file(watch);
    const terms = termsOf(watch);
    const rugRead = ofPosition(this.accounts(watch), asked, read);
    if (rugRead === null) return;
    if (file.baseline === null) {
      const baseline = rugBaseline(terms, rugRead);
      if (baseline !== null) this.#put(watch.positionId, { ...file, baseline });
      return;
    }
    const known = new Set(file.alerts.map(({ reason }) => reason));
    const fresh = judgeRug(terms, file.baseline, rugRead).filter(({ reason }) => !known.has(reason));
    if (fresh.length > 0) this.#put(watch.positionId, { ...file, alerts: [...file.alerts, ...fresh] });
  }

  /** Alerts that the position has not taken note of yet. */
  untold(positionId: string): readonly RugAlert[] {
    const file = this.#files.get(positionId);
    return file === undefined ? [] : file.alerts.filter(({ reason }) => !file.told.includes(reason));
  }

  /** The position has taken note of an alert. */
  told(positionId: string, reason: RugAlert["reason"]): void {
    const file = this.#files.get(positionId);
    if (file !== undefined && !file.told.includes(reason)) this.#put(positionId, { ...file, told: [...file.told, reason] });
  }

  forget(positionId: string): void {
    if (this.#files.has(positionId)) this.#table.delete(positionId);
    this.#files.delete(positionId);
  }

  /** Another creator than before begins anew; what was seen already stays. */
  #file(watch: PositionWatch): RugFile {
    const creator = creatorOf(watch);
    const file = this.#files.get(watch.positionId);
    if (file === undefined) return { creator, baseline: null, alerts: [], told: [] };
    return file.creator === creator ? file : { ...file, creator, baseline: null };
  }

  #put(positionId: string, file: RugFile): void {
    // A baseline or an alert in memory alone would not be taken again, and be lost with the object.
    this.#table.put(positionId, stringifyExact(file));
    this.#files.set(positionId, file);
  }
}

function termsOf(watch: PositionWatch): RugTerms {
  const { keys, creatorSellBps } = watch;
  return { mint: keys.mint, pool: keys.pool, creator: creatorOf(watch), creatorSellBps: creatorSellBps ?? Number(BPS) };
}

/** Picks a position's accounts out of those that were read with its pool; null when they were not asked for. */
function ofPosition(wanted: readonly Address[], asked: readonly Address[], read: PoolRead): RugRead | null {
  const places = wanted.map((address) => asked.indexOf(address));
  if (places.includes(-1)) return null;
  return { slot: read.slot, atMs: read.atMs, mint: read.mint, creatorAccounts: places.map((place) => read.also[place] ?? null) };
}
