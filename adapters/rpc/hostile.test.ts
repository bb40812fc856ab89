import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { MAX_RETRY_AFTER_MS } from "./call.ts";
import { createRpc } from "./client.ts";
import { type NodeHandler, reply, rpcError, startNode } from "./test-node.ts";

const TIMEOUT_MS = 400;
const SLOT_REPLY = '{"jsonrpc":"2.0","id":1,"result":7}';

function nested(levels: number): string {
  return `${"[".repeat(levels)}${"]".repeat(levels)}`;
}

/** Bytes one by one, so that no single read is ever late. */
const drip: NodeHandler = (_call, response) => {
  response.writeHead(200);
  let sent = 0;
  const timer = setInterval(() => {
    if (response.destroyed || sent === SLOT_REPLY.length) clearInterval(timer);
    else response.write(SLOT_REPLY[sent++]);
  }, 50);
};

const cutOff: NodeHandler = (_call, response) => {
  response.writeHead(200, { "content-length": String(SLOT_REPLY.length) });
  response.write(SLOT_REPLY.slice(0, 10), () => response.destroy());
};

const endless: NodeHandler = (_call, response) => {
  const chunk = Buffer.alloc(1 << 20, 0x20);
  let left = 50;
  response.writeHead(200);
  const pump = (): void => {
    while (left-- > 0 && !response.destroyed) if (!response.write(chunk)) return void response.once("drain", pump);
    response.end(SLOT_REPLY);
  };
  pump();
};

describe("a hostile network, over real sockets", () => {
  test.each<[string, NodeHandler, string]>([
    ["never answers", () => undefined, "RPC_UNAVAILABLE"],
    ["sends the headers and then nothing", (_call, response) => void response.flushHeaders(), "RPC_UNAVAILABLE"],
    ["drips one byte at a time", drip, "RPC_UNAVAILABLE"],
    ["closes the connection", (_call, response) => void response.destroy(), "RPC_UNAVAILABLE"],
    ["resets in the middle of the body", cutOff, "RPC_UNAVAILABLE"],
    ["408", reply(408, ""), "RPC_UNAVAILABLE"],
    ["401 with a right result", reply(401, SLOT_REPLY), "RPC_UNAVAILABLE"],
    ["500 with HTML", reply(500, "<html>"), "RPC_UNAVAILABLE"],
    ["502 with a right result", reply(502, SLOT_REPLY), "RPC_UNAVAILABLE"],
    ["503", reply(503, ""), "RPC_UNAVAILABLE"],
    ["a redirect to itself", (_call, response) => void response.writeHead(307, { location: "/" }).end(), "RPC_UNAVAILABLE"],
    ["an internal error", rpcError(-32_603), "RPC_UNAVAILABLE"],
    ["a node that is behind", rpcError(-32_005, { numSlotsBehind: 42 }), "RPC_LAGGING"],
    ["a node that is behind, as 503", rpcError(-32_005, undefined, 503), "RPC_LAGGING"],
    ["a slot not reached", rpcError(-32_016), "RPC_LAGGING"],
    ["a rate limit as a JSON-RPC error", rpcError(-32_429), "RPC_RATE_LIMITED"],
    ["an empty body", reply(200, ""), "UPSTREAM_MALFORMED"],
    ["HTML", reply(200, "<!doctype html><title>Just a moment</title>"), "UPSTREAM_MALFORMED"],
    ["truncated JSON", reply(200, SLOT_REPLY.slice(0, -4)), "UPSTREAM_MALFORMED"],
    ["another id", reply(200, '{"jsonrpc":"2.0","id":2,"result":7}'), "UPSTREAM_MALFORMED"],
    ["no id", reply(200, '{"jsonrpc":"2.0","result":7}'), "UPSTREAM_MALFORMED"],
    ["an error for another id", reply(200, '{"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":""}}'), "UPSTREAM_MALFORMED"],
    ["another version", reply(200, '{"jsonrpc":"1.0","id":1,"result":7}'), "UPSTREAM_MALFORMED"],
    ["a batch", reply(200, `[${SLOT_REPLY}]`), "UPSTREAM_MALFORMED"],
    ["null", reply(200, "null"), "UPSTREAM_MALFORMED"],
    ["a null result", reply(200, '{"jsonrpc":"2.0","id":1,"result":null}'), "UPSTREAM_MALFORMED"],
    ["a slot as text", reply(200, '{"jsonrpc":"2.0","id":1,"result":"7"}'), "UPSTREAM_MALFORMED"],
    ["a negative slot", reply(200, '{"jsonrpc":"2.0","id":1,"result":-7}'), "UPSTREAM_MALFORMED"],
    ["a fractional slot", reply(200, '{"jsonrpc":"2.0","id":1,"result":7.5}'), "UPSTREAM_MALFORMED"],
    ["a slot beyond 2^53", reply(200, '{"jsonrpc":"2.0","id":1,"result":9007199254740993}'), "UPSTREAM_MALFORMED"],
    ["an infinite slot", reply(200, '{"jsonrpc":"2.0","id":1,"result":1e999}'), "UPSTREAM_MALFORMED"],
    ["a number of 100,000 digits", reply(200, `{"jsonrpc":"2.0","id":1,"result":${"9".repeat(100_000)}}`), "UPSTREAM_MALFORMED"],
    ["10,000 levels", reply(200, `{"jsonrpc":"2.0","id":1,"result":${nested(10_000)}}`), "UPSTREAM_MALFORMED"],
    [
      "10,000 levels and a long number",
      reply(200, `{"jsonrpc":"2.0","id":1,"n":18446744073709551615,"result":${nested(10_000)}}`),
      "UPSTREAM_MALFORMED",
    ],
    ["bytes that are no UTF-8", (_call, response) => void response.end(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), "UPSTREAM_MALFORMED"],
    [
      "gzip that is none",
      (_call, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end("plain"),
      "RPC_UNAVAILABLE",
    ],
  ])("%s", async (_name, handle, reason) => {
    await using node = await startNode(handle);
    const startedMs = performance.now();
    const answer = await createRpc({ url: node.url, timeoutMs: TIMEOUT_MS }).getSlot();
    expect(answer).toMatchObject({ ok: false, reason });
    expect(JSON.stringify(answer)).not.toContain("SECRET");
    expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS + 600);
  });

  test.each<[string, Readonly<Record<string, string>>, number | undefined]>([
    ["nothing", {}, undefined],
    ["seconds", { "retry-after": "7" }, 7_000],
    ["a day", { "retry-after": "86400" }, MAX_RETRY_AFTER_MS],
    ["a date", { "retry-after": "Sat, 21 Nov 2026 08:00:05 GMT" }, 5_000],
    ["a date gone by", { "retry-after": "Sat, 21 Nov 2026 07:00:00 GMT" }, 0],
    ["nonsense", { "retry-after": "soon" }, undefined],
    ["a negative number", { "retry-after": "-5" }, undefined],
  ])("429 with Retry-After of %s", async (_name, headers, retryAfterMs) => {
    await using node = await startNode(reply(429, "slow down", headers));
    const rpc = createRpc({ url: node.url, now: () => Date.UTC(2026, 10, 21, 8, 0, 0) });
    const answer = await rpc.getSlot();
    expect(answer).toMatchObject({ ok: false, reason: "RPC_RATE_LIMITED" });
    expect("retryAfterMs" in answer ? answer.retryAfterMs : undefined).toBe(retryAfterMs);
  });

  test("a 429 counts although its body never ends", async () => {
    await using node = await startNode((_call, response) => {
      response.writeHead(429, { "retry-after": "1" });
      response.write("wait");
    });
    expect(await createRpc({ url: node.url, timeoutMs: TIMEOUT_MS }).getSlot()).toMatchObject({
      reason: "RPC_RATE_LIMITED",
      retryAfterMs: 1_000,
    });
  });

  test("a redirect to another host is not followed: the other host hears nothing", async () => {
    await using thief = await startNode(() => 7);
    for (const status of [301, 302, 303, 307, 308]) {
      await using node = await startNode((_call, response) => void response.writeHead(status, { location: thief.url }).end());
      expect(await createRpc({ url: node.url }).getSlot()).toMatchObject({ ok: false, reason: "RPC_UNAVAILABLE" });
    }
    expect(thief.calls).toEqual([]);
  });

  test("a body of 50 MB is cut, and so is one that a few kilobytes unpack to", async () => {
    await using large = await startNode(endless);
    expect(await createRpc({ url: large.url }).getSlot()).toMatchObject({ ok: false, reason: "UPSTREAM_MALFORMED" });
    const bomb = gzipSync(Buffer.alloc(64 << 20, 0x20));
    await using packed = await startNode((_call, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(bomb));
    expect(await createRpc({ url: packed.url }).getSlot()).toMatchObject({ ok: false, reason: "UPSTREAM_MALFORMED" });
  });

  test("the connection is closed at the deadline, not kept", async () => {
    let closed = (): void => {};
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    await using node = await startNode((_call, response) => void response.on("close", closed));
    expect(await createRpc({ url: node.url, timeoutMs: 50 }).getSlot()).toMatchObject({ ok: false, detail: "getSlot: TimeoutError" });
    await gone;
  });

  test("nobody listens, and a URL that is none", async () => {
    for (const url of ["http://127.0.0.1:9/", "not a url"])
      expect(await createRpc({ url }).getSlot()).toMatchObject({ ok: false, reason: "RPC_UNAVAILABLE" });
  });

  test("every u64 arrives exactly", async () => {
    const lamports = ["9007199254740993", "18446744073709551615", "0", "1"];
    const accounts = lamports.map((value) => `{"owner":"o","lamports":${value},"data":["","base64"],"rentEpoch":18446744073709551615}`);
    await using node = await startNode(reply(200, `{"jsonrpc":"2.0","id":1,"result":{"context":{"slot":3},"value":[${accounts}]}}`));
    const answer = await createRpc({ url: node.url }).getAccounts(["a", "b", "c", "d"]);
    expect(answer.ok && answer.value.accounts.map((account) => String(account?.lamports))).toEqual(lamports);
  });

  test.each(["18446744073709551616", "-1", "1.5", "1e30", "1e3", "9007199254740993.0"])("lamports of %s", async (value) => {
    const account = `{"owner":"o","lamports":${value},"data":["","base64"]}`;
    await using node = await startNode(reply(200, `{"jsonrpc":"2.0","id":1,"result":{"context":{"slot":3},"value":[${account}]}}`));
    const answer = await createRpc({ url: node.url }).getAccounts(["a"]);
    // JSON's 1e3 is the integer 1000; everything else is no u64 that we can be sure of.
    if (value === "1e3") expect(answer).toMatchObject({ ok: true, value: { accounts: [{ lamports: 1_000n }] } });
    else expect(answer).toMatchObject({ ok: false, reason: "UPSTREAM_MALFORMED" });
  });

  test("integers beyond 2^53 in a raw transaction are bigint", async () => {
    await using node = await startNode(
      reply(200, '{"jsonrpc":"2.0","id":1,"result":{"meta":{"fee":5000,"preBalances":[9007199254740993]}}}'),
    );
    expect(await createRpc({ url: node.url }).getTransaction("s")).toEqual({
      ok: true,
      value: { meta: { fee: 5_000, preBalances: [9_007_199_254_740_993n] } },
    });
  });
});
