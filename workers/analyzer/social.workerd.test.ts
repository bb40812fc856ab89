import { env } from "cloudflare:workers";
import { beforeEach, expect, test, vi } from "vitest";
import { findObservations } from "../../adapters/r2/observation-store.ts";
import { findSample } from "../../adapters/x/recorder.ts";
import { createReplaySource } from "../../adapters/x/replay.ts";
import { ok } from "../../domain/result.ts";
import { SAMPLE_OBSERVATIONS } from "../../domain/scoring/sample-observations.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { keepObserved } from "./social.ts";

const { asOfMs, candidate } = SAMPLE_OBSERVATIONS;
const { mint } = candidate.graduation;

beforeEach(async () => {
  await reset();
});

test("posts that were seen are in the bucket, and a replay of the moment sees the same", async () => {
  const sample = SAMPLE_OBSERVATIONS.social;
  if (sample === null) throw new Error("no posts");
  keepObserved(env, SAMPLE_OBSERVATIONS);
  const nowMs = () => asOfMs;
  const source = createReplaySource({ find: (...range) => findSample(env.BUCKET, ...range), nowMs });
  await vi.waitFor(async () => expect(await source.sample({ mint, symbol: "SMPL" })).toEqual(ok({ ...sample, costMicroUsd: 0 })));
  await vi.waitFor(async () => expect((await env.BUCKET.list()).objects.map(({ key }) => key)).toHaveLength(2));
  const { objects } = await env.BUCKET.list();
  expect(objects.map(({ key }) => key)).toEqual([`observations/v1/${mint}/${asOfMs}.json`, `social/v1/${mint}/${sample.fetchedAtMs}.json`]);
  const found = await findObservations(env.BUCKET, mint, asOfMs);
  expect(JSON.parse(found ?? "null")).toMatchObject({ record: { v: 1, observations: { asOfMs } }, posts: { sample } });
  expect(await findObservations(env.BUCKET, mint, asOfMs - 1)).toBeNull();
});

test("a judgement without posts is kept too", async () => {
  keepObserved(env, { ...SAMPLE_OBSERVATIONS, social: null });
  await vi.waitFor(async () => expect(await findObservations(env.BUCKET, mint, asOfMs)).toMatch(/"posts":null}$/));
});

test("a bucket that is away costs the record, not the trade", async () => {
  const warned = vi.spyOn(console, "warn").mockReturnValue();
  const BUCKET = { put: () => Promise.reject(new Error("away")) } as unknown as R2Bucket;
  keepObserved({ BUCKET }, SAMPLE_OBSERVATIONS);
  await vi.waitFor(() => expect(warned).toHaveBeenCalledTimes(2));
});
