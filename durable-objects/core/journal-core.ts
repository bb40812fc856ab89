import { canonicalJson } from "../../domain/journal/canonical-json.ts";
import { appendEntries, type ChainHead, GENESIS, verifyChain } from "../../domain/journal/chain.ts";
import type { JournalEntry, StoredEntry } from "../../domain/journal/entry.ts";
import { ledgerNumberOf } from "../../domain/journal/ledger-number.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { AlarmRun, Host, Table } from "../host/host.ts";
import type {
  ExecutorClaim,
  ExecutorProgress,
  JournalHead,
  JournalNudge,
  JournalState,
  ProjectionHold,
  RecoverStep,
} from "./journal-head.ts";
import { JournalMend, type MendRequest, type PendingMend, type SetAsideFile } from "./journal-mend.ts";
import { noteRecorded, type RecordedPosition, recordedPositions } from "./journal-positions.ts";
import type { JournalStore } from "./journal-store.ts";

/** Bounds of one read: the answer must stay far below the 32 MiB of one RPC call. */
const READ_MAX_ENTRIES = 1_000;
const READ_MAX_BYTES = 4 * 1024 * 1024;
/** An unanswered nudge is repeated: local queues lose messages, and a consumer may die. */
export const RENUDGE_MS = 5_000;
/** One Executor works at a time; one that died is replaced after this. */
export const LEASE_MS = 20_000;
/** People are told again of a journal that refuses entries after this. */
const TELL_AGAIN_MS = 3_600_000;
/** Bodies that are on R2 are dropped beyond this (an object holds 10 GB). */
const DATABASE_TARGET_BYTES = 4 * 1024 ** 3;
/** Bodies dropped by one acknowledgement: whole archive windows, so that a window is here or on R2. */
export const DROP_ENTRIES = 1_000;

/** The journal on R2, as the Journal reads it. Rejects when R2 does not answer. */
export interface JournalArchive {
  /** Newest archived entry among windows from that of `fromSeq` on; null when there is none. */
  newest(fromSeq: number): Promise<ChainHead | null>;
  /** Archived entries that follow `seq`, bounded; empty when there are none. */
  after(seq: number): Promise<readonly StoredEntry[]>;
  /** Ranges of entries up to `seq` of which R2 has nothing, in order. */
  missing(seq: number): Promise<ReadonlyArray<{ readonly from: number; readonly to: number }>>;
}

export interface JournalPorts {
  readonly archive: JournalArchive;
  /** Calls the Executor. */
  nudge(message: JournalNudge): Promise<void>;
  /** Entries per archive window. */
  readonly windowEntries: number;
}

/**
 * The one writer that numbers and chains journal entries; the Executor pulls ranges from it. Before the
 * first entry of its life it compares itself with R2: an object that was restored to an earlier point,
 * or lost, would give numbers a second time.
 */
export class JournalCore {
  readonly #host: Host;
  readonly #store: JournalStore;
  readonly #ports: JournalPorts;
  readonly #cursors: Table;
  readonly #numbers: Table;
  readonly #positions: Table;
  readonly #mend: JournalMend;
  #state: JournalState = "unchecked";
  #checking: Promise<void> | null = null;
  #alarmAtMs: UnixMs = 0;
  /** A nudge was sent and the Executor has not caught up since: it pulls up to the head by itself. */
  #nudged = false;

  constructor(host: Host, store: JournalStore, ports: JournalPorts) {
    this.#host = host;
    this.#store = store;
    this.#ports = ports;
    this.#cursors = host.storage.table("cursors");
    this.#numbers = host.storage.table("ledger_numbers");
    this.#positions = host.storage.table("ledger_positions");
    this.#mend = new JournalMend({
      cursors: this.#cursors,
      numbers: this.#numbers,
      positions: this.#positions,
      head: () => store.head(),
      hashAt: (seq) => this.#hashAt(seq),
      archived: (afterSeq) => ports.archive.after(afterSeq),
    });
  }

  /**
   * Appends entries in order, each id once: a repeated id keeps the first entry. Returns the head
   * after them. Rejects while R2 cannot be read for the first comparison, and while it shows that this
   * object lacks entries: whoever has entries keeps them.
   */
  async append(entries: readonly JournalEntry[]): Promise<{ head: number }> {
    if (this.#state !== "open") await this.#mustBeOpen();
    // From here on without an `await`, so that calls cannot interleave.
    const links = appendEntries(this.#store.head(), entries, (id) => this.#store.isKnown(id));
    if (links.length > 0) {
      // The alarm first: without it nobody would be called for entries that are in.
      this.#arm();
      this.#host.storage.transaction(() => this.#add(links));
      if (!this.#nudged) this.#host.background(this.#nudge(this.#store.head().seq));
    }
    return { head: this.#store.head().seq };
  }

  /**
   * Entries after `afterSeq` in order: at most `limit`, and about 4 MiB of JSON (always at least one
   * if there is one). Throws if the range was dropped here; then it is on R2 only.
   */
  async read(afterSeq: number, limit: number): Promise<StoredEntry[]> {
    const links: StoredEntry[] = [];
    let prevHash = this.#hashAt(afterSeq);
    let bytes = 0;
    for (const { seq, hash, body } of this.#store.after(afterSeq, Math.min(limit, READ_MAX_ENTRIES))) {
      if (body === null) throw new Error(`journal entry ${seq} is archived: read it from R2`);
      bytes += body.length;
      if (links.length > 0 && bytes > READ_MAX_BYTES) break;
      links.push({ seq, hash, prevHash: prevHash ?? "", entry: JSON.parse(body) as JournalEntry });
      prevHash = hash;
    }
    return links;
  }

  /** Hashes of the entries from `from` to `to`, at most 1,000: what a copy of the journal is compared with. */
  async hashes(from: number, to: number): Promise<Array<{ seq: number; hash: string }>> {
    const hashes: Array<{ seq: number; hash: string }> = [];
    for (const { seq, hash } of this.#store.after(from - 1, Math.min(to - from + 1, READ_MAX_ENTRIES))) hashes.push({ seq, hash });
    return hashes;
  }

  /** The hash of an entry; that of the empty journal for 0, null for an entry that is not there. */
  async hashAt(seq: number): Promise<string | null> {
    return this.#hashAt(seq);
  }

  /** The newest sequence number and hash, how far the Executor has come, and whether entries are taken. */
  async head(): Promise<JournalHead> {
    const head = this.#store.head();
    const archivedSeq = this.#cursor("archive");
    const goneTo = this.#cursor("gone-to");
    return {
      ...head,
      state: this.#state,
      executorSeq: this.#cursor("executor"),
      publishedSeq: this.#cursor("published"),
      archivedSeq,
      droppedSeq: this.#cursor("dropped"),
      unarchivedSinceMs: this.#store.at(archivedSeq + 1)?.atMs ?? null,
      hold: this.#hold(),
      gone: goneTo === 0 ? null : { from: this.#cursor("gone-from"), to: goneTo },
      mend: this.#mend.pending(),
    };
  }

  /**
   * The highest number that a ledger has given a record of its own, as far as the journal has it; 0
   * when it has none. Rejects while the journal does not take entries: it may lack the newest.
   */
  async newestOf(ledger: string): Promise<number> {
    await this.#mustBeOpen();
    return Number(this.#numbers.get(ledger) ?? 0);
  }

  /**
   * Every position of a ledger that the journal has a record of, the first of them first: what books
   * that were restored have to be reminded of. Rejects while the journal does not take entries.
   */
  async positionsOf(ledger: string): Promise<RecordedPosition[]> {
    await this.#mustBeOpen();
    return recordedPositions(this.#positions, ledger);
  }

  /** Lets one Executor work; null while another one does. */
  async claimExecutor(nowMs: UnixMs): Promise<ExecutorClaim | null> {
    // An Executor that went on from where the archive was would hide that R2 has lost what came before.
    await this.#check().catch((error: unknown) => console.warn("journal: not compared with R2 yet", String(error)));
    // A lease that ends later than any can was given before the clock went back: it holds nobody up.
    const heldUntilMs = this.#cursor("lease");
    if (heldUntilMs > nowMs && heldUntilMs <= nowMs + LEASE_MS) return null;
    const lease = nowMs + LEASE_MS;
    // A lease that its Executor never hears of would hold up all others.
    const alert = this.#host.storage.transaction(() => {
      this.#setCursor("lease", lease);
      return this.#alert(nowMs);
    });
    return {
      lease,
      head: this.#store.head().seq,
      state: this.#state,
      executorSeq: this.#cursor("executor"),
      publishedSeq: this.#cursor("published"),
      archivedSeq: this.#cursor("archive"),
      archivedAtMs: this.#cursor("archived-at"),
      droppedSeq: this.#cursor("dropped"),
      projectUpTo: this.#hold()?.limit ?? null,
      alert,
    };
  }

  /** Takes the progress of the Executor that holds the lease and ends the lease; an older holder's is ignored. */
  async ackExecutor(progress: ExecutorProgress): Promise<void> {
    if (progress.lease !== this.#cursor("lease")) return;
    const head = this.#store.head().seq;
    const isFurther = progress.executorSeq > this.#cursor("executor") || progress.publishedSeq > this.#cursor("published");
    this.#host.storage.transaction(() => {
      this.#setCursor("lease", 0);
      this.#setCursor("executor", Math.min(progress.executorSeq, head));
      this.#setCursor("published", Math.min(progress.publishedSeq, head));
      // What was found lost on R2 meanwhile is archived again, whatever this Executor went on from.
      if (progress.lease !== this.#cursor("mended-in")) this.#setCursor("archive", Math.min(progress.archivedSeq, head));
      this.#setCursor("archived-at", progress.archivedAtMs);
      if (this.#store.bytes() > DATABASE_TARGET_BYTES) this.#drop();
    });
    this.#nudged = false;
    // An Executor that got nowhere is left to the alarm: a database that is away must not be hammered.
    if (isFurther && head > progress.executorSeq) await this.#nudge(head);
  }

  /**
   * Keeps the projection where it is for a while, so that D1 can be compared or rebuilt at one point of
   * the journal; null lets it go on. Archive and notifications go on meanwhile.
   */
  async holdProjection(hold: Omit<ProjectionHold, "untilMs"> | null, forMs: number): Promise<void> {
    this.#cursors.put(
      "hold",
      JSON.stringify(hold === null ? null : { ...hold, sinceMs: this.#host.now(), untilMs: this.#host.now() + forMs }),
    );
    if (hold === null && this.#isBehind()) await this.#nudge(this.#store.head().seq);
  }

  /** Drops bodies that are on R2, oldest windows first. @returns up to where they are dropped now. */
  async dropArchived(): Promise<number> {
    this.#host.storage.transaction(() => this.#drop());
    return this.#cursor("dropped");
  }

  /**
   * Brings in the next entries that R2 has and this object lacks, verified against the chain; to be
   * called until nothing is imported and the state is "open". Then it also looks for windows that R2
   * lost: they are archived again. Refuses with JOURNAL_BROKEN when R2 does not go on where this object
   * ends: that is mended. Rejects when R2 does not answer.
   */
  async recover(): Promise<Result<RecoverStep, "JOURNAL_BROKEN">> {
    if (this.#state !== "open") await this.#check();
    if (this.#state !== "behind") {
      if (this.#state === "open") await this.#mendArchive();
      return ok({ state: this.#state, head: this.#store.head().seq, imported: 0 });
    }
    const archived = await this.#ports.archive.after(this.#store.head().seq);
    const head = this.#store.head();
    const fresh = archived.filter((link) => link.seq > head.seq);
    const verified = verifyChain(fresh, head);
    if (!verified.ok) return { ...verified, detail: `${verified.detail}: see sniper journal mend` };
    if (fresh.length === 0) {
      this.#state = "unchecked";
      await this.#check();
    } else {
      this.#host.storage.transaction(() => this.#import(fresh, verified.value.seq));
    }
    return ok({ state: this.#state, head: this.#store.head().seq, imported: fresh.length });
  }

  /** Begins to mend an archive that forks, see `JournalMend.begin`; no entry is taken until `finishMend`. Rejects when R2 does not answer. */
  async beginMend(request: MendRequest): Promise<Result<PendingMend | null>> {
    await this.#check();
    const begun = await this.#mend.begin(request, this.#host.now());
    if (begun.ok && begun.value !== null) this.#state = "forked";
    return begun;
  }

  /** Remembers what a file that was set aside tells of, before it is deleted from the archive. @returns the mend as it stands. */
  async noteSetAside(scanFrom: number, file: SetAsideFile | null): Promise<PendingMend> {
    const pending = this.#mend.pending();
    if (pending === null) throw new Error("no mend is under way");
    return this.#host.storage.transaction(() => this.#mend.note(pending, scanFrom, file));
  }

  /**
   * Ends a mend whose files are set aside and whose ledgers have stopped: it is recorded, what is missing on R2 now is
   * archived again, and entries are taken. Rejects when R2 does not answer; then it is asked for again.
   */
  async finishMend(): Promise<JournalState> {
    // Before the record: once that is in, nobody would look for gaps in the archive.
    if (this.#mend.pending() !== null) await this.#mendArchive();
    const pending = this.#mend.pending();
    if (pending !== null) {
      this.#arm();
      this.#host.storage.transaction(() => {
        const record = this.#mend.end(pending, this.#host.now());
        this.#add(appendEntries(this.#store.head(), [record], (id) => this.#store.isKnown(id)));
      });
      this.#state = "unchecked";
    }
    await this.#check();
    return this.#state;
  }

  /** Repeats the nudge while the Executor is behind with its projection or its archive. */
  async alarm(_run?: AlarmRun): Promise<void> {
    this.#alarmAtMs = 0;
    if (!this.#isBehind()) return;
    // Armed before the send, so that a failing send cannot use up the alarm's retries.
    this.#arm();
    await this.#nudge(this.#store.head().seq);
  }

  /** Re-arms a lost alarm and makes the comparison with R2 that is still due; called by the cron. */
  async watchdog(): Promise<void> {
    if (this.#isBehind()) {
      this.#alarmAtMs = 0;
      this.#arm();
    }
    if (this.#state === "unchecked") await this.#check();
  }

  async #mustBeOpen(): Promise<void> {
    await this.#check();
    if (this.#state !== "open")
      throw new Error(`the journal is ${this.#state} its archive: run sniper journal ${this.#state === "forked" ? "mend" : "recover"}`);
  }

  /** Compares the object with R2, once per life unless it failed. */
  async #check(): Promise<void> {
    if (this.#state !== "unchecked") return;
    this.#checking ??= this.#compare().finally(() => {
      this.#checking = null;
    });
    await this.#checking;
  }

  async #compare(): Promise<void> {
    if (this.#mend.pending() !== null) {
      this.#state = "forked";
      return;
    }
    const archivedSeq = this.#cursor("archive");
    const newest = await this.#ports.archive.newest(Math.max(1, archivedSeq));
    const head = this.#store.head();
    if (newest !== null && newest.seq > head.seq) {
      this.#state = "behind";
      console.error(`journal: R2 goes to ${newest.seq}, this object to ${head.seq}: entries are refused until it is recovered`);
      return;
    }
    if (newest !== null && this.#hashAt(newest.seq) !== newest.hash) {
      this.#state = "forked";
      console.error(`journal: entry ${newest.seq} on R2 is another one: entries are refused`);
      return;
    }
    if ((newest?.seq ?? 0) < archivedSeq) await this.#mendArchive(newest?.seq ?? 0);
    this.#state = "open";
  }

  /** Where R2 has lost what it had, what is still here goes out again; what was dropped here is gone. */
  async #mendArchive(endSeq = Number.POSITIVE_INFINITY): Promise<void> {
    const archivedSeq = this.#cursor("archive");
    const missing = archivedSeq === 0 ? [] : await this.#ports.archive.missing(archivedSeq);
    const dropped = this.#cursor("dropped");
    const gone = missing.filter(({ from }) => from <= dropped);
    const again = missing.find(({ to }) => to > dropped);
    const seq = Math.max(dropped, Math.min(endSeq, again === undefined ? archivedSeq : again.from - 1));
    this.#host.storage.transaction(() => {
      this.#setCursor("gone-from", gone[0]?.from ?? 0);
      this.#setCursor("gone-to", Math.min(gone.at(-1)?.to ?? 0, dropped));
      if (seq >= this.#cursor("archive")) return;
      this.#setCursor("archive", seq);
      this.#setCursor("mended-in", this.#cursor("lease"));
    });
    if (seq < archivedSeq) {
      console.error(`journal: R2 has lost entries after ${seq}: they are archived again`);
      this.#arm();
    }
  }

  #add(links: readonly StoredEntry[]): void {
    const atMs = this.#host.now();
    for (const { seq, hash, entry } of links) {
      this.#store.add({ seq, id: entry.id, hash, atMs, body: canonicalJson(entry) });
      const numbered = ledgerNumberOf(entry);
      if (numbered !== null && numbered.n > Number(this.#numbers.get(numbered.ledger) ?? 0)) {
        this.#numbers.put(numbered.ledger, String(numbered.n));
      }
      noteRecorded(this.#positions, entry);
    }
  }

  /** What comes from R2 was archived, and told, in an earlier life. */
  #import(links: readonly StoredEntry[], seq: number): void {
    this.#add(links);
    this.#setCursor("archive", seq);
    this.#setCursor("published", seq);
    if (this.#store.bytes() > DATABASE_TARGET_BYTES) this.#drop();
  }

  #drop(): void {
    const { windowEntries } = this.#ports;
    const dropped = this.#cursor("dropped");
    const whole = Math.floor(this.#cursor("archive") / windowEntries) * windowEntries;
    const target = Math.min(whole, dropped + DROP_ENTRIES);
    if (target <= dropped) return;
    this.#store.dropBodies(target);
    this.#setCursor("dropped", target);
  }

  /** A journal that refuses entries cannot tell of it by an entry. */
  #alert(nowMs: UnixMs): ExecutorClaim["alert"] {
    const told = JSON.parse(this.#cursors.get("told") ?? "null") as { state: JournalState; atMs: UnixMs } | null;
    if (this.#state === "behind" || this.#state === "forked") {
      if (told?.state === this.#state && Math.abs(nowMs - told.atMs) < TELL_AGAIN_MS) return null;
      this.#cursors.put("told", JSON.stringify({ state: this.#state, atMs: nowMs }));
      return this.#state;
    }
    if (told === null || this.#state !== "open") return null;
    this.#cursors.delete("told");
    return "open";
  }

  #isBehind(): boolean {
    return this.#store.head().seq > Math.min(this.#cursor("executor"), this.#cursor("published"), this.#cursor("archive"));
  }

  #hold(): ProjectionHold | null {
    const kept = JSON.parse(this.#cursors.get("hold") ?? "null") as (ProjectionHold & { sinceMs: UnixMs }) | null;
    const nowMs = this.#host.now();
    if (kept === null || nowMs < kept.sinceMs || nowMs >= kept.untilMs) return null;
    const { sinceMs: _, ...hold } = kept;
    return hold;
  }

  #arm(): void {
    const nowMs = this.#host.now();
    if (this.#alarmAtMs > nowMs && this.#alarmAtMs <= nowMs + RENUDGE_MS) return;
    const atMs = nowMs + RENUDGE_MS;
    this.#host.storage.setAlarm(atMs);
    this.#alarmAtMs = atMs;
  }

  async #nudge(head: number): Promise<void> {
    this.#nudged = true;
    try {
      await this.#ports.nudge({ type: "journal", head });
    } catch (error) {
      console.warn("journal nudge failed, the alarm repeats it", String(error));
    }
  }

  #hashAt(seq: number): string | null {
    return seq === 0 ? GENESIS.hash : (this.#store.at(seq)?.hash ?? null);
  }

  #cursor(name: string): number {
    return Number(this.#cursors.get(name) ?? 0);
  }

  #setCursor(name: string, value: number): void {
    this.#cursors.put(name, String(value));
  }
}
