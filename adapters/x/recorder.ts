import { z } from "zod";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { SocialSample } from "../../domain/sentiment/social.ts";
import type { Address, UnixMs } from "../../domain/units.ts";

/** What the recorder needs of a bucket. */
export type SampleBucket = Pick<R2Bucket, "list" | "get" | "put">;

/** What one assessment saw of the posts about its coin. */
export interface RecordedSample {
  readonly mint: Address;
  readonly symbol: string;
  /** The moment that the assessment is of; never before `sample.fetchedAtMs`. */
  readonly assessedAtMs: UnixMs;
  readonly sample: SocialSample;
}

const PREFIX = "social/v1/";
/** Unix milliseconds have 13 digits until the year 2286: names sort by time. */
const TIME_DIGITS = 13;
const MINT = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;
/** Ten posts of X's 25,000 characters, of up to six bytes each as JSON escapes, and their authors. */
const MAX_SAMPLE_BYTES = 1_600_000;
/** X's page. */
const MAX_POSTS = 100;

const time = z.number().int().min(0).max(9_999_999_999_999);
const count = z.number().nonnegative();
const recordedSchema = z.object({
  mint: z.string().regex(MINT),
  symbol: z.string(),
  assessedAtMs: time,
  sample: z.object({
    provider: z.string(),
    fetchedAtMs: time,
    posts: z
      .array(
        z.object({
          id: z.string(),
          authorId: z.string(),
          text: z.string(),
          lang: z.string().nullable(),
          createdAtMs: z.number(),
          engagements: count.nullable(),
        }),
      )
      .max(MAX_POSTS),
    authors: z
      .array(
        z.object({
          id: z.string(),
          followers: count.nullable(),
          posts: count.nullable(),
          createdAtMs: z.number().nullable(),
          verified: z.boolean().nullable().default(null),
        }),
      )
      .max(MAX_POSTS),
    newestId: z.string().nullable(),
    costMicroUsd: count,
  }),
});

/**
 * Keeps a sample as one object, named by its coin and the moment it was fetched; one that is there stays
 * as it is. A sample that is too large is refused and not cut: another text is not what was seen. Never throws.
 */
export async function recordSample(bucket: SampleBucket, recorded: RecordedSample): Promise<Result<string>> {
  const checked = recordedSchema.safeParse(recorded);
  if (!checked.success) return refuse("REQUEST_INVALID", `sample: ${checked.error.issues[0]?.path.join(".") ?? "shape"}`);
  const bytes = new TextEncoder().encode(JSON.stringify(checked.data));
  if (bytes.byteLength > MAX_SAMPLE_BYTES) return refuse("REQUEST_INVALID", `sample of ${bytes.byteLength} bytes`);
  const key = sampleKey(recorded.mint, recorded.sample.fetchedAtMs);
  try {
    await bucket.put(key, bytes, { onlyIf: { etagDoesNotMatch: "*" }, httpMetadata: { contentType: "application/json" } });
    return ok(key);
  } catch (error) {
    return refuse("UPSTREAM_FAILED", error instanceof Error ? error.name : "failed");
  }
}

/**
 * The newest sample of a coin that was fetched in [fromMs, toMs]; null when none was. Refuses with
 * UPSTREAM_FAILED or UPSTREAM_MALFORMED; never throws.
 */
export async function findSample(
  bucket: Pick<SampleBucket, "list" | "get">,
  mint: Address,
  fromMs: UnixMs,
  toMs: UnixMs,
): Promise<Result<RecordedSample | null>> {
  if (!MINT.test(mint)) return refuse("REQUEST_INVALID", "not a mint");
  try {
    const object = await newestObject(bucket, mint, fromMs, toMs);
    if (object === null) return ok(null);
    if (object.size > MAX_SAMPLE_BYTES) return refuse("UPSTREAM_MALFORMED", `a sample of ${object.size} bytes`);
    return parseSample(await object.text());
  } catch (error) {
    return refuse("UPSTREAM_FAILED", error instanceof Error ? error.name : "failed");
  }
}

/** The newest object of a coin that is named by a moment in [fromMs, toMs]; null when there is none. Throws when the bucket does. */
export async function newestObject(
  bucket: Pick<SampleBucket, "list" | "get">,
  mint: Address,
  fromMs: UnixMs,
  toMs: UnixMs,
  prefix = PREFIX,
): Promise<R2ObjectBody | null> {
  const last = sampleKey(mint, toMs, prefix);
  let startAfter = sampleKey(mint, Math.max(0, fromMs), prefix).slice(0, -".json".length);
  let newest: string | undefined;
  for (;;) {
    const page = await bucket.list({ prefix: `${prefix}${mint}/`, startAfter });
    const keys = page.objects.map(({ key }) => key);
    newest = keys.filter((key) => key <= last).at(-1) ?? newest;
    const end = keys.at(-1);
    if (!page.truncated || end === undefined || end > last) break;
    startAfter = end;
  }
  return newest === undefined ? null : bucket.get(newest);
}

/** Reads a stored sample. */
export function parseSample(text: string): Result<RecordedSample> {
  try {
    const read = recordedSchema.safeParse(JSON.parse(text));
    return read.success ? ok(read.data) : refuse("UPSTREAM_MALFORMED", `sample: ${read.error.issues[0]?.path.join(".") ?? "shape"}`);
  } catch {
    return refuse("UPSTREAM_MALFORMED", "sample: not JSON");
  }
}

/** Name of a coin's object of a moment. */
export function sampleKey(mint: Address, atMs: UnixMs, prefix = PREFIX): string {
  return `${prefix}${mint}/${String(Math.min(atMs, 10 ** TIME_DIGITS - 1)).padStart(TIME_DIGITS, "0")}.json`;
}
