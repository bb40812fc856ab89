import { ok, type Result, refuse } from "../../domain/result.ts";
import type { SocialSource } from "../../domain/sentiment/social.ts";
import type { Address, UnixMs } from "../../domain/units.ts";
import { compareIds } from "./cache.ts";
import type { RecordedSample } from "./recorder.ts";

/** How old a sample may be and still stand for what a query at the moment would have found. */
const MAX_AGE_MS = 60_000;

/** The newest sample of a coin that was fetched in [fromMs, toMs]; null when none was. */
export type FindSample = (mint: Address, fromMs: UnixMs, toMs: UnixMs) => Promise<Result<RecordedSample | null>>;

export interface ReplayOptions {
  readonly find: FindSample;
  /** The moment that is replayed: of a recorded decision, its own. */
  readonly nowMs: () => UnixMs;
  readonly maxAgeMs?: number;
}

/**
 * Answers from what was recorded, as of `nowMs`: nothing fetched later is seen, and nothing is charged.
 * Refuses with NOT_FOUND when no assessment saw posts of the coin then, which is not that nobody posted.
 */
export function createReplaySource({ find, nowMs, maxAgeMs = MAX_AGE_MS }: ReplayOptions): SocialSource {
  return {
    sample: async ({ mint, sinceId }) => {
      const asOfMs = nowMs();
      const found = await find(mint, asOfMs - maxAgeMs, asOfMs);
      if (!found.ok) return found;
      // Whatever `find` is: what was fetched later is not known yet.
      if (found.value === null || found.value.sample.fetchedAtMs > asOfMs) return refuse("NOT_FOUND", "no posts were recorded by then");
      const { sample } = found.value;
      const posts = sinceId === undefined ? sample.posts : sample.posts.filter(({ id }) => compareIds(id, sinceId) > 0);
      return ok({ ...sample, posts, costMicroUsd: 0 });
    },
  };
}

/** Finds among samples in memory. */
export function findIn(samples: readonly RecordedSample[]): FindSample {
  return async (mint, fromMs, toMs) => {
    let newest: RecordedSample | null = null;
    for (const one of samples) {
      const { fetchedAtMs } = one.sample;
      if (one.mint !== mint || fetchedAtMs < fromMs || fetchedAtMs > toMs) continue;
      if (newest === null || fetchedAtMs > newest.sample.fetchedAtMs) newest = one;
    }
    return ok(newest);
  };
}
