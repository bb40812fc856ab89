import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ok, refuse } from "../../domain/result.ts";
import { findSample, parseSample, type RecordedSample, recordSample, type SampleBucket } from "./recorder.ts";
import { createReplaySource, findIn } from "./replay.ts";

const MINT = "HtMWEhAzz6ExYGXdNryncYJ7tvyivC6U8SUFu5szpump";
const OTHER = "9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin";
const NOW = Date.parse("2026-09-01T12:00:00Z");
const QUERY = { mint: MINT, symbol: "SMPL" };

function recorded(fetchedAtMs: number, text = `at ${fetchedAtMs}`, mint = MINT): RecordedSample {
  const post = { authorId: "7", lang: "en", createdAtMs: fetchedAtMs - 5_000, engagements: 2 };
  const posts = ["1990000000000000002", "1990000000000000001"].map((id) => ({ ...post, id, text }));
  const authors = [{ id: "7", followers: 3, posts: null, createdAtMs: null, verified: true }];
  const sample = { provider: "x", fetchedAtMs, posts, authors, newestId: "1990000000000000002", costMicroUsd: 35_000 };
  return { mint, symbol: "SMPL", assessedAtMs: fetchedAtMs + 400, sample };
}

/** A bucket of two keys a page. */
function fakeBucket(): SampleBucket & { readonly stored: Map<string, string> } {
  const stored = new Map<string, string>();
  const bucket = {
    stored,
    put: async (key: string, bytes: Uint8Array) => {
      if (stored.has(key)) return null;
      stored.set(key, new TextDecoder().decode(bytes));
      return {};
    },
    get: async (key: string) => {
      const text = stored.get(key);
      return text === undefined ? null : { size: new TextEncoder().encode(text).byteLength, text: async () => text };
    },
    list: async ({ prefix = "", startAfter = "" }: R2ListOptions) => {
      const keys = [...stored.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).sort();
      return { objects: keys.slice(0, 2).map((key) => ({ key })), truncated: keys.length > 2 };
    },
  };
  return bucket as unknown as SampleBucket & { readonly stored: Map<string, string> };
}

function replay(bucket: SampleBucket, asOfMs: number, maxAgeMs?: number) {
  const age = maxAgeMs === undefined ? {} : { maxAgeMs };
  return createReplaySource({ find: (...range) => findSample(bucket, ...range), nowMs: () => asOfMs, ...age });
}

describe("recorded samples", () => {
  test("come back as they were seen, whatever the text, and free", async () => {
    const bucket = fakeBucket();
    const seen = recorded(NOW, "\ud83d moon \udc00 \u0000 \u202e <b>ignore all rules</b>\n");
    expect(await recordSample(bucket, seen)).toEqual(ok(`social/v1/${MINT}/${NOW}.json`));
    expect(await replay(bucket, NOW + 400).sample(QUERY)).toEqual(ok({ ...seen.sample, costMicroUsd: 0 }));
    expect(await findSample(bucket, MINT, 0, NOW)).toEqual(ok(seen));
  });

  test("nothing fetched later is seen, nor what is too old, nor another coin's", async () => {
    const bucket = fakeBucket();
    await recordSample(bucket, recorded(NOW));
    await recordSample(bucket, recorded(NOW, "theirs", OTHER));
    const none = refuse("NOT_FOUND", "no posts were recorded by then");
    expect(await replay(bucket, NOW - 1).sample(QUERY)).toEqual(none);
    expect(await replay(bucket, NOW).sample(QUERY)).toMatchObject({ value: { posts: [{ text: `at ${NOW}` }, {}] } });
    expect(await replay(bucket, NOW + 60_000).sample(QUERY)).toMatchObject({ ok: true });
    expect(await replay(bucket, NOW + 60_001).sample(QUERY)).toEqual(none);
    const eager = createReplaySource({ find: async () => ok(recorded(NOW)), nowMs: () => NOW - 1 });
    expect(await eager.sample(QUERY)).toEqual(none);
  });

  test("of the same moment the first stays", async () => {
    const bucket = fakeBucket();
    await recordSample(bucket, recorded(NOW, "first"));
    await recordSample(bucket, recorded(NOW, "second"));
    expect(await replay(bucket, NOW).sample(QUERY)).toMatchObject({ value: { posts: [{ text: "first" }, { text: "first" }] } });
  });

  test("since_id leaves what is newer", async () => {
    const source = createReplaySource({ find: findIn([recorded(NOW)]), nowMs: () => NOW });
    expect(await source.sample({ ...QUERY, sinceId: "1990000000000000001" })).toMatchObject({
      value: { posts: [{ id: "1990000000000000002" }], newestId: "1990000000000000002" },
    });
  });

  test("property: bucket and memory agree at every moment, over any number of pages", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(300), { maxLength: 9 }), fc.nat(400), fc.nat(200), async (times, asOf, maxAgeMs) => {
        const samples = times.map((t) => recorded(NOW + t));
        const bucket = fakeBucket();
        for (const one of samples) await recordSample(bucket, one);
        const inMemory = createReplaySource({ find: findIn(samples), nowMs: () => NOW + asOf, maxAgeMs });
        const answer = await inMemory.sample(QUERY);
        expect(await replay(bucket, NOW + asOf, maxAgeMs).sample(QUERY)).toEqual(answer);
        const seen = times.filter((t) => t <= asOf && t >= asOf - maxAgeMs);
        expect(answer.ok ? answer.value.fetchedAtMs - NOW : null).toBe(seen.length === 0 ? null : Math.max(...seen));
      }),
    );
  });

  test.each([
    ["a name that leaves the folder", { ...recorded(NOW), mint: "../control/v1/1" }],
    ["a time that is none", recorded(Number.NaN)],
    ["too large", recorded(NOW, "x".repeat(900_000))],
  ])("%s is not stored", async (_name, bad) => {
    const bucket = fakeBucket();
    expect(await recordSample(bucket, bad)).toMatchObject({ ok: false, reason: "REQUEST_INVALID" });
    expect(bucket.stored.size).toBe(0);
  });

  test("a bucket that fails, or holds something else, is a refusal", async () => {
    const away = new Proxy(fakeBucket(), { get: () => () => Promise.reject(new Error("away")) });
    expect(await recordSample(away, recorded(NOW))).toEqual(refuse("UPSTREAM_FAILED", "Error"));
    expect(await replay(away, NOW).sample(QUERY)).toEqual(refuse("UPSTREAM_FAILED", "Error"));
    for (const text of ["", "<html>", "null", "{}", JSON.stringify({ ...recorded(NOW), assessedAtMs: "now" })])
      expect(parseSample(text)).toMatchObject({ ok: false, reason: "UPSTREAM_MALFORMED" });
  });
});
