import { projectedPoint } from "../../adapters/d1/project.ts";
import type { Health } from "../../domain/api/types.ts";
import type { UnixMs } from "../../domain/units.ts";
import { journalOf } from "../../durable-objects/stubs.ts";

/** Entries that the projection may lag behind a healthy journal. */
const MAX_PROJECTION_LAG = 500;
/** The journal is on R2 at most this far behind. */
export const MAX_ARCHIVE_LAG_MS = 60_000;

const STATES = {
  unchecked: "not compared with its archive yet",
  open: null,
  behind: "R2 has later entries: run sniper journal recover",
  forked: "R2 has other entries: look with sniper journal mend",
} as const;

/** How the journal, its projection and its archive are doing, for /health. Rejects when the journal does not answer. */
export async function journalChecks(env: Env, nowMs: UnixMs): Promise<Array<Health["checks"][number]>> {
  const journal = journalOf(env);
  const [head, point] = await Promise.all([journal.head(), projectedPoint(env.DB).catch(() => null)]);
  const isTaking = head.state === "open" || head.state === "unchecked";
  const isForeign = isTaking && point !== null && point.hash !== null && point.hash !== (await journal.hashAt(point.seq));
  const text = STATES[head.state];
  const projectionLag = head.seq - head.executorSeq;
  const archiveLag = head.seq - head.archivedSeq;
  const lagMs = head.unarchivedSinceMs === null ? 0 : Math.max(0, nowMs - head.unarchivedSinceMs);
  const behind = archiveLag === 0 ? "0 entries behind" : `${archiveLag} entries behind, the oldest for ${Math.round(lagMs / 1_000)} s`;
  const gone = head.gone === null ? "" : `; entries ${head.gone.from} to ${head.gone.to} are gone`;
  const foreign = isForeign ? "; D1 holds entries that are not the journal's: run sniper journal rebuild" : "";
  const held = head.hold === null ? "" : `; held at entry ${head.hold.upTo}`;
  return [
    { name: "journal", ok: isTaking, detail: `${head.seq} entries${text === null ? "" : `; ${text}`}` },
    {
      name: "projection",
      ok: projectionLag <= MAX_PROJECTION_LAG && !isForeign,
      detail: `${projectionLag} entries behind${held}${foreign}`,
    },
    { name: "archive", ok: lagMs <= MAX_ARCHIVE_LAG_MS && head.gone === null, detail: `${behind}${gone}` },
  ];
}
