import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Plugin } from "vite";
import { fakeExperiments, fakeModels, fakeRuns, fakeStudies } from "./fake-learning.ts";
import { fakeIncidents, fakeIntents, fakeLive } from "./fake-live.ts";
import { createFakeMarket } from "./fake-market.ts";
import { fakePerformance } from "./fake-performance.ts";
import { fakeRisk } from "./fake-risk.ts";

const TICK_MS = 900;
/** History that exists when the server starts. */
const HISTORY_TICKS = 900;
const KEEP = 3_000;
/** RFC 6455, section 1.3. */
const HANDSHAKE_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * Serves `/api/v1` from an invented market in `vite dev` only, for work on the page without an engine.
 * Seed "empty" serves an engine that has seen nothing yet, seed "live" one that trades live and has incidents.
 */
export function fakeApi(seed: string): Plugin {
  return {
    name: "fake-api",
    apply: "serve",
    configureServer(server) {
      const market = createFakeMarket(seed);
      const isEmpty = seed === "empty";
      const isLive = seed === "live";
      const sockets = new Set<Duplex>();
      let seq = 0;
      for (let i = HISTORY_TICKS; i > 0 && !isEmpty; i--) market.tick(Date.now() - i * TICK_MS);
      const timer = setInterval(() => {
        if (isEmpty) return;
        for (const message of market.tick(Date.now())) {
          seq = message.seq;
          for (const socket of sockets) sendText(socket, JSON.stringify(message));
        }
        for (const list of [market.decisions, market.trades, market.equity]) list.splice(KEEP);
      }, TICK_MS);
      server.httpServer?.on("close", () => clearInterval(timer));
      server.httpServer?.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
        if (!request.url?.startsWith("/api/v1/ws")) return;
        accept(request, socket);
        sendText(socket, JSON.stringify({ type: "hello", seq }));
        sockets.add(socket);
        // Clients send nothing but "ping".
        socket.on("data", () => sendText(socket, "pong"));
        for (const event of ["close", "error"]) socket.on(event, () => sockets.delete(socket));
      });
      server.middlewares.use("/api/v1", (request, response) => {
        const url = new URL(request.url ?? "/", "http://localhost");
        const now = Date.now();
        const lists: Record<string, readonly unknown[]> = {
          "/decisions": market.decisions,
          "/positions": market.positions(),
          "/trades": market.trades,
          "/equity": market.equity,
          "/models": isEmpty ? [] : fakeModels(now),
          "/studies": isEmpty ? [] : fakeStudies(now),
          "/runs": isEmpty ? [] : fakeRuns(now),
          "/intents": isLive ? fakeIntents(now) : [],
          "/experiments": isEmpty ? [] : fakeExperiments(now),
        };
        const outcome = url.searchParams.get("outcome");
        const list = outcome === null ? lists[url.pathname] : market.decisions.filter((decision) => decision.outcome === outcome);
        const status = market.status(now);
        const ledgers = status.ledgers.map((ledger) => ({
          ...ledger,
          ledger: ledger.ledger.replace("paper-A", "live-A"),
          isDryRun: false,
        }));
        const live = isLive ? { mode: "live", incidents: fakeIncidents(now), ledgers: ledgers.slice(0, 1) } : {};
        if (url.pathname === "/status") sendJson(response, 200, { ...status, ...live });
        else if (url.pathname === "/live") sendJson(response, 200, fakeLive(now, isLive));
        else if (url.pathname === "/risk") sendJson(response, 200, fakeRisk(now, url.searchParams.get("ledger") ?? "paper-A", isLive));
        else if (url.pathname === "/performance") {
          const { ledger, days } = Object.fromEntries(url.searchParams);
          sendJson(response, 200, fakePerformance(ledger ?? "paper-A", Number(days), now, seed));
        } else if (list !== undefined) sendJson(response, 200, pageOf(list, url.searchParams));
        else sendJson(response, 404, { title: "NOT_FOUND", status: 404 });
      });
    },
  };
}

function pageOf(list: readonly unknown[], search: URLSearchParams) {
  const start = Number(search.get("before") ?? 0);
  const end = start + Number(search.get("limit") ?? 100);
  return { items: list.slice(start, end), next: end < list.length ? String(end) : null };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

function accept(request: IncomingMessage, socket: Duplex): void {
  const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${HANDSHAKE_GUID}`).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
}

/** One unmasked text frame (RFC 6455, section 5.2); messages stay below 64 KiB. */
function sendText(socket: Duplex, text: string): void {
  const payload = Buffer.from(text);
  const head =
    payload.length < 126 ? Buffer.from([0x81, payload.length]) : Buffer.from([0x81, 126, payload.length >> 8, payload.length & 0xff]);
  socket.write(Buffer.concat([head, payload]));
}
