import { describe, expect, test } from "vitest";
import { createHeliusApi, WATCH_WEBHOOK_ID } from "../../localnet/server/helius.ts";
import { createWebhookAddresses, PUSH_PATH, pushWebhookFromEnv } from "./webhooks.ts";

const KEY = "k e/y?";
const A = "39azUYFWPz3VHgKCf3VChUwbpURdCHRxjWVowf5jUJjg";
const B = "So11111111111111111111111111111111111111112";
const HOOK = { webhookURL: `https://sniper.example${PUSH_PATH}`, webhookType: "raw", authHeader: "secret", accountAddresses: [A] };

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
}

/** Addresses of one webhook whose provider answers as told; what it was asked is kept. */
function answering(...answers: ReadonlyArray<Response | Error>) {
  const sent: Sent[] = [];
  const queue = [...answers];
  const addresses = createWebhookAddresses({
    baseUrl: "https://helius.example",
    apiKey: KEY,
    webhookId: "an id",
    fetch: async (request) => {
      const text = await request.text();
      sent.push({ method: request.method, url: request.url, body: text === "" ? null : JSON.parse(text) });
      const answer = queue.shift() ?? new Error("no more answers");
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { addresses, sent };
}

describe("with the embedded market's stand-in", () => {
  test("the list is read and replaced, and pushes go to what it says", async () => {
    const api = createHeliusApi("s", { url: "http://127.0.0.1:1/webhooks/helius", authHeader: "b" });
    const addresses = createWebhookAddresses({
      baseUrl: "http://127.0.0.1/helius",
      apiKey: KEY,
      webhookId: WATCH_WEBHOOK_ID,
      fetch: (request) => api.handle(request),
    });
    expect(await addresses.read()).toEqual({ ok: true, value: [] });
    expect(await addresses.edit([B, A])).toEqual({ ok: true, value: [B, A] });
    expect(await addresses.read()).toEqual({ ok: true, value: [B, A] });
    const watch = { url: `http://127.0.0.1:1${PUSH_PATH}`, authHeader: "b", addresses: [B, A], txnStatus: "success" };
    expect(api.webhooks()[1]).toMatchObject(watch);
  });

  test("the graduations' webhook is never edited", async () => {
    const api = createHeliusApi("s", { url: "http://127.0.0.1:1/webhooks/helius", authHeader: "b" });
    const [graduations] = api.webhooks();
    const addresses = createWebhookAddresses({
      baseUrl: "http://127.0.0.1/helius",
      apiKey: KEY,
      webhookId: graduations?.id ?? "",
      fetch: (request) => api.handle(request),
    });
    expect(await addresses.edit([A])).toMatchObject({ ok: false, reason: "PUSH_WEBHOOK_INVALID" });
    expect(api.webhooks()[0]).toEqual(graduations);
  });
});

describe("an edit", () => {
  test("puts everything else back as it was read", async () => {
    const kept = { ...HOOK, transactionTypes: ["ANY"], encoding: "jsonParsed", txnStatus: "success" };
    const { addresses, sent } = answering(
      Response.json({ webhookID: "x", wallet: "w", active: true, ...kept }),
      Response.json({ ...kept, accountAddresses: [B] }),
    );
    expect(await addresses.edit([B])).toEqual({ ok: true, value: [B] });
    expect(sent.map(({ method, body }) => [method, body])).toEqual([
      ["GET", null],
      ["PUT", { ...kept, accountAddresses: [B] }],
    ]);
    expect(sent[1]?.url).toBe("https://helius.example/v0/webhooks/an%20id?api-key=k%20e%2Fy%3F");
  });

  const huge = () => new Response("x".repeat(6 * 1024 * 1024));
  test.each<[string, Response | Error, string]>([
    ["no answer", new Error("gone"), "UPSTREAM_FAILED"],
    ["HTTP 500", new Response("down", { status: 500 }), "UPSTREAM_FAILED"],
    ["HTTP 401", Response.json({}, { status: 401 }), "UPSTREAM_FAILED"],
    ["a redirect", new Response(null, { status: 302, headers: { location: "https://elsewhere.example" } }), "UPSTREAM_FAILED"],
    ["too many requests", new Response("", { status: 429 }), "RPC_RATE_LIMITED"],
    ["no JSON", new Response("<html>"), "UPSTREAM_MALFORMED"],
    ["another shape", Response.json([HOOK]), "UPSTREAM_MALFORMED"],
    ["an address that is none", Response.json({ ...HOOK, accountAddresses: ["x"] }), "UPSTREAM_MALFORMED"],
    ["a reply without end", huge(), "UPSTREAM_MALFORMED"],
    ["another route", Response.json({ ...HOOK, webhookURL: "https://sniper.example/webhooks/helius" }), "PUSH_WEBHOOK_INVALID"],
    ["no URL", Response.json({ ...HOOK, webhookURL: "nonsense" }), "PUSH_WEBHOOK_INVALID"],
    ["a webhook that is off", Response.json({ ...HOOK, active: false }), "PUSH_WEBHOOK_INVALID"],
  ])("%s changes nothing and names no key", async (_name, answer, reason) => {
    const { addresses, sent } = answering(answer);
    const edited = await addresses.edit([B]);
    expect(edited).toMatchObject({ ok: false, reason });
    expect(JSON.stringify(edited)).not.toContain("k e");
    expect(sent).toHaveLength(1);
  });

  test("that is refused is told", async () => {
    const { addresses } = answering(Response.json(HOOK), new Response("no", { status: 400 }));
    expect(await addresses.edit([B])).toEqual({ ok: false, reason: "UPSTREAM_FAILED", detail: "PUT webhook: HTTP 400" });
  });
});

test("without a key or an id there is none", () => {
  const base = { HELIUS_API_BASE_URL: "https://helius.example" };
  expect(pushWebhookFromEnv(base)).toBeNull();
  expect(pushWebhookFromEnv({ ...base, HELIUS_API_KEY: "k" })).toBeNull();
  expect(pushWebhookFromEnv({ ...base, HELIUS_WATCH_WEBHOOK_ID: "i" })).toBeNull();
  expect(pushWebhookFromEnv({ ...base, HELIUS_API_KEY: "k", HELIUS_WATCH_WEBHOOK_ID: "i" })).not.toBeNull();
});
