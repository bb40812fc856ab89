import type { AddressInfo } from "node:net";
import { createHttpServer } from "../server/http.ts";
import type { TestNode } from "../testing/node.ts";

/** A node behind HTTP on loopback, for callers in another process: a Worker in workerd cannot load a native engine. */
export interface NodeServer {
  readonly port: number;
  /** `http://127.0.0.1:port`: JSON-RPC at /rpc and /rpc2, Sender at /sender. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves a node; port 0 takes a free one. Time passes only when somebody ticks: here, or by POST /tick with {"slots": n}. */
export async function start(node: TestNode, port = 0): Promise<NodeServer> {
  const server = createHttpServer((request) => (new URL(request.url).pathname === "/tick" ? tick(node, request) : node.fetch(request)));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    port: taken,
    url: `http://127.0.0.1:${taken}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** More than any expiry takes. */
const MAX_TICKS = 10_000;

async function tick(node: TestNode, request: Request): Promise<Response> {
  const body = (await request.json().catch(() => ({}))) as { slots?: unknown };
  const slots = body.slots ?? 1;
  if (typeof slots !== "number" || !Number.isInteger(slots) || slots < 1 || slots > MAX_TICKS)
    return Response.json({ error: `slots must be 1 to ${MAX_TICKS}` }, { status: 400 });
  node.tick(slots);
  return Response.json({ slot: node.slot() });
}
