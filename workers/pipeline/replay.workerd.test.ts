import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { applyPending } from "../../adapters/d1/migrate.ts";
import type { Candidate } from "../../domain/candidate.ts";
import { SAMPLE_OBSERVATIONS } from "../../domain/scoring/sample-observations.ts";
import { freezeClock } from "../../durable-objects/test-chain.ts";
import { reset } from "../../durable-objects/test-reset.ts";
import { TestMarket } from "../../localnet/server/test-market.ts";
import type { Seen } from "../analyzer/replayed.ts";
import worker from "../index.ts";

/** Of a market with this seed the first coin passes every gate. A queue outlives `reset`, so no other test has its coins. */
const SEED = "replay-1";
const SEEN_URL = "http://seen.test/";

let market: TestMarket;
let called: string[];

beforeEach(async () => {
  await reset();
  await applyPending(env.DB);
  freezeClock();
  market = new TestMarket(SEED);
  market.install();
});

afterEach(async () => {
  await reset();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Answers what was seen, and leaves the chain to the market. Anything else is an error there. */
function install(seen: Seen | null): void {
  const chain = vi.mocked(globalThis.fetch).getMockImplementation();
  if (chain === undefined) throw new Error("no market");
  called = [];
  vi.mocked(globalThis.fetch).mockImplementation(async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    called.push(url);
    return url.startsWith(SEEN_URL) ? Response.json(seen) : chain(input, init);
  });
}

/** Delivers to an instance that has every key, so that only the replay keeps it from asking. */
async function replay(nowMs: number, entry: unknown) {
  const AI = { run: vi.fn(() => Promise.reject(new Error("asked"))) };
  const keys = { X_BEARER_TOKEN: "x-key", X_API_BASE_URL: "https://api.x.com", HELIUS_API_KEY: "helius-key", AI };
  const request = new Request("http://sniper.test/webhooks/helius", {
    method: "POST",
    headers: { authorization: "test-webhook-auth", "x-replay-now-ms": String(nowMs) },
    body: JSON.stringify([entry]),
  });
  const instance = { ...env, ...keys, REPLAY_CLOCK: "on", REPLAY_SEEN_URL: SEEN_URL } as unknown as Env;
  const ctx = { waitUntil: () => undefined, passThroughOnException: () => undefined, props: {} } as unknown as ExecutionContext;
  const response = await worker.fetch(new Request(request), instance, ctx);
  expect(response.status).toBe(200);
  const { decisions } = (await response.json()) as {
    decisions: Array<{ stage: string; features: Record<string, number>; missing: string[] }>;
  };
  expect(AI.run).not.toHaveBeenCalled();
  const judged = decisions.find(({ stage }) => stage === "analyze");
  if (judged === undefined) throw new Error(JSON.stringify(decisions));
  return judged;
}

test("a replay judges with the posts and moods that were seen, and asks nobody else", async () => {
  const coin = market.next("graduation");
  const { social, moods, candidate } = SAMPLE_OBSERVATIONS;
  if (social === null) throw new Error("no posts");
  const nowMs = Date.now();
  const facts: Pick<Candidate, "discoveredAtMs" | "ageMs" | "liquidityUsd" | "solUsd"> = {
    discoveredAtMs: nowMs - 400,
    ageMs: 123_000,
    liquidityUsd: candidate.liquidityUsd,
    solUsd: 150,
  };
  const largest = Array.from({ length: 20 }, (_, i) => ({ owner: `H${i}`, amount: "10000000000000" }));
  install({
    posts: { ...social, fetchedAtMs: nowMs - 100 },
    record: {
      candidate: { ...facts, liquidityLamports: "134000000000" },
      readings: { creatorHolds: "0", solUsd: 151.5, holders: { readAtMs: nowMs - 50, isByOwner: true, isComplete: false, largest } },
      moods: moods.map((mood) => ({ ...mood, readAtMs: nowMs - 50 })),
      creatorRecord: { coins: [] },
      marketRecord: null,
    },
  });
  const { features, missing } = await replay(nowMs, coin.entry);
  expect(features).toMatchObject({ sentimentAi: 0.62, sentimentStudent: 0.48, verifiedShare: 0.4, creatorCoins: 0, tokenAgeS: 123.4 });
  expect(features).toMatchObject({ topHolderShare: 0.01, creatorShare: 0, solMove: 151.5 / 150 - 1 });
  expect(market.calls.filter((call) => call.startsWith("getTokenLargestAccounts"))).toEqual([]);
  expect(features["mentions"]).not.toBeNull();
  expect(missing).toContain("source:own records (NOT_FOUND)");
  expect(new Set(called)).toEqual(new Set([`${SEEN_URL}${coin.key.split(":")[1]}`, "http://rpc.test/"]));
  expect((await env.BUCKET.list({ prefix: "social/" })).objects).toEqual([]);
  expect((await env.BUCKET.list({ prefix: "observations/" })).objects).toEqual([]);
});

test("without a record sentiment and social are missing and named, and nobody is asked", async () => {
  const coin = market.next("graduation");
  install(null);
  const { features, missing } = await replay(Date.now(), coin.entry);
  expect(features).toMatchObject({ sentimentMean: null, sentimentAi: null, sentimentStudent: null, mentions: null });
  expect(missing).toEqual(expect.arrayContaining(["source:posts (NOT_FOUND)", "part:sentiment", "part:social"]));
  expect(new Set(called)).toEqual(new Set([`${SEEN_URL}${coin.key.split(":")[1]}`, "http://rpc.test/"]));
});
