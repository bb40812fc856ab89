import { DurableObject } from "cloudflare:workers";
import { rpcFromEnv } from "../adapters/env.ts";
import { readMarket } from "../adapters/rpc/read-market.ts";
import { parseExact, stringifyExact } from "../domain/json.ts";
import type { Observation } from "../domain/live/live-state.ts";
import { feedIntent, type LivePosition, type LivePositionStep } from "../domain/trading/landing/live-position.ts";
import { paperEvent } from "../domain/trading/paper-venue.ts";
import type { PoolMark } from "../domain/trading/portfolio-state.ts";
import {
  isSettled,
  type PositionEffect,
  type PositionEvent,
  type PositionPlan,
  type PositionState,
  plannedPosition,
  restoredPosition,
} from "../domain/trading/position-state.ts";
import type { UnixMs } from "../domain/units.ts";
import type { IntentStore } from "../workers/trader/live/ports.ts";
import { hostOf } from "./host/sqlite-host.ts";
import { IntentTable, isLiveLedger, isUnderWay, Landing, marketEvent, nextMs, stepOf } from "./position-live.ts";
import { NamedAlarms } from "./shared/alarms.ts";
import { EffectQueue } from "./shared/effects.ts";
import { JournalOutbox } from "./shared/outbox.ts";
import { liveControlOf, marketWatchOf, portfolioOf } from "./stubs.ts";

/** Shortest time between two of the position's own reads of its pool: about a slot. */
const LOOK_MS = 400;
/** Longest, while the RPC node does not answer. */
const MAX_LOOK_MS = 10_000;
/** The flush that follows a change at once has this long before the alarm does it again. */
const FLUSH_MS = 2_000;
/** An open position that hears no mark for this long asks to be watched again. */
const UNHEARD_MS = 30_000;

type Outgoing = Exclude<PositionEffect, { type: "journal" }> | { readonly type: "observe"; readonly observation: Observation };

/**
 * One position. Feeds what happens (marks, its own reads of the pool, alarms, operators) to the
 * reducer, stores the state with the effects it made, and performs those until acknowledged. On a
 * paper ledger a read of the pool settles an order, on a live one the chain does.
 */
export class Position extends DurableObject<Env> {
  readonly #alarms: NamedAlarms;
  readonly #outbox: JournalOutbox;
  readonly #effects: EffectQueue<Outgoing>;
  readonly #intents: IntentTable;
  readonly #landing: Landing;
  #live: LivePosition | null;
  #failedLooks = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS position (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL)");
    this.#alarms = new NamedAlarms(hostOf(ctx));
    this.#outbox = new JournalOutbox(hostOf(ctx), env);
    this.#effects = new EffectQueue(hostOf(ctx));
    this.#intents = new IntentTable(ctx.storage.sql);
    this.#landing = new Landing(
      () => this.env,
      (observation) => this.#observed(observation),
    );
    const row = ctx.storage.sql.exec<{ body: string }>("SELECT body FROM position").toArray()[0];
    const position = row === undefined ? null : restoredPosition(parseExact(row.body) as PositionState);
    this.#live = position === null ? null : { position, intent: this.#intents.latest() };
  }

  get #state(): PositionState | null {
    return this.#live?.position ?? null;
  }

  /** Begins the entry that the Portfolio granted. A second start changes nothing. */
  async start(plan: PositionPlan): Promise<void> {
    if (this.#live === null) this.#change({ position: plannedPosition(plan), intent: null }, { type: "start", nowMs: Date.now() });
  }

  /** A price of the position's pool. @returns whether the position still wants marks. */
  async onMark(mark: PoolMark): Promise<boolean> {
    const live = this.#live;
    if (live === null || isSettled(live.position)) return false;
    if (mark.pool !== live.position.plan.keys.pool) return true;
    const event = marketEvent(live.position, mark.market, Date.now());
    if (event !== null) this.#change(live, event);
    return true;
  }

  /**
   * Once this returns, no further buy of this position is signed, and on paper none fills. A live buy
   * that was signed before cannot be called back: if it lands, the position opens and is held.
   */
  async cancelEntry(): Promise<void> {
    this.#forbidEntry({ type: "cancel-entry", nowMs: Date.now() });
  }

  /** Sells now, or gives up the entry; what a buy brings that cannot be called back is sold at once. */
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
    const before = this.#live;
    const wantedMs = before === null ? null : nextMs(before);
    if (before === null || wantedMs === null) return;
    if (wantedMs > Date.now()) {
      this.#alarms.set("look", wantedMs);
      return;
    }
    if (isUnderWay(before)) await this.#landing.step(this.#intentStore(), before, this.#intents.landedBuy());
    else await this.#readPool(before.position);
    const next = this.#live === null ? null : nextMs(this.#live);
    if (next === null) this.#alarms.cancel("look");
    else this.#alarms.set("look", Math.max(next, Date.now() + this.#pauseMs()));
  }

  /** An intent knows its own pace; reads of the pool are spaced, and further so while the node does not answer. */
  #pauseMs(): number {
    if (this.#live !== null && isUnderWay(this.#live)) return 0;
    return Math.min(LOOK_MS * 2 ** Math.min(this.#failedLooks, 10), MAX_LOOK_MS);
  }

  async #readPool({ plan }: PositionState): Promise<void> {
    const market = await readMarket(rpcFromEnv(this.env), plan.keys, Date.now);
    // Marks and commands may have come in while the node was asked.
    const live = this.#live;
    if (live === null) return;
    this.#failedLooks = market.ok ? 0 : this.#failedLooks + 1;
    if (!market.ok) console.warn(`position ${plan.positionId}: pool not read`, market.reason, market.detail ?? "");
    const event = marketEvent(live.position, market.ok ? market.value : null, Date.now());
    if (event !== null) this.#change(live, event);
  }

  #intentStore(): IntentStore {
    const current = () => {
      const intent = this.#live?.intent ?? null;
      if (intent === null) throw new Error("no intent");
      return intent;
    };
    return {
      current,
      earlier: () => this.#intents.all().filter(({ id }) => id !== current().id),
      apply: (event) => {
        if (this.#live !== null) this.#commit(this.#live, feedIntent(this.#live, event), event.nowMs);
        return current();
      },
      flush: () => this.ctx.storage.sync(),
    };
  }

  #forbidEntry(event: PositionEvent): void {
    if (this.#live === null) return;
    this.#change(this.#live, event);
    const { position } = this.#live;
    const withdrawal = position.entryCancelled && !isLiveLedger(position.plan.ledger) ? paperEvent(position, null, event.nowMs) : null;
    if (withdrawal !== null) this.#change(this.#live, withdrawal);
  }

  #observed(observation: Observation): void {
    this.#effects.add("live-control", { type: "observe", observation });
    this.#flushSoon(Date.now());
  }

  #change(before: LivePosition, event: PositionEvent): void {
    const step = stepOf(before, event);
    const { position } = step.live;
    const isFirst = this.#live === null;
    if (position === before.position && step.effects.length === 0 && !isFirst) return;
    const isMark = step.effects.length === 0 && event.type === "market" && position.status === before.position.status;
    if (isMark && position.order === before.position.order && !isFirst) this.#live = step.live;
    else this.#commit(before, step, event.nowMs);
  }

  /** State, intent, journal entries and outgoing calls are stored in one transaction. */
  #commit(before: LivePosition, { live, effects }: LivePositionStep, nowMs: UnixMs): void {
    if (live === before && effects.length === 0 && this.#live !== null) return;
    this.ctx.storage.transactionSync(() => {
      this.#store(live.position, effects);
      if (live.intent !== null && live.intent !== before.intent) this.#intents.save(live.intent);
    });
    this.#live = live;
    const next = nextMs(live);
    if (next === null) this.#alarms.cancel("look");
    else this.#alarms.set("look", Math.max(next, nowMs));
    if (effects.length > 0) this.#flushSoon(nowMs);
  }

  #store(state: PositionState, effects: readonly PositionEffect[]): void {
    this.ctx.storage.sql.exec("INSERT OR REPLACE INTO position (id, body) VALUES (1, ?)", stringifyExact(state));
    for (const effect of effects) {
      if (effect.type === "journal") this.#outbox.add([effect.entry]);
      else this.#effects.add(TARGETS[effect.type], effect);
    }
  }

  #flushSoon(nowMs: UnixMs): void {
    this.#alarms.set("flush", nowMs + FLUSH_MS);
    this.ctx.waitUntil(this.#flush());
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
        return;
      case "raise": {
        const { code, detail, cause } = effect;
        await liveControlOf(this.env).raise({ code, subject: plan.positionId, detail, severity: "page", cause });
        return;
      }
      case "clear":
        return liveControlOf(this.env).clear(effect.code, plan.positionId);
      case "observe":
        return liveControlOf(this.env).observe(effect.observation);
    }
  }
}

/** Calls to one object are made in order; a target that does not answer holds up no other. */
const TARGETS: Readonly<Record<Outgoing["type"], string>> = {
  "settle-entry": "portfolio",
  "settle-exit": "portfolio",
  watch: "market-watch",
  unwatch: "market-watch",
  raise: "live-control",
  clear: "live-control",
  observe: "live-control",
};

function settled(accepted: boolean): void {
  if (!accepted) throw new Error("the portfolio does not take the settlement yet");
}
