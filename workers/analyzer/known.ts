import { ok } from "../../domain/result.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { KnownSource } from "./collect.ts";

/** How far back our own decisions are looked at: every one of them is read, so that the window bounds the cost. */
const WINDOW_MS = 7 * 86_400_000;

/**
 * What our own decisions of the last week know of a candidate's creator: the coins of theirs that
 * graduated before our eyes. Of copied metadata they know nothing, since they keep no hash of it.
 */
export function knownFromEnv(env: Pick<Env, "DB">, nowMs: () => UnixMs): KnownSource {
  return async ({ graduation, creator }) => {
    if (creator === null) return ok({ creatorLaunches: null, metadataCopies: null });
    const row = await env.DB.prepare(
      "SELECT COUNT(DISTINCT mint) AS launches FROM decisions WHERE at_ms >= ?1 AND creator = ?2 AND mint <> ?3",
    )
      .bind(nowMs() - WINDOW_MS, creator, graduation.mint)
      .first<{ launches: number }>();
    return ok({ creatorLaunches: row?.launches ?? null, metadataCopies: null });
  };
}
