import { contentHash, type TableDigest, tableDigest } from "../../domain/journal/content-hash.ts";
import { ok, refuse } from "../../domain/result.ts";
import type { Outcome } from "../output.ts";
import type { JournalApi, RebuildStep } from "./journal-api.ts";

/** While another Executor works, the step is asked for again after this. */
const BUSY_MS = 1_000;
const BUSY_TRIES = 60;

/** The content of D1 at one point of the journal. */
export interface DatabaseHash {
  readonly seq: number;
  readonly hash: string;
  readonly tables: readonly TableDigest[];
}

/** What a rebuild did. */
export interface Rebuild {
  readonly seq: number;
  /** Null when the database had nothing to compare with. */
  readonly before: string | null;
  readonly after: string;
  readonly isEqual: boolean;
  /** Tables whose rows are not what they were. */
  readonly different: readonly string[];
  readonly rows: number;
}

/** What a rebuild wants to find again when it was interrupted. */
interface Note {
  readonly phase: "wipe" | "project";
  readonly before: readonly TableDigest[];
}

/** The hash of D1's content, while it stands still. */
export async function hashDatabase(api: JournalApi): Promise<Outcome<DatabaseHash>> {
  const held = await patiently(() => api.hold(true));
  if (!held.ok) return held;
  const tables = await digests(api);
  const released = await api.hold(false);
  if (!tables.ok) return tables;
  if (!released.ok) return released;
  return ok({ seq: held.value.projectedSeq, hash: contentHash(tables.value), tables: tables.value });
}

/**
 * Empties D1 and fills it from the journal, in bounded steps, and compares the hash of its content. Goes on
 * where an earlier run was interrupted less than two minutes ago; after that the instance fills D1 by itself.
 */
export async function rebuildDatabase(api: JournalApi, tell: (line: string) => void): Promise<Outcome<Rebuild>> {
  const begun = await begin(api, tell);
  if (!begun.ok) return begun;
  const { upTo, note } = begun.value;
  if (note.phase === "wipe") {
    const wiped = await untilDone(() => api.rebuild("wipe"));
    if (!wiped.ok) return wiped;
    tell("D1 is empty");
  }
  const noteText = JSON.stringify({ ...note, phase: "project" } satisfies Note);
  let shown = 0;
  const projected = await untilDone(async () => {
    const step = await api.rebuild("project", noteText);
    if (step.ok && step.value.projectedSeq > shown) {
      shown = step.value.projectedSeq;
      tell(`projected ${shown} of ${upTo}`);
    }
    return step;
  });
  if (!projected.ok) return projected;
  const tables = await digests(api);
  if (!tables.ok) return tables;
  const released = await api.hold(false);
  if (!released.ok) return released;
  const after = contentHash(tables.value);
  const isKnown = note.before.length > 0;
  const before = isKnown ? contentHash(note.before) : null;
  const digestOf = new Map(note.before.map(({ table, digest }) => [table, digest]));
  const different = isKnown ? tables.value.filter(({ table, digest }) => digestOf.get(table) !== digest).map(({ table }) => table) : [];
  return ok({ seq: upTo, before, after, isEqual: before === null || before === after, different, rows: rowsOf(tables.value) });
}

async function begin(api: JournalApi, tell: (line: string) => void): Promise<Outcome<{ upTo: number; note: Note }>> {
  const state = await api.state();
  if (!state.ok) return state;
  if (state.value.state === "behind" || state.value.state === "forked") {
    return refuse(
      "FAILED",
      `the journal is ${state.value.state} its archive: run sniper journal ${state.value.state === "forked" ? "mend" : "recover"} first`,
    );
  }
  const { hold } = state.value;
  if (hold !== null && hold.note !== "") {
    tell(`going on with a rebuild at entry ${hold.upTo}`);
    return ok({ upTo: hold.upTo, note: JSON.parse(hold.note) as Note });
  }
  const held = await patiently(() => api.hold(true));
  if (!held.ok) return held;
  const { upTo, projectedSeq } = held.value;
  if (projectedSeq === 0) {
    tell("D1 holds nothing to compare with");
    return ok({ upTo, note: { phase: "wipe", before: [] } });
  }
  const tables = await digests(api);
  if (!tables.ok) return tables;
  tell(`hash before ${contentHash(tables.value)} (entry ${upTo}, ${rowsOf(tables.value)} rows)`);
  const note: Note = { phase: "wipe", before: tables.value };
  const wiped = await patiently(() => api.rebuild("wipe", JSON.stringify(note)));
  return wiped.ok ? ok({ upTo, note }) : wiped;
}

async function digests(api: JournalApi): Promise<Outcome<TableDigest[]>> {
  const names = await api.digest();
  if (!names.ok) return names;
  const tables: TableDigest[] = [];
  for (const table of names.value.tables) {
    const chunks: Array<{ rows: number; digest: string }> = [];
    let after: readonly (string | number)[] | null | undefined;
    while (after !== null) {
      const chunk = await api.digest(table, after);
      if (!chunk.ok) return chunk;
      chunks.push({ rows: chunk.value.rows, digest: chunk.value.digest });
      after = chunk.value.next;
    }
    tables.push(tableDigest(table, chunks));
  }
  return ok(tables);
}

function rowsOf(tables: readonly TableDigest[]): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}

/** Repeats a step until it is done; each call is bounded by itself. */
async function untilDone(step: () => Promise<Outcome<RebuildStep>>): Promise<Outcome<RebuildStep>> {
  let stalled = 0;
  let at = -1;
  for (;;) {
    const answer = await step();
    if (!answer.ok || answer.value.isDone) return answer;
    const isStalled = answer.value.isBusy || answer.value.projectedSeq === at;
    stalled = isStalled ? stalled + 1 : 0;
    at = answer.value.projectedSeq;
    if (stalled > BUSY_TRIES) return refuse("FAILED", "nothing moves: look at the instance's log");
    if (isStalled) await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
  }
}

async function patiently(step: () => Promise<Outcome<RebuildStep>>): Promise<Outcome<RebuildStep>> {
  for (let tries = 0; ; tries++) {
    const answer = await step();
    if (!answer.ok || !answer.value.isBusy) return answer;
    if (tries >= BUSY_TRIES) return refuse("FAILED", "another Executor keeps working");
    await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
  }
}
