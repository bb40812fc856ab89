import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { findObservations, recordObservations } from "../../adapters/r2/observation-store.ts";
import { recordSample, type SampleBucket } from "../../adapters/x/recorder.ts";
import { sampleDecision } from "../../domain/journal/sample-entries.ts";
import { decisionView } from "../../domain/journal/views.ts";
import { ok, refuse } from "../../domain/result.ts";
import type { Assessment } from "../../domain/scoring/assessment.ts";
import type { Observations } from "../../domain/scoring/observations.ts";
import { readStoredObservations } from "../../domain/scoring/observations-schema.ts";
import { SAMPLE_CANDIDATE, SAMPLE_OBSERVATIONS } from "../../domain/scoring/sample-observations.ts";
import { builtinParameterSet } from "../../domain/trading/parameter-set.ts";
import { assessCandidate } from "../../workers/analyzer/assess.ts";
import { fakeNode } from "../../workers/analyzer/fake-rpc.ts";
import { type AnalyzerSources, replayedSources } from "../../workers/analyzer/replayed.ts";
import { savedOf, savedText } from "../score/saved.ts";
import { firstJudged, firstJudgedLines } from "./first-judged.ts";
import { replayVariables } from "./run-replay.ts";
import { firstSeen, loadSeen, type SeenCoin } from "./seen.ts";
import { type SeenServer, startSeenServer } from "./seen-server.ts";

const { mint } = SAMPLE_CANDIDATE.graduation;
const PARAMETERS = builtinParameterSet("default");
const EMPTY_DB = {
  prepare: () => ({ bind: () => ({ all: async () => ({ results: [] }) }) }),
  batch: async () => [{ results: [] }, { results: [] }],
};

let server: SeenServer;
let dir = "";
const called: string[] = [];

beforeAll(async () => {
  server = await startSeenServer();
});

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sniper-seen-"));
  called.length = 0;
  const real = globalThis.fetch;
  vi.stubGlobal("fetch", (input: string, init?: RequestInit) => {
    called.push(input);
    return real(input, init);
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  rmSync(dir, { recursive: true, force: true });
});

afterAll(() => server.close());

/** A bucket whose objects are files of the folder, as an export of it has them. */
function folderBucket(): SampleBucket & { readonly texts: Map<string, string> } {
  const texts = new Map<string, string>();
  const bucket = {
    texts,
    put: async (key: string, bytes: Uint8Array) => {
      const text = new TextDecoder().decode(bytes);
      texts.set(key, text);
      mkdirSync(dirname(join(dir, key)), { recursive: true });
      writeFileSync(join(dir, key), text);
      return {};
    },
    get: async (key: string) => ({ size: texts.get(key)?.length, text: async () => texts.get(key) }),
    list: async ({ prefix = "" }: R2ListOptions) => ({
      objects: [...texts.keys()].filter((key) => key.startsWith(prefix)).map((key) => ({ key })),
      truncated: false,
    }),
  };
  return bucket as unknown as SampleBucket & { readonly texts: Map<string, string> };
}

function judge(sources: AnalyzerSources, nowMs: () => number): Promise<Assessment> {
  const { candidate = discoveredAt(nowMs()), ...deps } = sources;
  const champion = null;
  const { rpc } = fakeNode();
  // Of holders a recording knows nothing.
  const recorded = { ...rpc, getTokenLargestAccounts: async () => refuse("RPC_UNAVAILABLE", "not recorded") } as const;
  return assessCandidate(candidate, {
    rpc: deps.onObserved === undefined ? recorded : rpc,
    parameters: PARAMETERS,
    champion,
    nowMs,
    deadlineMs: 500,
    ...deps,
  }).then((result) => {
    if (!result.ok) throw new Error(result.reason);
    return result.value;
  });
}

/** What a replay's Discoverer makes of the same coin, at its own moment. */
function discoveredAt(atMs: number) {
  const createdAtMs = SAMPLE_CANDIDATE.discoveredAtMs - SAMPLE_CANDIDATE.ageMs;
  return { ...SAMPLE_CANDIDATE, discoveredAtMs: atMs, ageMs: atMs - createdAtMs + 13, liquidityLamports: 134_000_000_000n, solUsd: 149 };
}

/** The first judgement: the clock goes on, X answers, and so does Workers AI, which says what nobody can compute again. */
async function judgeFirst(): Promise<{ first: Assessment; observed: Observations }> {
  let atMs = SAMPLE_OBSERVATIONS.asOfMs - 200;
  const nowMs = () => (atMs += 7);
  let observed: Observations | null = null;
  const first = await judge(
    {
      candidate: SAMPLE_CANDIDATE,
      social: { sample: async () => ok({ ...notNull(SAMPLE_OBSERVATIONS.social), fetchedAtMs: nowMs(), costMicroUsd: 65_000 }) },
      classify: async () => ok(SAMPLE_OBSERVATIONS.moods.map((mood) => ({ ...mood, readAtMs: nowMs() }))),
      records: {
        creator: async () => ok(notNull(SAMPLE_OBSERVATIONS.creatorRecord)),
        market: async () => ok(notNull(SAMPLE_OBSERVATIONS.marketRecord)),
      },
      onObserved: (one) => {
        observed = one;
      },
    },
    nowMs,
  );
  return { first, observed: notNull<Observations>(observed) };
}

async function keep(observed: Observations) {
  const bucket = folderBucket();
  const { candidate, asOfMs, social } = observed;
  expect(await recordObservations(bucket, observed)).toMatchObject({ ok: true });
  expect(await recordSample(bucket, { mint, symbol: candidate.symbol, assessedAtMs: asOfMs, sample: notNull(social) })).toMatchObject({
    ok: true,
  });
  return bucket;
}

async function replayed(coins: readonly SeenCoin[]): Promise<{ again: Assessment; seen: SeenCoin | null }> {
  const seen = firstSeen(coins, mint, SAMPLE_CANDIDATE.graduation.blockTimeMs);
  server.advanceTo(seen);
  const nowMs = () => seen?.assessedAtMs ?? notNull(SAMPLE_CANDIDATE.graduation.blockTimeMs);
  const env = {
    REPLAY_SEEN_URL: server.url,
    DB: EMPTY_DB,
    X_BEARER_TOKEN: "never-used",
    AI: { run: () => Promise.reject(new Error("asked")) },
  };
  return { again: await judge(await replayedSources(env as unknown as Env, discoveredAt(nowMs()), nowMs), nowMs), seen };
}

describe("a judgement is replayed", () => {
  test("from the bucket's objects: the same posts, moment, vector to the bit and score", async () => {
    const { first, observed } = await judgeFirst();
    await keep(observed);
    const { coins, problems } = await loadSeen([dir]);
    expect(problems).toEqual([]);
    expect(coins).toHaveLength(1);
    const { again, seen } = await replayed(coins);
    expect(again.missing).toEqual(first.missing);
    expect(JSON.stringify(again.features)).toBe(JSON.stringify(first.features));
    expect([again.score, again.recommendation, again.assessedAtMs]).toEqual([first.score, first.recommendation, first.assessedAtMs]);
    expect(again.parts).toEqual(first.parts);
    expect(again.features["sentimentAi"]).toBe(0.62);
    expect(seen?.posts?.sample).toEqual(observed.social);
    expect(called).toEqual([`${server.url}${mint}`]);
  });

  test("from a saved judgement, which also tells whether it is the same", async () => {
    const { first, observed } = await judgeFirst();
    const bucket = await keep(observed);
    const read = readStoredObservations(JSON.parse((await findObservations(bucket, mint, first.assessedAtMs)) ?? "null"));
    if (!read.ok) throw new Error(read.detail);
    expect(read.value.social).toEqual(observed.social);
    const record = { ...sampleDecision("d1", { mint }), ...first, stage: "analyze", outcome: first.recommendation } as const;
    const view = { ...decisionView(record), atMs: first.assessedAtMs + 5 };
    const file = join(dir, "../saved-judgement.json");
    writeFileSync(file, savedText(savedOf(view, read.value, PARAMETERS)));
    const { coins } = await loadSeen([file, dir]);
    rmSync(file);
    const { again, seen } = await replayed(coins);
    expect(JSON.stringify(again.features)).toBe(JSON.stringify(first.features));
    const compared = firstJudged({ ...record, features: again.features, findings: again.findings }, seen, "default");
    expect(compared).toMatchObject({ posts: 5, differing: [], ofThen: { score: first.score, recordedScore: first.score } });
    expect(compared === null ? [] : firstJudgedLines(compared)).toContain("features: as at first, to the last bit");
    const other = firstJudged({ ...record, features: { ...again.features, mentions: 4 } }, seen, "default");
    expect(other === null ? [] : firstJudgedLines(other)).toContain("features that were other at first: mentions");
  });

  test("with the posts alone: the same social features, and the moods of classifiers are not asked for again", async () => {
    const { first, observed } = await judgeFirst();
    await keep(observed);
    const { again } = await replayed((await loadSeen([join(dir, "social")])).coins);
    for (const name of ["sentimentMean", "sentimentWeighted", "mentions", "mentionsPerMinute", "reachLog10", "verifiedShare", "botShare"]) {
      expect([name, again.features[name]]).toEqual([name, first.features[name]]);
    }
    expect(again.features["sentimentAi"]).toBeNull();
    expect(again.missing).toContain("sentimentAi");
  });

  test.each([
    ["nothing recorded", () => []],
    ["another coin's record", (coins: readonly SeenCoin[]) => coins.map((coin) => ({ ...coin, mint: "other" }))],
    ["a record from before the graduation", (coins: readonly SeenCoin[]) => coins.map((coin) => ({ ...coin, assessedAtMs: 1 }))],
  ])("%s: sentiment and social are missing and named, and nobody is asked", async (_name, change) => {
    await keep((await judgeFirst()).observed);
    const { again, seen } = await replayed(change((await loadSeen([dir])).coins));
    expect(seen).toBeNull();
    expect(again.parts).toMatchObject({ sentiment: null, social: null });
    expect(again.missing).toEqual(expect.arrayContaining(["source:posts (NOT_FOUND)", "part:sentiment", "part:social", "mentions"]));
    expect(called).toEqual([`${server.url}${mint}`]);
  });

  test("of a coin that is not at hand the server knows nothing", async () => {
    await keep((await judgeFirst()).observed);
    server.advanceTo((await loadSeen([dir])).coins[0] ?? null);
    expect(await (await fetch(`${server.url}9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin`)).json()).toBeNull();
  });

  test("a process that does not answer is an error, not silence", async () => {
    const env = { REPLAY_SEEN_URL: "http://127.0.0.1:9/", DB: EMPTY_DB };
    await expect(replayedSources(env as unknown as Env, SAMPLE_CANDIDATE, () => 1)).rejects.toThrow();
  });
});

test("files that hold something else are problems, and so are observations whose posts are gone", async () => {
  await keep((await judgeFirst()).observed);
  rmSync(join(dir, "social"), { recursive: true });
  writeFileSync(join(dir, "a.json"), '{"sample":1}\n{"observations":{}}\n{"features":{}}\n{"cut":');
  const { coins, problems } = await loadSeen([dir]);
  expect(coins).toEqual([]);
  expect(problems.map(({ line, problem }) => `${line} ${problem}`)).toEqual([
    expect.stringMatching(/^1 UPSTREAM_MALFORMED: /),
    expect.stringMatching(/^2 observations\.asOfMs: /),
    "3 neither observations nor posts of a judgement",
    expect.stringMatching(/^4 not JSON/),
    "1 NOT_FOUND: its posts are not kept any more",
  ]);
});

test("a replay's variables name this machine only, and nothing that anybody else would take for a key", () => {
  const secrets = { heliusWebhookAuth: "auth-auth", operatorToken: "operator-token" };
  const variables = replayVariables({ rpc: "http://127.0.0.1:1/", seen: "http://127.0.0.1:2/" }, secrets, "localnet");
  const urls = Object.values(variables).filter((value) => value.includes("://"));
  expect(urls).toHaveLength(5);
  for (const url of urls) expect(new URL(url).hostname).toBe("127.0.0.1");
  expect(Object.keys(variables).filter((name) => /TOKEN|KEY|AUTH|SENDER|CHAT/.test(name))).toEqual([
    "HELIUS_WEBHOOK_AUTH",
    "OPERATOR_TOKEN",
  ]);
  expect(variables).toMatchObject({ MODE: "paper", REPLAY_CLOCK: "on", PARAMETER_PROFILE: "localnet" });
});

function notNull<T>(value: T | null | undefined): T {
  if (value == null) throw new Error("missing");
  return value;
}
