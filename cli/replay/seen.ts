import { z } from "zod";
import { parseSample, type RecordedSample } from "../../adapters/x/recorder.ts";
import type { Observations } from "../../domain/scoring/observations.ts";
import { firstIssue, readStoredObservations } from "../../domain/scoring/observations-schema.ts";
import type { Address, UnixMs } from "../../domain/units.ts";
import { type SavedObservations, savedSchema } from "../score/saved.ts";
import { jsonValuesIn, type RecordingProblem } from "./json-files.ts";

/** What was seen of one coin when it was first judged. */
export interface SeenCoin {
  readonly mint: Address;
  readonly assessedAtMs: UnixMs;
  /** The slot that the chain was read at; null when only the posts were kept. */
  readonly asOfSlot: number | null;
  readonly posts: RecordedSample | null;
  /** Everything that was observed; null when only the posts were kept. */
  readonly observations: Observations | null;
  /** Of a saved judgement: what else its score depended on. */
  readonly saved: SavedObservations | null;
}

export interface SeenRecords {
  readonly coins: readonly SeenCoin[];
  readonly problems: readonly RecordingProblem[];
}

const storedRecord = z.object({ v: z.literal(1), postsFetchedAtMs: z.number().nullable(), observations: z.unknown() });
type StoredRecord = z.infer<typeof storedRecord>;

/** Nothing was seen. */
export const NOTHING_SEEN: SeenRecords = { coins: [], problems: [] };

/**
 * What files and folders hold of it: files that `score MINT --save` wrote, and objects of the bucket's
 * `observations/v1/` and `social/v1/`. Nothing throws for what is in a file: problems are listed.
 */
export async function loadSeen(paths: readonly string[]): Promise<SeenRecords> {
  const coins: SeenCoin[] = [];
  const samples: RecordedSample[] = [];
  const stored: Array<{ readonly record: StoredRecord; readonly note: (problem: string) => void }> = [];
  const problems: RecordingProblem[] = [];
  for await (const { value, note } of jsonValuesIn(paths, problems)) {
    if (isObject(value) && "sample" in value) {
      const sample = parseSample(JSON.stringify(value));
      if (sample.ok) samples.push(sample.value);
      else note(`${sample.reason}: ${sample.detail ?? ""}`);
    } else if (isObject(value) && "postsFetchedAtMs" in value) {
      const record = storedRecord.safeParse(value);
      if (record.success) stored.push({ record: record.data, note });
      else note(firstIssue(record.error));
    } else if (isObject(value) && "observations" in value) {
      const saved = savedSchema.safeParse(value);
      if (saved.success) coins.push(seenOf(saved.data.observations, saved.data));
      else note(firstIssue(saved.error));
    } else note("neither observations nor posts of a judgement");
  }
  for (const { record, note } of stored) {
    const posts = samples.find(({ mint, sample }) => mint === mintOf(record) && sample.fetchedAtMs === record.postsFetchedAtMs) ?? null;
    const read = readStoredObservations({ record, posts });
    if (read.ok) coins.push(seenOf(read.value, null));
    else note(`${read.reason}: ${read.detail ?? ""}`);
  }
  // Posts of a judgement that is there as a whole say nothing more.
  const alone = samples.filter(({ mint, assessedAtMs }) => !coins.some((coin) => coin.mint === mint && coin.assessedAtMs === assessedAtMs));
  const ofPosts = alone.map((posts): SeenCoin => {
    const { mint, assessedAtMs } = posts;
    return { mint, assessedAtMs, asOfSlot: null, posts, observations: null, saved: null };
  });
  return { coins: [...coins, ...ofPosts], problems };
}

/** What was seen, by what one judgement observed. */
export function seenOf(observations: Observations, saved: SavedObservations | null): SeenCoin {
  const { asOfMs, asOfSlot, candidate, social } = observations;
  const { mint } = candidate.graduation;
  const posts = social === null ? null : { mint, symbol: candidate.symbol, assessedAtMs: asOfMs, sample: social };
  return { mint, assessedAtMs: asOfMs, asOfSlot, posts, observations, saved };
}

/** The first judgement of a coin after its graduation; null when none was recorded. */
export function firstSeen(coins: readonly SeenCoin[], mint: Address, graduatedAtMs: UnixMs | null): SeenCoin | null {
  let first: SeenCoin | null = null;
  for (const coin of coins) {
    if (coin.mint !== mint || coin.assessedAtMs < (graduatedAtMs ?? 0)) continue;
    const isBetter =
      first === null || coin.assessedAtMs < first.assessedAtMs || (coin.saved !== null && coin.assessedAtMs === first.assessedAtMs);
    if (isBetter) first = coin;
  }
  return first;
}

function mintOf({ observations }: StoredRecord): string | null {
  const read = z.object({ candidate: z.object({ graduation: z.object({ mint: z.string() }) }) }).safeParse(observations);
  return read.success ? read.data.candidate.graduation.mint : null;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
