import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { SAMPLE_CANDIDATE } from "../../domain/scoring/sample-observations.ts";
import { SCORERS } from "../../domain/sentiment/scorers.ts";
import type { SocialSample } from "../../domain/sentiment/social.ts";
import type { Budget } from "../../durable-objects/budget.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { classifyFromEnv } from "./moods.ts";

const NOW = 1_790_000_000_000;

function sampleOf(text: string): SocialSample {
  const post = { id: "1", authorId: "a", text, lang: "en", createdAtMs: NOW - 1_000, engagements: null };
  return { provider: "test", fetchedAtMs: NOW, posts: [post], authors: [], newestId: null, costMicroUsd: 0 };
}

async function spent(): Promise<number> {
  const stub = env.BUDGET.get(env.BUDGET.idFromName("budget")) as DurableObjectStub<Budget>;
  return (await stub.status("ai")).spent;
}

beforeEach(async () => {
  await reset();
});

test.each([
  // As the supervisor and the test servers start the Worker.
  ["with a variable in the binding's place", { NETWORK: "mainnet", AI: "off" }],
  ["on the embedded market", { NETWORK: "localnet", AI: env.AI }],
])("%s the student alone answers, at no cost", async (_, settings) => {
  const text = "love this team, such a great day";
  const moods = await classifyFromEnv({ ...env, ...settings } as unknown as Env, () => NOW)(sampleOf(text), SAMPLE_CANDIDATE);
  expect(moods).toEqual({ ok: true, value: [{ scorer: "student", readAtMs: NOW, mood: SCORERS.student.score(text).compound }] });
  expect(await spent()).toBe(0);
});

test("the binding of wrangler.toml is there, and without an account the student alone answers", async () => {
  const moods = await classifyFromEnv({ ...env, NETWORK: "mainnet" }, () => NOW)(sampleOf("nobody can read this one"), SAMPLE_CANDIDATE);
  expect(moods.ok && moods.value.map(({ scorer }) => scorer)).toEqual(["student"]);
  // It was asked, in vain.
  expect(await spent()).toBeGreaterThan(0);
});

test("with a binding both answer, and the budget object has counted it", async () => {
  const run = async () => [
    { label: "NEGATIVE", score: 0.25 },
    { label: "POSITIVE", score: 0.75 },
  ];
  const withAi = { ...env, NETWORK: "mainnet", AI: { run } } as unknown as Env;
  const moods = await classifyFromEnv(withAi, () => NOW)(sampleOf("a text that nothing else asks about"), SAMPLE_CANDIDATE);
  expect(moods.ok && moods.value.map(({ scorer, mood }) => [scorer, scorer === "ai" ? mood : "any"])).toEqual([
    ["student", "any"],
    ["ai", 0.5],
  ]);
  expect(await spent()).toBe(Math.ceil(("a text that nothing else asks about".length + 2) * 2.394));
});
