import { DurableObject } from "cloudflare:workers";
import { rpcFromEnv } from "../adapters/env.ts";
import { readMarket } from "../adapters/rpc/read-market.ts";
import { parseExact, stringifyExact } from "../domain/json.ts";
import { nextLookMs, paperEvent } from "../domain/trading/paper-venue.ts";
import type { PoolMark } from "../domain/trading/portfolio-state.ts";
import { reducePosition } from "../domain/trading/position.ts";
import {
  isSettled,
  type PositionEffect,
  type PositionEvent,
  type PositionPlan,
  type PositionState,
  plannedPosition,
} from "../domain/trading/position-state.ts";
import type { UnixMs } from "../domain/units.ts";
import { NamedAlarms } from "./shared/alarms.ts";
import { EffectQueue } from "./shared/effects.ts";
import { JournalOutbox } from "./shared/outbox.ts";
import { marketWatchOf, portfolioOf } from "./stubs.ts";

/** Shortest time between two of the position's own reads of its pool: about a slot. */
const LOOK_MS = 400;
/** Longest, while the RPC node does not answer. */
const MAX_LOOK_MS = 10_000;
/** The flush that follows a change at once has this long before the alarm does it again. */
const FLUSH_MS = 2_000;
/** An open position that hears no mark for this long asks to be watched again. */
const UNHEARD_MS = 30_000;

type Outgoing = Exclude<PositionEffect, { type: "journal" }>;

/**
 * One position. Feeds what happens (marks, its own reads of the pool, alarms, operators) to the
 * reducer, stores the state with the effects it made, and performs those until acknowledged.
 */
export class Position extends DurableObject<Env> {
  readonly #alarms: NamedAlarms;
  readonly #outbox: JournalOutbox;
  readonly #effects: EffectQueue<Outgoing>;
  #state: PositionState | null;
  #failedLooks = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS position (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL)");
    this.#alarms = new NamedAlarms(ctx);
    this.#outbox = new JournalOutbox(ctx, env);
    this.#effects = new EffectQueue(ctx);
    const row = ctx.storage.sql.exec<{ body: string }>("SELECT body FROM position").toArray()[0];
    this.#state = row === undefined ? null : (parseExact(row.body) as PositionState);
  }

  /** Begins the entry that the Portfolio granted. A second start changes nothing. */
  async start(plan: PositionPlan): Promise<void> {
    if (this.#state === null) this.#change(plannedPosition(plan), { type: "start", nowMs: Date.now() });
  }

  /** A price of the position's pool. @returns whether the position still wants marks. */
  async onMark(mark: PoolMark): Promise<boolean> {
    const state = this.#state;
    if (state === null || isSettled(state)) return false;
    if (mark.pool !== state.plan.keys.pool) return true;
    const event = paperEvent(state, mark.market, Date.now());
    if (event !== null) this.#change(state, event);
    return true;
  }

  /** Once this returns, no buy of this position can fill any more. */
  async cancelEntry(): Promise<void> {
    this.#forbidEntry({ type: "cancel-entry", nowMs: Date.now() });
  }

  /** Sells now, or gives up the entry. */
  async close(): Promise<void> {
    this.#forbidEntry({ type: "close", nowMs: Date.now() });
  }

  /** The position as it stands; null when it was never started. */
  async view(): Promise<PositionState | null> {
    return this.#state;
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    await this.#alarms.run(Date.now(), info, async (name) => {
      if (name === "look") await this.#look();
      if (name === "flush" && !(await this.#flush())) throw new Error("effects remain");
    });
  }

  /** Sets again whatever alarm was lost; called by the cron through the Portfolio. */
  async watchdog(): Promise<void> {
    const nowMs = Date.now();
    const state = this.#state;
    if (state !== null && !isSettled(state)) {
      this.#alarms.ensure("look", nowMs + LOOK_MS);
      const heardAtMs = state.mark?.atMs ?? state.openedAtMs ?? nowMs;
      if (state.status === "open" && nowMs - heardAtMs > UNHEARD_MS) this.#effects.add("market-watch", { type: "watch" });
    }
    if (this.#outbox.pending() > 0 || this.#effects.pending() > 0) this.#alarms.ensure("flush", nowMs);
    this.#alarms.arm();
  }

  async #look(): Promise<void> {
    const before = this.#state;
    const wantedMs = before === null ? null : nextLookMs(before);
    if (before === null || wantedMs === null) return;
    if (wantedMs > Date.now()) {
      this.#alarms.set("look", wantedMs);
      return;
    }
    const market = await readMarket(rpcFromEnv(this.env), before.plan.keys, Date.now);
    // Marks and commands may have come in while the node was asked.
    const state = this.#state;
    if (state === null) return;
    const nowMs = Date.now();
    this.#failedLooks = market.ok ? 0 : this.#failedLooks + 1;
    if (!market.ok) console.warn(`position ${state.plan.positionId}: pool not read`, market.reason, market.detail ?? "");
    const event = paperEvent(state, market.ok ? market.value : null, nowMs);
    if (event !== null) this.#change(state, event);
    const next = this.#state === null ? null : nextLookMs(this.#state);
    if (next === null) this.#alarms.cancel("look");
    else this.#alarms.set("look", Math.max(next, nowMs + Math.min(LOOK_MS * 2 ** Math.min(this.#failedLooks, 10), MAX_LOOK_MS)));
  }

  #forbidEntry(event: PositionEvent): void {
    if (this.#state === null) return;
    this.#change(this.#state, event);
    const withdrawal = this.#state.entryCancelled ? paperEvent(this.#state, null, event.nowMs) : null;
    if (withdrawal !== null) this.#change(this.#state, withdrawal);
  }

  /** Applies an event: state, journal entries and outgoing calls are stored in one transaction. */
  #change(before: PositionState, event: PositionEvent): void {
    const { state, effects } = reducePosition(before, event);
    if (state === before && effects.length === 0 && this.#state !== null) return;
    const onlyMarked = effects.length === 0 && state.status === before.status && state.order === before.order && event.type === "market";
    if (!onlyMarked) this.ctx.storage.transactionSync(() => this.#store(state, effects));
    this.#state = state;
    if (onlyMarked) return;
    this.#schedule(state, event.nowMs);
    if (effects.length === 0) return;
    this.#alarms.set("flush", event.nowMs + FLUSH_MS);
    this.ctx.waitUntil(this.#flush());
  }

  #store(state: PositionState, effects: readonly PositionEffect[]): void {
    this.ctx.storage.sql.exec("INSERT OR REPLACE INTO position (id, body) VALUES (1, ?)", stringifyExact(state));
    for (const effect of effects) {
      if (effect.type === "journal") this.#outbox.add([effect.entry]);
      else this.#effects.add(effect.type === "watch" || effect.type === "unwatch" ? "market-watch" : "portfolio", effect);
    }
  }

  #schedule(state: PositionState, nowMs: UnixMs): void {
    const next = nextLookMs(state);
    if (next === null) this.#alarms.cancel("look");
    else this.#alarms.set("look", Math.max(next, nowMs));
  }

  /** @returns whether everything that this position has to tell is told. */
  async #flush(): Promise<boolean> {
    const performed = await this.#effects.drain((effect) => this.#perform(effect));
    const journalled = await this.#outbox.drain();
    const done = performed && journalled && this.#effects.pending() === 0 && this.#outbox.pending() === 0;
    if (done) this.#alarms.cancel("flush");
    return done;
  }

  async #perform(effect: Outgoing): Promise<void> {
    const plan = this.#state?.plan;
    if (plan === undefined) throw new Error("effect without a position");
    switch (effect.type) {
      case "settle-entry":
        return settled(await portfolioOf(this.env, plan.ledger).settleEntry(effect.settlement));
      case "settle-exit":
        return settled(await portfolioOf(this.env, plan.ledger).settleExit(effect.settlement));
      case "watch": {
        const watch = { positionId: plan.positionId, ledger: plan.ledger, keys: plan.keys, intervalMs: plan.parameters.markIntervalMs };
        await marketWatchOf(this.env).watchPosition(watch);
        return;
      }
      case "unwatch":
        await marketWatchOf(this.env).unwatchPosition(plan.positionId);
    }
  }
}

function settled(accepted: boolean): void {
  if (!accepted) throw new Error("the portfolio does not take the settlement yet");
}
