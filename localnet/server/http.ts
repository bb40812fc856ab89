import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** Largest request body; the largest legitimate one is a batch of JSON-RPC calls. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Longer than callers pause: workerd reuses connections, and one that closes under it fails its fetch. */
const KEEP_ALIVE_MS = 120_000;

export type Handler = (request: Request) => Promise<Response>;

/** An HTTP server on 127.0.0.1 that answers through a Request/Response handler. */
export function createHttpServer(handler: Handler): Server {
  const server = createServer((incoming, outgoing) => {
    answer(handler, incoming, outgoing).catch((error: unknown) => {
      console.error(error);
      if (!outgoing.headersSent) outgoing.writeHead(500, { "content-type": "text/plain" });
      outgoing.end("internal error");
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return server;
}

async function answer(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = await readBody(incoming);
  if (body === null) {
    outgoing.writeHead(413, { "content-type": "text/plain", connection: "close" });
    outgoing.end("body too large");
    return;
  }
  const method = incoming.method ?? "GET";
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) if (typeof value === "string") headers.set(name, value);
  const hasBody = method !== "GET" && method !== "HEAD";
  const request = new Request(new URL(incoming.url ?? "/", "http://127.0.0.1"), { method, headers, ...(hasBody ? { body } : {}) });
  const response = await handler(request);
  const bytes = new Uint8Array(await response.arrayBuffer());
  outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), "content-length": bytes.length });
  outgoing.end(bytes);
}

/** The body, or null when it exceeds the limit. */
async function readBody(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) return null;
    parts.push(part);
  }
  return Uint8Array.from(Buffer.concat(parts));
}
