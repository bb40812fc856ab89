import { providersFromEnv, senderFromEnv } from "../adapters/env.ts";
import { signerFromEnv } from "../adapters/signer.ts";
import { parseExact, stringifyExact } from "../domain/json.ts";
import type { Observation } from "../domain/live/live-state.ts";
import { ok, type Result, refuse } from "../domain/result.ts";
import { type Intent, isTerminal } from "../domain/trading/landing/intent.ts";
import {
  feedPosition,
  type LivePosition,
  type LivePositionStep,
  leastReadSlot,
  nextLiveLookMs,
} from "../domain/trading/landing/live-position.ts";
import type { Market } from "../domain/trading/market.ts";
import { nextLookMs, paperEvent } from "../domain/trading/paper-venue.ts";
import { reducePosition } from "../domain/trading/position.ts";
import type { PositionEvent, PositionState } from "../domain/trading/position-state.ts";
import type { LedgerId } from "../domain/trading/signal.ts";
import type { Address, UnixMs } from "../domain/units.ts";
import type { IntentStore, RouteCache, TradingWallet } from "../workers/trader/live/ports.ts";
import { stepIntent } from "../workers/trader/live/step.ts";

/** Whether a ledger trades real money. */
export function isLiveLedger(ledger: LedgerId): boolean {
  return ledger.startsWith("live-");
}

/** True while a live order is on its way: the chain alone settles it. */
export function isUnderWay({ position, intent }: LivePosition): boolean {
  return isLiveLedger(position.plan.ledger) && intent !== null && !isTerminal(intent);
}

/** Feeds a position of either kind of ledger. */
export function stepOf(before: LivePosition, event: PositionEvent): LivePositionStep {
  if (isLiveLedger(before.position.plan.ledger)) return feedPosition(before, event);
  const { state, effects } = reducePosition(before.position, event);
  return { live: { position: state, intent: null }, effects };
}

/** When a position of either kind of ledger wants to be looked at; null never again. */
export function nextMs(live: LivePosition): UnixMs | null {
  return isLiveLedger(live.position.plan.ledger) ? nextLiveLookMs(live) : nextLookMs(live.position);
}

/** What a read of the pool (null: it could not be read) means for a position; null means nothing. */
export function marketEvent(state: PositionState, market: Market | null, nowMs: UnixMs): PositionEvent | null {
  if (!isLiveLedger(state.plan.ledger)) return paperEvent(state, market, nowMs);
  if (state.order !== null) return null;
  return market === null ? { type: "no-market", nowMs } : { type: "market", nowMs, market };
}

/** Attempts of an exit that stay in the object; the journal has all of them. */
const KEPT_SELLS = 100;

/** The intents of one position, ended ones too, in its object's SQLite. */
export class IntentTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`CREATE TABLE IF NOT EXISTS intents (
      n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, side TEXT NOT NULL, body TEXT NOT NULL)`);
  }

  /** Joins the caller's transaction. An exit that keeps failing leaves its older attempts to the journal. */
  save(intent: Intent): void {
    this.#sql.exec(
      "INSERT INTO intents (id, side, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
      intent.id,
      intent.side,
      stringifyExact(intent),
    );
    this.#sql.exec("DELETE FROM intents WHERE side = 'sell' AND n <= (SELECT max(n) FROM intents) - ?", KEPT_SELLS);
  }

  latest(): Intent | null {
    return this.#read("SELECT body FROM intents ORDER BY n DESC LIMIT 1")[0] ?? null;
  }

  /** The oldest first. */
  all(): Intent[] {
    return this.#read("SELECT body FROM intents ORDER BY n");
  }

  /** The buy that landed; null while none did. */
  landedBuy(): Intent | null {
    return this.#read("SELECT body FROM intents WHERE side = 'buy' ORDER BY n").find(({ status }) => status === "landed") ?? null;
  }

  #read(query: string): Intent[] {
    return this.#sql
      .exec<{ body: string }>(query)
      .toArray()
      .map(({ body }) => parseExact(body) as Intent);
  }
}

/** Takes a position's orders to the chain with what the deployment has: providers, Sender, signer. */
export class Landing {
  readonly #env: () => Env;
  readonly #observe: (observation: Observation) => void;
  readonly #routes: RouteCache = { route: null };
  #wallet: TradingWallet | null = null;

  constructor(env: () => Env, observe: (observation: Observation) => void) {
    this.#env = env;
    this.#observe = observe;
  }

  /** One step of the intent under way. @param bought the buy that brought the position's tokens; null before it has any */
  async step(store: IntentStore, { position, intent }: LivePosition, bought: Intent | null): Promise<void> {
    const { plan } = position;
    const { rpc, all } = providersFromEnv(this.#env());
    const context = {
      keys: plan.keys,
      parameters: plan.parameters,
      wallet: () => this.#walletFor(bought?.prepared?.basis.wallet ?? null),
      deadlineMs: intent?.side === "buy" ? plan.entryDeadlineMs : null,
      minSlot: leastReadSlot(position, bought?.booking?.fill.slot ?? null),
      routes: this.#routes,
    };
    const ports = {
      rpc,
      providers: all,
      sender: senderFromEnv(this.#env()),
      signer: signerFromEnv(this.#env()),
      now: Date.now,
      observe: this.#observe,
    };
    await stepIntent(store, context, ports);
  }

  /** Another wallet than the one that bought holds none of the tokens: nothing may be concluded from that. */
  async #walletFor(buyer: Address | null): Promise<Result<TradingWallet>> {
    if (this.#wallet === null) {
      const described = await signerFromEnv(this.#env())?.describe();
      if (described === undefined) return refuse("SIGNER_UNAVAILABLE", "this deployment has no signer");
      if (!described.ok) return described;
      this.#wallet = { address: described.value.address, tipAccounts: described.value.policy.tipAccounts };
    }
    if (buyer === null || buyer === this.#wallet.address) return ok(this.#wallet);
    const { address } = this.#wallet;
    this.#wallet = null;
    return refuse("WALLET_MISSING", `the signer holds ${address}, the tokens are in ${buyer}`);
  }
}
