import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test, vi } from "vitest";
import { findSample } from "../../adapters/x/recorder.ts";
import { createReplaySource } from "../../adapters/x/replay.ts";
import { ok } from "../../domain/result.ts";
import { SAMPLE_CANDIDATE, SAMPLE_OBSERVATIONS } from "../../domain/scoring/sample-observations.ts";
import { keepPosts } from "./social.ts";

const { mint } = SAMPLE_CANDIDATE.graduation;

beforeEach(async () => {
  await reset();
});

test("posts that were seen are in the bucket, and a replay of the moment sees the same", async () => {
  const sample = SAMPLE_OBSERVATIONS.social;
  if (sample === null) throw new Error("no posts");
  keepPosts(env, SAMPLE_CANDIDATE, sample, SAMPLE_OBSERVATIONS.asOfMs);
  const nowMs = () => SAMPLE_OBSERVATIONS.asOfMs;
  const source = createReplaySource({ find: (...range) => findSample(env.BUCKET, ...range), nowMs });
  await vi.waitFor(async () => expect(await source.sample({ mint, symbol: "SMPL" })).toEqual(ok({ ...sample, costMicroUsd: 0 })));
  const { objects } = await env.BUCKET.list();
  expect(objects.map(({ key }) => key)).toEqual([`social/v1/${mint}/${sample.fetchedAtMs}.json`]);
});

test("a bucket that is away costs the sample, not the trade", async () => {
  const sample = SAMPLE_OBSERVATIONS.social;
  if (sample === null) throw new Error("no posts");
  const warned = vi.spyOn(console, "warn").mockReturnValue();
  const BUCKET = { put: () => Promise.reject(new Error("away")) } as unknown as R2Bucket;
  keepPosts({ BUCKET }, SAMPLE_CANDIDATE, sample, SAMPLE_OBSERVATIONS.asOfMs);
  await vi.waitFor(() => expect(warned).toHaveBeenCalledOnce());
});
