import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { base58, base64 } from "@scure/base";
import { vi } from "vitest";
import { localSigner } from "../../adapters/local-signer.ts";
import { createRpc } from "../../adapters/rpc/client.ts";
import { readMarket, readPoolKeys } from "../../adapters/rpc/read-market.ts";
import { walletFromSecret } from "../../adapters/wallet-key.ts";
import { parseExact } from "../../domain/json.ts";
import { createRng, type Rng } from "../../domain/random.ts";
import { memoryStore } from "../../domain/signing/memory-store.ts";
import { SAMPLE_POLICY } from "../../domain/signing/sample-messages.ts";
import type { SignerPort } from "../../domain/signing/types.ts";
import { PLAIN_TERMS } from "../../domain/trading/entry.ts";
import type { Intent } from "../../domain/trading/landing/intent.ts";
import type { LedgerId } from "../../domain/trading/signal.ts";
import { PARAMETERS, signalFor } from "../../domain/trading/test-fixtures.ts";
import type { Address, Signature } from "../../domain/units.ts";
// biome-ignore lint/style/noRestrictedImports: what tests share
import { createTestNode, type TestNode } from "../../localnet/testing/node.ts";
import { testSecret } from "../../workers/trader/live/test-wallet.ts";
import { PositionCore } from "../core/position-core.ts";
import type { Host } from "../host/host.ts";
import { hostOf } from "../host/sqlite-host.ts";
import { positionPorts } from "../position-ports.ts";
import { journalOf, portfolioOf, positionOf } from "../stubs.ts";
import { freezeClock, passTime, until } from "../test-chain.ts";

const FUNDS = 5_000_000_000n;
const TERMS = { ...PLAIN_TERMS, otherRentLamports: 3_883_680n, maxSizeLamports: 200_000_000n };
const SECRET = testSecret("crash");
/** A life that is not over by then hangs. */
const MAX_PASSES = 160;
const SLOT_MS = 400;

/** Where a position's object can die. */
export const POSITION_POINTS = [
  "before-persist",
  "after-persist",
  "in-alarm",
  "before-sign",
  "after-sign",
  "before-flush",
  "before-send",
  "after-send",
  "before-record",
  "before-confirm",
  "after-confirm",
  "before-booking",
  "before-settlement",
  "after-settlement",
  "before-journal",
  "after-journal",
  "before-watch",
  "after-watch",
] as const;
export type PositionPoint = (typeof POSITION_POINTS)[number];

/** How a death names itself to whoever called the object. */
const CRASHED = "crash at";

/** Whether one incarnation of the object is dead. */
interface Existence {
  isOver: boolean;
}

/** Throws in code of an object that is dead. */
function alive({ isOver }: Existence): void {
  if (isOver) throw new Error(`${CRASHED} an earlier point`);
}

/** How a life went. */
export interface Life {
  readonly crashes: number;
  /** Everything that is wrong; empty when nothing is. */
  readonly problems: readonly string[];
}

/**
 * One live position from grant to close in workerd, whose object is aborted at one point again and
 * again. A send counts as handed over only behind a call to another object, which the runtime holds until
 * everything written before is on disk, as it holds every real request; the stubbed `fetch` itself is not held.
 */
export class CrashWorld {
  readonly #point: PositionPoint;
  readonly #rng: Rng;
  readonly #maxCrashes: number;
  readonly #node: TestNode;
  /** A live ledger of its own: lives share one journal and nothing else. */
  readonly #ledger: LedgerId;
  readonly #signatures = new Map<string, Set<Signature>>();
  readonly #sent = new Set<Signature>();
  readonly #problems: string[] = [];
  #crashes = 0;
  #state: DurableObjectState | null = null;
  #positionId = "";
  #signer: SignerPort | null = null;
  #wallet: Address = "";

  constructor(point: PositionPoint, seed: string, maxCrashes: number) {
    this.#point = point;
    this.#rng = createRng(`${seed}/${point}`);
    this.#maxCrashes = maxCrashes;
    this.#node = createTestNode({ seed: `${seed}/${point}` });
    this.#ledger = `live-${seed}-${point}` as LedgerId;
  }

  /** Plays the life and judges it. */
  async play(): Promise<Life> {
    freezeClock();
    // Deaths are what this is about; the runtime's complaints of them are not.
    for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => {});
    await this.#setUp();
    try {
      this.#positionId = await this.#grant();
      await this.#passUntil("open");
      if ((await this.#view())?.status === "open") {
        await this.#survived(() => this.#position().close());
        await this.#passUntil("closed");
      }
      // What the object still has to tell is told by its alarm.
      for (let i = 0; i < MAX_PASSES && (await this.#isPending()); i++) await this.#pass();
      await this.#judge();
    } finally {
      vi.restoreAllMocks();
      vi.useRealTimers();
    }
    return { crashes: this.#crashes, problems: this.#problems };
  }

  async #setUp(): Promise<void> {
    const held = await walletFromSecret(SECRET);
    if (!held.ok) throw new Error(held.reason);
    this.#wallet = held.value.address;
    this.#node.fund(this.#wallet, FUNDS);
    this.#signer = localSigner({ secretKey: SECRET, policy: SAMPLE_POLICY, nowMs: Date.now, store: memoryStore() });
    const passThrough = globalThis.fetch;
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const request = new Request(input, init);
      return new URL(request.url).hostname === "rpc.test" ? this.#network(request) : passThrough(request);
    });
    const books = { ledger: this.#ledger, openingLamports: FUNDS, maxPositions: 10, maxDrawdownBps: 1_500, solUsd: 200 } as const;
    await this.#portfolio().ensureOpen(books);
  }

  async #network(request: Request): Promise<Response> {
    const text = await request.text();
    const { method, params } = JSON.parse(text) as { method: string; params: unknown[] };
    const again = new Request(request.url, { method: "POST", body: text });
    if (method === "getSignatureStatuses") this.#at("before-confirm");
    if (method !== "sendTransaction") {
      const answer = await this.#node.fetch(again);
      if (method === "getSignatureStatuses") this.#at("after-confirm");
      if (method === "getTransaction") this.#at("before-booking");
      return answer;
    }
    this.#at("before-send");
    // The output gate: this call leaves the object only once its writes are on disk.
    await journalOf(env).head();
    this.#sent.add(base58.encode(base64.decode(String(params[0])).subarray(1, 65)));
    const answer = await this.#node.fetch(again);
    this.#at("after-send");
    this.#isRecordDue = true;
    return answer;
  }

  #background: Promise<unknown>[] = [];
  /** Of the object that may die now. What a dead one still runs, up to its next await, must not be heard of. */
  #life: Existence = { isOver: false };
  /** Set between a send's answer and the write that records it. */
  #isRecordDue = false;

  /** Dies here if this is the point, sometimes, and not more often than the life bears. */
  #at(point: PositionPoint): void {
    const state = this.#state;
    if (point !== this.#point || state === null || this.#crashes >= this.#maxCrashes || this.#rng.next() < 0.3) return;
    this.#crashes++;
    this.#state = null;
    this.#life.isOver = true;
    state.abort(`${CRASHED} ${point}`);
    throw new Error(`${CRASHED} ${point}`);
  }

  #signed(intentId: string, signature: Signature): void {
    const known = this.#signatures.get(intentId) ?? new Set();
    this.#signatures.set(intentId, known.add(signature));
    if (known.size > 1) this.#problems.push(`${intentId} has ${known.size} signatures`);
  }

  async #grant(): Promise<string> {
    const node = this.#node;
    const coin = node.addCoin();
    const rpc = createRpc({ url: "http://rpc.test/", fetch: node.fetch });
    const keys = (await readPoolKeys(rpc, [coin])).get(coin.pool);
    if (!keys?.ok) throw new Error("no pool");
    const market = await readMarket(rpc, keys.value, Date.now);
    if (!market.ok) throw new Error(market.reason);
    const { baseReserves, quoteReservesLamports } = market.value;
    // Long enough that crashes alone do not end the entry.
    const times = { assessedAtMs: Date.now(), expiresAtMs: Date.now() + 300_000 };
    const signal = { ...signalFor(coin.mint, times), ledger: this.#ledger, pool: coin.pool, baseReserves, quoteReservesLamports };
    const request = { signal, parameters: PARAMETERS, keys: keys.value, market: market.value, terms: TERMS };
    const answer = await this.#portfolio().requestEntry(request, Date.now());
    if (!answer.ok) throw new Error(answer.reason);
    const { positionId } = answer.value;
    await until(async () => (await positionOf(env, positionId).view())?.status === "entering", "the position is entering");
    return positionId;
  }

  /**
   * Lets time pass until the object's alarm is due, and rings it in an object that has a live deployment's
   * bindings and may die. The alarm's handler is called, not the runtime's alarm: that would ring again by
   * itself in an object without these bindings.
   */
  async #pass(): Promise<void> {
    const alarmMs = await this.#survived(() => runInDurableObject(this.#position(), (_instance, state) => state.storage.getAlarm()));
    if (alarmMs === null) throw new Error(`the alarm is lost: ${await this.#describe()}`);
    const waitMs = Math.max(SLOT_MS, alarmMs - Date.now());
    // Bytes that no leader takes are sent again: more sends to die at.
    this.#node.setFaults({ drop: this.#crashes < this.#maxCrashes ? 0.6 : 0 });
    this.#node.tick(Math.ceil(waitMs / SLOT_MS));
    passTime(waitMs);
    const crashesBefore = this.#crashes;
    try {
      await runInDurableObject(this.#position(), async (instance, state) => {
        this.#state = state;
        const life: Existence = { isOver: false };
        this.#life = life;
        const live = this.#liveEnv(life);
        const core = new PositionCore(this.#dyingHost(hostOf(state), life), live, positionPorts(live));
        Reflect.set(instance, "core", core);
        await core.alarm();
        while (this.#background.length > 0) await Promise.all(this.#background.splice(0));
      });
    } catch (error) {
      if (!String(error).includes(CRASHED)) throw error;
    }
    this.#state = null;
    this.#background = [];
    if (this.#crashes === crashesBefore) return;
    await this.#checkIntents();
    await this.#checkAlarm();
  }

  /** Calls the object, again when it died meanwhile: what goes on behind an earlier answer may take it down. */
  async #survived<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!String(error).includes(CRASHED)) throw error;
      }
    }
  }

  /** Plays until the position is there, or given up: an entry that dies too often is. */
  async #passUntil(status: string): Promise<void> {
    for (let i = 0; i < MAX_PASSES; i++) {
      const view = await this.#view();
      if (view?.status === status || view?.status === "abandoned") return;
      await this.#pass();
    }
    throw new Error(`not ${status}: ${await this.#describe()}`);
  }

  async #describe(): Promise<string> {
    const view = await this.#view();
    const intents = await this.#survived(() => intentsOf(this.#position()));
    const told = intents.map(({ id, status, reason, detail }) => [id.split(":").slice(1).join(":"), status, reason, detail]);
    const { plan: _, ...position } = view ?? { plan: null };
    const shown = { nowMs: Date.now(), slot: this.#node.slot(), position, intents: told };
    return JSON.stringify(shown, (_key, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
  }

  /** A stub whose object died stays broken: each use takes a new one. */
  #position() {
    return positionOf(env, this.#positionId);
  }

  #isPending(): Promise<boolean> {
    return this.#survived(() =>
      runInDurableObject(this.#position(), async (_instance, state) => (await state.storage.getAlarm()) !== null),
    );
  }

  #portfolio() {
    return portfolioOf(env, this.#ledger);
  }

  #view() {
    return this.#survived(() => this.#position().view());
  }

  #liveEnv(life: Existence): Env {
    const live = {
      ...env,
      SIGNER: this.#dyingSigner(life),
      MODE: "live",
      NETWORK: "localnet",
      RPC_URL_2: "http://rpc.test/rpc2",
      PORTFOLIO: this.#dying(env.PORTFOLIO, life, "before-settlement", "after-settlement"),
      JOURNAL: this.#dying(env.JOURNAL, life, "before-journal", "after-journal"),
      MARKET_WATCH: this.#dying(env.MARKET_WATCH, life, "before-watch", "after-watch"),
    };
    return live as unknown as Env;
  }

  /** A namespace whose objects are called by a caller that may die before the call or before its answer. */
  #dying<T extends Rpc.DurableObjectBranded | undefined>(
    namespace: DurableObjectNamespace<T>,
    life: Existence,
    before: PositionPoint,
    after: PositionPoint,
  ): unknown {
    const calling = (stub: object): object =>
      new Proxy(stub, {
        get: (target, name) => {
          const method: unknown = Reflect.get(target, name);
          if (typeof method !== "function") return method;
          return async (...args: unknown[]) => {
            alive(life);
            this.#at(before);
            const answer: unknown = await Reflect.apply(method, target, args);
            this.#at(after);
            return answer;
          };
        },
      });
    return {
      idFromName: (name: string) => namespace.idFromName(name),
      get: (id: DurableObjectId) => calling(namespace.get(id)),
    };
  }

  #dyingSigner(life: Existence): SignerPort {
    const real = this.#signer;
    if (real === null) throw new Error("no signer");
    return {
      ...real,
      sign: async (request) => {
        alive(life);
        this.#at("before-sign");
        const answer = await real.sign(request);
        if (answer.ok) this.#signed(request.intentId, answer.value.signature);
        this.#at("after-sign");
        return answer;
      },
    };
  }

  /** The same part of the storage, deaf once the object is dead. */
  #mortal<T extends object>(part: T, life: Existence): T {
    return new Proxy(part, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        return (...args: unknown[]) => {
          alive(life);
          return Reflect.apply(method, target, args);
        };
      },
    });
  }

  #dyingHost(host: Host, life: Existence): Host {
    const { storage } = host;
    return {
      now: host.now,
      // Waited for by the pass, so that a death in it is the pass's.
      background: (work) => void this.#background.push(work),
      storage: {
        table: (name) => this.#mortal(storage.table(name), life),
        log: (name) => this.#mortal(storage.log(name), life),
        setAlarm: (atMs) => {
          alive(life);
          storage.setAlarm(atMs);
          this.#at("in-alarm");
        },
        transaction: (run) => {
          alive(life);
          this.#at("before-persist");
          if (this.#isRecordDue) {
            this.#isRecordDue = false;
            this.#at("before-record");
          }
          const result = storage.transaction(run);
          this.#at("after-persist");
          return result;
        },
        flush: async () => {
          alive(life);
          this.#at("before-flush");
          await storage.flush();
        },
      },
    };
  }

  /** Every signature that a node was handed is in an intent that is on disk. */
  async #checkIntents(): Promise<void> {
    const known = new Set((await this.#survived(() => intentsOf(this.#position()))).map(({ signature }) => signature));
    for (const signature of this.#sent) if (!known.has(signature)) this.#problems.push(`the intent of ${signature} is lost`);
  }

  /** Whatever the object has still to do has an alarm that the runtime will ring, though nobody calls. */
  async #checkAlarm(): Promise<void> {
    const isRung = await this.#survived(() =>
      runInDurableObject(this.#position(), async (_instance, state) => {
        const named = hostOf(state).storage.table("alarms").entries();
        return named.length === 0 || (await state.storage.getAlarm()) !== null;
      }),
    );
    if (!isRung) this.#problems.push(`no alarm after crash ${this.#crashes}`);
  }

  async #judge(): Promise<void> {
    await this.#checkIntents();
    const intents = await this.#survived(() => intentsOf(this.#position()));
    const landed = (side: string) => intents.filter((intent) => intent.side === side && intent.status === "landed").length;
    const trades = (await this.#view())?.status === "abandoned" ? 0 : 1;
    if (landed("buy") !== trades || landed("sell") !== trades)
      this.#problems.push(`${landed("buy")} buys and ${landed("sell")} sales landed, ${await this.#describe()}`);
    for (const { id, status } of intents)
      if (!["landed", "failed", "expired"].includes(status)) this.#problems.push(`${id} is ${status} at the end`);
    const status = await this.#portfolio().status();
    const wallet = `${this.#node.chain.account(this.#wallet)?.lamports ?? 0n}`;
    if (status?.cashLamports !== wallet || status.reservedLamports !== "0" || status.openPositions !== 0)
      this.#problems.push(`wallet ${wallet}, books ${JSON.stringify(status)}`);
  }
}

async function intentsOf(position: ReturnType<typeof positionOf>): Promise<Intent[]> {
  return runInDurableObject(position, (_instance, state) =>
    hostOf(state)
      .storage.table("intent_bodies")
      .entries()
      .map(([, body]) => parseExact(body) as Intent),
  );
}
