import { DurableObject } from "cloudflare:workers";
import { WINDOW_ENTRIES } from "../adapters/r2/raw-tables.ts";
import { missingWindows, newestArchived, readArchived } from "../adapters/r2/segments.ts";
import type { JournalEntry, StoredEntry } from "../domain/journal/entry.ts";
import type { Result } from "../domain/result.ts";
import { JournalCore } from "./core/journal-core.ts";
import type { ExecutorClaim, ExecutorProgress, JournalHead, JournalState, ProjectionHold, RecoverStep } from "./core/journal-head.ts";
import type { MendRequest, PendingMend, SetAsideFile } from "./core/journal-mend.ts";
import type { RecordedPosition } from "./core/journal-positions.ts";
import { SqliteJournalStore } from "./core/journal-sqlite.ts";
import { hostOf } from "./host/sqlite-host.ts";

export type { ExecutorClaim, ExecutorProgress, JournalNudge } from "./core/journal-head.ts";

/** The one writer that numbers and chains journal entries; see `JournalCore`. */
export class Journal extends DurableObject<Env> {
  readonly #core: JournalCore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#core = new JournalCore(hostOf(ctx), new SqliteJournalStore(ctx.storage.sql), {
      archive: {
        newest: (fromSeq) => newestArchived(this.env.BUCKET, fromSeq),
        after: (seq) => readArchived(this.env.BUCKET, seq),
        missing: (seq) => missingWindows(this.env.BUCKET, seq),
      },
      nudge: async (message) => void (await this.env.TRADE_EVENTS.send(message)),
      windowEntries: WINDOW_ENTRIES,
    });
  }

  append(entries: readonly JournalEntry[]): Promise<{ head: number }> {
    return this.#core.append(entries);
  }

  read(afterSeq: number, limit: number): Promise<StoredEntry[]> {
    return this.#core.read(afterSeq, limit);
  }

  hashes(from: number, to: number): Promise<Array<{ seq: number; hash: string }>> {
    return this.#core.hashes(from, to);
  }

  hashAt(seq: number): Promise<string | null> {
    return this.#core.hashAt(seq);
  }

  head(): Promise<JournalHead> {
    return this.#core.head();
  }

  newestOf(ledger: string): Promise<number> {
    return this.#core.newestOf(ledger);
  }

  positionsOf(ledger: string): Promise<RecordedPosition[]> {
    return this.#core.positionsOf(ledger);
  }

  claimExecutor(nowMs: number): Promise<ExecutorClaim | null> {
    return this.#core.claimExecutor(nowMs);
  }

  ackExecutor(progress: ExecutorProgress): Promise<void> {
    return this.#core.ackExecutor(progress);
  }

  holdProjection(hold: Omit<ProjectionHold, "untilMs"> | null, forMs: number): Promise<void> {
    return this.#core.holdProjection(hold, forMs);
  }

  dropArchived(): Promise<number> {
    return this.#core.dropArchived();
  }

  recover(): Promise<Result<RecoverStep, "JOURNAL_BROKEN">> {
    return this.#core.recover();
  }

  beginMend(request: MendRequest): Promise<Result<PendingMend | null>> {
    return this.#core.beginMend(request);
  }

  noteSetAside(scanFrom: number, file: SetAsideFile | null): Promise<PendingMend> {
    return this.#core.noteSetAside(scanFrom, file);
  }

  finishMend(): Promise<JournalState> {
    return this.#core.finishMend();
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return this.#core.alarm(info);
  }

  watchdog(): Promise<void> {
    return this.#core.watchdog();
  }
}
