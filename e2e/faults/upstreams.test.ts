import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { base64 } from "@scure/base";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWebhookAddresses } from "../../adapters/helius/webhooks.ts";
import { findSignature, readGenesisAgreeing, readLamportsAgreeing } from "../../adapters/rpc/agreement.ts";
import { createRpc } from "../../adapters/rpc/client.ts";
import { createSender } from "../../adapters/rpc/sender.ts";
import { createTelegram } from "../../adapters/telegram/client.ts";
import { createXSource } from "../../adapters/x/source.ts";
import { ok, type Result } from "../../domain/result.ts";

/** Deadlines are cut to this by configuration: what takes 29 s outside takes this here. */
const TIMEOUT_MS = 300;
/** No upstream may hold a caller for longer, whatever it does. */
const BOUND_MS = TIMEOUT_MS + 2_500;
/** No upstream may make us hold more than this at once. */
const BOUND_BYTES = 160 * 1024 * 1024;
const WALLET = "So11111111111111111111111111111111111111112";
const WIRE = base64.encode(Uint8Array.from({ length: 200 }, (_, i) => (i === 0 ? 1 : i % 251)));

type Behaviour = (response: ServerResponse, request: IncomingMessage) => void;

/** One server that plays whoever it is told to. */
let behave: Behaviour = (response) => void response.end();
let heard = 0;
const server = createServer((request, response) => {
  response.on("error", () => {});
  request.resume();
  heard++;
  behave(response, request);
});
let base = "";
let thiefHeard = 0;
const thief = createServer((_request, response) => {
  thiefHeard++;
  response.end("{}");
});
let thiefUrl = "";

beforeAll(async () => {
  for (const one of [server, thief]) await new Promise<void>((resolve) => one.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  thiefUrl = `http://127.0.0.1:${(thief.address() as AddressInfo).port}`;
});

afterAll(async () => {
  for (const one of [server, thief]) {
    one.closeAllConnections();
    await new Promise((resolve) => one.close(resolve));
  }
});

function answers(status: number, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return (response) => void response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
}

function streams(piece: Buffer, pieces: number): Behaviour {
  return (response) => {
    let left = pieces;
    response.writeHead(200, { "content-type": "application/json" });
    const pump = (): void => {
      while (left-- > 0 && !response.destroyed) if (!response.write(piece)) return void response.once("drain", pump);
      response.end();
    };
    pump();
  };
}

const GOOD = '{"jsonrpc":"2.0","id":1,"ok":true,"result":7}';
const MEGABYTE = Buffer.alloc(1 << 20, 0x20);
const nested = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;

/** What an upstream can do to whoever asks it. */
const BEHAVIOURS: ReadonlyArray<readonly [string, () => Behaviour]> = [
  ["never answers", () => () => undefined],
  ["sends headers and then nothing", () => (response) => void response.flushHeaders()],
  ["answers after the deadline", () => (response) => void setTimeout(() => response.end(GOOD), TIMEOUT_MS + 200)],
  [
    "drips a byte at a time",
    () => (response) => {
      response.writeHead(200);
      let sent = 0;
      const timer = setInterval(() => {
        if (response.destroyed || sent === GOOD.length) clearInterval(timer);
        else response.write(GOOD[sent++]);
      }, 40);
    },
  ],
  ["closes the connection", () => (response) => void response.destroy()],
  [
    "resets in the middle of the body",
    () => (response) => {
      response.writeHead(200, { "content-length": String(GOOD.length) });
      response.write(GOOD.slice(0, 12), () => response.destroy());
    },
  ],
  ["408", () => answers(408, "")],
  ["429 without Retry-After", () => answers(429, '{"ok":false,"error_code":429,"description":"slow down"}')],
  ["429 with Retry-After of a day", () => answers(429, "{}", { "retry-after": "86400" })],
  [
    "429 with a retry_after of an hour in the body",
    () => answers(429, '{"ok":false,"error_code":429,"description":"slow down","parameters":{"retry_after":3600}}'),
  ],
  ["500 with HTML", () => answers(500, "<html>oops</html>", { "content-type": "text/html" })],
  ["502 with a right answer", () => answers(502, GOOD)],
  ["503 without a body", () => answers(503, "")],
  ["200 with HTML", () => answers(200, "<!doctype html><title>Just a moment</title>", { "content-type": "text/html" })],
  ["200 with nothing", () => answers(200, "")],
  ["truncated JSON", () => answers(200, GOOD.slice(0, -5))],
  ["an error in 200", () => answers(200, '{"jsonrpc":"2.0","id":1,"ok":false,"error":{"code":-32000,"message":"no"}}')],
  ["a null result", () => answers(200, '{"jsonrpc":"2.0","id":1,"ok":true,"result":null,"data":null}')],
  ["another id", () => answers(200, '{"jsonrpc":"2.0","id":99,"result":7}')],
  ["a result of another type", () => answers(200, '{"jsonrpc":"2.0","id":1,"ok":true,"result":"seven","data":"x","meta":1}')],
  ["null", () => answers(200, "null")],
  ["an array", () => answers(200, "[]")],
  ["a number beyond 2^53", () => answers(200, '{"jsonrpc":"2.0","id":1,"ok":true,"result":9007199254740993}')],
  ["1e999", () => answers(200, '{"jsonrpc":"2.0","id":1,"ok":true,"result":1e999}')],
  ["duplicate keys, the last one wrong", () => answers(200, '{"jsonrpc":"2.0","id":1,"result":7,"result":"x"}')],
  ["__proto__", () => answers(200, '{"jsonrpc":"2.0","id":1,"__proto__":{"result":7},"ok":true}')],
  ["10,000 levels", () => answers(200, `{"jsonrpc":"2.0","id":1,"ok":true,"result":${nested},"data":${nested}}`)],
  ["bytes that are no UTF-8", () => answers(200, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]))],
  ["gzip that is none", () => answers(200, "plain", { "content-encoding": "gzip" })],
  ["a gzip bomb of 64 MB", () => answers(200, BOMB, { "content-encoding": "gzip" })],
  ["50 MB", () => streams(MEGABYTE, 50)],
  ["a redirect to another host", () => (response) => void response.writeHead(307, { location: `${thiefUrl}/take` }).end()],
  ["a redirect to itself", () => (response) => void response.writeHead(302, { location: "/" }).end()],
];
const BOMB = gzipSync(Buffer.alloc(64 << 20, 0x20));

type Client = readonly [
  name: string,
  reasons: readonly string[],
  ask: () => Promise<Result<unknown> | { readonly ok: boolean; readonly reason?: string }>,
];

const RPC_REASONS = ["RPC_UNAVAILABLE", "RPC_RATE_LIMITED", "RPC_LAGGING", "UPSTREAM_MALFORMED"];
const OTHER_REASONS = ["UPSTREAM_FAILED", "UPSTREAM_MALFORMED", "RPC_RATE_LIMITED"];

/** A fetch whose deadline is the test's, for clients whose own is fixed. */
function hurried(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const signals = [AbortSignal.timeout(TIMEOUT_MS), ...(init?.signal == null ? [] : [init.signal])];
  return fetch(input, { ...init, signal: AbortSignal.any(signals) });
}

/** Everything of ours that asks somebody. None of these behaviours is a right answer to any of them. */
const CLIENTS: readonly Client[] = [
  ["RPC accounts", RPC_REASONS, () => createRpc({ url: base, timeoutMs: TIMEOUT_MS }).getAccounts([WALLET])],
  ["RPC blockhash", RPC_REASONS, () => createRpc({ url: base, timeoutMs: TIMEOUT_MS }).getLatestBlockhash()],
  ["RPC send", [...RPC_REASONS, "TX_REFUSED"], () => createRpc({ url: base, timeoutMs: TIMEOUT_MS }).sendTransaction(WIRE)],
  ["Helius Sender", [...RPC_REASONS, "TX_REFUSED"], () => createSender({ url: base, timeoutMs: TIMEOUT_MS }).sendTransaction(WIRE)],
  [
    "Helius webhooks",
    OTHER_REASONS,
    () =>
      createWebhookAddresses({
        baseUrl: base,
        apiKey: "SECRET",
        webhookId: "w",
        fetch: (request) => hurried(request),
      }).read(),
  ],
  [
    "X",
    OTHER_REASONS,
    () => {
      const budget = { claim: async () => ok("1"), settle: async () => undefined };
      const source = createXSource({ bearerToken: "SECRET", baseUrl: base, budget, timeoutMs: TIMEOUT_MS });
      return source.sample({ mint: WALLET, symbol: "COIN", name: "Coin" } as never);
    },
  ],
  [
    "Telegram",
    OTHER_REASONS,
    () =>
      createTelegram({ token: `1234567890:${"SECRET".repeat(6)}`, apiRoot: base, fetch: hurried as typeof fetch }).sendMessage("1", "hi"),
  ],
];

let cases = 0;
let worstMs = 0;

describe.each(CLIENTS)("%s against a hostile upstream", (_client, reasons, ask) => {
  test.each(BEHAVIOURS)("%s", async (_name, behaviour) => {
    behave = behaviour();
    cases++;
    const thiefBefore = thiefHeard;
    const startedMs = performance.now();
    const peak = watchMemory();
    const answer = await ask();
    const tookMs = performance.now() - startedMs;
    worstMs = Math.max(worstMs, tookMs);
    expect(answer).toMatchObject({ ok: false });
    expect(reasons).toContain("reason" in answer ? answer.reason : "none");
    expect(JSON.stringify(answer)).not.toContain("SECRET");
    expect(tookMs).toBeLessThan(BOUND_MS);
    expect(peak()).toBeLessThan(BOUND_BYTES);
    expect(thiefHeard, "the other host heard of it").toBe(thiefBefore);
    expect(({} as Record<string, unknown>)["result"]).toBeUndefined();
  });
});

/** Growth of resident memory since the call, at its highest. */
function watchMemory(): () => number {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 10);
  return () => {
    clearInterval(timer);
    return Math.max(most, process.memoryUsage.rss()) - before;
  };
}

describe("two nodes that contradict each other", () => {
  /** `first` and `second` are what the two nodes answer per method. */
  async function pair(first: Readonly<Record<string, unknown>>, second: Readonly<Record<string, unknown>>) {
    const respond = (replies: Readonly<Record<string, unknown>>) => async (request: Request) => {
      const { method } = (await request.json()) as { method: string };
      return Response.json({ jsonrpc: "2.0", id: 1, result: replies[method] ?? null });
    };
    const rpcOf = (replies: Readonly<Record<string, unknown>>) => createRpc({ url: "http://node.test/", fetch: respond(replies) });
    return [
      { name: "a", rpc: rpcOf(first) },
      { name: "b", rpc: rpcOf(second) },
    ];
  }
  const balance = (value: number) => ({ getBalance: { context: { slot: 5 }, value } });

  test("about the genesis hash: refused", async () => {
    const providers = await pair({ getGenesisHash: "1".repeat(32) }, { getGenesisHash: "2".repeat(32) });
    expect(await readGenesisAgreeing(providers, null)).toMatchObject({ ok: false, reason: "RPC_DISAGREEMENT" });
  });

  test("both of another cluster: refused", async () => {
    const providers = await pair({ getGenesisHash: "1".repeat(32) }, { getGenesisHash: "1".repeat(32) });
    expect(await readGenesisAgreeing(providers, "3".repeat(32))).toMatchObject({ ok: false, reason: "RPC_WRONG_CLUSTER" });
  });

  test("about a balance: refused", async () => {
    const providers = await pair(balance(5), balance(6));
    expect(await readLamportsAgreeing(providers, WALLET, "refuse")).toMatchObject({ ok: false });
  });

  test("about a signature: one that does not know it does not make it gone", async () => {
    const epoch = { absoluteSlot: 900, blockHeight: 800, epoch: 1, slotIndex: 1, slotsInEpoch: 432_000, transactionCount: null };
    const status = (value: unknown) => ({ getEpochInfo: epoch, getSignatureStatuses: { context: { slot: 900 }, value: [value] } });
    const landed = { slot: 880, confirmations: null, err: null, confirmationStatus: "finalized" };
    expect(await findSignature(await pair(status(null), status(landed)), "s", 100)).toMatchObject({ ok: true, value: { kind: "found" } });
    expect(await findSignature(await pair(status(null), {}), "s", 100)).toMatchObject({ ok: false });
  });
});

afterAll(() => {
  console.log(`${cases} cases of hostile upstreams, ${heard} calls heard, slowest answer ${Math.round(worstMs)} ms`);
});
