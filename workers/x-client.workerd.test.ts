import * as whole from "twitter-api-v2";
import { expect, test } from "vitest";
import { fetchTransport } from "../adapters/x/transport.ts";
import * as part from "./x-client.ts";

const REPLIES = [
  () => Response.json({ data: [{ id: "1" }] }, { headers: { "x-rate-limit-remaining": "299", "x-rate-limit-reset": "1800000000" } }),
  () => Response.json({ title: "Too Many Requests" }, { status: 429 }),
  () => new Response("<html>", { status: 200 }),
];

/** What was asked and what came of it, request after request. */
async function ask(Client: typeof part.TwitterApi | typeof whole.TwitterApi): Promise<unknown[]> {
  const seen: unknown[] = [];
  let requests = 0;
  const transport = fetchTransport({
    baseUrl: "http://x.test",
    bearerToken: "bearer",
    fetch: async (request) => {
      seen.push([request.method, request.url, [...request.headers], await request.text()]);
      return (REPLIES[requests++] ?? REPLIES[0] ?? Response.error)();
    },
    timeoutMs: 1_000,
    nowMs: () => 1_700_000_000_000,
    onRateLimit: (limit) => seen.push(limit),
  });
  const client = new Client("bearer", { plugins: [transport] });
  for (const query of [{ query: '"$A&B" -is:retweet', max_results: 10, since_id: "9" }, {}, { ids: "1,2" }]) {
    const said = await client.v2.get<unknown>("tweets/search/recent", query).catch((error: unknown) => String(error));
    seen.push(said);
  }
  return seen;
}

test("asks and answers as the package's own client", async () => {
  const [ours, theirs] = [await ask(part.TwitterApi), await ask(whole.TwitterApi)];
  expect(ours.length).toBeGreaterThan(5);
  expect(ours).toEqual(theirs);
});
