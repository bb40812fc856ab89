import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { BudgetClaim, BudgetOutcome, BudgetPort } from "../../domain/budget.ts";
import { ok, refuse } from "../../domain/result.ts";
import type { AuthorCache } from "./cache.ts";
import { searchExpression } from "./query.ts";
import { createXSource, type XOptions } from "./source.ts";

const MINT = "HtMWEhAzz6ExYGXdNryncYJ7tvyivC6U8SUFu5szpump";
const NOW = Date.parse("2026-09-01T12:00:00Z");
const RESET_S = NOW / 1000 + 600;

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

const closers: Array<() => void> = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A stand-in for X on a local port; `seen` are the requests it got. */
async function serve(
  handler: Handler,
): Promise<{ readonly baseUrl: string; readonly seen: Array<{ url: URL; headers: IncomingMessage["headers"] }> }> {
  const seen: Array<{ url: URL; headers: IncomingMessage["headers"] }> = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://local");
    seen.push({ url, headers: request.headers });
    handler(request, response, url);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`, seen };
}

function json(response: ServerResponse, body: unknown, headers: Record<string, string> = {}, status = 200): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

const POSTS = ["11", "12", "11"].map((author_id, i) => ({
  id: String(1_900 - i),
  author_id,
  text: `post ${i}`,
  created_at: "2026-09-01T11:59:00.000Z",
  lang: "en",
  public_metrics: { like_count: 3, retweet_count: 1, reply_count: 0, quote_count: 0, impression_count: 9 },
}));
const USERS = ["11", "12"].map((id) => ({
  id,
  name: "n",
  username: "u",
  created_at: "2020-01-01T00:00:00.000Z",
  public_metrics: { followers_count: 100, following_count: 5, tweet_count: 900, listed_count: 0 },
  ...(id === "11" ? { verified: true } : {}),
}));

const healthy: Handler = (_request, response, url) => {
  if (url.pathname === "/x/2/tweets/search/recent")
    return json(response, { data: POSTS, meta: { newest_id: "1900", oldest_id: "1898", result_count: 3 } });
  const ids = url.searchParams.get("ids")?.split(",") ?? [];
  json(response, { data: USERS.filter(({ id }) => ids.includes(id)) });
};

function budget(refusing = false): BudgetPort & { readonly claims: BudgetClaim[]; readonly outcomes: BudgetOutcome[] } {
  const claims: BudgetClaim[] = [];
  const outcomes: BudgetOutcome[] = [];
  return {
    claims,
    outcomes,
    claim: async (claim) => {
      claims.push(claim);
      return refusing ? refuse("BUDGET_EXHAUSTED") : ok("claim");
    },
    settle: async (_id, outcome) => {
      outcomes.push(outcome);
    },
  };
}

function source(baseUrl: string, changes: Partial<XOptions> = {}) {
  return createXSource({ bearerToken: "secret-token", baseUrl, budget: budget(), nowMs: () => NOW, timeoutMs: 5_000, ...changes });
}

describe("createXSource", () => {
  test("searches once, looks up the authors, and settles what it cost", async () => {
    const { baseUrl, seen } = await serve(healthy);
    const port = budget();
    const result = await source(baseUrl, { budget: port }).sample({ mint: MINT, symbol: "SMPL", sinceId: "1500" });
    expect(result).toEqual(
      ok({
        provider: "x",
        fetchedAtMs: NOW,
        posts: POSTS.map(({ id, author_id, text }) => ({
          id,
          authorId: author_id,
          text,
          lang: "en",
          createdAtMs: NOW - 60_000,
          engagements: 4,
        })),
        authors: [
          { id: "11", followers: 100, posts: 900, createdAtMs: Date.parse("2020-01-01T00:00:00Z"), verified: true },
          { id: "12", followers: 100, posts: 900, createdAtMs: Date.parse("2020-01-01T00:00:00Z"), verified: null },
        ],
        newestId: "1900",
        costMicroUsd: 35_000,
      }),
    );
    expect(seen.map(({ url }) => url.pathname)).toEqual(["/x/2/tweets/search/recent", "/x/2/users"]);
    expect(seen[0]?.headers.authorization).toBe("Bearer secret-token");
    expect(Object.fromEntries(seen[0]?.url.searchParams ?? [])).toEqual({
      query: `("${MINT}" OR $SMPL) lang:en -is:retweet`,
      max_results: "10",
      "tweet.fields": "author_id,created_at,lang,public_metrics",
      since_id: "1500",
    });
    expect(seen[1]?.url.searchParams.get("user.fields")).toBe("created_at,public_metrics,verified");
    expect(port.claims).toEqual([{ requests: 3, cost: 150_000 }]);
    expect(port.outcomes).toEqual([{ requests: 2, cost: 35_000 }]);
  });

  test("known authors are not bought again within a day", async () => {
    const { baseUrl, seen } = await serve(healthy);
    const authors: AuthorCache = new Map();
    let nowMs = NOW;
    const cached = source(baseUrl, { authors, nowMs: () => nowMs });
    await cached.sample({ mint: MINT, symbol: "" });
    const second = await cached.sample({ mint: MINT, symbol: "" });
    expect(second).toMatchObject({ ok: true, value: { costMicroUsd: 15_000 } });
    expect(seen.length).toBe(3);
    nowMs += 86_400_001;
    await cached.sample({ mint: MINT, symbol: "" });
    expect(seen.length).toBe(5);
  });

  describe("the same search again", () => {
    const at = (i: number) => ({ ...POSTS[0], id: String(BigInt("1990000000000000000") + BigInt(i)), text: `post ${i}` });
    /** As a lookup shows a post: with more engagements than the search had. */
    const liked = <P extends object>(post: P) => ({
      ...post,
      public_metrics: { like_count: 30, retweet_count: 2, reply_count: 0, quote_count: 0 },
    });
    const query = { mint: MINT, symbol: "SMPL" };
    /** Holds the posts of `numbers`, newest first, and gives the ten newest after since_id. */
    function timeline(numbers: () => number[]): Handler {
      return (request, response, url) => {
        if (url.pathname.endsWith("/users")) return healthy(request, response, url);
        if (url.pathname.endsWith("/tweets")) {
          const ids = new Set(url.searchParams.get("ids")?.split(","));
          const data = numbers()
            .map(at)
            .filter(({ id }) => ids.has(id))
            .map(liked);
          return json(response, data.length === 0 ? { errors: [{ title: "Not Found Error" }] } : { data });
        }
        const since = BigInt(url.searchParams.get("since_id") ?? 0);
        const data = numbers()
          .map(at)
          .filter(({ id }) => BigInt(id) > since)
          .slice(0, 10);
        const newest = data[0] === undefined ? {} : { newest_id: data[0].id };
        json(response, { ...(data.length === 0 ? {} : { data }), meta: { result_count: data.length, ...newest } });
      };
    }

    test.each([0, 1, 4, 10, 25])("pays for %i new posts and has what a first search would have", async (more) => {
      const numbers = [9, 7, 5, 3];
      const { baseUrl, seen } = await serve(timeline(() => numbers));
      const searching = source(baseUrl);
      await searching.sample(query);
      numbers.unshift(...Array.from({ length: more }, (_, i) => 9 + more - i));
      const again = await searching.sample(query);
      const anew = await source(baseUrl).sample(query);
      if (!again.ok || !anew.ok) throw new Error("no sample");
      expect(again.value).toEqual({ ...anew.value, costMicroUsd: Math.min(10, more) * 5_000 });
      expect(again.value.newestId).toBe(at(9 + more).id);
      expect(seen.map(({ url }) => url.searchParams.get("since_id"))).toEqual([null, null, at(9).id, null, null]);
    });

    test("another coin, a caller's own since_id, an hour later: no mixing", async () => {
      const { baseUrl, seen } = await serve(timeline(() => [2, 1]));
      let nowMs = NOW;
      const searching = source(baseUrl, { nowMs: () => nowMs });
      await searching.sample(query);
      await searching.sample({ ...query, symbol: "OTHER" });
      expect(await searching.sample({ ...query, sinceId: at(1).id })).toMatchObject({ value: { posts: [{ id: at(2).id }] } });
      expect(await searching.sample(query)).toMatchObject({ value: { posts: [{ id: at(2).id }, { id: at(1).id }] } });
      nowMs += 1_800_001;
      await searching.sample(query);
      nowMs += 1_800_000;
      await searching.sample(query);
      const searches = seen.filter(({ url }) => url.pathname.endsWith("/recent"));
      expect(searches.map(({ url }) => url.searchParams.get("since_id"))).toEqual([null, null, at(1).id, at(2).id, at(2).id, null]);
    });

    test("after five minutes known posts are looked up: deleted ones go, engagements are as they are now", async () => {
      let numbers = [3, 2, 1];
      const { baseUrl, seen } = await serve(timeline(() => numbers));
      let nowMs = NOW;
      const searching = source(baseUrl, { nowMs: () => nowMs });
      await searching.sample(query);
      nowMs += 300_000;
      expect(await searching.sample(query)).toMatchObject({
        value: { costMicroUsd: 0, posts: [3, 2, 1].map((i) => ({ id: at(i).id, engagements: 4 })) },
      });
      numbers = [4, 3, 1];
      nowMs += 1;
      const again = await searching.sample(query);
      expect(again).toMatchObject({ value: { costMicroUsd: 15_000, newestId: at(4).id } });
      expect(again.ok && again.value.posts.map(({ id, engagements }) => [id, engagements])).toEqual([
        [at(4).id, 4],
        [at(3).id, 32],
        [at(1).id, 32],
      ]);
      expect(seen.filter(({ url }) => url.pathname.endsWith("/tweets")).map(({ url }) => url.searchParams.get("ids"))).toEqual([
        [at(3).id, at(2).id, at(1).id].join(","),
      ]);
      // They are fresh again.
      expect(await searching.sample(query)).toMatchObject({ value: { costMicroUsd: 0 } });
      numbers = [];
      nowMs += 300_001;
      expect(await searching.sample(query)).toMatchObject({ value: { posts: [], authors: [], newestId: at(4).id } });
    });

    test("a failed lookup of posts leaves them without engagements, until one succeeds", async () => {
      let status = 503;
      const answer = timeline(() => [2, 1]);
      const { baseUrl } = await serve((request, response, url) =>
        url.pathname.endsWith("/tweets") && status !== 200 ? json(response, {}, {}, status) : answer(request, response, url),
      );
      let nowMs = NOW;
      const port = budget();
      const searching = source(baseUrl, { nowMs: () => nowMs, budget: port });
      await searching.sample(query);
      nowMs += 300_001;
      const both = (engagements: number | null) => ({ ok: true, value: { posts: [2, 1].map((i) => ({ id: at(i).id, engagements })) } });
      expect(await searching.sample(query)).toMatchObject(both(null));
      expect(port.outcomes.at(-1)).toEqual({ requests: 2, cost: 0 });
      status = 200;
      expect(await searching.sample(query)).toMatchObject(both(32));
    });

    test("a failure is not taken for what was known", async () => {
      let fails = false;
      const answer = timeline(() => [2, 1]);
      const { baseUrl } = await serve((request, response, url) => (fails ? json(response, {}, {}, 503) : answer(request, response, url)));
      const searching = source(baseUrl);
      await searching.sample(query);
      fails = true;
      expect(await searching.sample(query)).toMatchObject({ ok: false, reason: "UPSTREAM_FAILED" });
    });
  });

  test("nothing found is an empty sample, and no author lookup", async () => {
    const { baseUrl, seen } = await serve((_request, response) => json(response, { meta: { result_count: 0 } }));
    expect(await source(baseUrl).sample({ mint: MINT, symbol: "SMPL" })).toMatchObject({ ok: true, value: { posts: [], costMicroUsd: 0 } });
    expect(seen.length).toBe(1);
  });

  test("without budget nothing is sent", async () => {
    const { baseUrl, seen } = await serve(healthy);
    const port = budget(true);
    expect(await source(baseUrl, { budget: port }).sample({ mint: MINT, symbol: "SMPL" })).toEqual(refuse("BUDGET_EXHAUSTED"));
    expect(seen).toEqual([]);
    expect(port.outcomes).toEqual([]);
  });

  test("a budget that cannot be asked stops the request too", async () => {
    const { baseUrl, seen } = await serve(healthy);
    const broken: BudgetPort = { ...budget(), claim: () => Promise.reject(new Error("object reset")) };
    expect(await source(baseUrl, { budget: broken }).sample({ mint: MINT, symbol: "SMPL" })).toMatchObject({ ok: false });
    expect(seen).toEqual([]);
  });

  test.each([400, 401, 402, 403, 404, 500, 503])("HTTP %i is a refusal and free", async (status) => {
    const { baseUrl } = await serve((_request, response) => json(response, { title: "no", detail: "secret" }, {}, status));
    const port = budget();
    const result = await source(baseUrl, { budget: port }).sample({ mint: MINT, symbol: "SMPL" });
    expect(result).toEqual(refuse("UPSTREAM_FAILED", `tweets/search/recent: HTTP ${status}`));
    expect(port.outcomes).toEqual([{ requests: 1, cost: 0 }]);
  });

  test("429 and an empty window block until X's reset", async () => {
    const headers = { "x-rate-limit-limit": "300", "x-rate-limit-remaining": "0", "x-rate-limit-reset": String(RESET_S) };
    const limited = await serve((_request, response) => json(response, {}, headers, 429));
    const port = budget();
    expect(await source(limited.baseUrl, { budget: port }).sample({ mint: MINT, symbol: "SMPL" })).toMatchObject({ ok: false });
    const last = await serve((_request, response) => json(response, { meta: { result_count: 0 } }, headers));
    expect(await source(last.baseUrl, { budget: port }).sample({ mint: MINT, symbol: "SMPL" })).toMatchObject({ ok: true });
    expect(port.outcomes.map(({ blockedUntilMs }) => blockedUntilMs)).toEqual([RESET_S * 1000, RESET_S * 1000]);
  });

  test("429 without a readable reset blocks for one of X's windows", async () => {
    const port = budget();
    for (const reset of [undefined, "", "soon", "1.5", "-1", "0", String(NOW / 1000 - 1)]) {
      const { baseUrl } = await serve((_request, response) =>
        json(response, "", { "x-rate-limit-remaining": "0", ...(reset === undefined ? {} : { "x-rate-limit-reset": reset }) }, 429),
      );
      expect(await source(baseUrl, { budget: port }).sample({ mint: MINT, symbol: "SMPL" })).toMatchObject({ reason: "UPSTREAM_FAILED" });
    }
    expect(port.outcomes).toEqual(Array(7).fill({ requests: 1, cost: 0, blockedUntilMs: NOW + 900_000 }));
  });

  test("lone surrogates, NUL and marks of direction come through as they are", async () => {
    const text = "\ud83d moon \udc00 \u0000 \u202e rug";
    const { baseUrl } = await serve((request, response, url) =>
      url.pathname.endsWith("/users")
        ? healthy(request, response, url)
        : json(response, { data: [{ ...POSTS[0], text }], meta: { result_count: 1 } }),
    );
    const port = budget();
    const sampled = await source(baseUrl, { budget: port }).sample({ mint: MINT, symbol: "SMPL" });
    expect(sampled).toMatchObject({ ok: true, value: { posts: [{ text }], authors: [{ id: "11" }] } });
    expect(port.outcomes).toEqual([{ requests: 2, cost: 15_000 }]);
  });

  test.each([
    ["empty", ""],
    ["truncated JSON", JSON.stringify({ data: POSTS, meta: { result_count: 3 } }).slice(0, -20)],
    ["nonsense", '{"data":"all","meta":7}'],
    ["an error with status 200", JSON.stringify({ errors: [{ title: "Invalid Request" }] })],
    ["a text of 100 kB", JSON.stringify({ data: [{ ...POSTS[0], text: "x".repeat(100_000) }], meta: { result_count: 1 } })],
    ["a date that is none", JSON.stringify({ data: [{ ...POSTS[0], created_at: "yesterday" }], meta: { result_count: 1 } })],
    ["a whole page of HTML", `<!doctype html><title>${"x".repeat(100_000)}</title>`],
    ["not JSON", "<html>"],
    ["an array", "[]"],
    ["null", "null"],
    [
      "posts without authors",
      JSON.stringify({ data: [{ id: "1", text: "a", created_at: "2026-09-01T00:00:00Z" }], meta: { result_count: 1 } }),
    ],
    ["negative counts", JSON.stringify({ data: [], meta: { result_count: -1 } })],
    ["an id that is no number", JSON.stringify({ data: [{ ...POSTS[0], id: "../1" }], meta: { result_count: 1 } })],
    ["101 posts", JSON.stringify({ data: Array(101).fill(POSTS[0]), meta: { result_count: 101 } })],
    ["2 MB", JSON.stringify({ data: [], meta: { result_count: 0 }, pad: "x".repeat(2_000_000) })],
  ])("%s is malformed, and counted as paid", async (_name, body) => {
    const { baseUrl } = await serve((_request, response) => json(response, body));
    const port = budget();
    expect(await source(baseUrl, { budget: port }).sample({ mint: MINT, symbol: "SMPL" })).toMatchObject({
      ok: false,
      reason: "UPSTREAM_MALFORMED",
    });
    expect(port.outcomes).toEqual([{ requests: 1, cost: 50_000 }]);
  });

  test("silence ends at the timeout and counts as paid", async () => {
    const { baseUrl } = await serve(() => undefined);
    const port = budget();
    const startedAt = performance.now();
    const result = await source(baseUrl, { budget: port, timeoutMs: 50 }).sample({ mint: MINT, symbol: "SMPL" });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(result).toMatchObject({ ok: false, reason: "UPSTREAM_FAILED" });
    expect(port.outcomes).toEqual([{ requests: 1, cost: 50_000 }]);
  });

  test("nobody listening is a refusal", async () => {
    expect(await source("http://127.0.0.1:1/x").sample({ mint: MINT, symbol: "SMPL" })).toMatchObject({
      ok: false,
      reason: "UPSTREAM_FAILED",
    });
  });

  test("a redirect is not followed: the token stays here", async () => {
    const other = await serve(healthy);
    const { baseUrl } = await serve((_request, response) => {
      response.writeHead(302, { location: other.baseUrl }).end();
    });
    expect(await source(baseUrl).sample({ mint: MINT, symbol: "SMPL" })).toMatchObject({
      ok: false,
      detail: "tweets/search/recent: HTTP 302",
    });
    expect(other.seen).toEqual([]);
  });

  test("a failed author lookup leaves the posts", async () => {
    const { baseUrl } = await serve((request, response, url) =>
      url.pathname.endsWith("/users") ? json(response, {}, {}, 503) : healthy(request, response, url),
    );
    expect(await source(baseUrl).sample({ mint: MINT, symbol: "SMPL" })).toMatchObject({
      ok: true,
      value: { authors: [], costMicroUsd: 15_000 },
    });
  });
});

test("a query holds the ticker only when it is plain and not taken", () => {
  expect(searchExpression({ mint: MINT, symbol: "FROG2" })).toBe(`("${MINT}" OR $FROG2) lang:en -is:retweet`);
  for (const symbol of ["", "A", "sol", "X) OR from:someone", "ÄÖ", "🐸", "TOOLONGTICKER", "a\nb"])
    expect(searchExpression({ mint: MINT, symbol })).toBe(`"${MINT}" lang:en -is:retweet`);
});
