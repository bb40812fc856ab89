import type { Providers } from "../adapters/rpc/providers.ts";
import { createRng, type Rng } from "../domain/random.ts";
import { ok } from "../domain/result.ts";
import type { SignerPort } from "../domain/signing/types.ts";
import type { ParameterSet } from "../domain/trading/parameters.ts";
import type { UnixMs } from "../domain/units.ts";
import { Chain } from "./chain/chain.ts";
import { TIP_ACCOUNT, WALLET } from "./chain/coins.ts";
import { Signer } from "./chain/landing.ts";
import { ChainNode, rpcOf } from "./chain/node.ts";
import { type Actor, WorkerActor } from "./cloud/actor.ts";
import { Bucket } from "./cloud/bucket.ts";
import { Cell } from "./cloud/cell.ts";
import { cloned } from "./cloud/clone.ts";
import { Database } from "./cloud/database.ts";
import { Network } from "./cloud/network.ts";
import { Queue } from "./cloud/queue.ts";
import { QUEUES } from "./cloud/queue-config.ts";
import { START_MS } from "./defaults.ts";
import { consumeQueue } from "./engine/consumers.ts";
import { objectMakers } from "./engine/objects.ts";
import { drawParameters } from "./engine/parameters.ts";
import { NO_FAULTS, type SimulationOptions } from "./options.ts";
import { Scheduler } from "./scheduler.ts";

const LAMPORTS = [3_000_000_000n, 20_000_000_000n, 9_007_199_254_740_993n];

/** Bindings of queues by the names that the engine knows them by. */
const PRODUCERS: Readonly<Record<string, string>> = {
  DISCOVERIES: "sniper-discoveries",
  ANALYSES: "sniper-analyses",
  SIGNALS: "sniper-signals",
  TRADE_EVENTS: "sniper-trade-events",
};

/** What is given instead of drawn, where two runs have to be of one market. */
export interface WorldSetup {
  readonly parameters: ParameterSet;
  readonly openingLamports: bigint;
}

/** Everything that one seed is made of: the engine's own code in a world without anything real. */
export class World {
  readonly options: SimulationOptions;
  readonly rng: Rng;
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly chain: Chain;
  readonly nodes: readonly ChainNode[];
  readonly signer: Signer;
  readonly bucket: Bucket;
  readonly database: Database;
  readonly queues = new Map<string, Queue>();
  readonly cells = new Map<string, Cell>();
  readonly workers = new Set<WorkerActor>();
  readonly parameters: ParameterSet;
  /** Incidents that the engine raised. */
  readonly raised: string[] = [];
  /** What should not happen and is no crash. */
  readonly troubles: string[] = [];
  /** How far the machines' clock is off. */
  skewMs = 0;
  hasJumped = false;
  isCalm = false;
  readonly #makers: ReturnType<typeof objectMakers>;

  constructor(options: SimulationOptions, setup: WorldSetup | null = null) {
    this.options = options;
    this.rng = createRng(options.seed);
    this.scheduler = new Scheduler(START_MS);
    this.parameters = setup?.parameters ?? drawParameters(this.rng.fork("parameters"));
    this.network = new Network(this.scheduler, this.rng.fork("network"), options.faults);
    const drawn = LAMPORTS[this.rng.int(LAMPORTS.length)] ?? 20_000_000_000n;
    const lamports = setup?.openingLamports ?? drawn;
    this.chain = new Chain(this.scheduler, this.rng.fork("chain"), options.faults, options.workload, lamports);
    this.nodes = ["primary", "secondary"].map((name) => new ChainNode(name, this.chain, this.network));
    this.signer = new Signer(this.chain);
    this.bucket = new Bucket(this.network);
    this.database = new Database(this.network);
    this.#makers = objectMakers(this);
    const find = (name: string): Queue => {
      const queue = this.queues.get(name);
      if (queue === undefined) throw new Error(`no queue ${name}`);
      return queue;
    };
    for (const config of QUEUES) {
      const queue = new Queue(config, {
        scheduler: this.scheduler,
        network: this.network,
        now: this.now,
        consume: (batch, actor) => consumeQueue(this, batch, actor),
        onWorker: (actor) => this.workers.add(actor),
        find,
      });
      this.queues.set(config.name, queue);
    }
  }

  /** The time that the machines show. */
  readonly now = (): UnixMs => this.scheduler.nowMs + this.skewMs;

  cell(namespace: string, name: string): Cell {
    const key = `${namespace}/${name}`;
    let cell = this.cells.get(key);
    if (cell === undefined) {
      const create = this.#makers[namespace];
      if (create === undefined) throw new Error(`no objects ${namespace}`);
      cell = new Cell(key, create, {
        scheduler: this.scheduler,
        network: this.network,
        now: this.now,
        envFor: (actor) => this.envFor(actor),
        onTrouble: (what) => void this.troubles.push(what),
      });
      this.cells.set(key, cell);
    }
    return cell;
  }

  /** Runs one invocation of a worker; it may die at any event. */
  spawn(name: string, run: (env: Env, actor: WorkerActor) => Promise<void>, onDeath?: () => void): void {
    const actor = new WorkerActor(name, onDeath);
    this.workers.add(actor);
    const end = (): void => {
      actor.end();
      this.workers.delete(actor);
    };
    void run(this.envFor(actor), actor).then(end, end);
  }

  /** The bindings of one caller: nothing of it leaves once the caller is dead. */
  envFor(actor: Actor): Env {
    const env: Record<string, unknown> = {
      MODE: "live",
      NETWORK: "localnet",
      REPLAY_CLOCK: "off",
      PARAMETER_PROFILE: "default",
      BUCKET: this.bucket.binding(actor),
      DB: this.database.binding(actor),
      SIGNER: this.#signerOf(actor),
      PROVIDERS: this.#providersOf(actor),
    };
    for (const namespace of Object.keys(this.#makers)) env[namespace] = this.#namespaceOf(actor, namespace);
    for (const [binding, queue] of Object.entries(PRODUCERS)) env[binding] = this.queues.get(queue)?.producer(actor);
    return env as unknown as Env;
  }

  /** Waits for `work`, at most `ms`. */
  within(work: Promise<unknown>, ms: number): Promise<void> {
    return new Promise((resolve) => {
      let isOver = false;
      const end = (): void => {
        isOver = true;
        resolve();
      };
      work.then(end, end);
      this.scheduler.after(ms, "timer", end, () => isOver);
    });
  }

  jumpClock(skewMs: number): void {
    this.hasJumped = true;
    this.skewMs = skewMs;
    for (const cell of this.cells.values()) cell.rearm();
  }

  /** From here on nothing goes wrong any more. */
  calm(): void {
    this.isCalm = true;
    this.network.rates = NO_FAULTS;
    this.chain.faults = NO_FAULTS;
    for (const node of this.nodes) {
      node.lagSlots = 0;
      node.hides = false;
    }
    this.database.isDown = false;
    for (const queue of this.queues.values()) queue.calm();
    if (this.skewMs !== 0) this.jumpClock(0);
  }

  #namespaceOf(actor: Actor, namespace: string): unknown {
    return {
      idFromName: (name: string) => name,
      get: (name: string) =>
        new Proxy(
          {},
          {
            get: (_target, method) => {
              if (typeof method !== "string" || method === "then") return undefined;
              return (...args: unknown[]) => this.#call(actor, namespace, name, method, args);
            },
          },
        ),
    };
  }

  #call(actor: Actor, namespace: string, name: string, method: string, args: readonly unknown[]): Promise<unknown> {
    // By value, as it is at the time of the call.
    const sent = args.map((one) => cloned(one));
    const label = `${namespace}.${method} ${name}`;
    return this.network.call(actor, label, (reply, fail) => this.cell(namespace, name).serve(method, sent.map(cloned), reply, fail), true);
  }

  #signerOf(actor: Actor): SignerPort {
    const refused = async () => ({ ok: false, reason: "SIGNER_UNAVAILABLE" }) as const;
    return {
      sign: refused,
      history: refused,
      describe: () =>
        this.network.call(actor, "describe signer", (reply) =>
          reply(ok({ address: WALLET, policy: POLICY, budgets: [], nowMs: this.now() })),
        ),
    } as unknown as SignerPort;
  }

  #providersOf(actor: Actor): Providers {
    const { rpc, all } = rpcOf(actor, this.nodes, this.chain);
    return { rpc, all, health: async () => [] };
  }
}

const POLICY = {
  network: "localnet",
  maxSpendPerTxLamports: 2n ** 60n,
  maxFeePerTxLamports: 10_000_000n,
  entryHourLamports: 2n ** 60n,
  entryDayLamports: 2n ** 60n,
  entrySignaturesPerHour: 100_000,
  entrySignaturesPerDay: 100_000,
  exitHourLamports: 2n ** 60n,
  exitDayLamports: 2n ** 60n,
  exitSignaturesPerHour: 100_000,
  exitSignaturesPerDay: 100_000,
  sweepAddress: null,
  sweepAboveLamports: null,
  tipAccounts: [TIP_ACCOUNT],
} as const;
