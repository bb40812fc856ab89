import { env, exports } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { MAX_WEBHOOK_BYTES, MAX_WEBHOOK_ENTRIES } from "./read-delivery.ts";

const URL = "http://sniper.test/webhooks/helius";
const AUTH = { authorization: "test-webhook-auth" };

function post(body: BodyInit, headers: Record<string, string> = AUTH): Promise<Response> {
  return exports.default.fetch(new Request(URL, { method: "POST", body, headers }));
}

async function reasonOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { reason: unknown }).reason;
}

describe("POST /webhooks/helius", () => {
  test.each([
    ["none", {}],
    ["another", { authorization: "guess" }],
    ["a prefix", { authorization: "test-webhook-aut" }],
    ["a Bearer form", { authorization: "Bearer test-webhook-auth" }],
    ["an empty one", { authorization: "" }],
  ])("refuses %s as authorization", async (_name, headers) => {
    const response = await post("[]", headers);
    expect(response.status).toBe(401);
    expect(await reasonOf(response)).toBe("WEBHOOK_UNAUTHORIZED");
  });

  test("refuses other methods", async () => {
    const response = await exports.default.fetch(new Request(URL, { headers: AUTH }));
    expect(response.status).toBe(405);
  });

  test.each([
    ["", 400, "WEBHOOK_NOT_JSON"],
    ["not json", 400, "WEBHOOK_NOT_JSON"],
    ['[{"a":1}', 400, "WEBHOOK_NOT_JSON"],
    ["{}", 400, "WEBHOOK_NOT_ARRAY"],
    ['{"__proto__":[]}', 400, "WEBHOOK_NOT_ARRAY"],
    ["null", 400, "WEBHOOK_NOT_ARRAY"],
    ['"[]"', 400, "WEBHOOK_NOT_ARRAY"],
  ])("answers %j with %i %s", async (body, status, reason) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(await reasonOf(response)).toBe(reason);
  });

  test("reads a body of exactly the limit and refuses one byte more, whatever its declared length", async () => {
    const limit = `[${" ".repeat(MAX_WEBHOOK_BYTES - 2)}]`;
    expect((await post(limit)).status).toBe(200);
    const over = await post(`${limit} `);
    expect([over.status, await reasonOf(over)]).toEqual([413, "WEBHOOK_TOO_LARGE"]);
    const chunk = new TextEncoder().encode(" ".repeat(64 * 1024));
    const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(chunk) });
    expect((await post(endless)).status).toBe(413);
  });

  test("refuses more entries than the limit, whatever they are", async () => {
    const response = await post(JSON.stringify(Array.from({ length: 10_000 }, () => 0)));
    expect([response.status, await reasonOf(response)]).toEqual([413, "WEBHOOK_TOO_MANY_ENTRIES"]);
    expect((await post(JSON.stringify(Array.from({ length: MAX_WEBHOOK_ENTRIES }, () => 0)))).status).toBe(200);
  });

  test("reports unreadable entries one by one and makes nothing of them", async () => {
    const entries = [
      null,
      1,
      "x",
      [],
      {},
      { signature: "x" },
      { transaction: { signatures: ["!!"] } },
      JSON.parse('{"__proto__":{"polluted":1}}'),
    ];
    const response = await post(JSON.stringify(entries));
    expect(response.status).toBe(200);
    const body = (await response.json()) as { accepted: number; rejections: Array<{ reason: string }> };
    expect(body.accepted).toBe(0);
    expect(body.rejections.map((rejection) => rejection.reason)).toEqual(entries.map(() => "WEBHOOK_BAD_ENTRY"));
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("refuses everything while no secret is configured", async () => {
    const { receiveHeliusWebhook } = await import("./webhook.ts");
    const bare = { ...env, HELIUS_WEBHOOK_AUTH: "" };
    const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext;
    for (const headers of [AUTH, { authorization: "" }, {}]) {
      const response = await receiveHeliusWebhook(
        new Request(URL, { method: "POST", body: "[]", headers: headers as Record<string, string> }),
        bare as Env,
        context,
      );
      expect(response.status).toBe(401);
    }
  });
});
