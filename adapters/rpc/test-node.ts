import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A JSON-RPC call as a test's node receives it. */
export interface NodeCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** Answers one call on the raw response: a value to send as the result, or undefined when it wrote the reply itself. */
export type NodeHandler = (call: NodeCall, response: ServerResponse, request: IncomingMessage) => unknown;

/** A node behind a real socket on this machine, for tests of what the network does to us. */
export interface TestNode {
  readonly url: string;
  readonly calls: NodeCall[];
  handle: NodeHandler;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startNode(handle: NodeHandler): Promise<TestNode> {
  const calls: NodeCall[] = [];
  const server = createServer(async (request, response) => {
    // A client that gives up breaks the connection; what is written afterwards goes nowhere.
    response.on("error", () => {});
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const call = JSON.parse(body || '{"method":"","params":[]}') as NodeCall;
    calls.push(call);
    const result = await node.handle(call, response, request);
    if (result === undefined) return;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const node: TestNode = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/?api-key=SECRET`,
    calls,
    handle,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return node;
}

/** Sends a reply with this status, body and headers. */
export function reply(status: number, body: string, headers: Readonly<Record<string, string>> = {}): NodeHandler {
  return (_call, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body);
  };
}

/** Sends a JSON-RPC error. */
export function rpcError(code: number, data?: unknown, status = 200): NodeHandler {
  return reply(status, JSON.stringify({ jsonrpc: "2.0", id: 1, error: { code, message: "no", ...(data === undefined ? {} : { data }) } }));
}
