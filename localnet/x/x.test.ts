import { describe, expect, test } from "vitest";
import { createPostSource, type TokenSummary, type XPost } from "./posts.ts";
import { parseQuery } from "./query.ts";
import { createXServer } from "./server.ts";

const START_MS = 1_790_000_000_000;
const MINUTE_MS = 60_000;

function token(kind: string, mint = `${kind}Mint`, symbol = kind.slice(0, 4).toUpperCase()): TokenSummary {
  return { mint, symbol, name: `${kind} coin`, kind, createdAtMs: START_MS, graduatedAtMs: START_MS + 5 * MINUTE_MS, seed: 1 };
}

const TOKENS = [token("organic-runner"), token("honeypot"), token("dead-on-arrival"), token("slow-bleed")];
const ALL = { from: START_MS - 1, to: START_MS + 20 * MINUTE_MS };

function postsOf(mint: string, seed: string | number = 7, tokens = TOKENS): XPost[] {
  return createPostSource({ seed, tokens: () => tokens }).posts([mint.toLowerCase()], ALL.from, ALL.to);
}

describe("posts", () => {
  test("the same seed gives the same posts however they are asked for", () => {
    const once = createPostSource({ seed: 7, tokens: () => TOKENS }).posts(null, ALL.from, ALL.to);
    // Asked step by step, the graduation unknown until it has happened.
    let nowMs = START_MS;
    const tokens = (): TokenSummary[] =>
      TOKENS.map((t) => ({ ...t, graduatedAtMs: t.graduatedAtMs !== null && t.graduatedAtMs <= nowMs ? t.graduatedAtMs : null }));
    const stepwise = createPostSource({ seed: 7, tokens });
    const collected: XPost[] = [];
    for (; nowMs <= ALL.to; nowMs += 7_300) stepwise.posts(null, ALL.from, nowMs);
    nowMs = ALL.to;
    collected.push(...stepwise.posts(null, ALL.from, ALL.to));
    expect(once.length).toBeGreaterThan(100);
    expect(collected).toEqual(once);
    expect(postsOf("organic-runnerMint", 8)).not.toEqual(postsOf("organic-runnerMint", 7));
  });

  test("good tokens have many authors with followers, scams a few young bots with copied texts", () => {
    const many = (kind: string): TokenSummary[] => Array.from({ length: 30 }, (_, i) => token(kind, `${kind}${i}`, `S${i}`));
    const measure = (kind: string): { authors: number; followers: number; texts: number } => {
      const posts = createPostSource({ seed: 3, tokens: () => many(kind) }).posts(null, ALL.from, ALL.to);
      const byMint = Map.groupBy(posts, (post) => post.mint);
      const shares = [...byMint.values()].map((list) => new Set(list.map((p) => p.author.id)).size / list.length);
      const texts = [...byMint.values()].map((list) => new Set(list.map((p) => p.text)).size / list.length);
      const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
      return { authors: mean(shares), followers: mean(posts.map((p) => Math.log10(1 + p.author.followers))), texts: mean(texts) };
    };
    const organic = measure("organic-runner");
    const scam = measure("honeypot");
    expect(organic.authors).toBeGreaterThan(2 * scam.authors);
    expect(organic.followers).toBeGreaterThan(scam.followers + 0.5);
    expect(organic.texts).toBeGreaterThan(1.5 * scam.texts);
    expect(postsOf("dead-on-arrivalMint").length).toBeLessThan(postsOf("organic-runnerMint").length / 10);
  });

  test("ids are snowflakes: unique and in the order of time", () => {
    const posts = createPostSource({ seed: 7, tokens: () => TOKENS }).posts(null, ALL.from, ALL.to);
    expect(new Set(posts.map((p) => p.id)).size).toBe(posts.length);
    for (const post of posts) expect(Number((BigInt(post.id) >> 22n) + 1_288_834_974_657n)).toBe(post.createdAtMs);
  });
});

describe("query", () => {
  const post = (text: string, repostOf: string | null = null): XPost =>
    ({ text, lang: "en", repostOf, author: { username: "ann", verified: true } }) as unknown as XPost;

  test.each([
    ["$GEM", "buy $GEM now", true],
    ["$GEM", "buy $GEMS now", false],
    ['"next gem"', "the NEXT gem", true],
    ["gem -scam", "gem or scam", false],
    ["(gem OR pearl) lang:en", "a pearl", true],
    ["gem is:verified from:ann", "gem", true],
    ["gem has:links", "gem", false],
    ["a OR b c", "b", false],
    ["a OR b c", "a", true],
    ["gem -(bad OR ugly)", "gem ugly", false],
  ])("%s on %j is %j", (query, text, expected) => {
    const parsed = parseQuery(query);
    expect(typeof parsed === "string" ? parsed : parsed.matches(post(text))).toBe(expected);
  });

  test("reposts can be left out", () => {
    const parsed = parseQuery("gem -is:retweet");
    expect(typeof parsed !== "string" && parsed.matches(post("RT gem", "1"))).toBe(false);
  });

  test.each(["", "is:retweet", "-gem", "(gem", "gem)", "gem has:secrets", "x".repeat(513)])("%j is refused", (query) => {
    expect(parseQuery(query)).toBeTypeOf("string");
  });
});

describe("X stand-in", () => {
  const posts = createPostSource({ seed: 7, tokens: () => TOKENS });
  const serve = (now = ALL.to) => createXServer({ posts, now: () => now, bearerToken: "good" });
  const get = async (server: ReturnType<typeof serve>, path: string, bearer = "good") => {
    const response = await server(new Request(`http://h/x/2/${path}`, { headers: { authorization: `Bearer ${bearer}` } }));
    return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
  };
  const QUERY = "tweets/search/recent?query=organic-runnerMint%20-is:retweet&max_results=10";

  test("search has X's shapes, pages backwards and forwards", async () => {
    const server = serve();
    const fields = "&tweet.fields=created_at,author_id,public_metrics&expansions=author_id&user.fields=created_at,public_metrics";
    const first = await get(server, QUERY + fields);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      data: expect.arrayContaining([
        expect.objectContaining({ id: expect.stringMatching(/^\d+$/), author_id: expect.any(String), public_metrics: expect.any(Object) }),
      ]),
      includes: { users: expect.arrayContaining([expect.objectContaining({ public_metrics: expect.any(Object) })]) },
      meta: { result_count: 10, next_token: expect.any(String) },
    });
    const meta = first.body["meta"] as { next_token: string; newest_id: string; oldest_id: string };
    const second = await get(server, `${QUERY}&next_token=${meta.next_token}`);
    const data = second.body["data"] as Array<{ id: string }>;
    for (const post of data) expect(BigInt(post.id)).toBeLessThan(BigInt(meta.oldest_id));
    expect(Object.keys(data[0] ?? {}).sort()).toEqual(["edit_history_tweet_ids", "id", "text"]);
    expect((await get(server, `${QUERY}&since_id=${meta.newest_id}`)).body).toEqual({ meta: { result_count: 0 } });
  });

  test("limits: 300 searches in 15 minutes, then 429 until the window ends", async () => {
    let now = ALL.to;
    const server = createXServer({ posts, now: () => now });
    for (let i = 1; i <= 300; i++) {
      const { status, headers } = await get(server, "tweets/search/recent?query=nobody");
      expect(status).toBe(200);
      expect(headers.get("x-rate-limit-remaining")).toBe(String(300 - i));
    }
    expect(await get(server, "tweets/search/recent?query=nobody")).toMatchObject({ status: 429, body: { title: "Too Many Requests" } });
    now += 900_000;
    expect((await get(server, "tweets/search/recent?query=nobody")).status).toBe(200);
  });

  test("users are found by id and by name, the missing are named", async () => {
    const server = serve();
    const author = posts.posts(null, ALL.from, ALL.to)[0]?.author;
    const byName = await get(server, `users/by?usernames=${author?.username},nobody_x`);
    expect(byName.body).toMatchObject({ data: [{ id: author?.id }], errors: [{ title: "Not Found Error", value: "nobody_x" }] });
    expect((await get(server, `users?ids=${author?.id}&user.fields=created_at`)).body).toMatchObject({
      data: [{ created_at: expect.any(String) }],
    });
    expect((await get(server, `users/by/username/${author?.username}`)).body).toMatchObject({ data: { id: author?.id } });
  });

  test.each([
    ["tweets/search/recent?query=x&max_results=5", 400],
    ["tweets/search/recent?query=x&since_id=abc", 400],
    ["tweets/search/recent", 400],
    ["tweets?ids=", 400],
    ["elsewhere", 404],
  ])("%s answers %i", async (path, status) => {
    expect((await get(serve(), path)).status).toBe(status);
  });

  test("a wrong bearer token is refused", async () => {
    expect((await get(serve(), "users?ids=1", "bad")).status).toBe(401);
  });
});
