import { DurableObject } from "cloudflare:workers";
import type { FeedMessage } from "../domain/api/types.ts";

/** Messages kept for those who reconnect. */
const RING_MESSAGES = 500;
/** A dashboard for one person or a small team; more sockets than this are a mistake or an attack. */
const MAX_CONNECTIONS = 100;
/** Clients have nothing to say but "ping". */
const MAX_UNEXPECTED_MESSAGES = 10;
/** Close codes that only ever report a broken connection and must not be sent (RFC 6455, 7.4.1). */
const UNSENDABLE_CLOSE_CODES = new Set([1005, 1006, 1015]);

interface Attachment {
  readonly unexpected: number;
}

/**
 * Broadcasts journal entries to dashboards over hibernating WebSockets. Every message carries its
 * journal sequence; `?since=<seq>` replays what came after it.
 */
export class LiveFeed extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec("CREATE TABLE IF NOT EXISTS ring (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)");
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** Accepts a WebSocket: 426 without an upgrade, 503 when too many are open. */
  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") {
      return new Response("WebSocket upgrade expected", { status: 426, headers: { Upgrade: "websocket" } });
    }
    if (this.ctx.getWebSockets().length >= MAX_CONNECTIONS) return new Response("too many connections", { status: 503 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    server.serializeAttachment({ unexpected: 0 } satisfies Attachment);
    send(server, JSON.stringify({ type: "hello", seq: this.#lastSeq() } satisfies FeedMessage));
    for (const body of this.#missed(new URL(request.url).searchParams.get("since"))) send(server, body);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Keeps and broadcasts messages; those at or before the newest kept one were sent before. */
  async publish(messages: readonly FeedMessage[]): Promise<void> {
    const lastSeq = this.#lastSeq();
    const fresh = messages.filter((message) => message.seq > lastSeq);
    if (fresh.length === 0) return;
    const bodies = fresh.map((message) => JSON.stringify(message));
    fresh.forEach((message, index) => {
      this.#sql.exec("INSERT OR IGNORE INTO ring (seq, body) VALUES (?, ?)", message.seq, bodies[index] ?? "");
    });
    this.#sql.exec("DELETE FROM ring WHERE seq <= (SELECT seq FROM ring ORDER BY seq DESC LIMIT 1 OFFSET ?)", RING_MESSAGES);
    for (const socket of this.ctx.getWebSockets()) for (const body of bodies) send(socket, body);
  }

  override webSocketMessage(socket: WebSocket): void {
    const { unexpected } = socket.deserializeAttachment() as Attachment;
    if (unexpected >= MAX_UNEXPECTED_MESSAGES) socket.close(1008, "this feed only sends");
    else socket.serializeAttachment({ unexpected: unexpected + 1 } satisfies Attachment);
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    socket.close(UNSENDABLE_CLOSE_CODES.has(code) ? 1000 : code, reason);
  }

  override webSocketError(socket: WebSocket): void {
    socket.close(1011, "connection failed");
  }

  #lastSeq(): number {
    return this.#sql.exec<{ seq: number | null }>("SELECT max(seq) AS seq FROM ring").one().seq ?? 0;
  }

  /** Kept messages after `since`; nothing for a client without history, which loads it over HTTP. */
  #missed(since: string | null): string[] {
    if (since === null || !/^\d{1,15}$/.test(since)) return [];
    const rows = this.#sql.exec<{ body: string }>("SELECT body FROM ring WHERE seq > ? ORDER BY seq", Number(since));
    return [...rows].map((row) => row.body);
  }
}

/** A socket that is going away must not keep the others from their message. */
function send(socket: WebSocket, body: string): void {
  try {
    socket.send(body);
  } catch {
    socket.close(1011, "send failed");
  }
}
