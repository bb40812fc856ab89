import type { UnixMs } from "../../domain/units.ts";
import type { Scheduler } from "../scheduler.ts";
import { type Actor, WorkerActor } from "./actor.ts";
import { cloned } from "./clone.ts";
import type { Network } from "./network.ts";

/** Waiting messages that may ride along in one batch. */
const MAX_BATCH = 5;

/** As a consumer's part of wrangler.toml says. */
export interface QueueConfig {
  readonly name: string;
  readonly maxRetries: number;
  readonly retryDelayS: number;
  readonly deadLetterQueue: string | null;
}

interface Message {
  readonly id: string;
  readonly body: unknown;
  readonly atMs: UnixMs;
  attempts: number;
}

export interface QueueParts {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly now: () => UnixMs;
  /** Runs the consumer of a queue as one invocation of a worker. */
  readonly consume: (batch: MessageBatch, actor: WorkerActor) => Promise<void>;
  readonly onWorker: (actor: WorkerActor) => void;
  readonly find: (name: string) => Queue;
}

/** What became of every message of a queue. */
export interface QueueCounts {
  accepted: number;
  acknowledged: number;
  /** Given up after the retries and moved to the dead-letter queue. */
  dead: number;
  /** Given up without one: gone. */
  dropped: number;
}

/** A queue: at least once, in no order, sometimes twice, sometimes late. */
export class Queue {
  readonly config: QueueConfig;
  readonly counts: QueueCounts = { accepted: 0, acknowledged: 0, dead: 0, dropped: 0 };
  /** Ids of everything that was ever accepted, for dead-letter queues to be compared with what was archived. */
  readonly acceptedIds: string[] = [];
  readonly #parts: QueueParts;
  readonly #waiting = new Map<string, Message>();

  constructor(config: QueueConfig, parts: QueueParts) {
    this.config = config;
    this.#parts = parts;
  }

  /** Messages that are neither acknowledged nor given up. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** The binding that a worker or an object sends with. */
  producer(actor: Actor): Queue_ {
    const send = (body: unknown, options?: { readonly delaySeconds?: number }): Promise<unknown> => {
      const copy = cloned(body);
      return this.#parts.network.call(actor, `send ${this.config.name}`, (reply) => {
        this.accept(copy, (options?.delaySeconds ?? 0) * 1_000);
        reply(undefined);
      });
    };
    return { send };
  }

  accept(body: unknown, delayMs: number): void {
    const id = `${this.config.name}-${++this.counts.accepted}`;
    this.acceptedIds.push(id);
    this.#waiting.set(id, { id, body, atMs: this.#parts.now(), attempts: 0 });
    const { network } = this.#parts;
    this.#plan(id, delayMs);
    if (network.chance(network.rates.queueDuplicate)) this.#plan(id, delayMs + network.int(10_000));
  }

  /** Nothing is late any more. */
  calm(): void {
    for (const id of this.#waiting.keys()) this.#plan(id, 0);
  }

  #plan(id: string, delayMs: number): void {
    const { scheduler, network } = this.#parts;
    const { queueMaxDelayMs } = network.rates;
    const extraMs = queueMaxDelayMs > 0 && network.chance(0.1) ? network.int(queueMaxDelayMs) : network.int(50);
    scheduler.after(
      delayMs + extraMs,
      `deliver ${this.config.name}`,
      () => this.#deliver(id),
      () => !this.#waiting.has(id),
    );
  }

  #deliver(id: string): void {
    const first = this.#waiting.get(id);
    if (first === undefined) return;
    const { network, consume, onWorker } = this.#parts;
    const others = network.int(4) === 0 ? [...this.#waiting.values()].filter((one) => one !== first).slice(0, MAX_BATCH - 1) : [];
    const taken = [first, ...others];
    const settled = new Map<string, { readonly retryAfterS: number | null }>();
    for (const message of taken) message.attempts++;
    let isOver = false;
    const finish = (isFailed: boolean): void => {
      if (isOver) return;
      isOver = true;
      for (const message of taken) {
        const own = settled.get(message.id);
        if (own === undefined ? !isFailed : own.retryAfterS === null) this.#acknowledge(message);
        else this.#again(message, own?.retryAfterS ?? this.config.retryDelayS);
      }
    };
    const actor = new WorkerActor(`consumer of ${this.config.name}`, () => finish(true));
    onWorker(actor);
    const ack = (message: Message): void => {
      if (actor.isAlive() && !settled.has(message.id)) settled.set(message.id, { retryAfterS: null });
    };
    const retry = (message: Message, delayS: number | undefined): void => {
      if (actor.isAlive() && !settled.has(message.id)) settled.set(message.id, { retryAfterS: delayS ?? this.config.retryDelayS });
    };
    const batch = {
      queue: this.config.name,
      messages: taken.map((message) => ({
        id: message.id,
        timestamp: { getTime: () => message.atMs },
        body: cloned(message.body),
        attempts: message.attempts,
        ack: () => ack(message),
        retry: (options?: { readonly delaySeconds?: number }) => retry(message, options?.delaySeconds),
      })),
      ackAll: () => taken.forEach(ack),
      retryAll: (options?: { readonly delaySeconds?: number }) => {
        for (const message of taken) retry(message, options?.delaySeconds);
      },
    } as unknown as MessageBatch;
    const end = (isFailed: boolean): void => {
      if (!actor.isAlive()) return;
      actor.end();
      finish(isFailed);
    };
    void consume(batch, actor).then(
      () => end(false),
      () => end(true),
    );
  }

  #acknowledge(message: Message): void {
    if (this.#waiting.delete(message.id)) this.counts.acknowledged++;
  }

  #again(message: Message, delayS: number): void {
    if (!this.#waiting.has(message.id)) return;
    if (message.attempts <= this.config.maxRetries) {
      this.#plan(message.id, delayS * 1_000);
      return;
    }
    this.#waiting.delete(message.id);
    const { deadLetterQueue } = this.config;
    if (deadLetterQueue === null) this.counts.dropped++;
    else {
      this.counts.dead++;
      this.#parts.find(deadLetterQueue).accept(message.body, 0);
    }
  }
}

/** The part of a queue binding that the engine uses. */
interface Queue_ {
  send(body: unknown, options?: { readonly delaySeconds?: number }): Promise<unknown>;
}
