import { describe, expect, test } from "vitest";
import { createRpc } from "./client.ts";

function rpcAnswering(respond: (body: { method: string; params: unknown[] }) => Response | Promise<Response>) {
  const seen: Array<{ method: string; params: unknown[] }> = [];
  const rpc = createRpc({
    url: "http://node.test/?api-key=SECRET",
    timeoutMs: 50,
    fetch: async (request) => {
      const body = (await request.json()) as { method: string; params: unknown[] };
      seen.push(body);
      return respond(body);
    },
  });
  return { rpc, seen };
}

function result(value: unknown): Response {
  return Response.json({ jsonrpc: "2.0", id: 1, result: value });
}

describe("RPC client", () => {
  test("decodes accounts, keeps order and absent ones", async () => {
    const account = { owner: "Owner", lamports: 5, data: ["AQID", "base64"], executable: false, rentEpoch: 2 ** 64 };
    const { rpc, seen } = rpcAnswering(() => result({ context: { slot: 7 }, value: [account, null] }));
    const reply = await rpc.getAccounts(["a", "b"]);
    expect(reply).toEqual({
      ok: true,
      value: { slot: 7, accounts: [{ owner: "Owner", lamports: 5n, data: new Uint8Array([1, 2, 3]) }, null] },
    });
    expect(seen[0]).toMatchObject({ method: "getMultipleAccounts", params: [["a", "b"], { commitment: "confirmed", encoding: "base64" }] });
  });

  test.each<[string, () => Response | Promise<Response>, string]>([
    ["HTTP 429", () => new Response("slow down", { status: 429 }), "RPC_RATE_LIMITED"],
    ["HTTP 500 with HTML", () => new Response("<html>", { status: 500 }), "RPC_UNAVAILABLE"],
    ["a JSON-RPC error", () => Response.json({ jsonrpc: "2.0", id: 1, error: { code: -32603, message: "oops" } }), "RPC_UNAVAILABLE"],
    ["a node behind", () => Response.json({ jsonrpc: "2.0", id: 1, error: { code: -32005, message: "behind" } }), "RPC_LAGGING"],
    ["HTML with 200", () => new Response("<html>"), "UPSTREAM_MALFORMED"],
    ["truncated JSON", () => new Response('{"result":{"context"'), "UPSTREAM_MALFORMED"],
    ["no result", () => Response.json({}), "UPSTREAM_MALFORMED"],
    ["too few accounts", () => result({ context: { slot: 1 }, value: [null] }), "UPSTREAM_MALFORMED"],
    [
      "data that is no base64",
      () => result({ context: { slot: 1 }, value: [null, { owner: "o", lamports: 1, data: ["*", "base64"] }] }),
      "UPSTREAM_MALFORMED",
    ],
    [
      "a negative balance",
      () => result({ context: { slot: 1 }, value: [null, { owner: "o", lamports: -1, data: ["", "base64"] }] }),
      "UPSTREAM_MALFORMED",
    ],
    ["a body beyond the limit", () => new Response(new Uint8Array(9 * 1024 * 1024)), "UPSTREAM_MALFORMED"],
    ["a dropped connection", () => Promise.reject(new TypeError("network")), "RPC_UNAVAILABLE"],
  ])("answers %s with a reason and without the URL", async (_name, respond, reason) => {
    const reply = await rpcAnswering(respond).rpc.getAccounts(["a", "b"]);
    expect(reply).toMatchObject({ ok: false, reason });
    expect(JSON.stringify(reply)).not.toContain("SECRET");
  });

  test("null is an unknown transaction, not an error", async () => {
    expect(await rpcAnswering(() => result(null)).rpc.getTransaction("s")).toEqual({ ok: true, value: null });
  });

  test("signature rows: seconds become milliseconds, an error object means failed", async () => {
    const rows = [
      { signature: "a", slot: 2, blockTime: 1_700_000_000, err: null },
      { signature: "b", slot: 1, blockTime: null, err: { InstructionError: [0, "Custom"] } },
    ];
    expect(await rpcAnswering(() => result(rows)).rpc.getSignaturesForAddress("x", { limit: 2 })).toEqual({
      ok: true,
      value: [
        { signature: "a", slot: 2, blockTimeMs: 1_700_000_000_000, failed: false },
        { signature: "b", slot: 1, blockTimeMs: null, failed: true },
      ],
    });
  });

  test("more than 100 accounts is a bug of the caller", async () => {
    await expect(rpcAnswering(() => result(null)).rpc.getAccounts(Array.from({ length: 101 }, () => "a"))).rejects.toThrow(RangeError);
  });
});
