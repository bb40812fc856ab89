import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { verifyChain } from "../../domain/journal/chain.ts";
import type { JournalEntry, StoredEntry } from "../../domain/journal/entry.ts";
import { sampleEquity } from "../../domain/journal/sample-entries.ts";
import { MemoryJournalStore } from "../../simulator/storage/journal-store.ts";
import { MemoryStorage } from "../../simulator/storage/memory-storage.ts";
import { JournalCore, type JournalPorts, LEASE_MS } from "./journal-core.ts";

const NOW_MS = 1_790_000_000_000;
const WINDOW = 4;

function entry(n: number): JournalEntry {
  return sampleEquity(`equity:paper-A:${n}`);
}

/** The journal as R2 holds it, in windows of four. */
class Archive {
  entries: StoredEntry[] = [];
  isAway = false;

  readonly ports: JournalPorts = {
    windowEntries: WINDOW,
    nudge: async () => {},
    archive: {
      newest: async (fromSeq) => {
        if (this.isAway) throw new Error("R2 is away");
        const first = fromSeq - ((fromSeq - 1) % WINDOW);
        const last = this.entries.at(-1);
        return last === undefined || last.seq < first ? null : { seq: last.seq, hash: last.hash };
      },
      after: async (seq) => this.entries.filter((link) => link.seq > seq && link.seq <= seq + WINDOW),
      missing: async (seq) => {
        const end = this.entries.at(-1)?.seq ?? 0;
        return end < seq ? [{ from: end + 1, to: seq }] : [];
      },
    },
  };
}

/** A core over storage that was left by an earlier life with these entries, archived and told up to `archivedSeq`. */
async function coreAt(archive: Archive, count: number, archivedSeq: number): Promise<JournalCore> {
  const host = { storage: new MemoryStorage(), now: () => NOW_MS, background: () => {} };
  const store = new MemoryJournalStore(host.storage);
  const earlier = new JournalCore(host, store, new Archive().ports);
  for (let n = 1; n <= count; n++) await earlier.append([entry(n)]);
  const claim = await earlier.claimExecutor(NOW_MS);
  if (claim === null) throw new Error("no lease");
  await earlier.ackExecutor({ ...claim, archivedSeq, publishedSeq: count, executorSeq: count });
  return new JournalCore(host, store, archive.ports);
}

/** Copies everything to R2, and tells the journal so. */
async function archiveAll(core: JournalCore, archive: Archive): Promise<void> {
  const links = await core.read(0, 1_000);
  archive.entries = [...links];
  const claim = await core.claimExecutor(NOW_MS);
  if (claim !== null) await core.ackExecutor({ ...claim, archivedSeq: links.length, archivedAtMs: NOW_MS });
}

beforeEach(() => void vi.spyOn(console, "error").mockImplementation(() => {}));
afterEach(() => vi.restoreAllMocks());

describe("a journal and its archive", () => {
  test("whatever point the object is restored to, no number is given twice and nothing archived is lost", async () => {
    const counts = fc.record({
      archived: fc.integer({ min: 0, max: 30 }),
      kept: fc.integer({ min: 0, max: 30 }),
      more: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(counts, async ({ archived, kept, more }) => {
        const archive = new Archive();
        await archiveAll(await coreAt(archive, archived, 0), archive);
        const before = [...archive.entries];
        // The restored object remembers an archive that was no longer than itself.
        const core = await coreAt(archive, kept, Math.min(kept, archived));
        const isBehind = kept < archived;
        if (isBehind) {
          await expect(core.append([entry(100)])).rejects.toThrow("behind");
          await expect(core.newestOf("paper-A")).rejects.toThrow("behind");
          expect((await core.head()).seq).toBe(kept);
          for (let imported = 1; imported > 0; ) {
            const step = await core.recover();
            imported = step.ok ? step.value.imported : 0;
          }
        }
        expect(await core.newestOf("paper-A")).toBe(Math.max(archived, kept));
        const added = Array.from({ length: more }, (_, i) => entry(Math.max(archived, kept) + i));
        await core.append(added);
        const links = await core.read(0, 1_000);
        expect(links.slice(0, archived)).toEqual(before);
        expect(verifyChain(links).ok).toBe(true);
        // The first of them was appended before: its id is known, unless nothing was.
        expect(links).toHaveLength(Math.max(archived, kept) === 0 ? more : Math.max(archived, kept) + more - 1);
      }),
      { numRuns: 60 },
    );
  });

  test("an archive with other entries is no base: nothing is taken, and recovery does not mix them", async () => {
    const archive = new Archive();
    const other = await coreAt(archive, 0, 0);
    await other.append([sampleEquity("equity:paper-A:1", { cashLamports: "1" }), entry(2)]);
    await archiveAll(other, archive);
    const forked = await coreAt(archive, 6, 2);
    await expect(forked.append([entry(7)])).rejects.toThrow("forked");
    expect(await forked.recover()).toMatchObject({ ok: true, value: { state: "forked", imported: 0 } });

    const shorter = await coreAt(archive, 1, 0);
    await expect(shorter.append([entry(7)])).rejects.toThrow("behind");
    expect(await shorter.recover()).toMatchObject({ ok: false, reason: "JOURNAL_BROKEN" });
    expect((await shorter.head()).seq).toBe(1);
  });

  test("a fork is mended: what only the branch names is remembered, the chain stands, and it is recorded once", async () => {
    const archive = new Archive();
    const other = await coreAt(archive, 2, 0);
    await other.append([sampleEquity("equity:paper-A:90"), entry(91)]);
    await archiveAll(other, archive);
    const core = await coreAt(archive, 6, 2);
    const before = await core.read(0, 100);
    await expect(core.append([entry(7)])).rejects.toThrow("sniper journal mend");
    const request = { forkSeq: 3, forkHash: archive.entries[2]?.hash ?? "", author: "ann", note: "why" };
    for (const wrong of [
      { ...request, forkSeq: 2 },
      { ...request, forkSeq: 9 },
      { ...request, forkHash: "0".repeat(64) },
    ]) {
      expect(await core.beginMend(wrong)).toMatchObject({ ok: false, reason: "JOURNAL_BROKEN" });
    }
    expect((await core.head()).mend).toBeNull();

    expect(await core.beginMend(request)).toMatchObject({ ok: true, value: { forkSeq: 3, files: 0 } });
    expect(await core.beginMend({ ...request, forkSeq: 4 })).toMatchObject({ ok: false, reason: "JOURNAL_FORKED" });
    const ledgers = [{ ledger: "paper-A", newest: 91, positionIds: ["p1", "p2"] }] as const;
    const file = { key: "kept", sha256: "abc", entries: 2, ledgers };
    await core.noteSetAside(3, file);
    // Asked again after a death before the file was deleted.
    expect(await core.noteSetAside(5, file)).toMatchObject({
      files: 1,
      entries: 2,
      positions: 2,
      ledgers: [{ ledger: "paper-A", newest: 91 }],
    });
    archive.entries = archive.entries.slice(0, 2);
    await expect(core.append([entry(7)])).rejects.toThrow("forked");
    expect(await core.recover()).toMatchObject({ ok: true, value: { state: "forked", imported: 0 } });
    expect(await core.finishMend()).toBe("open");
    expect(await core.finishMend()).toBe("open");
    expect(await core.beginMend(request)).toEqual({ ok: true, value: null });

    await core.append([entry(7)]);
    const links = await core.read(0, 100);
    expect(links.slice(0, 6)).toEqual(before);
    expect(links.slice(6).map((link) => link.entry.kind)).toEqual(["mend", "equity"]);
    expect(links[6]?.entry).toMatchObject({
      forkSeq: 3,
      author: "ann",
      note: "why",
      files: 1,
      entries: 2,
      positions: 2,
      ledgers: ["paper-A"],
    });
    expect(verifyChain(links)).toMatchObject({ ok: true });
    expect(await core.newestOf("paper-A")).toBe(91);
    const nothing = { isReserved: false, isEntrySettled: false, exits: 0 };
    expect(await core.positionsOf("paper-A")).toEqual(["p1", "p2"].map((positionId) => ({ positionId, ...nothing })));
  });

  test("an archive that goes on where the journal ends is recovered and not mended", async () => {
    const archive = new Archive();
    await archiveAll(await coreAt(archive, 9, 0), archive);
    const core = await coreAt(archive, 3, 3);
    const request = { forkSeq: 4, forkHash: archive.entries[3]?.hash ?? "", author: "ann", note: "why" };
    expect(await core.beginMend(request)).toMatchObject({ ok: false, reason: "JOURNAL_BEHIND" });
  });

  test("a mend that was begun keeps the journal closed over any restart, whatever R2 holds by then", async () => {
    const archive = new Archive();
    const other = await coreAt(archive, 2, 0);
    await other.append([entry(90)]);
    await archiveAll(other, archive);
    const host = { storage: new MemoryStorage(), now: () => NOW_MS, background: () => {} };
    const store = new MemoryJournalStore(host.storage);
    const earlier = new JournalCore(host, store, new Archive().ports);
    for (let n = 1; n <= 6; n++) await earlier.append([entry(n)]);
    const core = new JournalCore(host, store, archive.ports);
    await core.beginMend({ forkSeq: 3, forkHash: archive.entries[2]?.hash ?? "", author: "ann", note: "why" });
    archive.entries = archive.entries.slice(0, 2);
    const next = new JournalCore(host, store, archive.ports);
    await expect(next.append([entry(7)])).rejects.toThrow("forked");
    expect(await next.head()).toMatchObject({ state: "forked", mend: { forkSeq: 3 } });
    archive.isAway = true;
    expect(await next.finishMend().catch(() => "away")).toBe("away");
    archive.isAway = false;
    expect(await next.finishMend()).toBe("open");
    expect((await next.read(6, 9)).map((link) => link.entry.kind)).toEqual(["mend"]);
  });

  test("what R2 lost is known before an Executor goes on, and no Executor under way takes that back", async () => {
    const archive = new Archive();
    const core = await coreAt(archive, 10, 10);
    // The Executor is the first to ask.
    expect(await core.claimExecutor(NOW_MS)).toMatchObject({ state: "open", archivedSeq: 0 });

    const later = new Archive();
    const alive = await coreAt(later, 10, 10);
    later.entries = await alive.read(0, 10);
    const claim = await alive.claimExecutor(NOW_MS + LEASE_MS);
    expect(claim).toMatchObject({ archivedSeq: 10 });
    later.entries = [];
    await alive.recover();
    if (claim !== null) await alive.ackExecutor({ ...claim, archivedSeq: 10, archivedAtMs: NOW_MS });
    expect(await alive.head()).toMatchObject({ archivedSeq: 0 });
  });

  test("while R2 is away at the start entries wait, and go on by themselves when it answers", async () => {
    const archive = new Archive();
    const core = await coreAt(archive, 3, 0);
    archive.isAway = true;
    await expect(core.append([entry(4)])).rejects.toThrow("R2 is away");
    archive.isAway = false;
    expect(await Promise.all([core.append([entry(4)]), core.append([entry(5)])])).toEqual([{ head: 4 }, { head: 5 }]);
    archive.isAway = true;
    expect(await core.append([entry(6)])).toEqual({ head: 6 });
  });

  test("the projection is held at one point, for a time", async () => {
    let nowMs = NOW_MS;
    const host = { storage: new MemoryStorage(), now: () => nowMs, background: () => {} };
    const core = new JournalCore(host, new MemoryJournalStore(host.storage), new Archive().ports);
    const limit = async () => {
      nowMs += LEASE_MS;
      return (await core.claimExecutor(nowMs))?.projectUpTo;
    };
    expect(await limit()).toBeNull();
    await core.holdProjection({ upTo: 7, limit: 0, note: "x" }, 60_000);
    expect(await limit()).toBe(0);
    expect((await core.head()).hold).toMatchObject({ upTo: 7, note: "x" });
    await core.holdProjection({ upTo: 7, limit: 7, note: "x" }, 60_000);
    expect(await limit()).toBe(7);
    nowMs += 60_000;
    expect(await limit()).toBeNull();
    // A clock that went back holds nobody for an hour.
    await core.holdProjection({ upTo: 7, limit: 7, note: "" }, 60_000);
    nowMs -= 3_600_000;
    expect((await core.head()).hold).toBeNull();
    expect(await core.claimExecutor(nowMs)).not.toBeNull();
  });

  test("people are told once that entries are refused, and that they are taken again", async () => {
    const archive = new Archive();
    await archiveAll(await coreAt(archive, 9, 0), archive);
    const core = await coreAt(archive, 3, 3);
    await core.watchdog();
    const alertAt = async (ms: number) => (await core.claimExecutor(NOW_MS + ms))?.alert;
    expect(await alertAt(0)).toBe("behind");
    expect(await alertAt(LEASE_MS)).toBeNull();
    expect(await alertAt(3_600_000)).toBe("behind");
    for (let i = 0; i < 4; i++) await core.recover();
    expect(await alertAt(3_700_000)).toBe("open");
    expect(await alertAt(3_800_000)).toBeNull();
  });
});
