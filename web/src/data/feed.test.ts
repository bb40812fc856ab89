import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { FeedMessage } from "../../../domain/api/types.ts";
import { connectFeed, type FeedSocket, type FeedState, parseFeedMessage } from "./feed.ts";

class FakeSocket implements FeedSocket {
  onopen: FeedSocket["onopen"] = null;
  onmessage: FeedSocket["onmessage"] = null;
  onclose: FeedSocket["onclose"] = null;
  onerror: FeedSocket["onerror"] = null;
  isClosed = false;
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }
  readonly sent: string[] = [];
  close(): void {
    this.isClosed = true;
  }
  opened(): void {
    this.onopen?.(undefined as never);
  }
  send(text: string): void {
    this.sent.push(text);
  }
  deliver(message: unknown): void {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }
  lost(): void {
    this.onclose?.(undefined as never);
  }
}

function start() {
  const sockets: FakeSocket[] = [];
  const states: FeedState[] = [];
  const messages: FeedMessage[] = [];
  let resyncs = 0;
  const feed = connectFeed({
    url: "ws://host/api/v1/ws",
    open: (url) => {
      const socket = new FakeSocket(url);
      sockets.push(socket);
      return socket;
    },
    onMessage: (message) => messages.push(message),
    onResync: () => resyncs++,
    onState: (state) => states.push(state),
    random: () => 0.5,
  });
  const newest = (): FakeSocket => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error("no socket");
    return socket;
  };
  return { feed, sockets, states, messages, newest, resyncs: () => resyncs };
}

const notice = (seq: number) => ({ type: "notice", seq, kind: "k", text: "t" });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("connectFeed", () => {
  test("reconnects with the highest sequence seen; a hello does not skip what was missed", () => {
    const run = start();
    expect(run.newest().url).toBe("ws://host/api/v1/ws");
    run.newest().opened();
    run.newest().deliver({ type: "hello", seq: 7 });
    run.newest().deliver(notice(9));
    run.newest().deliver(notice(8));
    run.newest().lost();
    expect(run.states).toEqual(["connecting", "live", "waiting"]);
    vi.advanceTimersByTime(500);
    expect(run.newest().url).toBe("ws://host/api/v1/ws?since=9");
    run.newest().opened();
    run.newest().deliver({ type: "hello", seq: 30 });
    run.newest().lost();
    vi.advanceTimersByTime(500);
    expect(run.newest().url).toBe("ws://host/api/v1/ws?since=9");
    expect(run.resyncs()).toBe(2);
  });

  test("a server that started afresh resets the sequence", () => {
    const run = start();
    run.newest().opened();
    run.newest().deliver({ type: "hello", seq: 100 });
    run.newest().lost();
    vi.advanceTimersByTime(500);
    run.newest().opened();
    run.newest().deliver({ type: "hello", seq: 3 });
    expect(run.resyncs()).toBe(3);
    run.newest().lost();
    vi.advanceTimersByTime(500);
    expect(run.newest().url).toBe("ws://host/api/v1/ws?since=3");
  });

  test("backs off to ten seconds, and wake tries at once", () => {
    const run = start();
    const delays: number[] = [];
    for (let i = 0; i < 7; i++) {
      run.newest().lost();
      const before = Date.now();
      const count = run.sockets.length;
      while (run.sockets.length === count) vi.advanceTimersByTime(100);
      delays.push(Date.now() - before);
    }
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    run.newest().lost();
    const count = run.sockets.length;
    run.feed.wake();
    run.feed.wake();
    expect(run.sockets).toHaveLength(count + 1);
  });

  test("gives up a handshake that is not answered", () => {
    const run = start();
    const first = run.newest();
    vi.advanceTimersByTime(8_000);
    expect(first.isClosed).toBe(true);
    expect(run.states.at(-1)).toBe("waiting");
  });

  test("pings, and leaves a connection that fell silent", () => {
    const run = start();
    run.newest().opened();
    for (let i = 0; i < 3; i++) {
      vi.advanceTimersByTime(20_000);
      run.newest().deliver("pong");
    }
    expect(run.newest().sent).toEqual(["ping", "ping", "ping"]);
    expect(run.sockets).toHaveLength(1);
    vi.advanceTimersByTime(40_000);
    expect(run.sockets[0]?.isClosed).toBe(true);
    vi.advanceTimersByTime(500);
    expect(run.sockets).toHaveLength(2);
  });

  test("stays silent after stop", () => {
    const run = start();
    run.newest().opened();
    const socket = run.newest();
    run.feed.stop();
    socket.deliver(notice(1));
    socket.lost();
    vi.advanceTimersByTime(60_000);
    run.feed.wake();
    expect(socket.isClosed).toBe(true);
    expect(run.messages).toEqual([]);
    expect(run.sockets).toHaveLength(1);
  });
});

describe("parseFeedMessage", () => {
  test.each([
    [JSON.stringify({ type: "hello", seq: 0 }), true],
    [JSON.stringify({ type: "decision", seq: 1, decision: {} }), true],
    [JSON.stringify({ type: "decision", seq: 1 }), false],
    [JSON.stringify({ type: "decision", seq: "1", decision: {} }), false],
    [JSON.stringify({ type: "constructor", seq: 1, constructor: {} }), false],
    [JSON.stringify(null), false],
    ["pong", false],
    ["x".repeat(262_145), false],
    [new ArrayBuffer(2), false],
  ])("case %#", (data, isMessage) => {
    expect(parseFeedMessage(data) !== null).toBe(isMessage);
  });
});
