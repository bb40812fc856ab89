import { verifyChain } from "../../domain/journal/chain.ts";
import type { StoredEntry } from "../../domain/journal/entry.ts";
import { journalOf } from "../../durable-objects/stubs.ts";
import type { ExecutorPorts } from "./ports.ts";

/**
 * Journal entries after `after`, at most `limit`: from the Journal itself, or from R2 where it has
 * dropped their bodies (up to `droppedSeq`). What R2 gives must chain on from and to the hashes that
 * the Journal has kept. Rejects when an entry can be had from neither.
 */
export async function readEntries(
  env: Env,
  ports: Pick<ExecutorPorts, "archived">,
  droppedSeq: number,
  after: number,
  limit: number,
): Promise<readonly StoredEntry[]> {
  const journal = journalOf(env);
  if (after >= droppedSeq) return (await journal.read(after, limit)) as StoredEntry[];
  const entries = (await ports.archived(after)).slice(0, limit);
  const last = entries.at(-1);
  if (last === undefined) throw new Error(`journal entry ${after + 1} is neither in the journal nor on R2`);
  const [before, end] = await Promise.all([journal.hashAt(after), journal.hashAt(last.seq)]);
  const verified = verifyChain(entries, { seq: after, hash: before ?? "" });
  if (!verified.ok || verified.value.hash !== end) {
    throw new Error(`journal on R2 after ${after}: ${verified.ok ? "other entries than the journal's" : verified.detail}`);
  }
  return entries;
}

/** Journal entries from `from` to `to` in order, in pieces. Rejects when they do not go so far. */
export async function* readRange(
  env: Env,
  ports: Pick<ExecutorPorts, "archived">,
  droppedSeq: number,
  from: number,
  to: number,
): AsyncGenerator<readonly StoredEntry[]> {
  for (let after = from - 1; after < to; ) {
    const entries = await readEntries(env, ports, droppedSeq, after, to - after);
    const last = entries.at(-1);
    if (last === undefined) throw new Error(`journal ends at ${after}, expected ${to}`);
    yield entries;
    after = last.seq;
  }
}
