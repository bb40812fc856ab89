import { readBounded } from "../../adapters/rpc/read-bounded.ts";
import type { Candidate } from "../../domain/candidate.ts";
import { ok, refuse } from "../../domain/result.ts";
import type { Observations } from "../../domain/scoring/observations.ts";
import { readMoods } from "../../domain/sentiment/moods.ts";
import type { SocialSample } from "../../domain/sentiment/social.ts";
import type { UnixMs } from "../../domain/units.ts";
import type { AnalyzerDeps } from "./assess.ts";
import type { SeenReadings } from "./collect.ts";
import { recordsFromEnv } from "./records.ts";

/** Where the Analyzer learns what is not on chain. `candidate` takes the place of the one at hand. */
export type AnalyzerSources = Pick<AnalyzerDeps, "social" | "classify" | "records" | "seen" | "onObserved"> & {
  readonly candidate?: Candidate;
};

/** What was seen of a coin when it was first judged. Without `record` only the posts were kept. */
export interface Seen {
  readonly posts: SocialSample | null;
  readonly record:
    | (Pick<Observations, "moods" | "creatorRecord" | "marketRecord"> & {
        readonly candidate: RecordedCandidate;
        readonly readings: Plain<SeenReadings>;
      })
    | null;
}

/** The same with amounts as decimal strings, as JSON has them. */
type Plain<T> = T extends bigint ? string : T extends object ? { readonly [Key in keyof T]: Plain<T[Key]> } : T;

/** Facts of the Discoverer that a replay at one moment cannot find again: it read earlier than the Analyzer. */
export type RecordedCandidate = Plain<Pick<Candidate, "discoveredAtMs" | "ageMs" | "liquidityUsd" | "solUsd" | "liquidityLamports">>;

/** Above the largest sample and the largest record of a judgement. */
const MAX_SEEN_BYTES = 4_000_000;
const TIMEOUT_MS = 10_000;

/**
 * Sources of a replay: what was recorded, and nothing else. X and Workers AI are never asked; what was not recorded
 * is missing. Throws when the process that replays does not answer.
 */
export async function replayedSources(env: Env, candidate: Candidate, nowMs: () => UnixMs): Promise<AnalyzerSources> {
  const seen = await seenOf(env, candidate.graduation.mint);
  const missing = refuse("NOT_FOUND", "not recorded");
  const { posts = null, record = null } = seen ?? {};
  const social = { sample: async () => (posts === null ? missing : ok(posts)) };
  if (record === null) return { social, classify: (sample) => readMoods(sample, null, nowMs), records: recordsFromEnv(env, nowMs) };
  const { moods, creatorRecord, marketRecord, readings } = record;
  const { creatorHolds, holders } = readings;
  return {
    candidate: { ...candidate, ...record.candidate, liquidityLamports: BigInt(record.candidate.liquidityLamports) },
    social,
    seen: {
      ...readings,
      creatorHolds: creatorHolds === null ? null : BigInt(creatorHolds),
      holders: holders && { ...holders, largest: holders.largest.map((one) => ({ ...one, amount: BigInt(one.amount) })) },
    },
    classify: async () => ok(moods),
    records: {
      creator: async () => (creatorRecord === null ? missing : ok(creatorRecord)),
      market: async () => (marketRecord === null ? missing : ok(marketRecord)),
    },
  };
}

/** Asks the process that replays, which has checked what it holds. */
async function seenOf(env: object, mint: string): Promise<Seen | null> {
  const { REPLAY_SEEN_URL: url } = env as { readonly REPLAY_SEEN_URL?: string };
  if (url === undefined || url === "") return null;
  const response = await fetch(`${url}${mint}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await readBounded(response, MAX_SEEN_BYTES);
  if (!response.ok || text === null) throw new Error(`replay: what was seen of ${mint} cannot be read (${response.status})`);
  return JSON.parse(text) as Seen | null;
}
