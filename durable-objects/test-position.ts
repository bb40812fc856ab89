import type { JournalEntry } from "../domain/journal/entry.ts";
import { ok, refuse } from "../domain/result.ts";
import type { Booking, Intent, Prepared } from "../domain/trading/landing/intent.ts";
import type { Market } from "../domain/trading/market.ts";
import type { EntrySettlement, ExitSettlement, PositionPlan, PositionState } from "../domain/trading/position-state.ts";
import { marketMoved, NOW_MS } from "../domain/trading/test-fixtures.ts";
import type { UnixMs } from "../domain/units.ts";
import { quoteBuyExactQuoteIn, quoteSell } from "../domain/venues/pump-swap.ts";
import { MemoryStorage } from "../simulator/storage/memory-storage.ts";
import type { LandingPorts } from "../workers/trader/live/ports.ts";
import { PositionCore } from "./core/position-core.ts";

/** An alarm whose handler failed rings again after this, doubling (Cloudflare, Durable Objects alarms). */
const RETRY_MS = 2_000;

/** A position's object with everything around it, all of it in memory and all of it answering at once. */
export class PositionWorld {
  nowMs = NOW_MS;
  slot = 1_000;
  moveBps = 0;
  /** The node does not answer reads of the pool; null: it never answers at all. */
  isDown: boolean | null = false;
  /** Calls to other objects fail. */
  isAlone = false;
  /** The chain takes nothing in. */
  isDropping = false;
  reads = 0;
  readonly storage: MemoryStorage;
  readonly journal: JournalEntry[] = [];
  readonly entries: EntrySettlement[] = [];
  readonly exits: ExitSettlement[] = [];
  readonly watched: boolean[] = [];
  readonly incidents: string[] = [];
  readonly sent: Array<{ readonly id: string; readonly atMs: number }> = [];
  readonly #landed = new Map<string, Booking>();
  /** Runs of the present alarm that failed. */
  #retries = 0;
  core: PositionCore;

  constructor(storage = new MemoryStorage()) {
    this.storage = storage;
    this.core = this.#made();
  }

  #made(): PositionCore {
    const host = { storage: this.storage, now: () => this.nowMs, background: (work: Promise<unknown>) => void work.catch(() => {}) };
    const call = <T extends unknown[]>(take: (...args: T) => unknown) => {
      return async (...args: T) => {
        if (this.isAlone) throw new Error("no answer");
        return take(...args);
      };
    };
    const stubs = {
      PORTFOLIO: {
        settleEntry: call((one: EntrySettlement) => this.entries.push(one) > 0),
        settleExit: call((one: ExitSettlement) => this.exits.push(one) > 0),
      },
      MARKET_WATCH: { watchPosition: call(() => this.watched.push(true)), unwatchPosition: call(() => this.watched.push(false)) },
      LIVE_CONTROL: {
        raise: call(({ code }: { code: string }) => this.incidents.push(code)),
        clear: call((code: string) => this.incidents.push(`-${code}`)),
        observe: call(() => null),
      },
      JOURNAL: { append: call((entries: JournalEntry[]) => this.journal.push(...entries)) },
    };
    const spaces = Object.entries(stubs).map(([name, stub]) => [name, { idFromName: () => name, get: () => stub }]);
    return new PositionCore(host, Object.fromEntries(spaces) as unknown as Env, {
      readMarket: () => {
        this.reads++;
        if (this.isDown === null) return new Promise(() => {});
        return Promise.resolve(this.isDown ? refuse("RPC_UNAVAILABLE") : ok(this.market()));
      },
      landing: (hooks) => this.#landing(hooks),
    });
  }

  #landing(hooks: Pick<LandingPorts, "now" | "observe">): LandingPorts {
    const node = {
      getSignatureStatuses: async () => {
        const [signature] = [...this.#landed.keys()].slice(-1);
        const isSeen = signature !== undefined && this.#asked === signature;
        return ok([isSeen ? { slot: this.slot, confirmationStatus: "confirmed" as const, err: null } : null]);
      },
      getSignatureStatus: async () => ok({ contextSlot: this.slot, status: null }),
      getBlockHeight: async () => ok(this.slot),
      getProgress: async () => ok({ slot: this.slot, blockHeight: this.slot }),
    };
    return {
      ...hooks,
      rpc: node,
      providers: [{ rpc: node }],
      prepare: async (intent) => ok(this.#prepared(intent)),
      sign: async ({ id }) => ok({ signature: `s:${id}`, wireBase64: `w:${id}` }),
      signedFrom: async () => ok(null),
      send: async (intent) => {
        this.sent.push({ id: intent.id, atMs: this.nowMs });
        this.#asked = intent.signature;
        if (!this.isDropping && intent.signature !== null) this.#landed.set(intent.signature, this.#booking(intent));
        return ok(intent.signature ?? "");
      },
      book: async (intent) => {
        const booking = this.#landed.get(intent.signature ?? "");
        return booking === undefined ? refuse("OUTCOME_UNKNOWN") : ok({ kind: "moved", slot: booking.fill.slot, booking });
      },
    };
  }

  #asked: string | null = null;

  #prepared(intent: Intent): Prepared {
    const fees = { lpBps: 0n, protocolBps: 0n, creatorBps: 0n };
    const common = { wallet: "w", baseAccount: "b", baseRentLamports: 0n, closesBase: intent.closesAccount, creatables: [] };
    const none = { baseAmount: "0", quoteLamports: "0", venueFeeLamports: "0", networkFeeLamports: "0", tipLamports: "0" };
    return {
      preparedAtMs: this.nowMs,
      messageBase64: intent.id,
      lastValidBlockHeight: this.slot + 150,
      computeUnitLimit: 1,
      priorityFeeLamports: 100_000n,
      tipLamports: 200_000n,
      amountIn: intent.amountIn,
      minOut: intent.minOut,
      basis: { ...common, venue: "curve", curveAddress: "c", fees },
      predicted: { ...none, rentLamports: "0", otherRentLamports: "0" },
    };
  }

  #booking(intent: Intent): Booking {
    const market = this.market();
    const { side, amountIn } = intent;
    const quote = side === "buy" ? quoteBuyExactQuoteIn(market, amountIn, market.fees) : quoteSell(market, amountIn, market.fees);
    if (!quote.ok) throw new Error(quote.reason);
    const { baseAmount, userQuoteAmountLamports, lpFeeLamports, protocolFeeLamports, creatorFeeLamports } = quote.value;
    const fill = {
      slot: this.slot,
      baseAmount,
      quoteLamports: userQuoteAmountLamports,
      venueFeeLamports: lpFeeLamports + protocolFeeLamports + creatorFeeLamports,
      networkCostLamports: 305_000n,
      tipLamports: 200_000n,
      rentLamports: intent.isPart ? 0n : 2_074_080n,
      otherRentLamports: 0n,
      impactBps: 0,
    };
    return { fill, actual: this.#prepared(intent).predicted, market, expected: null, differences: [] };
  }

  market(): Market {
    return marketMoved(this.moveBps, this.slot, this.nowMs);
  }

  /** A new object over what is on disk. What was not yet there is lost. */
  restart(survivors = 0): this {
    this.storage.crash(survivors);
    this.core = this.#made();
    return this;
  }

  /** What goes on after a call's answer. */
  async settle(): Promise<void> {
    for (let i = 0; i < 12; i++) {
      this.storage.sync();
      await new Promise((resolve) => setImmediate(resolve));
      this.storage.sync();
    }
  }

  pass(ms: number): this {
    this.nowMs += ms;
    this.slot += Math.floor(ms / 400);
    return this;
  }

  /** The runtime's own change of the alarm. */
  protected setAlarm(atMs: UnixMs | null): void {
    this.storage.setAlarm(atMs);
  }

  /** Rings the object's alarm if it is due. One that fails is rung again, as the runtime does. */
  async ring(): Promise<boolean> {
    const { alarmMs } = this.storage;
    if (alarmMs === null || alarmMs > this.nowMs) return false;
    const retryCount = this.#retries;
    this.setAlarm(null);
    const running = this.core.alarm({ retryCount }).then(
      () => true,
      () => false,
    );
    await this.settle();
    const isDone = await running;
    this.#retries = isDone ? 0 : retryCount + 1;
    if (!isDone) this.setAlarm(this.nowMs + RETRY_MS * 2 ** retryCount);
    return true;
  }

  async mark(moveBps = this.moveBps): Promise<boolean> {
    this.moveBps = moveBps;
    return this.#answer(this.core.onMark({ pool: this.#pool, market: this.market() }));
  }

  async alert(pool = this.#pool): Promise<boolean> {
    const alert = { pool, reason: "EXIT_CREATOR_SOLD", detail: "sold", atMs: this.nowMs, slot: this.slot } as const;
    return this.#answer(this.core.onAlert(alert));
  }

  /** A call's answer once everything that it set going is done. */
  async #answer<T>(call: Promise<T>): Promise<T> {
    const [answer] = await Promise.allSettled([call]);
    await this.settle();
    if (answer.status === "rejected") throw answer.reason;
    return answer.value;
  }

  async start(plan: PositionPlan): Promise<this> {
    this.#pool = plan.keys.pool;
    await this.core.start(plan);
    await this.settle();
    return this;
  }

  #pool = "";

  async state(): Promise<PositionState> {
    const state = await this.core.view();
    if (state === null) throw new Error("no position");
    return state;
  }

  intents() {
    return this.journal.flatMap((entry) => (entry.kind === "intent" ? [entry] : []));
  }

  /** Time passes in steps of half a second, with a mark and an alarm at each. */
  async until(holds: (state: PositionState) => boolean, marks = true): Promise<PositionState> {
    for (let i = 0; i < 400; i++) {
      const state = await this.state();
      if (holds(state)) return state;
      this.pass(800);
      if (marks) await this.mark();
      await this.ring();
    }
    throw new Error(`waited in vain: ${(await this.state()).status}`);
  }
}
