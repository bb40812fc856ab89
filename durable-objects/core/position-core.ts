import { parseExact, stringifyExact } from "../../domain/json.ts";
import type { Observation } from "../../domain/live/live-state.ts";
import type { Result } from "../../domain/result.ts";
import { isSameWatch } from "../../domain/trading/exit-watch.ts";
import { feedIntent, type LivePosition, type LivePositionStep, leastReadSlot } from "../../domain/trading/landing/live-position.ts";
import type { Market, PoolKeys } from "../../domain/trading/market.ts";
import { paperEvent } from "../../domain/trading/paper-venue.ts";
import type { PositionAccount } from "../../domain/trading/portfolio-adopt.ts";
import type { PoolMark } from "../../domain/trading/portfolio-state.ts";
import {
  isSettled,
  type PositionEffect,
  type PositionEvent,
  type PositionPlan,
  type PositionState,
  plannedPosition,
  restoredPosition,
} from "../../domain/trading/position-state.ts";
import type { RugAlert } from "../../domain/trading/rug-alert.ts";
import { isLiveLedger } from "../../domain/trading/signal.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { IntentStore, LandingPorts, TradeContext } from "../../workers/trader/live/ports.ts";
import { stepIntent } from "../../workers/trader/live/step.ts";
import type { AlarmRun, Host, Table } from "../host/host.ts";
import { NamedAlarms } from "../shared/alarms.ts";
import { EffectQueue } from "../shared/effects.ts";
import { JournalOutbox } from "../shared/outbox.ts";
import { liveControlOf, marketWatchOf, portfolioOf } from "../stubs.ts";
import { PositionIntents } from "./position-intents.ts";
import { isUnderWay, marketEvent, nextMs, stepOf } from "./position-ledger.ts";
import { PositionSettlements } from "./position-settlements.ts";

/** What a position reaches outside its host and the other objects. */
export interface PositionPorts {
  /** The position's own look at its pool, for when no mark comes. Never throws for an outside fault. */
  readMarket(keys: PoolKeys, clock: () => UnixMs): Promise<Result<Market>>;
  /** Takes the orders of a live ledger to the chain; asked for once, at the first order. */
  landing(hooks: Pick<LandingPorts, "now" | "observe">): LandingPorts;
}

/** Shortest time between two of the position's own reads of its pool: about a slot. */
const LOOK_MS = 400;
/** Longest, while the RPC node does not answer. */
const MAX_LOOK_MS = 10_000;
/** Longer than any pause between an order's decision and its end, or between two sales. */
const MAX_ORDER_MS = 75_000;
/** No open position is left alone for longer while no mark comes (the largest `markIntervalMs`, five times). */
const MAX_UNSEEN_MS = 300_000;
/** The flush that follows a change at once has this long before the alarm does it again. */
const FLUSH_MS = 2_000;
/** An open position that hears no mark for this long asks to be watched again. */
const UNHEARD_MS = 30_000;

type Outgoing = Exclude<PositionEffect, { type: "journal" }> | { readonly type: "observe"; readonly observation: Observation };

/**
 * One position. Feeds what happens (marks, its own reads of the pool, alarms, alerts, operators) to
 * the reducer, stores the state with the effects it made, and performs those until acknowledged. On a
 * paper ledger a read of the pool settles an order, on a live one the chain does.
 */
export class PositionCore {
  readonly #host: Host;
  readonly #env: Env;
  readonly #ports: PositionPorts;
  readonly #alarms: NamedAlarms;
  readonly #outbox: JournalOutbox;
  readonly #effects: EffectQueue<Outgoing>;
  readonly #intents: PositionIntents;
  readonly #settlements: PositionSettlements;
  readonly #parts: Table;
  readonly #steps = new OneAtATime();
  readonly #reads = new OneAtATime();
  #landing: LandingPorts | null = null;
  #live: LivePosition | null;
  #failedLooks = 0;

  constructor(host: Host, env: Env, ports: PositionPorts) {
    this.#host = host;
    this.#env = env;
    this.#ports = ports;
    this.#alarms = new NamedAlarms(host);
    this.#outbox = new JournalOutbox(host, env);
    this.#effects = new EffectQueue(host);
    this.#intents = new PositionIntents(host.storage);
    this.#settlements = new PositionSettlements(host.storage);
    this.#parts = host.storage.table("position_parts");
    const plan = this.#parts.get("plan");
    const rest = this.#parts.get("state");
    if (plan === null || rest === null) this.#live = null;
    else {
      const stored = { ...(parseExact(rest) as Omit<PositionState, "plan">), plan: parseExact(plan) as PositionPlan };
      this.#live = { position: restoredPosition(stored), intent: this.#intents.latest() };
    }
  }

  get #state(): PositionState | null {
    return this.#live?.position ?? null;
  }

  /** Begins the entry that the Portfolio granted. A second start changes nothing. */
  async start(plan: PositionPlan): Promise<void> {
    if (this.#live === null) this.#change({ position: plannedPosition(plan), intent: null }, { type: "start", nowMs: this.#host.now() });
  }

  /** A price of the position's pool. @returns whether the position still wants marks. */
  async onMark(mark: PoolMark): Promise<boolean> {
    const live = this.#live;
    if (live === null || isSettled(live.position)) return false;
    if (mark.pool !== live.position.plan.keys.pool) return true;
    const event = marketEvent(live.position, mark.market, this.#host.now());
    if (event !== null) this.#change(live, event);
    return true;
  }

  /** A sign of a rug in the position's pool: what is held is sold, and nothing more is bought. @returns whether the position still wants alerts. */
  async onAlert(alert: RugAlert): Promise<boolean> {
    const live = this.#live;
    if (live === null || isSettled(live.position)) return false;
    if (alert.pool !== live.position.plan.keys.pool) return true;
    this.#forbidEntry({ type: "alert", nowMs: this.#host.now(), alert });
    return true;
  }

  /**
   * Once this returns, no further buy of this position is signed, and on paper none fills. A live buy
   * that was signed before cannot be called back: if it lands, the position opens and is held.
   */
  async cancelEntry(): Promise<void> {
    this.#forbidEntry({ type: "cancel-entry", nowMs: this.#host.now() });
  }

  /** Sells now, or gives up the entry; what a buy brings that cannot be called back is sold at once. */
  async close(): Promise<void> {
    this.#forbidEntry({ type: "close", nowMs: this.#host.now() });
  }

  /** The position as it stands; null when it was never started. */
  async view(): Promise<PositionState | null> {
    return this.#state;
  }

  /** The grant and all settlements, for books that forgot them; null when it was never started. */
  async account(): Promise<PositionAccount | null> {
    return this.#state === null ? null : this.#settlements.account(this.#state.plan);
  }

  /** For the object's `alarm`. */
  async alarm(run?: AlarmRun): Promise<void> {
    await this.#alarms.run(this.#host.now(), run, async (name) => {
      if (name === "look") await this.#look();
      if (name === "flush" && !(await this.#flush())) throw new Error("effects remain");
    });
  }

  /** Sets again whatever alarm was lost; called by the cron through the Portfolio. @returns whether anything is left to do or to tell. */
  async watchdog(): Promise<boolean> {
    const nowMs = this.#host.now();
    const state = this.#state;
    if (state !== null && !isSettled(state)) {
      this.#setLook(nowMs);
      const heardAtMs = state.mark?.atMs ?? state.openedAtMs ?? nowMs;
      if (state.status === "open" && nowMs - heardAtMs > UNHEARD_MS) this.#effects.add("market-watch", { type: "watch" });
    }
    const isTelling = this.#outbox.pending() > 0 || this.#effects.pending() > 0;
    if (isTelling) this.#alarms.ensure("flush", nowMs);
    this.#alarms.arm();
    return isTelling || (state !== null && !isSettled(state));
  }

  /** Does what is due, and sets the alarm for what comes next. Harmless when it comes late, twice or between others. */
  async #look(): Promise<void> {
    const before = this.#live;
    const wantedMs = before === null ? null : nextMs(before);
    if (before === null || wantedMs === null) return;
    if (wantedMs <= this.#host.now() || this.#isStray(before, wantedMs)) {
      // A read of the pool that hangs holds up no sale.
      if (isUnderWay(before)) await this.#steps.run(() => this.#land());
      else await this.#reads.run(() => this.#readPool());
    }
    this.#setLook(this.#host.now() + this.#pauseMs());
  }

  /** Does at once what is due, ahead of the alarm that is set for it anyway. */
  #lookSoon(): void {
    this.#host.background(this.#look().catch((error) => console.warn("a look ahead of its alarm failed", String(error))));
  }

  /** Sets the alarm for the next look, not before `atMs`; joins the caller's transaction. */
  #setLook(atMs: UnixMs, live: LivePosition | null = this.#live): void {
    const next = live === null ? null : nextMs(live);
    if (live === null || next === null) this.#alarms.cancel("look");
    else this.#alarms.set("look", this.#isStray(live, next) ? atMs : Math.max(next, atMs));
  }

  /** A position is never left alone for so long: its time was set before the clock went back. */
  #isStray(live: LivePosition, wantedMs: UnixMs): boolean {
    const isWaiting = live.position.status === "open" && live.position.order === null;
    return wantedMs > this.#host.now() + (isWaiting ? MAX_UNSEEN_MS : MAX_ORDER_MS);
  }

  /** An intent knows its own pace; reads of the pool are spaced, and further so while the node does not answer. */
  #pauseMs(): number {
    if (this.#live !== null && isUnderWay(this.#live)) return 0;
    return Math.min(LOOK_MS * 2 ** Math.min(this.#failedLooks, 10), MAX_LOOK_MS);
  }

  async #readPool(): Promise<void> {
    const plan = this.#state?.plan;
    if (plan === undefined) return;
    const market = await this.#ports.readMarket(plan.keys, () => this.#host.now());
    // Marks and commands may have come in while the node was asked.
    const live = this.#live;
    if (live === null) return;
    this.#failedLooks = market.ok ? 0 : this.#failedLooks + 1;
    if (!market.ok) console.warn(`position ${plan.positionId}: pool not read`, market.reason, market.detail ?? "");
    const event = marketEvent(live.position, market.ok ? market.value : null, this.#host.now());
    if (event !== null) this.#change(live, event);
  }

  /** One step of the intent under way. */
  async #land(): Promise<void> {
    if (this.#live === null) return;
    const { position, intent } = this.#live;
    const { plan } = position;
    const bought = this.#intents.landedBuy();
    const context: TradeContext = {
      keys: plan.keys,
      parameters: plan.parameters,
      buyer: bought?.prepared?.basis.wallet ?? null,
      deadlineMs: intent?.side === "buy" ? plan.entryDeadlineMs : null,
      minSlot: leastReadSlot(position, this.#intents.all()),
    };
    this.#landing ??= this.#ports.landing({ now: () => this.#host.now(), observe: (observation) => this.#observed(observation) });
    await stepIntent(this.#intentStore(), context, this.#landing);
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
      flush: () => this.#host.storage.flush(),
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
    this.#flushSoon(this.#host.now());
  }

  #change(before: LivePosition, event: PositionEvent): void {
    const step = stepOf(before, event);
    const { position } = step.live;
    const isFirst = this.#live === null;
    if (position === before.position && step.effects.length === 0 && !isFirst) return;
    // A mark that changes nothing but the value is not worth a write; what is remembered of it must survive a restart.
    const isMark = event.type === "market" && step.effects.length === 0 && position.status === before.position.status;
    const isForgotten = isMark && isSameWatch(position.watch, before.position.watch);
    const isOrdered = position.order !== before.position.order || position.deadlineMs !== before.position.deadlineMs;
    if (isForgotten && !isOrdered && !isFirst) this.#live = step.live;
    else this.#commit(before, step, event.nowMs);
  }

  /** State, intent, journal entries, outgoing calls and the next alarm are stored in one transaction. */
  #commit(before: LivePosition, { live, effects, replaced }: LivePositionStep, nowMs: UnixMs): void {
    if (live === before && effects.length === 0 && this.#live !== null) return;
    const { intent, position } = live;
    this.#host.storage.transaction(() => {
      this.#store(position, effects);
      if (replaced !== undefined) this.#intents.write(replaced);
      if (intent !== null && intent !== before.intent) this.#intents.write(intent);
      this.#setLook(nowMs, live);
    });
    this.#live = live;
    if (replaced !== undefined) this.#intents.keep(replaced);
    if (intent !== null && intent !== before.intent) this.#intents.keep(intent);
    if (effects.length > 0) this.#flushSoon(nowMs);
    if (isUrgent(before, live) && (nextMs(live) ?? Number.POSITIVE_INFINITY) <= nowMs) this.#lookSoon();
  }

  #store(state: PositionState, effects: readonly PositionEffect[]): void {
    const { plan, ...rest } = state;
    if (this.#live === null) this.#parts.put("plan", stringifyExact(plan));
    this.#parts.put("state", stringifyExact(rest));
    for (const effect of effects) {
      if (effect.type === "journal") this.#outbox.add([effect.entry]);
      else this.#effects.add(TARGETS[effect.type], effect);
      this.#settlements.keep(effect);
    }
  }

  #flushSoon(nowMs: UnixMs): void {
    this.#alarms.set("flush", nowMs + FLUSH_MS);
    this.#host.background(this.#flush());
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
        return settled(await portfolioOf(this.#env, plan.ledger).settleEntry(effect.settlement));
      case "settle-exit":
        return settled(await portfolioOf(this.#env, plan.ledger).settleExit(effect.settlement));
      case "watch": {
        const { markIntervalMs: intervalMs, creatorSellBps } = plan.parameters;
        const { positionId, ledger, keys } = plan;
        await marketWatchOf(this.#env).watchPosition({
          positionId,
          ledger,
          keys,
          intervalMs,
          creator: plan.signal.creator,
          creatorSellBps,
        });
        return;
      }
      case "unwatch":
        await marketWatchOf(this.#env).unwatchPosition(plan.positionId);
        return;
      case "raise": {
        const { code, detail, cause } = effect;
        await liveControlOf(this.#env).raise({ code, subject: plan.positionId, detail, severity: "page", cause });
        return;
      }
      case "clear":
        return liveControlOf(this.#env).clear(effect.code, plan.positionId);
      case "observe":
        return liveControlOf(this.#env).observe(effect.observation);
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

/** A new order for the chain, one that is not wanted any more, or a new reason to sell: what must not wait for an alarm. */
function isUrgent(before: LivePosition, after: LivePosition): boolean {
  const isNews = after.intent?.id !== before.intent?.id || after.intent?.withdrawal !== before.intent?.withdrawal;
  if (isUnderWay(after) && isNews) return true;
  const { closeRequested, alert } = after.position;
  return closeRequested !== before.position.closeRequested || alert !== before.position.alert;
}

function settled(accepted: boolean): void {
  if (!accepted) throw new Error("the portfolio does not take the settlement yet");
}

/** Work that must not run beside itself: whoever asks while it runs waits for it. */
class OneAtATime {
  #running: Promise<void> | null = null;

  run(work: () => Promise<void>): Promise<void> {
    this.#running ??= work().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }
}
