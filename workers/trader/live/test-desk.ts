import type { Provider, Rpc } from "../../../adapters/rpc/client.ts";
import { readMarket, readPoolKeys } from "../../../adapters/rpc/read-market.ts";
import type { Sender } from "../../../adapters/rpc/sender.ts";
import { parseExact, stringifyExact } from "../../../domain/json.ts";
import type { Observation } from "../../../domain/live/live-state.ts";
import type { Rng } from "../../../domain/random.ts";
import { ok, refuse } from "../../../domain/result.ts";
import type { SignerPort } from "../../../domain/signing/types.ts";
import { planEntry } from "../../../domain/trading/entry.ts";
import { type Intent, type IntentEvent, isTerminal } from "../../../domain/trading/landing/intent.ts";
import {
  feedIntent,
  feedPosition,
  type LivePosition,
  type LivePositionStep,
  leastReadSlot,
  nextLiveLookMs,
} from "../../../domain/trading/landing/live-position.ts";
import type { Parameters } from "../../../domain/trading/parameters.ts";
import {
  isSettled,
  type PositionEffect,
  type PositionEvent,
  type PositionPlan,
  plannedPosition,
  positionPlan,
} from "../../../domain/trading/position-state.ts";
import { signalFor } from "../../../domain/trading/test-fixtures.ts";
import type { Address } from "../../../domain/units.ts";
import { chainLanding, type TradingWallet } from "./chain.ts";
import type { IntentStore, LandingPorts, TradeContext } from "./ports.ts";
import { stepIntent } from "./step.ts";

/** The process died: whatever was in memory is gone, whatever was stored is not. */
export class Crash extends Error {}

export interface DeskParts {
  readonly rpc: Rpc;
  readonly providers: readonly Provider[];
  readonly sender: Sender | null;
  readonly signer: SignerPort;
  /** Null: the signer holds another one. */
  readonly wallet: TradingWallet | null;
  readonly now: () => number;
  /** Draws crashes; null never crashes. */
  readonly crashes: { readonly rng: Rng; readonly share: number } | null;
  /** A deliberately wrong reducer in place of ours, to prove that the checks bite. */
  readonly feedIntent?: (live: LivePosition, event: IntentEvent) => LivePositionStep;
}

/** The positions of one wallet as the Durable Objects host them, without Cloudflare: memory over a disk of JSON texts. */
export class TestDesk {
  readonly positions: TestPosition[] = [];
  readonly observations: Observation[] = [];
  readonly parts: DeskParts;
  crashes = 0;
  steps = 0;

  constructor(parts: DeskParts) {
    this.parts = parts;
  }

  /** A granted entry of `sizeLamports`, as the Portfolio grants it; null when the pool cannot be read or quotes nothing. */
  async open(
    coin: { readonly mint: Address; readonly pool: Address },
    sizeLamports: bigint,
    parameters: Parameters,
  ): Promise<TestPosition | null> {
    const nowMs = this.parts.now();
    const keys = (await readPoolKeys(this.parts.rpc, [coin])).get(coin.pool);
    if (!keys?.ok) return null;
    const market = await readMarket(this.parts.rpc, keys.value, this.parts.now);
    if (!market.ok) return null;
    const signal = {
      ...signalFor(coin.mint, { assessedAtMs: nowMs, expiresAtMs: nowMs + parameters.signalExpiryMs, ledger: "live-A" }),
      pool: coin.pool,
      baseReserves: market.value.baseReserves,
      quoteReservesLamports: market.value.quoteReservesLamports,
    };
    const entry = planEntry(signal.score, sizeLamports, market.value, parameters);
    if (!entry.ok) return null;
    const granted = {
      // Rehearsals: a few coins serve many positions.
      positionId: `rehearsal:${coin.mint}:${this.positions.length}`,
      ledger: signal.ledger,
      signal,
      keys: keys.value,
      parameters,
    };
    return this.host(positionPlan(granted, entry.value, market.value, nowMs));
  }

  host(plan: PositionPlan): TestPosition {
    const position = new TestPosition(this, plan);
    this.positions.push(position);
    return position;
  }

  /** Takes on every position that is due. */
  async run(): Promise<void> {
    const nowMs = this.parts.now();
    for (const position of this.positions) {
      const dueMs = nextLiveLookMs(position.live);
      if (dueMs !== null && dueMs <= nowMs) await position.look();
    }
  }

  /** Dies, sometimes. Called wherever the real host could be cut off. */
  maybeCrash(): void {
    const { crashes } = this.parts;
    if (crashes !== null && crashes.rng.next() < crashes.share) throw new Crash();
  }

  isSettled(): boolean {
    return this.positions.every(({ live }) => isSettled(live.position) && (live.intent === null || isTerminal(live.intent)));
  }
}

/** One position on the desk. */
export class TestPosition {
  live: LivePosition;
  readonly effects: PositionEffect[] = [];
  /** Every intent that it ever had, as last stored. */
  readonly intents = new Map<string, Intent>();
  readonly #desk: TestDesk;
  #disk: string;
  #routes = { route: null };

  constructor(desk: TestDesk, plan: PositionPlan) {
    this.#desk = desk;
    this.live = { position: plannedPosition(plan), intent: null };
    this.#disk = stringifyExact(this.live);
    this.feed({ type: "start", nowMs: desk.parts.now() });
  }

  feed(event: PositionEvent): void {
    this.#commit(feedPosition(this.live, event));
  }

  /** One alarm: a step of the order under way, or a read of the pool. A crash in the middle is followed by a restart. */
  async look(): Promise<void> {
    this.#desk.steps++;
    try {
      const { position, intent } = this.live;
      if (intent !== null && !isTerminal(intent)) return await stepIntent(this.#store(), this.#context(), this.#ports());
      const market = await readMarket(this.#desk.parts.rpc, position.plan.keys, this.#desk.parts.now);
      const nowMs = this.#desk.parts.now();
      this.feed(market.ok ? { type: "market", nowMs, market: market.value } : { type: "no-market", nowMs });
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.#desk.crashes++;
      this.restart();
    }
  }

  restart(): void {
    this.live = parseExact(this.#disk) as LivePosition;
    this.#routes = { route: null };
  }

  /** All that is stored of it, to come back to. */
  snapshot(): string {
    return stringifyExact([this.live, [...this.intents.values()]]);
  }

  /** As the object is after a restore to an earlier point: what came after is forgotten, but not undone. */
  restore(snapshot: string): void {
    const [live, intents] = parseExact(snapshot) as [LivePosition, Intent[]];
    this.intents.clear();
    for (const intent of intents) this.intents.set(intent.id, intent);
    this.live = live;
    this.#disk = stringifyExact(live);
    this.#routes = { route: null };
  }

  #commit(step: LivePositionStep): void {
    if (step.replaced !== undefined) this.intents.set(step.replaced.id, step.replaced);
    this.live = step.live;
    this.#disk = stringifyExact(step.live);
    this.effects.push(...step.effects);
    const { intent } = step.live;
    if (intent !== null) this.intents.set(intent.id, intent);
  }

  #store(): IntentStore {
    const current = (): Intent => {
      if (this.live.intent === null) throw new Error("no intent");
      return this.live.intent;
    };
    return {
      current,
      earlier: () => [...this.intents.values()].filter(({ id }) => id !== current().id),
      apply: (event) => {
        this.#desk.maybeCrash();
        this.#commit((this.#desk.parts.feedIntent ?? feedIntent)(this.live, event));
        this.#desk.maybeCrash();
        return current();
      },
      flush: async () => this.#desk.maybeCrash(),
    };
  }

  #context(): TradeContext {
    const { position, intent } = this.live;
    const { plan } = position;
    const bought = [...this.intents.values()].find(({ side, status }) => side === "buy" && status === "landed");
    return {
      keys: plan.keys,
      parameters: plan.parameters,
      buyer: bought?.prepared?.basis.wallet ?? null,
      deadlineMs: intent?.side === "buy" ? plan.entryDeadlineMs : null,
      minSlot: leastReadSlot(position, [...this.intents.values()]),
    };
  }

  #ports(): LandingPorts {
    const { rpc, providers, sender, signer, wallet, now } = this.#desk.parts;
    const desk = this.#desk;
    return chainLanding({
      wallet: async () => (wallet === null ? refuse("WALLET_MISSING") : ok(wallet)),
      routes: this.#routes,
      rpc: crashing(rpc, desk),
      providers: providers.map((provider) => ({ name: provider.name, rpc: crashing(provider.rpc, desk) })),
      sender: sender === null ? null : crashing(sender, desk),
      signer: crashing(signer, desk),
      now,
      observe: (observation) => void desk.observations.push(observation),
    });
  }
}

/** The same port, whose caller may die before the call leaves or before its answer is heard. */
function crashing<T extends object>(port: T, desk: TestDesk): T {
  return new Proxy(port, {
    get(target, name) {
      const method = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return async (...args: unknown[]) => {
        desk.maybeCrash();
        const answer = await Reflect.apply(method, target, args);
        desk.maybeCrash();
        return answer;
      };
    },
  });
}
