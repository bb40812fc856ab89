import { DurableObject } from "cloudflare:workers";
import { rpcFromEnv } from "../adapters/env.ts";
import { type PoolRead, readPoolKeys, readPools } from "../adapters/rpc/read-market.ts";
import { ok, type Result, refuse } from "../domain/result.ts";
import type { PoolKeys } from "../domain/trading/market.ts";
import { nextSampleMs, type PathWatch, pathEnd, pathRecord } from "../domain/trading/path-recorder.ts";
import type { PoolMark } from "../domain/trading/portfolio-state.ts";
import type { LedgerId } from "../domain/trading/signal.ts";
import type { Address, UnixMs } from "../domain/units.ts";
import { hostOf } from "./host/sqlite-host.ts";
import { type PositionWatch, WatchStore } from "./market-watch-store.ts";
import { NamedAlarms } from "./shared/alarms.ts";
import { JournalOutbox } from "./shared/outbox.ts";
import { portfolioOf, positionOf } from "./stubs.ts";

/** 300 paths of 24 per call are 13 calls per sampling round, what a plain RPC plan carries. */
const MAX_PATHS = 300;
/** Ten per ledger are the default; a position beyond this reads its own pool. */
const MAX_POSITIONS = 200;
/** What is due within this time is read along. */
const SLACK_MS = 150;
const FLUSH_MS = 5_000;
/** Failing polls are logged once per this many. */
const LOG_EVERY = 30;

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

interface Timed<W> {
  readonly watch: W;
  dueMs: UnixMs;
}

interface TimedPath extends Timed<PathWatch> {
  watch: PathWatch;
  lastSample: { readonly atMs: UnixMs; readonly slot: number } | null;
}

/**
 * Reads all watched pools in batches: those of open positions at their mark interval, pushed to the
 * positions and their portfolios, and those of candidates at their sample interval, journalled as
 * price paths at their horizon. One object for the whole bot.
 */
export class MarketWatch extends DurableObject<Env> {
  readonly #store: WatchStore;
  readonly #alarms: NamedAlarms;
  readonly #outbox: JournalOutbox;
  readonly #positions = new Map<string, Timed<PositionWatch>>();
  readonly #paths = new Map<Address, TimedPath>();
  #failedPolls = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new WatchStore(ctx.storage.sql);
    this.#alarms = new NamedAlarms(hostOf(ctx));
    this.#outbox = new JournalOutbox(hostOf(ctx), env);
    for (const watch of this.#store.positions()) this.#positions.set(watch.positionId, { watch, dueMs: 0 });
    for (const watch of this.#store.paths()) {
      const lastSample = this.#store.samples(watch.mint).at(-1) ?? null;
      this.#paths.set(watch.mint, { watch, lastSample, dueMs: lastSample === null ? 0 : nextSampleMs(watch, lastSample.atMs) });
    }
  }

  /**
   * Records a candidate's price path, once per mint: a repeated call changes nothing. Refuses with
   * WATCH_LIST_FULL, or with REQUEST_INVALID when the horizon is over.
   */
  async watchCandidate(candidate: CandidateWatch): Promise<Result<null>> {
    const { mint, pool, baseVault, quoteVault, startedAtMs, horizonMs, sampleMs } = candidate;
    const nowMs = Date.now();
    if (this.#paths.has(mint) || this.#store.isDone(mint)) return ok(null);
    if (nowMs >= startedAtMs + horizonMs) return refuse("REQUEST_INVALID", "the horizon is over");
    if (this.#paths.size >= MAX_PATHS) {
      console.error(`price path of ${mint} is not recorded: ${MAX_PATHS} are being recorded`);
      return refuse("WATCH_LIST_FULL", `${MAX_PATHS} paths`);
    }
    const vaults = baseVault === undefined || quoteVault === undefined ? null : { baseVault, quoteVault };
    const watch: PathWatch = { mint, pool, vaults, startedAtMs, horizonMs, sampleMs };
    this.#store.putPath(watch);
    this.#paths.set(mint, { watch, dueMs: 0, lastSample: null });
    this.#alarms.set("poll", nowMs);
    return ok(null);
  }

  /** Marks a position from now on; a repeated call renews the watch. Refuses with WATCH_LIST_FULL. */
  async watchPosition(watch: PositionWatch): Promise<Result<null>> {
    if (!this.#positions.has(watch.positionId) && this.#positions.size >= MAX_POSITIONS) {
      console.error(`position ${watch.positionId} is not watched: ${MAX_POSITIONS} are watched`);
      return refuse("WATCH_LIST_FULL", `${MAX_POSITIONS} positions`);
    }
    this.#store.putPosition(watch);
    this.#positions.set(watch.positionId, { watch, dueMs: 0 });
    this.#alarms.set("poll", Date.now());
    return ok(null);
  }

  async unwatchPosition(positionId: string): Promise<void> {
    this.#positions.delete(positionId);
    this.#store.deletePosition(positionId);
  }

  /** How much is watched, for health checks. */
  async counts(): Promise<{ positions: number; paths: number; failedPolls: number }> {
    return { positions: this.#positions.size, paths: this.#paths.size, failedPolls: this.#failedPolls };
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    await this.#alarms.run(Date.now(), info, async (name) => {
      if (name === "poll") await this.#poll();
      if (name === "flush" && !(await this.#outbox.drain())) throw new Error("journal entries remain");
    });
  }

  /** Sets a lost alarm again; called by the cron. */
  async watchdog(): Promise<void> {
    if (this.#outbox.pending() > 0) this.#alarms.ensure("flush", Date.now());
    if (this.#positions.size + this.#paths.size > 0) this.#alarms.ensure("poll", Date.now());
    this.#alarms.arm();
  }

  async #poll(): Promise<void> {
    const soonMs = Date.now() + SLACK_MS;
    const positions = [...this.#positions.values()].filter((one) => one.dueMs <= soonMs);
    const paths = [...this.#paths.values()].filter((one) => one.dueMs <= soonMs);
    for (const one of positions) one.dueMs = Date.now() + one.watch.intervalMs;
    for (const one of paths) one.dueMs = nextSampleMs(one.watch, soonMs);
    const rpc = rpcFromEnv(this.env);
    const unknown = paths.filter((one) => one.watch.vaults === null);
    const found =
      unknown.length === 0
        ? new Map()
        : await readPoolKeys(
            rpc,
            unknown.map((one) => one.watch),
          );
    for (const one of unknown) this.#learnVaults(one, found.get(one.watch.pool));
    const keys = new Map<Address, PoolKeys>();
    for (const { watch } of positions) keys.set(watch.keys.pool, watch.keys);
    for (const { watch } of paths) if (watch.vaults !== null) keys.set(watch.pool, { mint: watch.mint, pool: watch.pool, ...watch.vaults });
    const reads = await readPools(rpc, [...keys.values()], Date.now);
    this.#noteFailures(reads);
    for (const one of paths) this.#sample(one, reads.get(one.watch.pool));
    await this.#push(positions, reads);
    if (this.#outbox.pending() > 0) {
      this.#alarms.ensure("flush", Date.now() + FLUSH_MS);
      this.ctx.waitUntil(this.#outbox.drain());
    }
    const due = [...this.#positions.values(), ...this.#paths.values()].map((one) => one.dueMs);
    if (due.length > 0) this.#alarms.set("poll", Math.min(...due));
  }

  #learnVaults(path: TimedPath, found: Result<PoolKeys> | undefined): void {
    if (found?.ok !== true) return;
    const { baseVault, quoteVault } = found.value;
    path.watch = { ...path.watch, vaults: { baseVault, quoteVault } };
    this.#store.putPath(path.watch);
  }

  /** Adds a sample, and ends the path when its time has come or it has been unreadable for too long. */
  #sample(path: TimedPath, read: Result<PoolRead> | undefined): void {
    const { watch } = path;
    const nowMs = Date.now();
    if (read?.ok === true && read.value.slot > (path.lastSample?.slot ?? -1)) {
      const { slot, atMs, reserves } = read.value;
      this.#store.addSample(watch.mint, { slot, atMs, ...reserves });
      path.lastSample = { slot, atMs };
    }
    if (pathEnd(watch, path.lastSample?.atMs ?? null, nowMs) === null) return;
    this.ctx.storage.transactionSync(() => {
      this.#outbox.add([pathRecord(watch, this.#store.samples(watch.mint), nowMs)]);
      this.#store.finishPath(watch.mint, nowMs);
    });
    this.#paths.delete(watch.mint);
  }

  /** Tells positions and portfolios; who does not answer hears the next mark. */
  async #push(positions: ReadonlyArray<Timed<PositionWatch>>, reads: ReadonlyMap<Address, Result<PoolRead>>): Promise<void> {
    const ledgers = new Map<LedgerId, PoolMark[]>();
    const calls: Promise<unknown>[] = [];
    for (const { watch } of positions) {
      const read = reads.get(watch.keys.pool);
      if (read?.ok !== true || !read.value.market.ok) continue;
      const mark: PoolMark = { pool: watch.keys.pool, market: read.value.market.value };
      ledgers.set(watch.ledger, [...(ledgers.get(watch.ledger) ?? []), mark]);
      calls.push(this.#markPosition(watch, mark));
    }
    for (const [ledger, marks] of ledgers) calls.push(portfolioOf(this.env, ledger).mark(marks));
    for (const result of await Promise.allSettled(calls)) {
      if (result.status === "rejected") console.warn("mark not delivered", String(result.reason));
    }
  }

  async #markPosition(watch: PositionWatch, mark: PoolMark): Promise<void> {
    const wanted = await positionOf(this.env, watch.positionId).onMark(mark);
    if (!wanted) await this.unwatchPosition(watch.positionId);
  }

  #noteFailures(reads: ReadonlyMap<Address, Result<PoolRead>>): void {
    const failed = [...reads.values()].filter((read) => !read.ok);
    if (failed.length === 0) {
      this.#failedPolls = 0;
      return;
    }
    if (this.#failedPolls++ % LOG_EVERY === 0) {
      const [first] = failed;
      console.warn(`market watch: ${failed.length} of ${reads.size} pools not read`, first?.ok === false ? first.reason : "");
    }
  }
}
