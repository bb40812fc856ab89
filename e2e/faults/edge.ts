import { type ClientRequest, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { loadavg } from "node:os";
import type { Status } from "../../domain/api/types.ts";
import { quantile } from "./campaign.ts";
import { type EdgeCase, edgeCases } from "./edge-cases.ts";
import type { FaultSystem } from "./system.ts";

const ANSWER_MS = 10_000;
/** Sockets at once; a thousand requests go through them. */
const SOCKETS = 100;
const FLOOD = 1_000;
/** Further refusals that are timed one by one. */
const TIMED = 300;
/**
 * wrangler's proxy in front of the Worker (ProxyWorker.js) passes the body on while it waits for the answer. When the Worker
 * has refused and stops reading, the proxy either has the refusal or finds the connection cut, and then says 500 by itself.
 * Such an upload is sent again until the Worker's own answer gets through.
 */
const CUT_OFF = { status: 500, leastBytes: 65_536, tries: 8 } as const;
const SLOW_PIECES = 8;
const SLOW_PIECE_MS = 150;

/** Figures of the edge's abuse. */
export interface EdgeReport {
  readonly cases: number;
  readonly wrong: readonly string[];
  readonly changes: readonly string[];
  /** Uploads whose refusal wrangler's proxy lost, and which were sent again. */
  readonly cutOff: number;
  readonly flood: number;
  readonly refusalP50Ms: number | null;
  readonly refusalP99Ms: number | null;
  /** The same requests at a bare server of this process: what machine and sockets take by themselves. */
  readonly bareP50Ms: number | null;
  readonly bareP99Ms: number | null;
  readonly load: number;
}

/** Sends every case to a running instance, then a thousand at once and some slow ones, and compares its state before and after. */
export async function runEdge(system: FaultSystem): Promise<EdgeReport> {
  const { operatorToken: operator, heliusWebhookAuth: webhook, telegramWebhookSecret: telegram } = system.secrets;
  const cases = edgeCases({ operator, webhook, telegram });
  const before = await fingerprint(system);
  const wrong: string[] = [];
  let cutOff = 0;
  for (const one of cases) {
    let status = await send(system.url, one);
    const isUpload = one.body !== null && Buffer.byteLength(one.body) > CUT_OFF.leastBytes;
    for (let tries = 1; isUpload && status === CUT_OFF.status && tries < CUT_OFF.tries; tries++) {
      cutOff++;
      status = await send(system.url, one);
    }
    if (!one.expected.includes(status)) wrong.push(`${one.name}: ${status}, expected ${one.expected.join(" or ")}`);
  }
  const slow = await sendSlowly(system.url, webhook);
  if (slow !== "refused or open") wrong.push(`a body of one byte a time: ${slow}`);
  const refusal = cases.find(({ name }) => name === "webhook with a wrong secret");
  if (refusal === undefined) throw new Error("no refusal to time");
  const times = await timed(system.url, refusal);
  const bare = await timedBare(refusal);
  const flooded = await flood(system.url, refusal);
  if (flooded !== FLOOD) wrong.push(`${FLOOD} at once: ${flooded} were refused`);
  const after = await fingerprint(system);
  const changes = Object.keys(before).filter((name) => before[name] !== after[name]);
  return {
    cases: cases.length + 2,
    wrong,
    changes: changes.map((name) => `${name}: ${before[name]} became ${after[name]}`),
    cutOff,
    flood: flooded,
    refusalP50Ms: rounded(quantile(times, 0.5)),
    refusalP99Ms: rounded(quantile(times, 0.99)),
    bareP50Ms: rounded(quantile(bare, 0.5)),
    bareP99Ms: rounded(quantile(bare, 0.99)),
    load: loadavg()[0] ?? Number.NaN,
  };
}

/** Milliseconds of one request after the other, each over a connection of its own. */
async function timed(url: string, one: EdgeCase): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < TIMED; i++) {
    const startedMs = performance.now();
    await send(url, one);
    times.push(performance.now() - startedMs);
  }
  return times;
}

async function timedBare(one: EdgeCase): Promise<number[]> {
  const server = createServer((_request, response) => response.writeHead(401).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await timed(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, one);
  } finally {
    server.close();
  }
}

/** Everything that a request of these could change. */
async function fingerprint(system: FaultSystem): Promise<Readonly<Record<string, string>>> {
  const status = await system.get<Status>("/status");
  const ledgers = status?.ledgers.map(({ ledger, state, cashLamports, reservedLamports, openPositions, trades }) => ({
    ledger,
    state,
    cashLamports,
    reservedLamports,
    openPositions,
    trades,
  }));
  const lists = ["/locks", "/denylist", "/dead-letters", "/intents", "/trades", "/decisions", "/incidents?scope=all"];
  const shown: Record<string, string> = { mode: String(status?.mode), ledgers: JSON.stringify(ledgers) };
  for (const path of lists) {
    const page = await system.get<{ items: unknown[] }>(path);
    shown[path] = page === null ? "no answer" : String(page.items.length);
  }
  return shown;
}

function open(url: string, { method, path, headers, body, isChunked }: EdgeCase, answered: (status: number) => void): ClientRequest {
  const { hostname, port } = new URL(url);
  const length = body === null || isChunked === true ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const outgoing = request(
    { hostname, port, method, path, headers: { ...headers, ...length }, timeout: ANSWER_MS, agent: false },
    (incoming) => {
      incoming.resume();
      incoming.on("end", () => answered(incoming.statusCode ?? 0));
      incoming.on("error", () => answered(incoming.statusCode ?? 0));
    },
  );
  outgoing.on("timeout", () => outgoing.destroy());
  return outgoing;
}

/** Status of the answer; 0 when there is none. */
function send(url: string, one: EdgeCase): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = open(url, one, resolve);
    // A server that has refused may close before it has read everything.
    outgoing.on("error", () => resolve(0));
    if (one.body !== null) outgoing.write(one.body);
    outgoing.end();
  });
}

/** A delivery that comes a byte at a time and is given up in the middle. */
function sendSlowly(url: string, webhook: string): Promise<string> {
  return new Promise((resolve) => {
    const one = {
      name: "slow",
      method: "POST",
      path: "/webhooks/helius",
      headers: { authorization: webhook },
      body: "[",
      isChunked: true,
      expected: [],
    };
    const outgoing = open(url, one, (status) => resolve(status === 200 ? "it was taken" : "refused or open"));
    outgoing.on("error", () => resolve("refused or open"));
    let sent = 0;
    const timer = setInterval(() => {
      if (sent++ < SLOW_PIECES && !outgoing.destroyed) return void outgoing.write("[");
      clearInterval(timer);
      outgoing.destroy();
      resolve("refused or open");
    }, SLOW_PIECE_MS);
  });
}

async function flood(url: string, one: EdgeCase): Promise<number> {
  let refused = 0;
  let left = FLOOD;
  await Promise.all(
    Array.from({ length: SOCKETS }, async () => {
      while (left-- > 0) if (one.expected.includes(await send(url, one))) refused++;
    }),
  );
  return refused;
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 10) / 10;
}
