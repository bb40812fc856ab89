import { createRpc } from "../adapters/rpc/client.ts";
import { readPoolKeys, readPools } from "../adapters/rpc/read-market.ts";
import type { PoolKeys } from "../domain/trading/market.ts";
import type { PoolMark } from "../domain/trading/portfolio-state.ts";
import type { RugAlert } from "../domain/trading/rug-alert.ts";
import type { Address, UnixMs } from "../domain/units.ts";
import { MemoryStorage } from "../simulator/storage/memory-storage.ts";
import { MarketWatchCore } from "./core/market-watch-core.ts";
import type { PushWebhook } from "./core/push-list.ts";
import { type PositionWatch, TableWatchStore } from "./core/watch-store.ts";
import type { Host } from "./host/host.ts";
import { TestChain } from "./test-chain.ts";

/** An alarm whose handler failed rings again after this at the earliest (Cloudflare, Durable Objects alarms). */
const RETRY_MS = 2_000;

/** What one position heard, and how it answers. */
export class FakePosition {
  readonly marks: Array<{ readonly mark: PoolMark; readonly atMs: UnixMs }> = [];
  readonly alerts: RugAlert[] = [];
  wanted = true;
  /** Calls fail while set. */
  isDown = false;
  /** Calls stay unanswered while set. */
  hangs = false;
}

export class FakeBooks {
  readonly marks: PoolMark[][] = [];
  readonly failedPolls: number[] = [];
  isDown = false;
}

/**
 * A market watch on a clock that a test moves, over a chain of pools, with positions and books that
 * only listen. An alarm runs alone, as in a Durable Object.
 */
export class WatchRig {
  nowMs = 1_000_000;
  readonly chain = new TestChain();
  readonly storage: MemoryStorage;
  readonly positions = new Map<string, FakePosition>();
  readonly books = new Map<string, FakeBooks>();
  /** How long a read of pools takes on the test's clock. */
  readMs = 0;
  readonly reads: UnixMs[] = [];
  /** Reads under way at once, at most. */
  maxReading = 0;
  core: MarketWatchCore;
  readonly #webhook: PushWebhook | null;
  #reading = 0;

  constructor(webhook: PushWebhook | null = null, storage: MemoryStorage = strictStorage()) {
    this.#webhook = webhook;
    this.storage = storage;
    this.core = this.#make();
  }

  /** The object dies and comes back. */
  restart(): void {
    this.core = this.#make();
  }

  position(positionId: string): FakePosition {
    const known = this.positions.get(positionId) ?? new FakePosition();
    this.positions.set(positionId, known);
    return known;
  }

  booksOf(ledger: string): FakeBooks {
    const known = this.books.get(ledger) ?? new FakeBooks();
    this.books.set(ledger, known);
    return known;
  }

  /** Watches a position of a new pool. */
  async open(n: number, more: Partial<PositionWatch> = {}): Promise<{ readonly keys: PoolKeys; readonly position: FakePosition }> {
    const keys = this.chain.addPool(n);
    const positionId = `p${n}`;
    const answer = await this.core.watchPosition({ positionId, ledger: "paper-A", keys, intervalMs: 1_000, ...more });
    if (!answer.ok) throw new Error(answer.reason);
    return { keys, position: this.position(positionId) };
  }

  /** The runtime's own change of the alarm. */
  protected setAlarm(atMs: UnixMs | null): void {
    this.storage.setAlarm(atMs);
  }

  /** Lets time pass, alarm by alarm. One whose handler fails is set again, as the runtime does. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const dueMs = this.storage.alarmMs;
      if (dueMs === null || dueMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, dueMs);
      this.setAlarm(null);
      await this.core.alarm().catch(() => this.setAlarm(this.nowMs + RETRY_MS));
      await settle();
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  #make(): MarketWatchCore {
    const host: Host = { storage: this.storage, now: () => this.nowMs, background: (work) => void work.catch(() => {}) };
    const rpc = createRpc({ url: "http://rpc.test/", fetch: (request) => this.chain.answer(request) });
    const ports = {
      readPools: async (pools: Parameters<typeof readPools>[1]) => {
        this.reads.push(this.nowMs);
        this.maxReading = Math.max(this.maxReading, ++this.#reading);
        this.nowMs += this.readMs;
        this.chain.slot += 1;
        const read = await readPools(rpc, pools, () => this.nowMs);
        this.#reading--;
        return read;
      },
      readPoolKeys: (pools: Parameters<typeof readPoolKeys>[1]) => readPoolKeys(rpc, pools),
      webhook: this.#webhook,
      within: async (work: Promise<unknown>) => {
        await Promise.race([work.catch(() => {}), settle()]);
      },
    };
    return new MarketWatchCore(host, this.#env(), ports, new TableWatchStore(this.storage));
  }

  #env(): Env {
    const answerOf = <T>(position: FakePosition, answer: T): Promise<T> => {
      if (position.hangs) return new Promise(() => {});
      return position.isDown ? Promise.reject(new Error("down")) : Promise.resolve(answer);
    };
    const positionStub = (positionId: string) => {
      const position = this.position(positionId);
      return {
        onMark: async (mark: PoolMark) => {
          const answer = await answerOf(position, position.wanted);
          position.marks.push({ mark, atMs: this.nowMs });
          return answer;
        },
        onAlert: async (alert: RugAlert) => {
          position.alerts.push(alert);
          return answerOf(position, position.wanted);
        },
      };
    };
    const booksStub = (ledger: string) => {
      const books = this.booksOf(ledger);
      const answer = () => (books.isDown ? Promise.reject(new Error("down")) : Promise.resolve());
      return {
        mark: async (marks: PoolMark[]) => {
          await answer();
          books.marks.push(marks);
        },
        health: async ({ failedPolls }: { failedPolls: number }) => {
          await answer();
          books.failedPolls.push(failedPolls);
        },
      };
    };
    const namespace = (get: (name: string) => unknown) => ({ idFromName: (name: string) => name, get });
    return { POSITION: namespace(positionStub), PORTFOLIO: namespace(booksStub) } as unknown as Env;
  }
}

function strictStorage(): MemoryStorage {
  return new MemoryStorage({
    onDirty: () => {},
    onAlarm: (atMs) => {
      // As the runtime does.
      if (atMs !== null && atMs <= 0) throw new TypeError("setAlarm() cannot be called with an alarm time <= 0");
    },
  });
}

/** Lets everything that needs no clock go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A webhook whose provider keeps the list. */
export class FakeWebhook implements PushWebhook {
  listed: readonly Address[] = [];
  readonly calls: string[] = [];
  isDown = false;

  async read() {
    this.calls.push("read");
    return this.isDown ? ({ ok: false, reason: "UPSTREAM_FAILED" } as const) : ({ ok: true, value: this.listed } as const);
  }

  async edit(addresses: readonly Address[]) {
    this.calls.push("edit");
    if (this.isDown) return { ok: false, reason: "UPSTREAM_FAILED" } as const;
    this.listed = addresses;
    return { ok: true, value: addresses } as const;
  }
}
