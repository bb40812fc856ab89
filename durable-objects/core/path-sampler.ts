import type { PoolOutcome, PoolQuery } from "../../adapters/rpc/read-market.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { PoolKeys } from "../../domain/trading/market.ts";
import { nextSampleMs, type PathWatch, pathEnd, pathRecord } from "../../domain/trading/path-recorder.ts";
import type { Address, UnixMs } from "../../domain/units.ts";
import type { Host } from "../host/host.ts";
import type { JournalOutbox } from "../shared/outbox.ts";
import type { WatchStore } from "./watch-store.ts";

/** 300 paths of 24 per call are 13 calls per sampling round, what a plain RPC plan carries. */
const MAX_PATHS = 300;
/** What is due within this time is read along. */
const SLACK_MS = 150;

/** A candidate whose price path is wanted through the label horizon. */
export interface CandidateWatch {
  readonly mint: Address;
  readonly pool: Address;
  readonly baseVault?: Address;
  readonly quoteVault?: Address;
  readonly startedAtMs: UnixMs;
  readonly horizonMs: number;
  readonly sampleMs: number;
}

/** Reads that the sampler needs. */
export interface PathReads {
  readPools(pools: readonly PoolQuery[]): Promise<ReadonlyMap<Address, PoolOutcome>>;
  readPoolKeys(pools: ReadonlyArray<Pick<PoolKeys, "mint" | "pool">>): Promise<ReadonlyMap<Address, Result<PoolKeys>>>;
}

interface TimedPath {
  watch: PathWatch;
  dueMs: UnixMs;
  lastSample: { readonly atMs: UnixMs; readonly slot: number } | null;
}

/** Samples the pools of candidates and journals each path at its horizon, or where it breaks off. */
export class PathSampler {
  readonly #host: Host;
  readonly #store: WatchStore;
  readonly #outbox: JournalOutbox;
  readonly #reads: PathReads;
  readonly #paths = new Map<Address, TimedPath>();
  #sampling: Promise<void> | null = null;

  constructor(host: Host, store: WatchStore, outbox: JournalOutbox, reads: PathReads) {
    this.#host = host;
    this.#store = store;
    this.#outbox = outbox;
    this.#reads = reads;
    for (const watch of store.paths()) {
      const lastSample = store.samples(watch.mint).at(-1) ?? null;
      this.#paths.set(watch.mint, { watch, lastSample, dueMs: lastSample === null ? 0 : nextSampleMs(watch, lastSample.atMs) });
    }
  }

  get size(): number {
    return this.#paths.size;
  }

  /** Records a candidate's path, once per mint. Refuses as `MarketWatchCore.watchCandidate`. */
  add({ mint, pool, baseVault, quoteVault, startedAtMs, horizonMs, sampleMs }: CandidateWatch): Result<null> {
    if (this.#paths.has(mint) || this.#store.isDone(mint)) return ok(null);
    if (this.#host.now() >= startedAtMs + horizonMs) return refuse("REQUEST_INVALID", "the horizon is over");
    if (this.#paths.size >= MAX_PATHS) {
      console.error(`price path of ${mint} is not recorded: ${MAX_PATHS} are being recorded`);
      return refuse("WATCH_LIST_FULL", `${MAX_PATHS} paths`);
    }
    const vaults = baseVault === undefined || quoteVault === undefined ? null : { baseVault, quoteVault };
    const watch: PathWatch = { mint, pool, vaults, startedAtMs, horizonMs, sampleMs };
    this.#store.putPath(watch);
    this.#paths.set(mint, { watch, dueMs: 0, lastSample: null });
    return ok(null);
  }

  /** When the next sample is due; null when no path is recorded. */
  nextMs(): UnixMs | null {
    if (this.#paths.size === 0) return null;
    return Math.min(...Array.from(this.#paths.values(), ({ dueMs }) => dueMs));
  }

  /** Takes the samples that are due; one round at a time. */
  sample(): Promise<void> {
    this.#sampling ??= this.#sample().finally(() => {
      this.#sampling = null;
    });
    return this.#sampling;
  }

  async #sample(): Promise<void> {
    const soonMs = this.#host.now() + SLACK_MS;
    const due = [...this.#paths.values()].filter(({ dueMs }) => dueMs <= soonMs);
    for (const path of due) path.dueMs = nextSampleMs(path.watch, soonMs);
    const unknown = due.filter(({ watch }) => watch.vaults === null);
    const found = unknown.length === 0 ? null : await this.#reads.readPoolKeys(unknown.map(({ watch }) => watch));
    for (const path of unknown) this.#learnVaults(path, found?.get(path.watch.pool));
    const queries: PoolQuery[] = [];
    for (const { watch } of due) if (watch.vaults !== null) queries.push({ mint: watch.mint, pool: watch.pool, ...watch.vaults });
    const reads = queries.length === 0 ? null : await this.#reads.readPools(queries);
    for (const path of due) this.#take(path, reads?.get(path.watch.pool));
  }

  #learnVaults(path: TimedPath, found: Result<PoolKeys> | undefined): void {
    if (found?.ok !== true) return;
    const { baseVault, quoteVault } = found.value;
    const watch = { ...path.watch, vaults: { baseVault, quoteVault } };
    this.#store.putPath(watch);
    path.watch = watch;
  }

  /** Adds a sample, and ends the path when its time has come or it has been unreadable for too long. */
  #take(path: TimedPath, read: PoolOutcome | undefined): void {
    const { watch } = path;
    const nowMs = this.#host.now();
    if (read?.ok === true && read.value.slot > (path.lastSample?.slot ?? -1)) {
      const { slot, atMs, reserves } = read.value;
      this.#store.addSample(watch.mint, { slot, atMs, ...reserves });
      path.lastSample = { slot, atMs };
    }
    if (pathEnd(watch, path.lastSample?.atMs ?? null, nowMs) === null) return;
    this.#host.storage.transaction(() => {
      this.#outbox.add([pathRecord(watch, this.#store.samples(watch.mint), nowMs)]);
      this.#store.finishPath(watch.mint, nowMs);
    });
    this.#paths.delete(watch.mint);
  }
}
