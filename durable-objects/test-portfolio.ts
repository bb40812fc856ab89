import type { JournalEntry } from "../domain/journal/entry.ts";
import { ok, type Result, refuse } from "../domain/result.ts";
import type { PositionAccount } from "../domain/trading/portfolio-adopt.ts";
import type { WalletReading } from "../domain/trading/portfolio-reconcile.ts";
import type { PositionPlan, PositionState } from "../domain/trading/position-state.ts";
import { plannedPosition } from "../domain/trading/position-state.ts";
import { NOW_MS } from "../domain/trading/test-fixtures.ts";
import { MemoryStorage } from "../simulator/storage/memory-storage.ts";
import { noteRecorded, recordedPositions } from "./core/journal-positions.ts";
import { PortfolioCore } from "./core/portfolio-core.ts";
import type { Host } from "./host/host.ts";

/** A position's object as far as its portfolio sees it. */
export class FakePosition {
  state: PositionState | null = null;
  settlements: Omit<PositionAccount, "plan"> = { entry: null, exits: [] };
  isCancelled = false;
  isAway = false;
  starts = 0;
  watched = 0;
  isBusy = false;

  plan(): PositionPlan {
    if (this.state === null) throw new Error("not started");
    return this.state.plan;
  }
}

/** Runs a call when its test wills; at once by default. */
export type Pace = <T>(label: string, run: () => T) => Promise<T>;

/** Everything around one portfolio: its storage, the journal, positions, live control, the wallet. */
export class PortfolioWorld {
  storage = new MemoryStorage();
  nowMs = NOW_MS;
  readonly positions = new Map<string, FakePosition>();
  readonly journal = { entries: new Map<string, JournalEntry>(), isAway: false, newest: null as number | null };
  readonly incidents = new Map<string, string>();
  wallet: Result<WalletReading> = refuse("RPC_UNAVAILABLE");
  /** Runs while the wallet is being read. */
  onWalletRead: () => void = () => {};
  readonly asked: Array<readonly string[]> = [];
  background: Promise<unknown>[] = [];
  core: PortfolioCore;
  readonly #pace: Pace;

  constructor(pace: Pace = async (_label, run) => run()) {
    this.#pace = pace;
    this.core = this.#start();
  }

  /** The object dies and comes back; what was not durable is gone. */
  restart(): void {
    this.storage.crash();
    this.core = this.#start();
  }

  /** Everything written is on disk, and what goes on behind an answer is done. */
  async rest(): Promise<void> {
    for (let i = 0; i < 5; i++) {
      const background = this.background;
      this.background = [];
      await Promise.all(background);
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.storage.sync();
  }

  /** Rings the object's alarm as often as it is due within `ms`. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (let dueMs = this.storage.alarmMs; dueMs !== null && dueMs <= untilMs; dueMs = this.storage.alarmMs) {
      this.nowMs = Math.max(this.nowMs, dueMs);
      await this.core.alarm();
      await this.rest();
    }
    this.nowMs = untilMs;
  }

  position(positionId: string): FakePosition {
    let position = this.positions.get(positionId);
    if (position === undefined) {
      position = new FakePosition();
      this.positions.set(positionId, position);
    }
    return position;
  }

  /** Wallet that holds exactly what the books say. */
  async walletOfBooks(extraLamports = 0n): Promise<Result<WalletReading>> {
    const status = await this.core.status();
    if (status === null) throw new Error("not open");
    const tokens = new Map<string, bigint>();
    for (const { state } of this.positions.values()) if (state !== null) tokens.set(state.plan.signal.mint, state.heldBase);
    return ok({ lamports: BigInt(status.cashLamports) + BigInt(status.reservedLamports) + extraLamports, tokens });
  }

  #start(): PortfolioCore {
    const host: Host = {
      storage: this.storage,
      now: () => this.nowMs,
      background: (work) => void this.background.push(work.catch(() => {})),
    };
    const readWallet = (mints: readonly string[]) => {
      this.asked.push(mints);
      this.onWalletRead();
      return this.#pace("wallet", () => this.wallet);
    };
    return new PortfolioCore(host, this.#env(), { readWallet });
  }

  #env(): Env {
    const namespace = (of: (name: string) => object) => ({ idFromName: (name: string) => name, get: (name: string) => of(name) });
    const env = {
      REPLAY_CLOCK: "off",
      JOURNAL: namespace(() => this.#journalStub()),
      POSITION: namespace((name) => this.#positionStub(name)),
      LIVE_CONTROL: namespace(() => this.#controlStub()),
    };
    return env as unknown as Env;
  }

  #journalStub(): object {
    const answer = <T>(label: string, run: () => T) =>
      this.#pace(label, () => {
        if (this.journal.isAway) throw new Error("the journal is away");
        return run();
      });
    return {
      append: (entries: readonly JournalEntry[]) =>
        answer("append", () => {
          for (const entry of entries) if (!this.journal.entries.has(entry.id)) this.journal.entries.set(entry.id, entry);
          return { head: this.journal.entries.size };
        }),
      positionsOf: (ledger: string) =>
        answer("positionsOf", () => {
          const rows = new MemoryStorage().table("rows");
          for (const entry of this.journal.entries.values()) noteRecorded(rows, entry);
          return recordedPositions(rows, ledger);
        }),
      newestOf: () =>
        answer(
          "newestOf",
          () => this.journal.newest ?? Math.max(0, ...[...this.journal.entries.keys()].map((id) => Number(id.split(":").at(-1)))),
        ),
    };
  }

  #positionStub(name: string): object {
    const position = this.position(name);
    const answer = <T>(label: string, run: () => T) =>
      this.#pace(`${label} ${name}`, () => {
        if (position.isAway) throw new Error("the position is away");
        return run();
      });
    return {
      start: (plan: PositionPlan) =>
        answer("start", () => {
          position.starts++;
          position.state ??= { ...plannedPosition(plan), status: "entering" };
        }),
      view: () => answer("view", () => position.state),
      account: () => answer("account", () => (position.state === null ? null : { plan: position.plan(), ...position.settlements })),
      watchdog: () =>
        answer("watchdog", () => {
          position.watched++;
          return position.isBusy;
        }),
      cancelEntry: () =>
        answer("cancel", () => {
          position.isCancelled = true;
        }),
      close: () => answer("close", () => {}),
    };
  }

  #controlStub(): object {
    return {
      raise: ({ subject, detail }: { subject: string; detail: string }) =>
        this.#pace("raise", () => void this.incidents.set(subject, detail)),
      clear: (_code: string, subject: string) => this.#pace("clear", () => void this.incidents.delete(subject)),
    };
  }
}
