import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { FeedMessage } from "../domain/api/types.ts";
import type { LiveFeed } from "./live-feed.ts";

let nextObject = 0;
function freshFeed(): DurableObjectStub<LiveFeed> {
  return env.LIVE_FEED.get(env.LIVE_FEED.idFromName(`test-${nextObject++}`)) as DurableObjectStub<LiveFeed>;
}

function notice(seq: number): FeedMessage {
  return { type: "notice", seq, kind: "model", text: `notice ${seq}` };
}

interface Client {
  readonly socket: WebSocket;
  readonly received: string[];
  /** Resolves when `count` messages have come. */
  until(count: number): Promise<string[]>;
}

async function connect(feed: DurableObjectStub<LiveFeed>, query = ""): Promise<Client> {
  const response = await feed.fetch(`http://feed/api/v1/ws${query}`, { headers: { Upgrade: "websocket" } });
  expect(response.status).toBe(101);
  const socket = response.webSocket;
  if (socket === null) throw new Error("no socket");
  const received: string[] = [];
  socket.addEventListener("message", (event) => {
    received.push(String(event.data));
  });
  socket.accept();
  return {
    socket,
    received,
    async until(count) {
      for (let tries = 0; received.length < count && tries < 400; tries++) await new Promise((resolve) => setTimeout(resolve, 5));
      return received;
    },
  };
}

function seqs(received: readonly string[]): number[] {
  return received.map((body) => (JSON.parse(body) as FeedMessage).seq);
}

describe("LiveFeed", () => {
  test("greets with the newest sequence and broadcasts in order, each message once", async () => {
    const feed = freshFeed();
    await feed.publish([notice(3), notice(5)]);
    const [a, b] = [await connect(feed), await connect(feed)];
    await feed.publish([notice(5), notice(6), notice(9)]);
    await feed.publish([notice(6)]);
    for (const client of [a, b]) {
      expect((await client.until(3)).map((body) => JSON.parse(body))).toEqual([{ type: "hello", seq: 5 }, notice(6), notice(9)]);
    }
  });

  test("hibernates: after an eviction the socket is still there, gets messages and its ping is answered", async () => {
    const feed = freshFeed();
    const client = await connect(feed);
    await client.until(1);
    await evictDurableObject(feed);
    await feed.publish([notice(1)]);
    client.socket.send("ping");
    const received = await client.until(3);
    expect(received.filter((body) => body !== "pong").map((body) => JSON.parse(body).seq)).toEqual([0, 1]);
    expect(received).toContain("pong");
  });

  test("replays what a client missed, from a ring of 500", async () => {
    const feed = freshFeed();
    await feed.publish(Array.from({ length: 600 }, (_, i) => notice(i + 1)));
    const recent = await connect(feed, "?since=598");
    expect(seqs(await recent.until(3))).toEqual([600, 599, 600]);
    const old = await connect(feed, "?since=0");
    const received = seqs(await old.until(501));
    expect(received).toHaveLength(501);
    expect(received.slice(0, 2)).toEqual([600, 101]);
    for (const query of ["", "?since=", "?since=abc", "?since=-1", "?since=9999999999999999"]) {
      const client = await connect(feed, query);
      expect(seqs(await client.until(1))).toEqual([600]);
      client.socket.close();
    }
  });

  test("closes a client that keeps talking, and answers closes politely", async () => {
    const feed = freshFeed();
    const client = await connect(feed);
    const closed = new Promise<number>((resolve) => client.socket.addEventListener("close", (event) => resolve(event.code)));
    for (let i = 0; i < 11; i++) client.socket.send("hello?");
    expect(await closed).toBe(1008);
    const other = await connect(feed);
    const closedToo = new Promise<number>((resolve) => other.socket.addEventListener("close", (event) => resolve(event.code)));
    other.socket.close();
    expect(await closedToo).toBe(1000);
  });

  test("refuses what is no WebSocket, and the 101st one", async () => {
    const feed = freshFeed();
    expect((await feed.fetch("http://feed/api/v1/ws")).status).toBe(426);
    const clients = await Promise.all(Array.from({ length: 100 }, () => connect(feed)));
    const refused = await feed.fetch("http://feed/api/v1/ws", { headers: { Upgrade: "websocket" } });
    expect(refused.status).toBe(503);
    for (const client of clients) client.socket.close();
  });
});
