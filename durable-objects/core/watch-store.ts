import { parseExact, stringifyExact } from "../../domain/json.ts";
import { isAddress } from "../../domain/solana/address.ts";
import type { PoolKeys } from "../../domain/trading/market.ts";
import type { PathWatch } from "../../domain/trading/path-recorder.ts";
import type { PathSample } from "../../domain/trading/path-walk.ts";
import type { LedgerId } from "../../domain/trading/signal.ts";
import type { Address, UnixMs } from "../../domain/units.ts";
import type { ObjectStorage, Table } from "../host/host.ts";

/** A mint's path is recorded once; this long a late message about it is recognised. Longer than queues retain messages (14 days). */
export const DONE_KEPT_MS = 15 * 86_400_000;

/** A position that wants marks and alerts. */
export interface PositionWatch {
  readonly positionId: string;
  readonly ledger: LedgerId;
  readonly keys: PoolKeys;
  /** Greatest age that a price may reach. */
  readonly intervalMs: number;
  /** Whose sales are watched for; nobody's when it is missing or null. */
  readonly creator?: Address | null;
  /** Share of the creator's holding whose sale is an alert, in basis points; all of it when it is missing. */
  readonly creatorSellBps?: number;
}

/** The creator of a watch; null unless it is an address, since one that is none must not end the look at all pools. */
export function creatorOf({ creator }: PositionWatch): Address | null {
  return isAddress(creator) ? creator : null;
}

/** What the market watch keeps: who is watched, and the samples of the paths under way. */
export interface WatchStore {
  positions(): PositionWatch[];
  /** Adds or replaces; one that was there keeps its place. */
  putPosition(watch: PositionWatch): void;
  deletePosition(positionId: string): void;
  paths(): PathWatch[];
  putPath(watch: PathWatch): void;
  /** Whether the mint's path was recorded within the last 15 days. */
  isDone(mint: Address): boolean;
  /** Removes a path and its samples, and remembers that it was recorded. */
  finishPath(mint: Address, nowMs: UnixMs): void;
  /** The first sample of a slot stays. */
  addSample(mint: Address, sample: PathSample): void;
  /** In order of slot. */
  samples(mint: Address): PathSample[];
}

/** The store of a host without SQL: a path's samples are one text. */
export class TableWatchStore implements WatchStore {
  readonly #positions: Table;
  readonly #paths: Table;
  readonly #samples: Table;
  readonly #done: Table;

  constructor(storage: ObjectStorage) {
    this.#positions = storage.table("watched_positions");
    this.#paths = storage.table("watched_paths");
    this.#samples = storage.table("watched_samples");
    this.#done = storage.table("watched_done");
  }

  positions(): PositionWatch[] {
    return this.#positions.entries().map(([, body]) => parseExact(body) as PositionWatch);
  }

  putPosition(watch: PositionWatch): void {
    this.#positions.put(watch.positionId, stringifyExact(watch));
  }

  deletePosition(positionId: string): void {
    this.#positions.delete(positionId);
  }

  paths(): PathWatch[] {
    return this.#paths.entries().map(([, body]) => parseExact(body) as PathWatch);
  }

  putPath(watch: PathWatch): void {
    this.#paths.put(watch.mint, stringifyExact(watch));
  }

  isDone(mint: Address): boolean {
    return this.#done.get(mint) !== null;
  }

  finishPath(mint: Address, nowMs: UnixMs): void {
    this.#paths.delete(mint);
    this.#samples.delete(mint);
    this.#done.put(mint, String(nowMs));
    for (const [key, atMs] of this.#done.entries()) if (Number(atMs) < nowMs - DONE_KEPT_MS) this.#done.delete(key);
  }

  addSample(mint: Address, sample: PathSample): void {
    const samples = this.samples(mint);
    if (samples.some(({ slot }) => slot === sample.slot)) return;
    const { slot, atMs, baseReserves, quoteReservesLamports } = sample;
    samples.push({ slot, atMs, baseReserves, quoteReservesLamports });
    this.#samples.put(mint, stringifyExact(samples.sort((a, b) => a.slot - b.slot)));
  }

  samples(mint: Address): PathSample[] {
    const body = this.#samples.get(mint);
    return body === null ? [] : (parseExact(body) as PathSample[]);
  }
}
