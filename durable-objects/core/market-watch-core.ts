import { type PoolOutcome, type PoolQuery, type PoolRead, poolCalls } from "../../adapters/rpc/read-market.ts";
import type { ReasonCode } from "../../domain/reasons.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { PoolKeys } from "../../domain/trading/market.ts";
import type { PoolMark } from "../../domain/trading/portfolio-state.ts";
import type { RugAlert } from "../../domain/trading/rug-alert.ts";
import type { LedgerId } from "../../domain/trading/signal.ts";
import { backOffMs, MIN_GAP_MS, nextReadMs, pollLeadMs, rememberPoll } from "../../domain/trading/watch/cadence.ts";
import type { Address, UnixMs } from "../../domain/units.ts";
import type { AlarmRun, Host, Table } from "../host/host.ts";
import { NamedAlarms } from "../shared/alarms.ts";
import { JournalOutbox } from "../shared/outbox.ts";
import { portfolioOf, positionOf } from "../stubs.ts";
import { type CandidateWatch, PathSampler } from "./path-sampler.ts";
import { PushList, type PushStatus, type PushWebhook } from "./push-list.ts";
import { RugWatch } from "./rug-watch.ts";
import { Lanes } from "./watch-lanes.ts";
import { creatorOf, type PositionWatch, type WatchStore } from "./watch-store.ts";

/** Ten per ledger are the default; a position beyond this reads its own pool. */
const MAX_POSITIONS = 200;
/** What is due within this time is read along. */
const SLACK_MS = 150;
/** Deadline of one look at the open pools: later than this a new look is worth more than its answer. */
const READ_TIMEOUT_MS = 2_000;
/** A round of deliveries is waited for this long, so that who is slow delays no poll. */
const DELIVERY_WAIT_MS = 250;
/** Work that is not about open pools is waited for this long, and then goes on beside them. */
const ASIDE_WAIT_MS = 250;
/** A list edit that died with the object is begun again after this. */
const LIST_LEASE_MS = 60_000;
const MAX_DELIVERIES = 64;
const FLUSH_MS = 5_000;
/** Failing polls are logged once per this many. */
const LOG_EVERY = 30;

/** Refusals that say that the node could not be asked; the others tell of one pool. */
const NODE_REASONS: ReadonlySet<ReasonCode> = new Set([
  "RPC_UNAVAILABLE",
  "RPC_RATE_LIMITED",
  "RPC_LAGGING",
  "RPC_WRONG_CLUSTER",
  "UPSTREAM_MALFORMED",
]);

/** What the market watch needs of the outside. */
export interface MarketWatchPorts {
  /** `readPools` of the deployment's RPC. @param timeoutMs for each call; the client's own when absent */
  readPools(pools: readonly PoolQuery[], timeoutMs?: number): Promise<ReadonlyMap<Address, PoolOutcome>>;
  readPoolKeys(pools: ReadonlyArray<Pick<PoolKeys, "mint" | "pool">>): Promise<ReadonlyMap<Address, Result<PoolKeys>>>;
  /** Null: there is none, polling alone finds what happens. */
  readonly webhook: PushWebhook | null;
  /** Waits for `work`, at most `ms`. Never rejects, and leaves no timer behind. */
  within(work: Promise<unknown>, ms: number): Promise<void>;
}

/** How the market watch fares, for health checks. */
export interface WatchCounts {
  readonly positions: number;
  readonly paths: number;
  /** Polls of open pools in a row that the node did not answer. */
  readonly failedPolls: number;
  /** Age of the oldest price of an open pool; null when none is open or one was never read. */
  readonly oldestPriceMs: number | null;
  readonly push: PushStatus;
}

interface Watched {
  watch: PositionWatch;
  dueMs: UnixMs;
  readAtMs: UnixMs | null;
}

/**
 * Reads all open pools in few calls, each before its price reaches the greatest age that its position
 * allows, and pushes the marks to positions and portfolios. Reads the coins' mints and creators'
 * accounts along, and tells positions of signs of a rug until they have taken note. Samples the pools
 * of candidates. One object for the whole bot.
 */
export class MarketWatchCore {
  readonly #host: Host;
  readonly #env: Env;
  readonly #ports: MarketWatchPorts;
  readonly #store: WatchStore;
  readonly #alarms: NamedAlarms;
  readonly #outbox: JournalOutbox;
  readonly #paths: PathSampler;
  readonly #rugs: RugWatch;
  readonly #list: PushList;
  readonly #positions = new Map<string, Watched>();
  readonly #marks: Lanes<PoolMark>;
  readonly #books: Lanes<readonly PoolMark[]>;
  readonly #alerts: Lanes<RugAlert>;
  readonly #health: Lanes<number>;
  /** Ledgers that were told of failures and not yet of their end. */
  readonly #troubled: Table;
  #takenMs: readonly number[] = [];
  #failedPolls = 0;
  #readStartMs: UnixMs = 0;
  #isHinted = false;

  constructor(host: Host, env: Env, ports: MarketWatchPorts, store: WatchStore) {
    this.#host = host;
    this.#env = env;
    this.#ports = ports;
    this.#store = store;
    this.#alarms = new NamedAlarms(host);
    this.#outbox = new JournalOutbox(host, env);
    this.#paths = new PathSampler(host, store, this.#outbox, ports);
    this.#rugs = new RugWatch(host);
    this.#list = new PushList(host, ports.webhook);
    const newest = <T>(_older: T, newer: T): T => newer;
    const lanes = { now: () => host.now(), maxRunning: MAX_DELIVERIES };
    this.#marks = new Lanes({ ...lanes, merge: newest, deliver: (positionId, mark) => this.#markPosition(positionId, mark) });
    this.#books = new Lanes({
      ...lanes,
      merge: newestPerPool,
      deliver: async (ledger, marks) => {
        await portfolioOf(env, ledger).mark(marks);
      },
    });
    this.#alerts = new Lanes({ ...lanes, merge: newest, deliver: (key, alert) => this.#alertPosition(key, alert) });
    this.#health = new Lanes({ ...lanes, merge: newest, deliver: (ledger, failed) => this.#tellHealth(ledger as LedgerId, failed) });
    for (const watch of store.positions()) this.#positions.set(watch.positionId, { watch, dueMs: 0, readAtMs: null });
    this.#troubled = host.storage.table("troubled_ledgers");
    this.#list.want(this.#pushAddresses());
  }

  /**
   * Records a candidate's price path, once per mint: a repeated call changes nothing. Refuses with
   * WATCH_LIST_FULL, or with REQUEST_INVALID when the horizon is over.
   */
  async watchCandidate(candidate: CandidateWatch): Promise<Result<null>> {
    const added = this.#paths.add(candidate);
    if (added.ok && this.#paths.size > 0) this.#alarms.set("sample", this.#host.now());
    return added;
  }

  /** Marks a position from now on; a repeated call renews the watch. Refuses with WATCH_LIST_FULL. */
  async watchPosition(watch: PositionWatch): Promise<Result<null>> {
    const known = this.#positions.get(watch.positionId);
    if (known === undefined && this.#positions.size >= MAX_POSITIONS) {
      console.error(`position ${watch.positionId} is not watched: ${MAX_POSITIONS} are watched`);
      return refuse("WATCH_LIST_FULL", `${MAX_POSITIONS} positions`);
    }
    this.#store.putPosition(watch);
    this.#positions.set(watch.positionId, { watch, dueMs: 0, readAtMs: known?.readAtMs ?? null });
    this.#alarms.set("poll", this.#host.now());
    this.#listChanged();
    return ok(null);
  }

  async unwatchPosition(positionId: string): Promise<void> {
    const ledger = this.#positions.get(positionId)?.watch.ledger;
    this.#host.storage.transaction(() => {
      this.#store.deletePosition(positionId);
      this.#rugs.forget(positionId);
    });
    this.#positions.delete(positionId);
    this.#listChanged();
    if (this.#positions.size === 0) this.#failedPolls = 0;
    if (ledger !== undefined) this.#comfort();
  }

  /**
   * Takes pushed transactions as hints, each as the accounts that it touched: watched pools among them
   * are read at once, a slot apart at most, and not while the node is failing. Nothing else of a push
   * is believed or kept. @returns how many of them touched something that is watched
   */
  async onPush(transactions: ReadonlyArray<readonly Address[]>): Promise<number> {
    const known = new Set(this.#pushAddresses());
    const hits = transactions.filter((accounts) => accounts.some((address) => known.has(address))).length;
    if (hits < transactions.length) {
      this.#list.noteStale(transactions.length - hits);
      this.#listChanged();
    }
    if (hits > 0 && this.#failedPolls === 0) {
      this.#isHinted = true;
      const dueMs = Math.max(this.#host.now(), this.#readStartMs + MIN_GAP_MS);
      for (const one of this.#positions.values()) one.dueMs = Math.min(one.dueMs, dueMs);
      this.#schedulePoll();
    }
    return hits;
  }

  async counts(): Promise<WatchCounts> {
    const nowMs = this.#host.now();
    let oldestPriceMs: number | null = this.#positions.size === 0 ? null : 0;
    for (const { readAtMs } of this.#positions.values())
      oldestPriceMs = readAtMs === null || oldestPriceMs === null ? null : Math.max(oldestPriceMs, nowMs - readAtMs);
    const { size: paths } = this.#paths;
    return { positions: this.#positions.size, paths, failedPolls: this.#failedPolls, oldestPriceMs, push: this.#list.status() };
  }

  async alarm(run?: AlarmRun): Promise<void> {
    await this.#alarms.run(this.#host.now(), run, async (name) => {
      if (name === "poll") await this.#poll();
      if (name === "sample") await this.#sample();
      if (name === "list") await this.#editList();
      if (name === "flush") await this.#flush();
    });
  }

  /** Sets a lost alarm again; called by the cron. */
  async watchdog(): Promise<void> {
    const nowMs = this.#host.now();
    if (this.#outbox.pending() > 0) this.#alarms.ensure("flush", nowMs);
    if (this.#positions.size > 0) this.#alarms.ensure("poll", nowMs);
    if (this.#paths.size > 0) this.#alarms.ensure("sample", nowMs);
    const listMs = this.#list.nextMs();
    if (listMs !== null && this.#list.isUnknown) this.#alarms.set("list", nowMs);
    else if (listMs !== null) this.#alarms.ensure("list", Math.max(nowMs, listMs));
    this.#comfort();
    this.#alarms.arm();
  }

  /** One look at the pools that are due. The alarm that runs it is set again before it begins. */
  async #poll(): Promise<void> {
    const startMs = this.#host.now();
    const due = [...this.#positions.values()].filter(({ dueMs }) => dueMs <= startMs + SLACK_MS);
    if (due.length > 0) await this.#look([...due, ...this.#riders(due, startMs)], startMs);
    this.#schedulePoll();
  }

  /**
   * Positions due within half an interval that the same calls can read along: a call costs the same for
   * one pool as for a hundred accounts, and from then on they are due together.
   */
  #riders(due: readonly Watched[], startMs: UnixMs): Watched[] {
    const untilMs = startMs + Math.min(...due.map(({ watch }) => watch.intervalMs)) / 2;
    const soon = [...this.#positions.values()].filter(({ dueMs }) => dueMs > startMs + SLACK_MS && dueMs <= untilMs);
    const calls = (watched: readonly Watched[]) => poolCalls([...this.#queriesOf(watched).values()]).length;
    const most = calls(due);
    let riders = soon.sort((a, b) => a.dueMs - b.dueMs);
    while (riders.length > 0 && calls([...due, ...riders]) > most) riders = riders.slice(0, Math.floor(riders.length / 2));
    return riders;
  }

  async #look(due: readonly Watched[], startMs: UnixMs): Promise<void> {
    // A poll that was never due before, or long ago, says nothing of how late polls are.
    const earliestMs = Math.min(...due.map(({ dueMs }) => (dueMs === 0 ? startMs : dueMs)));
    const wantedMs = Math.min(startMs, Math.max(earliestMs, startMs - MIN_GAP_MS));
    this.#isHinted = false;
    this.#readStartMs = startMs;
    const queries = this.#queriesOf(due);
    const reads = new Map<Address, PoolOutcome>();
    const deliveries: Promise<void>[] = [];
    // Each call's marks go out when it answers: a slow call keeps no other waiting.
    const calls = poolCalls([...queries.values()]).map(async (call) => {
      const outcomes = await this.#ports.readPools(call, READ_TIMEOUT_MS);
      for (const [pool, outcome] of outcomes) reads.set(pool, outcome);
      deliveries.push(...this.#deliver(due, queries, outcomes));
    });
    await Promise.all(calls);
    this.#noteFailures(reads);
    this.#setDue(due, reads);
    await this.#ports.within(Promise.all(deliveries), DELIVERY_WAIT_MS);
    if (this.#failedPolls === 0) this.#takenMs = rememberPoll(this.#takenMs, this.#host.now() - wantedMs);
  }

  /** One query per pool, with the accounts of all its positions' creators. */
  #queriesOf(due: readonly Watched[]): Map<Address, PoolQuery & { readonly also: readonly Address[] }> {
    const queries = new Map<Address, PoolQuery & { readonly also: readonly Address[] }>();
    for (const { watch } of due) {
      const also = queries.get(watch.keys.pool)?.also ?? [];
      queries.set(watch.keys.pool, { ...watch.keys, also: [...new Set([...also, ...this.#rugs.accounts(watch)])] });
    }
    return queries;
  }

  #setDue(due: readonly Watched[], reads: ReadonlyMap<Address, PoolOutcome>): void {
    const nowMs = this.#host.now();
    const times = [...reads.values()].flatMap((read) => (read.ok ? [read.value.atMs] : []));
    // What was read together stays together.
    const firstMs = Math.min(...times);
    for (const one of due) {
      const { intervalMs, keys } = one.watch;
      const read = reads.get(keys.pool);
      if (read?.ok === true) {
        one.readAtMs = read.value.atMs;
        one.dueMs = nextReadMs(firstMs, intervalMs, pollLeadMs(this.#takenMs, intervalMs));
        // A push that came in during the read may tell of what the read did not see yet.
        if (this.#isHinted) one.dueMs = Math.min(one.dueMs, this.#readStartMs + MIN_GAP_MS);
      } else one.dueMs = nowMs + backOffMs(this.#failedPolls, intervalMs, read?.retryAfterMs);
    }
  }

  #deliver(due: readonly Watched[], queries: ReadonlyMap<Address, PoolQuery>, reads: ReadonlyMap<Address, PoolOutcome>): Promise<void>[] {
    const books = new Map<LedgerId, PoolMark[]>();
    const deliveries: Promise<void>[] = [];
    for (const { watch } of due) {
      const read = reads.get(watch.keys.pool);
      if (read === undefined) continue;
      if (read.ok) this.#observe(watch, queries.get(watch.keys.pool)?.also ?? [], read.value);
      for (const alert of this.#rugs.untold(watch.positionId))
        deliveries.push(this.#alerts.offer(`${alert.reason} ${watch.positionId}`, alert));
      const mark = read.ok ? markOf(watch, read.value) : null;
      if (mark === null) continue;
      const marks = books.get(watch.ledger) ?? [];
      books.set(watch.ledger, marks.some(({ pool }) => pool === mark.pool) ? marks : [...marks, mark]);
      deliveries.push(this.#marks.offer(watch.positionId, mark));
    }
    for (const [ledger, marks] of books) deliveries.push(this.#books.offer(ledger, marks));
    return deliveries;
  }

  /** A fault in judging one coin must not keep the others from their marks. */
  #observe(watch: PositionWatch, asked: readonly Address[], read: PoolRead): void {
    try {
      this.#rugs.observe(watch, asked, read);
    } catch (error) {
      console.error(`signs of a rug of ${watch.keys.mint} not judged`, String(error));
    }
  }

  async #markPosition(positionId: string, mark: PoolMark): Promise<void> {
    const wanted = await positionOf(this.#env, positionId).onMark(mark);
    if (!wanted) await this.unwatchPosition(positionId);
  }

  async #alertPosition(key: string, alert: RugAlert): Promise<void> {
    const positionId = key.slice(alert.reason.length + 1);
    const wanted = await positionOf(this.#env, positionId).onAlert(alert);
    this.#rugs.told(positionId, alert.reason);
    if (!wanted) await this.unwatchPosition(positionId);
  }

  /** The books hear of failures from the first on, and of their end until they have taken note. */
  async #tellHealth(ledger: LedgerId, failedPolls: number): Promise<void> {
    await portfolioOf(this.#env, ledger).health({ failedPolls });
    if (failedPolls === 0 && (this.#failedPolls === 0 || !this.#ledgers().has(ledger))) this.#troubled.delete(ledger);
  }

  #noteFailures(reads: ReadonlyMap<Address, PoolOutcome>): void {
    const outcomes = [...reads.values()];
    const failed = outcomes.filter((read) => !read.ok && NODE_REASONS.has(read.reason));
    if (failed.length === 0) {
      this.#failedPolls = 0;
      this.#comfort();
      return;
    }
    if (this.#failedPolls++ % LOG_EVERY === 0) {
      const [first] = failed;
      console.warn(`market watch: ${failed.length} of ${reads.size} pools not read`, first?.ok === false ? first.reason : "");
    }
    for (const ledger of this.#ledgers()) {
      if (this.#troubled.get(ledger) === null) this.#troubled.put(ledger, "");
      void this.#health.offer(ledger, this.#failedPolls);
    }
  }

  /** Tells the books whose pools are read again, or of which nothing is open any more: no look at them fails. */
  #comfort(): void {
    const watched = this.#ledgers();
    for (const [ledger] of this.#troubled.entries())
      if (this.#failedPolls === 0 || !watched.has(ledger as LedgerId)) void this.#health.offer(ledger, 0);
  }

  #ledgers(): Set<LedgerId> {
    return new Set(Array.from(this.#positions.values(), ({ watch }) => watch.ledger));
  }

  async #sample(): Promise<void> {
    const sampling = this.#paths.sample().then(() => {
      this.#scheduleSample();
      if (this.#outbox.pending() > 0) {
        this.#alarms.ensure("flush", this.#host.now() + FLUSH_MS);
        this.#host.background(this.#outbox.drain());
      }
    });
    const waiting = this.#aside(sampling);
    this.#scheduleSample();
    await waiting;
  }

  #scheduleSample(): void {
    const nextMs = this.#paths.nextMs();
    if (nextMs === null) this.#alarms.cancel("sample");
    else this.#alarms.set("sample", Math.max(nextMs, this.#host.now() + MIN_GAP_MS));
  }

  async #editList(): Promise<void> {
    this.#alarms.set("list", this.#host.now() + LIST_LEASE_MS);
    const editing = this.#list.run().then(() => {
      const nextMs = this.#list.nextMs();
      if (nextMs === null) this.#alarms.cancel("list");
      else this.#alarms.set("list", Math.max(nextMs, this.#host.now() + MIN_GAP_MS));
    });
    await this.#aside(editing);
  }

  async #flush(): Promise<void> {
    let done = false;
    const draining = this.#outbox.drain().then((isEmpty) => {
      done = isEmpty;
    });
    await this.#aside(draining);
    if (!done) throw new Error("journal entries remain");
  }

  /** An object runs one alarm at a time: what is slow must not keep the next look waiting. */
  async #aside(work: Promise<unknown>): Promise<void> {
    this.#host.background(work);
    await this.#ports.within(work, ASIDE_WAIT_MS);
  }

  #listChanged(): void {
    this.#list.want(this.#pushAddresses());
    const nextMs = this.#list.nextMs();
    if (nextMs !== null) this.#alarms.set("list", Math.max(nextMs, this.#host.now()));
  }

  *#pushAddresses(): Iterable<Address> {
    for (const { watch } of this.#positions.values()) {
      yield watch.keys.pool;
      const creator = creatorOf(watch);
      if (creator !== null) yield creator;
    }
  }

  #schedulePoll(): void {
    if (this.#positions.size === 0) return;
    const dueMs = Math.min(...Array.from(this.#positions.values(), (one) => one.dueMs));
    this.#alarms.set("poll", Math.max(dueMs, this.#host.now()));
  }
}

function markOf({ keys }: PositionWatch, { market }: PoolRead): PoolMark | null {
  return market.ok ? { pool: keys.pool, market: market.value } : null;
}

function newestPerPool(older: readonly PoolMark[], newer: readonly PoolMark[]): readonly PoolMark[] {
  const pools = new Set(newer.map(({ pool }) => pool));
  return [...older.filter(({ pool }) => !pools.has(pool)), ...newer];
}
