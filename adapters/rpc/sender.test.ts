import { base58, base64 } from "@scure/base";
import { describe, expect, test } from "vitest";
import { createRpc } from "./client.ts";
import { createSender } from "./sender.ts";
import { type NodeHandler, reply, rpcError, startNode } from "./test-node.ts";

const wire = Uint8Array.from({ length: 300 }, (_, i) => (i === 0 ? 1 : i % 251));
const WIRE = base64.encode(wire);
const SIGNATURE = base58.encode(wire.subarray(1, 65));
const OTHER = base58.encode(wire.subarray(2, 66));

describe.each([
  ["Sender", createSender],
  ["an RPC node", createRpc],
] as const)("handing a transaction to %s", (_name, create) => {
  test("asks for neither preflight nor retries", async () => {
    await using node = await startNode(() => SIGNATURE);
    expect(await create({ url: node.url }).sendTransaction(WIRE)).toEqual({ ok: true, value: SIGNATURE });
    expect(node.calls).toMatchObject([
      { method: "sendTransaction", params: [WIRE, { encoding: "base64", skipPreflight: true, maxRetries: 0 }] },
    ]);
  });

  test.each<[string, NodeHandler]>([
    ["invalid parameters", rpcError(-32_602)],
    ["invalid parameters, as 400", rpcError(-32_602, undefined, 400)],
    ["a wrong signature", rpcError(-32_003)],
    ["a failed preflight", rpcError(-32_002, { err: { InstructionError: [4, { Custom: 6004 }] }, logs: [] })],
    ["text it cannot parse", reply(400, '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}')],
  ])("%s proves that it was not taken", async (_case, handle) => {
    await using node = await startNode(handle);
    expect(await create({ url: node.url }).sendTransaction(WIRE)).toMatchObject({ ok: false, reason: "TX_REFUSED" });
  });

  test.each<[string, NodeHandler, string]>([
    ["silence", () => undefined, "RPC_UNAVAILABLE"],
    ["a dropped connection", (_call, response) => void response.destroy(), "RPC_UNAVAILABLE"],
    ["504", reply(504, ""), "RPC_UNAVAILABLE"],
    ["500 with invalid parameters", rpcError(-32_602, undefined, 500), "RPC_UNAVAILABLE"],
    ["400 without a JSON-RPC error", reply(400, "bad request"), "RPC_UNAVAILABLE"],
    ["403", reply(403, '{"error":"forbidden"}'), "RPC_UNAVAILABLE"],
    ["429", reply(429, "", { "retry-after": "2" }), "RPC_RATE_LIMITED"],
    ["an internal error", rpcError(-32_603), "RPC_UNAVAILABLE"],
    ["an error nobody knows", rpcError(-1), "RPC_UNAVAILABLE"],
    ["a node behind", rpcError(-32_005), "RPC_LAGGING"],
    ["an error for another request", reply(200, '{"jsonrpc":"2.0","id":9,"error":{"code":-32602,"message":""}}'), "UPSTREAM_MALFORMED"],
    ["HTML", reply(200, "<html>"), "UPSTREAM_MALFORMED"],
    ["truncated JSON", reply(200, '{"jsonrpc":"2.0","id":1,"result":"'), "UPSTREAM_MALFORMED"],
    ["a null result", reply(200, '{"jsonrpc":"2.0","id":1,"result":null}'), "UPSTREAM_MALFORMED"],
    ["something that is no signature", () => "ok", "UPSTREAM_MALFORMED"],
    ["another transaction's signature", () => OTHER, "UPSTREAM_MALFORMED"],
  ])("after %s it may land", async (_case, handle, reason) => {
    await using node = await startNode(handle);
    const answer = await create({ url: node.url, timeoutMs: 200 }).sendTransaction(WIRE);
    expect(answer).toMatchObject({ ok: false, reason });
    expect(JSON.stringify(answer)).not.toContain("SECRET");
  });

  test("the chain has it already: taken", async () => {
    await using node = await startNode(rpcError(-32_002, { err: "AlreadyProcessed", logs: [] }));
    expect(await create({ url: node.url }).sendTransaction(WIRE)).toEqual({ ok: true, value: SIGNATURE });
  });

  test.each(["", "AQ==", "not base64", base64.encode(new Uint8Array(300)), base64.encode(new Uint8Array(1_233).fill(1))])(
    "%j is not even sent",
    async (bytes) => {
      await using node = await startNode(() => SIGNATURE);
      expect(await create({ url: node.url }).sendTransaction(bytes)).toMatchObject({ ok: false, reason: "TX_REFUSED" });
      expect(node.calls).toEqual([]);
    },
  );
});
